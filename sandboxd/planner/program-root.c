/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [Files] program=auto: a program that lies below the hidden home, and what it is made of.
 *
 * A program is seldom one file: a script has an interpreter, a package its modules.  Shown, and read-only, is the root
 * of each:
 *
 *      npm -g      PREFIX/lib/node_modules/PACKAGE, in which its own modules lie
 *      npm, pnpm   the outermost node_modules, where packages lie beside each other
 *      pipx, venv  the environment, DIR/pyvenv.cfg
 *      nvm, pyenv  the interpreter's installation: PREFIX of PREFIX/bin/node
 *      any other   the directory that holds the program; in a directory of many (~/.local/bin) the file alone
 *
 * A launcher in some other program's hands (a shell script that starts node somewhere) is not seen through: then
 * filesystems= names what it needs. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

#define MODULES "/node_modules/"

/* Below the home: programs of many kinds lie side by side, and what lies beside their bin is of all of them. */
static const char *const common_prefixes[] = { "", ".local", ".cargo" };

const char *planner_command(const Planner *planner)
{
        return planner->request->argv != NULL && planner->request->argv[0] != NULL
                       ? planner->request->argv[0]
                       : profile_get_string(planner->profile, PROFILE_APPLICATION_COMMAND);
}

const char *planner_command_path(Planner *planner)
{
        const char *command = planner_command(planner), *path;

        if (command == NULL)
                return NULL;
        path = *command == '/' ? command : strchr(command, '/') == NULL ? planner_program(planner, command) : NULL;
        return path == NULL || planner_is_shown_anyway(path) ? NULL : path;
}

/* The directory above bin, where that is one program's own; else NULL. */
static char *prefix_of(const Planner *planner, const char *path)
{
        g_autofree char *directory = g_path_get_dirname(path), *name = g_path_get_basename(directory);
        g_autofree char *prefix = g_path_get_dirname(directory);

        if (!g_str_equal(name, "bin"))
                return NULL;
        for (gsize i = 0; i < G_N_ELEMENTS(common_prefixes); i++) {
                g_autofree char *common = *common_prefixes[i] == '\0'
                                                  ? g_strdup(planner->home)
                                                  : g_build_filename(planner->home, common_prefixes[i], NULL);

                if (g_str_equal(prefix, common))
                        return NULL;
        }
        return g_steal_pointer(&prefix);
}

/* The outermost package, or the directory of all of them. */
static char *modules_root(const char *path)
{
        const char *modules = strstr(path, MODULES), *end;
        gsize n_elements;

        if (modules == NULL)
                return NULL;
        end = modules + strlen(MODULES);
        if (modules - path < 4 || strncmp(modules - 4, "/lib", 4) != 0)
                return g_strndup(path, (gsize)(end - path) - 1);
        n_elements = *end == '@' ? 2 : 1;
        for (; *end != '\0' && n_elements > 0; end++)
                if (*end == '/' && --n_elements == 0)
                        break;
        return *end == '\0' ? NULL : g_strndup(path, (gsize)(end - path));
}

static char *program_root(const Planner *planner, const FactsCommand *command)
{
        g_autofree char *prefix = prefix_of(planner, command->path), *directory = g_path_get_dirname(command->path);
        g_autofree char *name = g_path_get_basename(directory);
        char *modules = modules_root(command->path);

        if (modules != NULL)
                return modules;
        /* A script looks for its own beside bin. */
        if (prefix != NULL && command->interpreter != NULL)
                return g_steal_pointer(&prefix);
        return g_str_equal(name, "bin") && prefix == NULL ? g_strdup(command->path) : g_steal_pointer(&directory);
}

static gboolean is_shown_already(const Planner *planner, const char *path)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (!grant->hidden && path_is_below(path, grant->dest))
                        return TRUE;
        }
        return planner_is_shown_anyway(path);
}

static gboolean show_root(Planner *planner, const char *root, GError **error)
{
        /* Also where it is a project's own: a grant of its would make a part of the workspace read-only. */
        if (is_shown_already(planner, root))
                return TRUE;
        if (path_is_below(planner->home, root) || planner_why_refused(planner, root) != NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("%s: its directory %s can't be shown\nMove the program into a directory of its own."),
                            planner_command(planner), root);
                return FALSE;
        }
        planner_add_grant(planner, root, root, FALSE)->order = 0;
        return TRUE;
}

/* Packages that pip installed for one user. */
static gboolean show_user_packages(Planner *planner, const char *interpreter, GError **error)
{
        g_autofree char *name = g_path_get_basename(interpreter);
        g_autofree char *path = g_build_filename(planner->home, ".local/lib", name, NULL);

        return planner_look(planner, path)->kind != FACTS_PATH_DIRECTORY || show_root(planner, path, error);
}

static gboolean show_interpreter(Planner *planner, const FactsCommand *command, GError **error)
{
        const FactsPath *found = planner_look_through(planner, command->interpreter);
        g_autofree char *environment = NULL, *prefix = NULL;

        if (found->canonical == NULL)
                return TRUE;
        if (command->venv) {
                g_autofree char *directory = g_path_get_dirname(command->interpreter);

                environment = g_path_get_dirname(directory);
                if (!show_root(planner, environment, error))
                        return FALSE;
        } else if (!show_user_packages(planner, found->canonical, error)) {
                return FALSE;
        }
        if (planner_is_shown_anyway(found->canonical))
                return TRUE;
        prefix = prefix_of(planner, found->canonical);
        if (!show_root(planner, prefix != NULL ? prefix : found->canonical, error))
                return FALSE;
        /* A script that names a link finds it. */
        if (!is_shown_already(planner, command->interpreter))
                planner_add_grant(planner, found->canonical, command->interpreter, FALSE)->order = 0;
        planner->program_path = g_path_get_dirname(found->canonical);
        return TRUE;
}

gboolean planner_program_root(Planner *planner, GError **error)
{
        const char *written = planner_command(planner);
        const FactsCommand *command;
        g_autofree char *root = NULL;

        if (written == NULL || planner->image != NULL ||
            !g_str_equal(profile_get_string(planner->profile, PROFILE_FILES_PROGRAM), "auto"))
                return TRUE;
        if (planner->wants != NULL) {
                if (*written == '/' || strchr(written, '/') == NULL)
                        g_hash_table_add(planner->wants->commands, g_strdup(written));
                return TRUE;
        }
        command = host_facts_command(planner->facts, written);
        if (command == NULL)
                return TRUE;
        if (!planner_is_shown_anyway(command->path)) {
                root = program_root(planner, command);
                if (!show_root(planner, root, error))
                        return FALSE;
                planner->argv0 = g_strdup(command->path);
        }
        return command->interpreter == NULL || show_interpreter(planner, command, error);
}

/* ---- PATH ---- */

/* Shown there, and what is shown can't be written. */
static gboolean is_kept_in_path(const Planner *planner, const char *directory)
{
        const Grant *nearest = NULL;

        if (*directory != '/' || strchr(directory, ':') != NULL)
                return FALSE;
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (path_is_below(directory, grant->dest) &&
                    (nearest == NULL || strlen(grant->dest) > strlen(nearest->dest)))
                        nearest = grant;
        }
        return nearest != NULL && !nearest->hidden && !nearest->writable && !nearest->apart;
}

char *planner_app_path(const Planner *planner)
{
        g_auto(GStrv) asked = g_strsplit(planner->facts->search == NULL ? "" : planner->facts->search, ":", -1);
        g_autoptr(GString) path = g_string_new(NULL);

        if (planner->program_path != NULL)
                g_string_append_printf(path, "%s:", planner->program_path);
        for (gsize i = 0; asked[i] != NULL; i++)
                if (is_kept_in_path(planner, asked[i]) && g_strcmp0(asked[i], planner->program_path) != 0)
                        g_string_append_printf(path, "%s:", asked[i]);
        g_string_append(path, PLANNER_SYSTEM_PATH);
        return g_string_free(g_steal_pointer(&path), FALSE);
}
