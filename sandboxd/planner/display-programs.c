/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays: what the given one takes.
 *
 *      seamless    companions: xvfb <- xbridge-agent     semi/x: xbridge        a pair of sockets between the two
 *      xpra        companions: xvfb <- xpra              semi/x: xpra-client    a listening socket, and its name
 *      xephyr      companions: wm                        semi/x: xephyr
 *      desktop     companions: session, panel            semi/x: xephyr
 *      wayland                                           semi/wayland: wayland-context    a listening socket, and its
 * name
 *
 * Only what is in semi/x sees the host's X socket, and in semi/wayland the compositor's.  Who has the server owns the
 * directory of its socket; everyone else sees it read-only. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "planner/environment.h"
#include "profile/value.h"

#define SYSTEM_PATH "PATH=" PLANNER_SYSTEM_PATH
#define X11_PLACE "/tmp/.X11-unix"
#define X11_SIZE ((guint64)64 * 1024)
#define XAUTHORITY "/run/oriel/xauth"
#define XAUTHORITY_HOST "/run/oriel/xauth-host"
#define BRIDGE "/run/oriel/bin/oriel-xbridge"
#define CONTEXT "/run/oriel/bin/oriel-wayland-context"
#define WAYLAND_HOST_SOCKET "/run/oriel/wayland-host"
#define WAYLAND_SOCKET "/run/oriel/wayland"
#define XPRA_SOCKET "/run/oriel/xpra"
#define XPRA_STATE "/run/oriel-xpra-state"

enum {
        DEFAULT_WIDTH = 1280, /* of a display in a window */
        DEFAULT_HEIGHT = 800,
        USUAL_WIDTH = 1920, /* of a host's screen that did not answer */
        USUAL_HEIGHT = 1080,
        SERVER_SECONDS = 20,
        XPRA_SECONDS = 60, /* a Python program, of which many files are read */
        READY_FD = 3,
        LINK_FD = 4,
        MEDIATOR_FD = 5,
        LISTEN_FD = 4, /* of the security context */
        INSTANCE_FD = 5,
};

static char **take_strings(GPtrArray *strings)
{
        g_ptr_array_add(strings, NULL);
        return (char **)g_ptr_array_free(strings, FALSE);
}

static void add_words(GPtrArray *words, const char *const *more)
{
        for (gsize i = 0; more[i] != NULL; i++)
                g_ptr_array_add(words, g_strdup(more[i]));
}
#define WORDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ---- Boxes ---- */

static void add_host_display(Planner *planner, Draft *draft)
{
        g_autofree char *name = g_strdup_printf(X11_PLACE "/X%s", planner->facts->x_display);

        planner_base_semi(planner, draft);
        draft_bind(draft, planner->facts->x_socket, name, 0);
        if (planner->facts->xauthority != NULL)
                draft_file_slot(draft, XAUTHORITY_HOST, "xauth-host", 0400);
}

/* The inner display's socket directory and cookie; flags: PLAN_MOUNT_RW for who has the server. */
static void add_inner_display(Draft *draft, guint32 flags)
{
        draft_shared(draft, "x11", X11_PLACE, 01777, X11_SIZE, flags);
        draft_file_slot(draft, XAUTHORITY, "xauth-inner", 0400);
}

/* The box of a companion that is a client of the inner display. */
static Draft *client_draft(Planner *planner, const char *role)
{
        gboolean framed = planner->display == DISPLAY_XEPHYR || planner->display == DISPLAY_DESKTOP;
        Draft *draft = planner_draft_for(planner, role);

        planner_base_untrusted(planner, draft);
        if (draft != planner_draft_for(planner, framed ? "xephyr" : "xvfb"))
                add_inner_display(draft, 0);
        return draft;
}

/* ---- Programs ---- */

static GPtrArray *least_environment(const Planner *planner)
{
        const char *language = host_facts_env(planner->facts, "LANG");
        GPtrArray *environment = g_ptr_array_new();

        add_words(environment, WORDS(SYSTEM_PATH, "HOME=/tmp"));
        if (language != NULL && environment_value_passes("LANG", language))
                g_ptr_array_add(environment, g_strdup_printf("LANG=%s", language));
        return environment;
}

static GPtrArray *host_environment(const Planner *planner)
{
        GPtrArray *environment = g_ptr_array_new();

        add_words(environment, WORDS(SYSTEM_PATH, "HOME=/tmp"));
        g_ptr_array_add(environment, g_strdup_printf("DISPLAY=:%s", planner->facts->x_display));
        if (planner->facts->xauthority != NULL)
                g_ptr_array_add(environment, g_strdup("XAUTHORITY=" XAUTHORITY_HOST));
        return environment;
}

static GPtrArray *inner_environment(const Planner *planner)
{
        GPtrArray *environment = least_environment(planner);

        g_ptr_array_add(environment, g_strdup_printf("DISPLAY=:%u", planner->display_number));
        g_ptr_array_add(environment, g_strdup("XAUTHORITY=" XAUTHORITY));
        return environment;
}

/* Takes argv and environment. */
static PlanProgram *
add_program(Planner *planner, const char *role, GPtrArray *argv, GPtrArray *environment, PlanDeath death)
{
        const TemplateBox *box = planner->template->boxes->pdata[template_box_of(planner->template, role)];
        PlanProgram *program = draft_program(planner_draft_for(planner, role), role);

        program->argv = take_strings(argv);
        program->envp = take_strings(environment);
        program->home = g_strdup("/tmp");
        program->stdio = PLAN_STDIO_LOG;
        program->death = death;
        if (box->kind != PLAN_BOX_SEMI)
                program->landlock = planner_landlock(planner);
        return program;
}

static void add_fd(PlanProgram *program, const char *slot, int number)
{
        program->fds = g_renew(PlanFd, program->fds, program->n_fds + 1);
        program->fds[program->n_fds++] = (PlanFd){ .slot = g_strdup(slot), .target = number };
}

/* What every server of an instance's own is told. */
static GPtrArray *server_argv(Planner *planner, const char *program)
{
        GPtrArray *argv = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup(planner_program(planner, program)));
        g_ptr_array_add(argv, g_strdup_printf(":%u", planner->display_number));
        add_words(argv,
                  WORDS("-displayfd", "3", "-auth", XAUTHORITY, "-nolisten", "tcp", "-nolisten", "local", "-noreset"));
        return argv;
}

static void add_glx(const Planner *planner, GPtrArray *argv)
{
        if (!g_str_equal(profile_get_string(planner->profile, PROFILE_DISPLAY_GLX), "yes"))
                add_words(argv, WORDS("-extension", "GLX"));
}

static void set_ready_line(PlanProgram *program)
{
        program->ready = PLAN_READY_LINE;
        program->ready_fd = READY_FD;
        program->ready_timeout_ms = SERVER_SECONDS * 1000;
}

/* What a person calls the app: its program's name; the profile's, where it has one. */
static char *label_of(const Planner *planner)
{
        const char *command = profile_get_string(planner->profile, PROFILE_APPLICATION_COMMAND);

        if (command == NULL)
                command = planner_command(planner);
        return command == NULL ? g_strdup(planner->request->app_id) : g_path_get_basename(command);
}

/* ---- Xephyr, its window manager, its desktop ---- */

static GPtrArray *xephyr_argv(Planner *planner)
{
        GPtrArray *argv = server_argv(planner, "Xephyr");
        guint width = DEFAULT_WIDTH, height = DEFAULT_HEIGHT;
        gboolean fixed =
                profile_screen_parse(profile_get_string(planner->profile, PROFILE_DISPLAY_SIZE), &width, &height);
        g_autofree char *name = label_of(planner);

        g_ptr_array_add(argv, g_strdup("-screen"));
        g_ptr_array_add(argv, g_strdup_printf("%ux%u", width, height));
        if (!fixed)
                g_ptr_array_add(argv, g_strdup("-resizeable"));
        g_ptr_array_add(argv, g_strdup("-title"));
        g_ptr_array_add(argv, g_strdup_printf("%s [%s]", name, planner->request->app_id));
        g_ptr_array_add(argv, g_strdup("-name"));
        g_ptr_array_add(argv, g_strdup_printf("oriel-%s", planner->request->app_id));
        add_glx(planner, argv);
        return argv;
}

/* Nobody is a client of both servers. */
static void note_no_exchange(Planner *planner)
{
        static const ProfileKey keys[] = { PROFILE_DISPLAY_CLIPBOARD, PROFILE_DISPLAY_PRIMARY };

        for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
                const char *policy = profile_get_string(planner->profile, keys[i]);

                if (profile_is_set(planner->profile, keys[i]) && !g_str_equal(policy, "none"))
                        planner_note(planner, _("asked %s=%s, given none: a display in a window exchanges nothing"),
                                     profile_key_info(keys[i])->key, policy);
        }
}

static void add_xephyr(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, "xephyr");

        add_host_display(planner, draft);
        add_inner_display(draft, PLAN_MOUNT_RW);
        note_no_exchange(planner);
        set_ready_line(
                add_program(planner, "xephyr", xephyr_argv(planner), host_environment(planner), PLAN_DEATH_ESSENTIAL));
}

/* A program that is asked for by name, where it may be any: its path, or NULL and a note. */
static const char *named_program(Planner *planner, const char *key, const char *name)
{
        if (*name == '/' || planner_program(planner, name) == NULL) {
                planner_note(planner, _("asked %s=%s, given none: it is not installed"), key, name);
                return NULL;
        }
        return planner_program(planner, name);
}

/* The first of those that is installed; each is asked for. */
static const char *first_program(Planner *planner, const char *const *names)
{
        const char *first = NULL;

        for (gsize i = 0; names[i] != NULL; i++) {
                const char *found = planner_program(planner, names[i]);

                first = first == NULL ? found : first;
        }
        return first;
}

static PlanProgram *add_client(Planner *planner, const char *role, const char *path, PlanDeath death)
{
        GPtrArray *argv = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup(path));
        (void)client_draft(planner, role);
        return add_program(planner, role, argv, inner_environment(planner), death);
}

/* The window manager: the profile's, or the first of those known that is installed. */
static void add_wm(Planner *planner)
{
        const char *asked = profile_get_string(planner->profile, PROFILE_COMPANIONS_WM), *path = NULL;

        if (planner_draft_for(planner, "wm") == NULL || g_str_equal(asked, "none"))
                return;
        path = g_str_equal(asked, "auto") ? first_program(planner, WORDS("matchbox-window-manager", "openbox", "icewm"))
                                          : named_program(planner, "wm", asked);
        if (path != NULL)
                add_client(planner, "wm", path, PLAN_DEATH_IGNORE);
        else if (g_str_equal(asked, "auto"))
                planner_note(planner,
                             _("no window manager is installed for the isolated display: windows have no frames and "
                               "some get no keys (on Debian: apt install matchbox-window-manager)"));
}

/* What bring a panel themselves, and window managers that don't.  A program that is not here is taken for a session. */
static const char *const sessions[] = { "icewm-session", NULL };
static const char *const bare_managers[] = { "openbox", "xfwm4", "matchbox-window-manager", NULL };
static const char *const panels[] = { "tint2", "xfce4-panel", "lxpanel", NULL };

/* The desktop's session, on the bus of the box's own where there is one. */
static void add_session_variables(Planner *planner, PlanProgram *program)
{
        g_autofree char *address = planner_session_address(planner);
        gsize n = g_strv_length(program->envp);

        if (address == NULL || planner_draft_for(planner, "session") != planner_draft_for(planner, "inner-bus"))
                return;
        program->envp = g_renew(char *, program->envp, n + 2);
        program->envp[n] = g_strconcat("DBUS_SESSION_BUS_ADDRESS=", address, NULL);
        program->envp[n + 1] = NULL;
}

static void add_panel(Planner *planner)
{
        const char *path = planner_draft_for(planner, "panel") != NULL ? first_program(planner, panels) : NULL;

        if (path != NULL)
                add_session_variables(planner, add_client(planner, "panel", path, PLAN_DEATH_IGNORE));
        else
                planner_note(planner, _("no panel is installed for the desktop (on Debian: apt install icewm, or tint2 "
                                        "beside another window manager)"));
}

static void add_desktop(Planner *planner)
{
        const char *asked = profile_get_string(planner->profile, PROFILE_COMPANIONS_WM), *path = NULL;
        g_autofree char *name = NULL;

        if (g_str_equal(asked, "none"))
                return;
        if (g_str_equal(asked, "auto")) {
                path = first_program(planner, sessions);
                if (path == NULL || planner->wants != NULL)
                        path = first_program(planner, bare_managers);
        } else {
                path = named_program(planner, "wm", asked);
        }
        if (path == NULL) {
                planner_note(planner,
                             _("asked display=desktop, given a bare screen: no window manager is installed for "
                               "it (on Debian: apt install icewm)"));
                return;
        }
        name = g_path_get_basename(path);
        add_session_variables(planner, add_client(planner, "session", path, PLAN_DEATH_RESTART));
        if (g_strv_contains(bare_managers, name) || planner->wants != NULL)
                add_panel(planner);
}

/* ---- A server without a screen ---- */

/* As large as the host's screen, so that the pointer reaches every place of it, and as dense. */
static void add_xvfb(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, "xvfb");
        GPtrArray *argv = server_argv(planner, "Xvfb");
        guint width = USUAL_WIDTH, height = USUAL_HEIGHT;

        (void)planner_screen(planner, &width, &height);
        planner_base_untrusted(planner, draft);
        add_inner_display(draft, PLAN_MOUNT_RW);
        add_words(argv, WORDS("-s", "0", "-screen", "0"));
        g_ptr_array_add(argv, g_strdup_printf("%ux%ux24", width, height));
        if (planner->facts->x_dpi != 0) {
                g_ptr_array_add(argv, g_strdup("-dpi"));
                g_ptr_array_add(argv, g_strdup_printf("%u", planner->facts->x_dpi));
        }
        add_glx(planner, argv);
        set_ready_line(add_program(planner, "xvfb", argv, least_environment(planner), PLAN_DEATH_ESSENTIAL));
}

/* ---- Seamless ---- */

/* A colour for that id, the same each time: bright enough to be seen, and never grey. */
static char *colour_of(const char *id)
{
        static const guint8 strong = 0xd0, weak = 0x20;
        guint hue = g_str_hash(id) % 360, part = hue % 60;
        guint8 up = (guint8)(weak + (strong - weak) * part / 60), down = (guint8)(strong - (strong - weak) * part / 60);
        const guint8 sextants[6][3] = {
                { strong, up, weak },   { down, strong, weak }, { weak, strong, up },
                { weak, down, strong }, { up, weak, strong },   { strong, weak, down },
        };
        const guint8 *rgb = sextants[hue / 60];

        return g_strdup_printf("#%02x%02x%02x", rgb[0], rgb[1], rgb[2]);
}

static char *border_of(const Planner *planner)
{
        const char *asked = profile_get_string(planner->profile, PROFILE_DISPLAY_BORDER);

        return g_str_equal(asked, "auto") ? colour_of(planner->request->app_id) : g_strdup(asked);
}

static void bind_bridge(Planner *planner, Draft *draft)
{
        g_autofree char *program = planner_own_program(planner, "oriel-xbridge");

        draft_bind(draft, program, BRIDGE, 0);
}

static void add_agent(Planner *planner)
{
        Draft *draft = client_draft(planner, "xbridge-agent");
        GPtrArray *argv = g_ptr_array_new();
        PlanProgram *program;

        bind_bridge(planner, draft);
        add_words(argv, WORDS(BRIDGE, "agent", "--fd=3", "--link=4"));
        program = add_program(planner, "xbridge-agent", argv, inner_environment(planner), PLAN_DEATH_ESSENTIAL);
        add_fd(program, "xlink-agent", LINK_FD);
        set_ready_line(program);
}

static void add_daemon(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, "xbridge");
        GPtrArray *argv = g_ptr_array_new();
        g_autofree char *name = label_of(planner), *border = border_of(planner);
        PlanProgram *program;

        if (g_str_equal(border, "none")) {
                g_free(border);
                border = colour_of(planner->request->app_id);
                planner_note(planner,
                             _("asked border=none, given one: beside your own windows an app's is always marked"));
        }
        add_host_display(planner, draft);
        bind_bridge(planner, draft);
        add_words(argv, WORDS(BRIDGE, "daemon", "--fd=3", "--link=4", "--mediator=5"));
        g_ptr_array_add(argv, g_strdup_printf("--name=%s", name));
        g_ptr_array_add(argv, g_strdup_printf("--border=%s", border));
        g_ptr_array_add(argv, g_strdup_printf("--class=%s", planner->request->app_id));
        g_ptr_array_add(argv, g_strdup_printf("--instance=oriel-%s", planner->request->app_id));
        g_ptr_array_add(argv, g_strdup_printf("--clipboard=%s",
                                              profile_get_string(planner->profile, PROFILE_DISPLAY_CLIPBOARD)));
        g_ptr_array_add(argv,
                        g_strdup_printf("--primary=%s", profile_get_string(planner->profile, PROFILE_DISPLAY_PRIMARY)));
        program = add_program(planner, "xbridge", argv, host_environment(planner), PLAN_DEATH_RESTART);
        add_fd(program, "xlink-daemon", LINK_FD);
        add_fd(program, "mediator-xbridge", MEDIATOR_FD);
        set_ready_line(program);
}

/* ---- Xpra ---- */

static const struct {
        const char *policy, *enabled, *direction;
} xpra_clipboards[] = {
        { "to-app", "--clipboard=yes", "--clipboard-direction=to-server" },
        { "from-app", "--clipboard=yes", "--clipboard-direction=to-client" },
        { "both", "--clipboard=yes", "--clipboard-direction=both" },
        { NULL, "--clipboard=no", "--clipboard-direction=disabled" },
};

/* Row of the table.  Xpra knows one rule for both selections, and can't ask. */
static gsize xpra_clipboard(const Planner *planner)
{
        const char *policy = profile_get_string(planner->profile, PROFILE_DISPLAY_CLIPBOARD);
        const char *primary = profile_get_string(planner->profile, PROFILE_DISPLAY_PRIMARY);
        gsize i = 0;

        while (xpra_clipboards[i].policy != NULL &&
               !(g_str_equal(xpra_clipboards[i].policy, policy) && g_str_equal(policy, primary)))
                i++;
        return i;
}

static void note_xpra_clipboard(Planner *planner)
{
        const char *policy = profile_get_string(planner->profile, PROFILE_DISPLAY_CLIPBOARD);

        if (xpra_clipboards[xpra_clipboard(planner)].policy != NULL ||
            !profile_is_set(planner->profile, PROFILE_DISPLAY_CLIPBOARD) || g_str_equal(policy, "none"))
                return;
        planner_note(
                planner,
                _("asked clipboard=%s, given none: Xpra has one rule for clipboard and primary and can't ask: both, "
                  "to-app or from-app, the same for both"),
                policy);
}

/* What it would do beside windows, on both sides: nothing of it. */
static void add_xpra_options(Planner *planner, GPtrArray *argv)
{
        gsize i = xpra_clipboard(planner);

        add_words(argv,
                  WORDS(xpra_clipboards[i].enabled, xpra_clipboards[i].direction, "--mmap=no", "--mdns=no",
                        "--printing=no", "--file-transfer=no", "--open-files=no", "--open-url=no", "--pulseaudio=no",
                        "--speaker=disabled", "--microphone=disabled", "--webcam=no", "--notifications=no",
                        "--system-tray=no", "--tray=no", "--bell=no", "--forward-xdg-open=no", "--sharing=no",
                        "--remote-logging=no", "--dbus-proxy=no", "--dbus-control=no"));
}

/* The distribution's settings for every user, which start programs, are not there. */
static void hide_settings(Planner *planner, Draft *draft)
{
        if (planner_look(planner, "/etc/xpra")->kind == FACTS_PATH_DIRECTORY)
                draft_plain(draft, PLAN_MOUNT_MASK, "/etc/xpra");
}

static void add_xpra_server(Planner *planner)
{
        Draft *draft = client_draft(planner, "xpra");
        GPtrArray *argv = g_ptr_array_new(), *environment = inner_environment(planner);
        PlanProgram *program;

        draft_tmpfs(draft, XPRA_STATE, 0700, (guint64)16 * 1024 * 1024);
        hide_settings(planner, draft);
        /* A socket that is there already is passed as service managers do (sd_listen_fds(3)): to one process by its
         * number, which only that process knows. */
        add_words(argv, WORDS("/bin/sh", "-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\"", "sh"));
        g_ptr_array_add(argv, g_strdup(planner_program(planner, "xpra")));
        g_ptr_array_add(argv, g_strdup("start"));
        g_ptr_array_add(argv, g_strdup_printf(":%u", planner->display_number));
        add_words(argv, WORDS("--use-display=yes", "--daemon=no", "--attach=no", "--start=/bin/true",
                              "--bind=" XPRA_STATE "/ready", "--socket-dir=" XPRA_STATE, "--socket-permissions=600",
                              "--systemd-run=no", "--dbus-launch=", "--html=off", "--start-new-commands=no",
                              "--start-via-proxy=no", "--proxy-start-sessions=no", "--exit-with-client=no"));
        add_xpra_options(planner, argv);
        g_ptr_array_add(environment, g_strdup("XDG_RUNTIME_DIR=" XPRA_STATE));
        program = add_program(planner, "xpra", argv, environment, PLAN_DEATH_ESSENTIAL);
        add_fd(program, "xpra-listen", 3);
        program->ready = PLAN_READY_SOCKET;
        program->ready_path = g_strdup(XPRA_STATE "/ready");
        program->ready_timeout_ms = XPRA_SECONDS * 1000;
}

/* Its toolkit wants fonts, and a place of its own. */
static void add_xpra_client(Planner *planner)
{
        static const char *const shown[] = { "/etc/fonts", "/var/cache/fontconfig" };
        Draft *draft = planner_draft_for(planner, "xpra-client");
        GPtrArray *argv = g_ptr_array_new(), *environment = host_environment(planner);
        g_autofree char *name = label_of(planner), *border = border_of(planner);

        add_host_display(planner, draft);
        draft_bind_slot(draft, "xpra-socket", XPRA_SOCKET, 0);
        draft_tmpfs(draft, XPRA_STATE, 0700, (guint64)16 * 1024 * 1024);
        for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
                if (planner_look(planner, shown[i])->kind == FACTS_PATH_DIRECTORY)
                        draft_bind(draft, shown[i], shown[i], 0);
        g_ptr_array_add(argv, g_strdup(planner_program(planner, "xpra")));
        add_words(argv, WORDS("attach", "socket://" XPRA_SOCKET, "--opengl=no", "--encoding=rgb"));
        g_ptr_array_add(argv, g_strdup_printf("--title=[%s] @title@", name));
        if (!g_str_equal(border, "none"))
                g_ptr_array_add(argv, g_strdup_printf("--border=%s,3", border));
        add_xpra_options(planner, argv);
        g_ptr_array_add(environment, g_strdup("XDG_RUNTIME_DIR=" XPRA_STATE));
        add_program(planner, "xpra-client", argv, environment, PLAN_DEATH_RESTART);
        note_xpra_clipboard(planner);
}

/* ---- Wayland ---- */

/* It is there before the app, and as long: what it holds open is the only way in.  The socket is the launcher's, so
 * that a second one serves the same name. */
static void add_context(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, "wayland-context");
        GPtrArray *argv = g_ptr_array_new(), *environment = g_ptr_array_new();
        g_autofree char *program_path = planner_own_program(planner, "oriel-wayland-context");
        PlanProgram *program;

        planner_base_semi(planner, draft);
        draft_bind(draft, program_path, CONTEXT, 0);
        draft_bind(draft, planner->facts->wayland_socket, WAYLAND_HOST_SOCKET, 0);
        draft_bind_slot(draft, "wayland-socket", WAYLAND_SOCKET, 0);
        add_words(environment, WORDS(SYSTEM_PATH, "HOME=/tmp", "WAYLAND_DISPLAY=" WAYLAND_HOST_SOCKET));
        add_words(argv, WORDS(CONTEXT, "serve", "--fd=3", "--listen=4", "--instance=5", "--socket=" WAYLAND_SOCKET));
        g_ptr_array_add(argv, g_strdup_printf("--app=%s", planner->request->app_id));
        program = add_program(planner, "wayland-context", argv, environment, PLAN_DEATH_RESTART);
        add_fd(program, "wayland-listen", LISTEN_FD);
        add_fd(program, "instance-id", INSTANCE_FD);
        set_ready_line(program);
}

/* ---- All of it ---- */

static void add_host_socket(Planner *planner)
{
        g_autofree char *name = g_strdup_printf(X11_PLACE "/X%u", planner->display_number);

        draft_bind(planner->app, planner->facts->x_socket, name, 0);
        if (planner->facts->xauthority != NULL)
                draft_file_slot(planner->app, XAUTHORITY, "xauth-host", 0400);
}

void planner_display(Planner *planner)
{
        if (planner->display == DISPLAY_HOST)
                add_host_socket(planner);
        if (planner_display_is_isolated(planner))
                add_inner_display(planner->app, 0);
}

/* A server first: what comes after it in its box waits for it. */
void planner_display_programs(Planner *planner)
{
        static const struct {
                DisplayGiven display;
                void (*adds[3])(Planner *planner);
        } displays[] = {
                { DISPLAY_SEAMLESS, { add_xvfb, add_agent, add_daemon } },
                { DISPLAY_XPRA, { add_xvfb, add_xpra_server, add_xpra_client } },
                { DISPLAY_XEPHYR, { add_xephyr, add_wm, NULL } },
                { DISPLAY_DESKTOP, { add_xephyr, add_desktop, NULL } },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(displays); i++)
                for (gsize a = 0; a < 3 && planner_shows(planner, displays[i].display); a++)
                        if (displays[i].adds[a] != NULL)
                                displays[i].adds[a](planner);
        if (planner->wayland == WAYLAND_CONTEXT)
                add_context(planner);
}
