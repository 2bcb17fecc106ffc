/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Buses of the box's own, a session and a system bus: a dbus-daemon each in the companions box, the split that makes
 * one of it and of the host's filtered bus, and the keyring that starts on the session's when it is first asked for
 * (docs/theory/bus-routing.md). */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

#define PLACE "/run/oriel-inner"
#define SERVICES "/run/oriel/services"
#define SECRET "/run/oriel/keyring-secret"
#define KEYRINGS "/run/oriel-data/keyrings"
#define SECRETS_NAME "org.freedesktop.secrets"
#define PLACE_SIZE ((guint64)64 * 1024)
#define RUNTIME_SIZE ((guint64)1024 * 1024)

/* As permissive as a session bus is: all that is on it is the app's or serves it. */
#define CONFIG_BEGIN                                                                                                   \
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"\n"                         \
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"                                          \
        "<busconfig>"
#define CONFIG_END                                                                                                     \
        "<auth>EXTERNAL</auth>\n"                                                                                      \
        "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"    \
        "<allow own=\"*\"/></policy>\n"                                                                                \
        "<limit name=\"max_replies_per_connection\">2048</limit></busconfig>\n"

typedef struct Inner {
        const char *program, *config_path, *config;
        const char *daemon, *split, *filter; /* sockets */
} Inner;

/* Of the session's, ours stand before the distribution's services, so that the keyring is the private one.  Services of
 * a system bus are started by the service manager, as who they please: there are none inside but the box's companions.
 */
static const Inner session_inner = {
        "inner-bus",
        "/run/oriel/inner-bus.conf",
        CONFIG_BEGIN "<type>session</type><listen>unix:path=" PLACE "/daemon</listen>"
                     "<servicedir>" SERVICES
                     "</servicedir><servicedir>/usr/share/dbus-1/services</servicedir>" CONFIG_END,
        PLACE "/daemon",
        PLACE "/session",
        "/run/oriel-bus/session",
};
static const Inner system_inner = {
        "inner-system-bus",
        "/run/oriel/inner-system-bus.conf",
        CONFIG_BEGIN "<type>system</type><listen>unix:path=" PLACE "/system-daemon</listen>" CONFIG_END,
        PLACE "/system-daemon",
        PLACE "/system",
        "/run/oriel-bus/system",
};

/* The secret comes by a descriptor and is read from a file that only this box shows: it stands in no command line. */
static const char secrets_service[] = "[D-BUS Service]\nName=" SECRETS_NAME
                                      "\nExec=/bin/sh -c \"exec gnome-keyring-daemon --foreground --components=secrets "
                                      "--control-directory=/run/oriel-keyring --unlock <" SECRET "\"\n";

gboolean planner_inner_bus_is_there(Planner *planner, const char *asked_for)
{
        const char *lacks = template_box_of(planner->template, "inner-bus") < 0 ? _("this tree has no box for it")
                            : planner_program(planner, "dbus-daemon") == NULL   ? _("dbus-daemon is not installed")
                                                                                : NULL;

        if (lacks != NULL)
                planner_note(planner, _("asked %s, given nothing for it: %s"), asked_for, lacks);
        return lacks == NULL;
}

void planner_inner_name(GPtrArray *names, const char *name)
{
        if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_strdup(name));
}

void planner_decide_keyring(Planner *planner)
{
        if (!g_str_equal(profile_get_string(planner->profile, PROFILE_COMPANIONS_KEYRING), "private") ||
            !planner_inner_bus_is_there(planner, "keyring=private"))
                return;
        if (planner_program(planner, "gnome-keyring-daemon") == NULL) {
                planner_note(planner,
                             _("asked keyring=private, given none: gnome-keyring-daemon is not installed (on Debian: "
                               "apt install gnome-keyring)"));
                return;
        }
        if (planner->request->data_dir == NULL) {
                planner_note(planner, _("asked keyring=private, given none: this run has no data of its own"));
                return;
        }
        planner->keyring = TRUE;
        planner_inner_name(planner->inner_names, SECRETS_NAME);
        planner_note(
                planner,
                _("asked keyring=private, given one beside the app's data, unlocked by a key in the login keyring, "
                  "or where that is not to be had in a file of Oriel's own (0600)"));
}

/* Is a split before the two? */
static gboolean has_split(const Planner *planner, gboolean system)
{
        const GPtrArray *names = system ? planner->inner_system_names : planner->inner_names;

        return (system ? planner->system_bus : planner->session_bus) == BUS_FILTERED && names->len > 0;
}

const char *planner_inner_socket(const Planner *planner, gboolean system)
{
        const Inner *inner = system ? &system_inner : &session_inner;

        if ((system ? planner->system_bus : planner->session_bus) == BUS_INNER)
                return inner->daemon;
        return has_split(planner, system) ? inner->split : NULL;
}

static PlanProgram *add_program(Draft *draft, const char *name, GPtrArray *argv, GPtrArray *environment)
{
        PlanProgram *program = draft_program(draft, name);

        g_ptr_array_add(argv, NULL);
        g_ptr_array_add(environment, NULL);
        program->argv = (char **)g_ptr_array_free(argv, FALSE);
        program->envp = (char **)g_ptr_array_free(environment, FALSE);
        program->home = g_strdup("/tmp");
        program->stdio = PLAN_STDIO_LOG;
        program->ready_fd = 3;
        program->ready_timeout_ms = 10 * 1000;
        return program;
}

static void add_daemon(Planner *planner, Draft *draft, const Inner *inner)
{
        GPtrArray *argv = g_ptr_array_new(), *environment = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup(planner_program(planner, "dbus-daemon")));
        g_ptr_array_add(argv, g_strconcat("--config-file=", inner->config_path, NULL));
        g_ptr_array_add(argv, g_strdup("--nofork"));
        g_ptr_array_add(argv, g_strdup("--nopidfile"));
        g_ptr_array_add(argv, g_strdup("--print-address=3"));
        /* What services that it starts get. */
        g_ptr_array_add(environment, g_strdup("PATH=/usr/local/bin:/usr/bin:/bin"));
        g_ptr_array_add(environment, g_strdup("HOME=/tmp"));
        g_ptr_array_add(environment, g_strdup("XDG_DATA_HOME=/run/oriel-data"));
        g_ptr_array_add(environment, g_strdup("XDG_RUNTIME_DIR=/run/oriel-keyring"));
        add_program(draft, inner->program, argv, environment)->ready = PLAN_READY_LINE;
        draft_file(draft, inner->config_path, inner->config, 0444);
}

/* Beside the app's home, not in it: the app gets its secrets by the bus alone. */
static void add_keyring(Planner *planner, Draft *draft)
{
        g_autofree char *above = g_path_get_dirname(planner->request->data_dir);
        g_autofree char *keyrings = g_build_filename(above, "keyrings", NULL);

        draft_bind_below(draft, above, keyrings, KEYRINGS, PLAN_MOUNT_RW | PLAN_MOUNT_CREATE);
        draft_file(draft, SERVICES "/" SECRETS_NAME ".service", secrets_service, 0444);
        draft_file_slot(draft, SECRET, "keyring-secret", 0400);
}

/* One bus of the split's. */
static void add_split_group(GPtrArray *argv, const Inner *inner, const GPtrArray *names)
{
        g_ptr_array_add(argv, g_strconcat("unix:path=", inner->filter, NULL));
        g_ptr_array_add(argv, g_strdup(inner->split));
        g_ptr_array_add(argv, g_strconcat("--inner=unix:path=", inner->daemon, NULL));
        for (guint i = 0; i < names->len; i++)
                g_ptr_array_add(argv, g_strdup_printf("--inner-name=%s", (const char *)names->pdata[i]));
}

static void add_split(Planner *planner, Draft *draft)
{
        g_autofree char *program = g_build_filename(planner->facts->prefix, "bin/oriel-dbus-proxy", NULL);
        GPtrArray *argv = g_ptr_array_new(), *environment = g_ptr_array_new();

        draft_shared(draft, "bus", "/run/oriel-bus", 0755, PLACE_SIZE, 0);
        draft_bind(draft, program, "/run/oriel/bin/oriel-dbus-proxy", 0);
        g_ptr_array_add(argv, g_strdup("/run/oriel/bin/oriel-dbus-proxy"));
        g_ptr_array_add(argv, g_strdup("--fd=3"));
        if (has_split(planner, FALSE))
                add_split_group(argv, &session_inner, planner->inner_names);
        if (has_split(planner, TRUE))
                add_split_group(argv, &system_inner, planner->inner_system_names);
        g_ptr_array_add(environment, g_strdup("PATH=/usr/bin:/bin"));
        add_program(draft, "bus-split", argv, environment)->ready = PLAN_READY_BYTE;
}

void planner_inner_buses(Planner *planner)
{
        gboolean session = planner_inner_socket(planner, FALSE) != NULL;
        gboolean system = planner_inner_socket(planner, TRUE) != NULL;
        Draft *draft = NULL;

        if (!session && !system)
                return;
        draft = planner_draft_for(planner, "inner-bus");
        planner_base_untrusted(planner, draft);
        draft_shared(draft, "inner-bus", PLACE, 0755, PLACE_SIZE, PLAN_MOUNT_RW);
        draft_shared(planner->app, "inner-bus", PLACE, 0755, PLACE_SIZE, 0);
        draft_tmpfs(draft, "/run/oriel-keyring", 0700, RUNTIME_SIZE);
        draft_dir(draft, "/run/oriel-data", 0755);
        if (session) {
                add_daemon(planner, draft, &session_inner);
                draft_dir(draft, SERVICES, 0755);
        }
        if (system)
                add_daemon(planner, draft, &system_inner);
        if (planner->keyring)
                add_keyring(planner, draft);
        if (has_split(planner, FALSE) || has_split(planner, TRUE))
                add_split(planner, draft);
}
