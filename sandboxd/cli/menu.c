/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel menu`: launchers of our own beside the apps' own, which stay untouched.  What was made stands in a manifest,
 * and is removed only while it is still what was made. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/menu-manifest.h"
#include "cli/report.h"
#include "desktop/boxed.h"
#include "ids/app-id.h"
#include "store/catalog.h"

static const char manifest_name[] = "menu";
enum { MANIFEST_MAX_BYTES = 1024 * 1024 }; /* thousands of launchers */

static GPtrArray *read_manifest(const Cli *cli, GError **error)
{
        g_autofree char *text = NULL;
        g_autoptr(GError) fault = NULL;
        gsize n = 0;

        if (store_dirs_read(cli->dirs, STORE_DIR_STATE, manifest_name, MANIFEST_MAX_BYTES, &text, &n, &fault))
                return menu_manifest_parse(text, manifest_name, error);
        if (g_error_matches(fault, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return menu_manifest_parse("", manifest_name, error);
        g_propagate_error(error, g_steal_pointer(&fault));
        return NULL;
}

static bool write_manifest(const Cli *cli, const GPtrArray *files, GError **error)
{
        g_autofree char *text = menu_manifest_print(files);

        if (files->len == 0)
                return store_dirs_remove(cli->dirs, STORE_DIR_STATE, manifest_name, error);
        return store_dirs_write(cli->dirs, STORE_DIR_STATE, manifest_name, text, strlen(text), error);
}

/* ---- The app's own launcher ---- */

static DesktopEntry *read_entry(const char *path, GError **error)
{
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        CLEANUP(freep) char *text = NULL;
        size_t n = 0;
        int result = fd >= 0 ? fd_read_all(fd, DESKTOP_ENTRY_MAX_BYTES, &text, &n) : -errno;

        if (result == 0)
                return desktop_entry_parse(text, n, path, error);
        g_set_error(error, ORIEL_ERROR, result == -ENOENT ? ORIEL_ERROR_NOT_FOUND : ORIEL_ERROR_INVALID, "%s: %s", path,
                    g_strerror(-result));
        return NULL;
}

/* Where launchers lie: $XDG_DATA_HOME first. */
static DesktopEntry *find_in_places(const Cli *cli, const char *name, GError **error)
{
        const char *const *places = store_dirs_desktop_data(cli->dirs);
        g_autofree char *file = g_strconcat(name, ".desktop", NULL);

        for (; *places != NULL; places++) {
                g_autofree char *path = g_build_filename(*places, "applications", file, NULL);

                if (access(path, F_OK) == 0)
                        return read_entry(path, error);
        }
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: no such launcher"), file);
        return NULL;
}

/* The names by which `oriel run` finds the profile are those that its launcher may have. */
static DesktopEntry *find_original(const Cli *cli, const StoreEntry *entry, const char *word, GError **error)
{
        g_autoptr(GPtrArray) names = g_ptr_array_new();

        g_ptr_array_add(names, entry->id);
        if (strchr(word, '/') == NULL)
                g_ptr_array_add(names, (char *)word);
        for (char **alias = entry->aliases; *alias != NULL; alias++)
                g_ptr_array_add(names, *alias);
        g_ptr_array_add(names, strrchr(entry->id, '.') + 1);
        if (entry->command != NULL)
                g_ptr_array_add(names, entry->command);
        for (guint i = 0; i < names->len; i++) {
                g_autoptr(GError) fault = NULL;
                DesktopEntry *found = find_in_places(cli, g_ptr_array_index(names, i), &fault);

                if (found != NULL)
                        return found;
                if (!g_error_matches(fault, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                        g_propagate_error(error, g_steal_pointer(&fault));
                        return NULL;
                }
        }
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: no launcher of that app is installed"),
                    entry->id);
        return NULL;
}

static char *make_content(const Cli *cli, const StoreEntry *entry, const char *prefix, const char *word, GError **error)
{
        g_autofree char *program = g_build_filename(prefix, "bin", "oriel", NULL);
        BoxedRequest request = { .oriel = program, .app = entry->id, .program = entry->command };
        g_autoptr(DesktopEntry) original = find_original(cli, entry, word, error);
        g_autoptr(DesktopEntry) boxed = original != NULL ? desktop_entry_boxed(original, &request, error) : NULL;

        return boxed != NULL ? desktop_entry_print(boxed) : NULL;
}

/* ---- Our files ---- */

static bool is_ours(const MenuFile *file)
{
        g_autofree char *content = NULL;
        gsize n = 0;

        return g_file_get_contents(file->path, &content, &n, NULL) && menu_file_is(file, content, n);
}

static bool fail(const char *path, GError **error)
{
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", path, g_strerror(errno));
        return false;
}

/* Never over a file that is not ours. */
static bool write_file(const char *path, const char *content, GError **error)
{
        g_autofree char *directory = g_path_get_dirname(path);
        CLEANUP(fd_closep) int fd = -1;
        int result = 0;

        if (g_mkdir_with_parents(directory, 0755) != 0)
                return fail(directory, error);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
        if (fd < 0 && errno == EEXIST) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("%s: there is such a file, and it is not ours\nMove it away, then try again"), path);
                return false;
        }
        if (fd < 0)
                return fail(path, error);
        result = fd_write_all(fd, content, strlen(content));
        if (result == 0)
                return true;
        unlink(path);
        errno = -result;
        return fail(path, error);
}

static bool put_file(const Cli *cli, const char *content, const StoreEntry *entry, const char *path, GError **error)
{
        g_autoptr(GPtrArray) files = read_manifest(cli, error);
        MenuFile *old = files != NULL ? menu_manifest_find(files, path) : NULL;

        if (files == NULL)
                return false;
        if (old != NULL && is_ours(old) && unlink(path) != 0)
                return fail(path, error);
        if (!write_file(path, content, error))
                return false;
        menu_manifest_put(files, menu_file_new(content, entry->id, path));
        if (write_manifest(cli, files, error))
                return true;
        unlink(path);
        return false;
}

static StoreCatalog *open_catalog(const Cli *cli, const char *prefix, GError **error)
{
        return prefix != NULL ? store_catalog_new(cli->dirs, "/etc/oriel", prefix, error) : NULL;
}

static int add(const Cli *cli, GError **error)
{
        const char *word = cli->options->args[1];
        g_autofree char *prefix = store_prefix(error), *cwd = g_get_current_dir(), *content = NULL, *path = NULL,
                        *name = NULL;
        g_autoptr(StoreCatalog) catalog = open_catalog(cli, prefix, error);
        const StoreEntry *entry = catalog != NULL ? store_catalog_find_app(catalog, word, cwd, error) : NULL;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (entry == NULL)
                return -1;
        if (!entry->has_id || !app_id_is_valid(entry->id, strlen(entry->id))) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("%s: only a profile with an id of its own can stand in the menu"), entry->name);
                return -1;
        }
        content = make_content(cli, entry, prefix, word, error);
        if (content == NULL)
                return -1;
        name = g_strdup_printf("oriel-%s.desktop", entry->id);
        path = g_build_filename(store_dirs_desktop_data(cli->dirs)[0], "applications", name, NULL);
        if (!put_file(cli, content, entry, path, error))
                return -1;
        buffer_add_escaped(&text, path);
        buffer_add_byte(&text, '\n');
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

/* The id that the word means, also where its profile is gone. */
static char *find_id(const Cli *cli, const char *word)
{
        g_autofree char *prefix = store_prefix(NULL), *cwd = g_get_current_dir();
        g_autoptr(StoreCatalog) catalog = open_catalog(cli, prefix, NULL);
        const StoreEntry *entry = catalog != NULL ? store_catalog_find_app(catalog, word, cwd, NULL) : NULL;

        return g_strdup(entry != NULL ? entry->id : word);
}

static bool remove_file(const MenuFile *file)
{
        g_autofree char *sentence = NULL;

        if (access(file->path, F_OK) != 0)
                return true;
        if (is_ours(file) && unlink(file->path) == 0)
                return true;
        sentence = g_strdup_printf(_("%s: it was changed since, so it stays"), file->path);
        report_line(sentence);
        return false;
}

static int remove_app(const Cli *cli, GError **error)
{
        g_autofree char *id = find_id(cli, cli->options->args[1]);
        g_autoptr(GPtrArray) files = read_manifest(cli, error);
        bool found = false, removed = true;

        if (files == NULL)
                return -1;
        for (guint i = files->len; i-- > 0;) {
                const MenuFile *file = g_ptr_array_index(files, i);

                if (g_ascii_strcasecmp(file->app, id) != 0)
                        continue;
                found = true;
                removed &= remove_file(file);
                g_ptr_array_remove_index(files, i);
        }
        if (found)
                return write_manifest(cli, files, error) ? (removed ? COMMAND_DONE : COMMAND_NO) : -1;
        CLEANUP(buffer_clear) Buffer word = BUFFER_INIT;
        buffer_add_escaped(&word, cli->options->args[1]);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: oriel menu made nothing for it"),
                    buffer_text(&word));
        return -1;
}

static int list(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) files = read_manifest(cli, error);
        bool json = cli->options->text[OPTION_JSON] != NULL;

        if (files == NULL)
                return -1;
        buffer_add_text(&text, json ? "[" : "");
        for (guint i = 0; i < files->len; i++) {
                const MenuFile *file = g_ptr_array_index(files, i);
                const char *state = is_ours(file) ? "there" : access(file->path, F_OK) == 0 ? "changed" : "gone";

                if (json) {
                        buffer_add_text(&text, i > 0 ? ",{\"app\":" : "{\"app\":");
                        buffer_add_json(&text, file->app);
                        buffer_add_text(&text, ",\"path\":");
                        buffer_add_json(&text, file->path);
                        buffer_printf(&text, ",\"state\":\"%s\"}", state);
                        continue;
                }
                buffer_printf(&text, "%-8s ", state);
                buffer_add_escaped(&text, file->app);
                buffer_add_text(&text, "  ");
                buffer_add_escaped(&text, file->path);
                buffer_add_byte(&text, '\n');
        }
        buffer_add_text(&text, json ? "]\n" : "");
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

int command_menu(const Cli *cli, GError **error)
{
        static const struct Verb {
                const char *word;
                int (*run)(const Cli *cli, GError **error);
                guint n_args;
        } verbs[] = { { "add", add, 2 }, { "remove", remove_app, 2 }, { "list", list, 1 } };
        const char *word = cli->options->n_args > 0 ? cli->options->args[0] : "";

        for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
                if (strcmp(word, verbs[i].word) == 0)
                        return command_check_arguments(cli, verbs[i].n_args, verbs[i].n_args, error)
                                       ? verbs[i].run(cli, error)
                                       : -1;
        return command_unknown_word(cli, word, error);
}
