/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel profile`: which profiles there are, what one adds up to, and what is wrong in a file. */

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/report.h"
#include "planner/template.h"
#include "store/profiles.h"

static StoreCatalog *open_catalog(const Cli *cli, GError **error)
{
        g_autofree char *prefix = store_prefix(error);

        return prefix != NULL ? store_catalog_new(cli->dirs, "/etc/oriel", prefix, error) : NULL;
}

static void add_names(Buffer *text, const StoreEntry *entry)
{
        if (!entry->has_id || entry->error != NULL)
                return;
        buffer_add_escaped(text, entry->id);
        buffer_add_byte(text, '\n');
        for (char **alias = entry->aliases; *alias != NULL; alias++) {
                buffer_add_escaped(text, *alias);
                buffer_add_byte(text, '\n');
        }
}

static void add_row(Buffer *text, const StoreEntry *entry)
{
        buffer_printf(text, "%-8s ", store_origin_word(entry->origin));
        buffer_add_escaped(text, entry->name);
        if (entry->has_id) {
                buffer_add_text(text, "  ");
                buffer_add_escaped(text, entry->id);
        }
        for (char **alias = entry->aliases; *alias != NULL; alias++) {
                buffer_add_text(text, alias == entry->aliases ? "  (" : ", ");
                buffer_add_escaped(text, *alias);
                buffer_add_text(text, alias[1] == NULL ? ")" : "");
        }
        buffer_add_text(text, entry->error != NULL ? _("  broken, see: oriel profile check ") : "\n");
        if (entry->error != NULL) {
                buffer_add_escaped(text, entry->path);
                buffer_add_byte(text, '\n');
        }
}

static void add_json(Buffer *text, const StoreEntry *entry)
{
        buffer_add_byte(text, '{');
        buffer_add_json_member(text, "name", entry->name);
        buffer_add_json_member(text, "id", entry->has_id ? entry->id : NULL);
        buffer_add_json_member(text, "origin", store_origin_word(entry->origin));
        buffer_add_json_member(text, "path", entry->path);
        buffer_add_json_member(text, "error", entry->error != NULL ? entry->error->message : NULL);
        buffer_add_text(text, ",\"aliases\":[");
        for (char **alias = entry->aliases; *alias != NULL; alias++) {
                buffer_add_text(text, alias != entry->aliases ? "," : "");
                buffer_add_json(text, *alias);
        }
        buffer_add_text(text, "]}");
}

static int list(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(StoreCatalog) catalog = open_catalog(cli, error);
        bool json = cli->options->text[OPTION_JSON] != NULL;

        if (catalog == NULL)
                return -1;
        buffer_add_text(&text, json ? "[" : "");
        for (guint i = 0; i < store_catalog_size(catalog); i++) {
                const StoreEntry *entry = store_catalog_get(catalog, i);

                if (json && i > 0)
                        buffer_add_text(&text, ",\n");
                if (json)
                        add_json(&text, entry);
                else if (cli->options->text[OPTION_NAMES] != NULL)
                        add_names(&text, entry);
                else
                        add_row(&text, entry);
        }
        buffer_add_text(&text, json ? "]\n" : "");
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

static int show(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(StoreCatalog) catalog = open_catalog(cli, error);
        g_autofree char *cwd = g_get_current_dir(), *printed = NULL;
        g_autoptr(StoreProfile) profile = NULL;
        StoreProfileRequest request = { .cwd = cwd, .home = g_get_home_dir() };

        if (catalog == NULL)
                return -1;
        request.entry = store_catalog_find_profile(catalog, cli->options->args[1], cwd, error);
        if (request.entry == NULL)
                return -1;
        profile = store_profile_load(catalog, &request, error);
        if (profile == NULL)
                return -1;
        printed = profile_print(profile->profile, TRUE);
        buffer_add_text(&text, printed);
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

/* A file that begins a tree has all of it; one that only changes some box of a layer below can't be judged alone. */
static gboolean has_tree_fault(const char *content, gsize n, const char *path, GError **error)
{
        g_autoptr(Profile) profile = profile_parse(content, n, path, NULL);
        g_autoptr(Template) template = NULL;

        if (profile == NULL || profile_n_boxes(profile) == 0 ||
            g_strcmp0(profile_box_get(profile, 0, PROFILE_BOX_KIND), "keeper") != 0)
                return FALSE;
        template = template_new(profile, NULL, path, error);
        return template == NULL;
}

/* The number of faults; -1 with *error. */
static int check_file(const char *path, Buffer *text, GError **error)
{
        g_autofree char *content = NULL;
        g_autoptr(GPtrArray) faults = NULL;
        g_autoptr(GError) fault = NULL;
        gsize n = 0;

        if (!g_file_get_contents(path, &content, &n, &fault)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, "%s", fault->message);
                return -1;
        }
        faults = profile_check_text(content, n, path);
        for (guint i = 0; i < faults->len; i++)
                buffer_printf(text, "%s\n", (const char *)g_ptr_array_index(faults, i));
        if (faults->len == 0 && has_tree_fault(content, n, path, &fault)) {
                buffer_printf(text, "%s\n", fault->message);
                return 1;
        }
        return (int)faults->len;
}

static int check(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        int n_faults = 0;

        for (char **path = cli->options->args + 1; *path != NULL; path++) {
                int n = check_file(*path, &text, error);

                if (n < 0)
                        return -1;
                n_faults += n;
        }
        return report_text(&text, error) ? (n_faults == 0 ? COMMAND_DONE : COMMAND_NO) : -1;
}

int command_profile(const Cli *cli, GError **error)
{
        static const struct Verb {
                const char *word;
                int (*run)(const Cli *cli, GError **error);
                guint least, most;
        } verbs[] = { { "list", list, 1, 1 }, { "show", show, 2, 2 }, { "check", check, 2, G_MAXUINT } };
        const char *word = cli->options->n_args > 0 ? cli->options->args[0] : "";

        for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++)
                if (strcmp(word, verbs[i].word) == 0)
                        return command_check_arguments(cli, verbs[i].least, verbs[i].most, error)
                                       ? verbs[i].run(cli, error)
                                       : -1;
        return command_unknown_word(cli, word, error);
}
