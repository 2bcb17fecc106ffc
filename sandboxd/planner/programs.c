/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What runs in the boxes: the inner X server, its window manager, the app; with which environment, filter and limits.
 */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "planner/environment.h"
#include "profile/value.h"

#define SYSTEM_PATH "PATH=/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

enum { DEFAULT_WIDTH = 1280, DEFAULT_HEIGHT = 800 };

static char **take_strings(GPtrArray *strings)
{
        g_ptr_array_add(strings, NULL);
        return (char **)g_ptr_array_free(strings, FALSE);
}

/* ---- Xephyr and its window manager ---- */

static char *display_variable(const Planner *planner)
{
        return g_strdup_printf("DISPLAY=:%u", planner->display_number);
}

static char **xephyr_argv(Planner *planner)
{
        const char *command = profile_get_string(planner->profile, PROFILE_APPLICATION_COMMAND);
        g_autoptr(GPtrArray) argv = g_ptr_array_new();
        guint width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT;
        gboolean fixed =
                profile_screen_parse(profile_get_string(planner->profile, PROFILE_DISPLAY_SIZE), &width, &height);
        g_autofree char *name = command == NULL ? g_strdup(planner->request->app_id) : g_path_get_basename(command);

#define ADD(text) g_ptr_array_add(argv, text)
        ADD(g_strdup(planner_program(planner, "Xephyr")));
        ADD(g_strdup_printf(":%u", planner->display_number));
        ADD(g_strdup("-displayfd"));
        ADD(g_strdup("3"));
        ADD(g_strdup("-auth"));
        ADD(g_strdup("/run/oriel/xauth"));
        ADD(g_strdup("-nolisten"));
        ADD(g_strdup("tcp"));
        ADD(g_strdup("-nolisten"));
        ADD(g_strdup("local"));
        ADD(g_strdup("-noreset"));
        ADD(g_strdup("-screen"));
        ADD(g_strdup_printf("%ux%u", width, height));
        if (!fixed)
                ADD(g_strdup("-resizeable"));
        ADD(g_strdup("-title"));
        ADD(g_strdup_printf("%s [%s]", name, planner->request->app_id));
        ADD(g_strdup("-name"));
        ADD(g_strdup_printf("oriel-%s", planner->request->app_id));
        if (!g_str_equal(profile_get_string(planner->profile, PROFILE_DISPLAY_GLX), "yes")) {
                ADD(g_strdup("-extension"));
                ADD(g_strdup("GLX"));
        }
#undef ADD
        return take_strings(g_steal_pointer(&argv));
}

static void add_xephyr(Planner *planner)
{
        PlanProgram *program = draft_program(planner_draft_for(planner, "xephyr"), "xephyr");
        g_autoptr(GPtrArray) environment = g_ptr_array_new();

        g_ptr_array_add(environment, g_strdup(SYSTEM_PATH));
        g_ptr_array_add(environment, g_strdup("HOME=/tmp"));
        g_ptr_array_add(environment, g_strdup_printf("DISPLAY=:%s", planner->facts->x_display));
        if (planner->facts->xauthority != NULL)
                g_ptr_array_add(environment, g_strdup("XAUTHORITY=/run/oriel/xauth-host"));
        program->argv = xephyr_argv(planner);
        program->envp = take_strings(g_steal_pointer(&environment));
        program->home = g_strdup("/tmp");
        program->stdio = PLAN_STDIO_LOG;
        program->ready = PLAN_READY_LINE;
        program->ready_fd = 3;
        program->ready_timeout_ms = 20 * 1000;
}

/* The window manager: the profile's, or the first of those known that is installed; NULL: none. */
static const char *choose_wm(Planner *planner)
{
        static const char *const known[] = { "matchbox-window-manager", "openbox", "icewm" };
        const char *asked = profile_get_string(planner->profile, PROFILE_COMPANIONS_WM), *first = NULL;

        if (planner_draft_for(planner, "wm") == NULL || g_str_equal(asked, "none"))
                return NULL;
        if (!g_str_equal(asked, "auto")) {
                if (*asked == '/' || planner_program(planner, asked) == NULL)
                        planner_note(planner, _("asked wm=%s, given none: it is not installed"), asked);
                return *asked == '/' ? NULL : planner_program(planner, asked);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
                const char *found = planner_program(planner, known[i]);

                first = first == NULL ? found : first;
        }
        if (first == NULL)
                planner_note(planner,
                             _("no window manager is installed for the isolated display: windows have no frames and "
                               "some get no keys (on Debian: apt install matchbox-window-manager)"));
        return first;
}

static void add_wm(Planner *planner)
{
        const char *path = choose_wm(planner), *language = host_facts_env(planner->facts, "LANG");
        g_autoptr(GPtrArray) environment = NULL;
        PlanProgram *program;

        if (path == NULL)
                return;
        environment = g_ptr_array_new();
        g_ptr_array_add(environment, g_strdup(SYSTEM_PATH));
        g_ptr_array_add(environment, g_strdup("HOME=/tmp"));
        g_ptr_array_add(environment, display_variable(planner));
        g_ptr_array_add(environment, g_strdup("XAUTHORITY=/run/oriel/xauth"));
        if (language != NULL && environment_value_passes("LANG", language))
                g_ptr_array_add(environment, g_strdup_printf("LANG=%s", language));
        program = draft_program(planner_draft_for(planner, "wm"), "wm");
        program->argv = g_strdupv((char *[]){ (char *)path, NULL });
        program->envp = take_strings(g_steal_pointer(&environment));
        program->home = g_strdup("/tmp");
        program->stdio = PLAN_STDIO_LOG;
        program->death = PLAN_DEATH_IGNORE;
        program->landlock = planner_landlock(planner);
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
        gboolean display = planner->display != DISPLAY_NONE || planner->wayland;

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
        g_autofree char *address = planner_session_address(planner);

        g_ptr_array_add(lines, g_strdup(SYSTEM_PATH));
        set_variable(lines, "HOME", planner->home);
        set_variable(lines, "USER", planner->facts->user);
        set_variable(lines, "LOGNAME", planner->facts->user);
        set_variable(lines, "SHELL", "/bin/sh");
        set_variable(lines, "XDG_RUNTIME_DIR", planner->runtime_dir);
        pass_from_caller(planner, lines);
        if (planner->display != DISPLAY_NONE) {
                g_ptr_array_add(lines, display_variable(planner));
                set_variable(lines, "XDG_SESSION_TYPE", planner->wayland ? "wayland" : "x11");
        }
        if (planner->display == DISPLAY_XEPHYR ||
            (planner->display == DISPLAY_HOST && planner->facts->xauthority != NULL))
                set_variable(lines, "XAUTHORITY", "/run/oriel/xauth");
        if (address != NULL)
                set_variable(lines, "DBUS_SESSION_BUS_ADDRESS", address);
        /* GTK takes portals where /.flatpak-info is, which a keyring of the app's own moves aside. */
        if (planner->keyring && planner->portals) {
                set_variable(lines, "GTK_USE_PORTAL", "1");
                set_variable(lines, "GDK_DEBUG", "portals");
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
        if (planner->display == DISPLAY_XEPHYR) {
                add_xephyr(planner);
                add_wm(planner);
        }
        return add_app(planner, error);
}
