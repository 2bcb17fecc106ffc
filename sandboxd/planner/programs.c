/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The app: its command line, its environment, filter and limits. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "planner/environment.h"
#include "profile/value.h"

#define SYSTEM_PATH "PATH=" PLANNER_SYSTEM_PATH

enum { LEARN_FD = 3 };

static char **take_strings(GPtrArray *strings)
{
        g_ptr_array_add(strings, NULL);
        return (char **)g_ptr_array_free(strings, FALSE);
}

/* ---- The app ---- */

static void set_variable(GPtrArray *lines, const char *name, const char *value)
{
        g_autofree char *start = g_strconcat(name, "=", NULL);
        char *line = value == NULL ? NULL : g_strconcat(start, value, NULL);

        for (guint i = 0; i < lines->len; i++)
                if (g_str_has_prefix(lines->pdata[i], start)) {
                        g_ptr_array_remove_index(lines, i);
                        break;
                }
        if (line != NULL)
                g_ptr_array_add(lines, line);
}

static void pass_from_caller(Planner *planner, GPtrArray *lines)
{
        g_autoptr(GList) names = g_list_sort(g_hash_table_get_keys(planner->facts->env), (GCompareFunc)strcmp);
        gboolean display = planner->display != DISPLAY_NONE || planner->wayland != WAYLAND_NONE;

        for (GList *at = names; at != NULL; at = at->next) {
                const char *value = host_facts_env(planner->facts, at->data);
                EnvironmentWhen when;

                if (environment_find(at->data, &when) && (when == ENVIRONMENT_ALWAYS || display) &&
                    environment_value_passes(at->data, value))
                        set_variable(lines, at->data, value);
        }
}

static void apply_profile(Planner *planner, GPtrArray *lines)
{
        const Profile *profile = planner->profile;
        const char *const *unset = profile_get_list(profile, PROFILE_CONTEXT_UNSET_ENVIRONMENT);

        for (gsize i = 0; unset[i] != NULL; i++)
                set_variable(lines, unset[i], NULL);
        for (guint i = 0; i < profile_map_size(profile, PROFILE_MAP_ENVIRONMENT); i++)
                set_variable(lines, profile_map_name(profile, PROFILE_MAP_ENVIRONMENT, i),
                             profile_map_value(profile, PROFILE_MAP_ENVIRONMENT, i));
}

static char **app_environment(Planner *planner)
{
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GPtrArray) given = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *address = planner_session_address(planner), *path = planner_app_path(planner);

        g_ptr_array_add(lines, g_strconcat("PATH=", path, NULL));
        set_variable(lines, "HOME", planner->home);
        set_variable(lines, "USER", planner->facts->user);
        set_variable(lines, "LOGNAME", planner->facts->user);
        set_variable(lines, "SHELL", "/bin/sh");
        set_variable(lines, "XDG_RUNTIME_DIR", planner->runtime_dir);
        pass_from_caller(planner, lines);
        if (planner->display != DISPLAY_NONE) {
                g_ptr_array_add(lines, g_strdup_printf("DISPLAY=:%u", planner->display_number));
                set_variable(lines, "XDG_SESSION_TYPE", planner->wayland != WAYLAND_NONE ? "wayland" : "x11");
        }
        if (planner_display_is_isolated(planner) ||
            (planner->display == DISPLAY_HOST && planner->facts->xauthority != NULL))
                set_variable(lines, "XAUTHORITY", "/run/oriel/xauth");
        if (address != NULL)
                set_variable(lines, "DBUS_SESSION_BUS_ADDRESS", address);
        /* GTK takes portals where /.flatpak-info is, which a keyring of the app's own moves aside. */
        if (planner->keyring && planner->portals) {
                set_variable(lines, "GTK_USE_PORTAL", "1");
                set_variable(lines, "GDK_DEBUG", "portals");
        }
        planner_network_environment(planner, lines);
        planner_accessibility_environment(planner, given);
        if (planner->display != DISPLAY_NONE || planner->wayland != WAYLAND_NONE)
                planner_input_method(planner, given);
        for (guint i = 0; i < given->len; i++) {
                char **pair = g_strsplit(given->pdata[i], "=", 2);

                set_variable(lines, pair[0], pair[1]);
                g_strfreev(pair);
        }
        planner_sockets(planner, lines);
        planner_image_environment(planner, lines);
        apply_profile(planner, lines);
        g_ptr_array_set_free_func(lines, NULL);
        return take_strings(g_steal_pointer(&lines));
}

static char **app_argv(Planner *planner)
{
        const char *command = profile_get_string(planner->profile, PROFILE_APPLICATION_COMMAND);
        char **argv = NULL;

        if (planner->request->argv != NULL && planner->request->argv[0] != NULL)
                argv = g_strdupv((char **)planner->request->argv);
        else if (command != NULL)
                argv = g_strdupv((char *[]){ (char *)command, NULL });
        if (argv != NULL && planner->argv0 != NULL) {
                g_free(argv[0]);
                argv[0] = g_strdup(planner->argv0);
        }
        return argv;
}

static gboolean add_app(Planner *planner, GError **error)
{
        PlanProgram *program = draft_program(planner_draft_for(planner, "app"), "app");
        const char *cwd = planner->request->cwd != NULL ? planner->request->cwd : planner->facts->cwd;

        program->argv = app_argv(planner);
        if (program->argv == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                            _("%s: it has no command\nGive one after --, or write "
                              "command= in [Application]."),
                            planner->request->app_id);
                return FALSE;
        }
        program->app = true;
        program->envp = app_environment(planner);
        program->cwd = cwd != NULL && *cwd == '/' ? g_canonicalize_filename(cwd, "/") : NULL;
        program->home = g_strdup(planner->home);
        program->stdio = planner->request->wait ? PLAN_STDIO_CALLER : PLAN_STDIO_LOG;
        if (planner->request->learn) {
                program->fds = g_new0(PlanFd, 1);
                program->n_fds = 1;
                program->fds[0] = (PlanFd){ .slot = g_strdup("mediator-learn"), .target = LEARN_FD };
                program->learn_fd = LEARN_FD;
                program->learn_ask = planner->request->learn_ask;
        }
        return planner_confine(planner, program, error);
}

char **planner_environment(Planner *planner, gboolean app, char **variables)
{
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        g_auto(GStrv) base = NULL;

        if (app) {
                base = app_environment(planner);
        } else {
                const char *language = host_facts_env(planner->facts, "LANG");

                g_ptr_array_add(lines, g_strdup(SYSTEM_PATH));
                g_ptr_array_add(lines, g_strdup("HOME=/tmp"));
                if (language != NULL && environment_value_passes("LANG", language))
                        g_ptr_array_add(lines, g_strdup_printf("LANG=%s", language));
        }
        for (gsize i = 0; base != NULL && base[i] != NULL; i++)
                g_ptr_array_add(lines, g_strdup(base[i]));
        for (gsize i = 0; variables[i] != NULL; i++) {
                const char *sign = strchr(variables[i], '=');
                g_autofree char *name = g_strndup(variables[i], (gsize)(sign - variables[i]));

                set_variable(lines, name, sign + 1);
        }
        g_ptr_array_set_free_func(lines, NULL);
        return take_strings(g_steal_pointer(&lines));
}

gboolean planner_programs(Planner *planner, GError **error)
{
        planner_display_programs(planner);
        return add_app(planner, error);
}
