/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A session bus of the box's own: a dbus-daemon in the companions box, the split that makes one of it and of the host's
 * filtered bus, and the keyring that starts on it when it is first asked for (docs/theory/bus-routing.md). */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

#define PLACE "/run/oriel-inner"
#define DAEMON_PATH PLACE "/daemon"
#define SPLIT_PATH PLACE "/session"
#define CONFIG "/run/oriel/inner-bus.conf"
#define SERVICES "/run/oriel/services"
#define SECRET "/run/oriel/keyring-secret"
#define KEYRINGS "/run/oriel-data/keyrings"
#define SECRETS_NAME "org.freedesktop.secrets"
#define PLACE_SIZE ((guint64)64 * 1024)
#define RUNTIME_SIZE ((guint64)1024 * 1024)

/* As permissive as a session bus is: all that is on it is the app's or serves it.  Ours stand before the distribution's
 * services, so that the keyring is the private one. */
static const char config[] =
        "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\"\n"
        " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
        "<busconfig><type>session</type><listen>unix:path=" DAEMON_PATH "</listen><auth>EXTERNAL</auth>\n"
        "<servicedir>" SERVICES "</servicedir><servicedir>/usr/share/dbus-1/services</servicedir>\n"
        "<policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"
        "<allow own=\"*\"/></policy>\n"
        "<limit name=\"max_replies_per_connection\">2048</limit></busconfig>\n";

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

void planner_inner_name(Planner *planner, const char *name)
{
        if (!g_ptr_array_find_with_equal_func(planner->inner_names, name, g_str_equal, NULL))
                g_ptr_array_add(planner->inner_names, g_strdup(name));
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
        planner_inner_name(planner, SECRETS_NAME);
        planner_note(planner,
                     _("asked keyring=private, given one beside the app's data, unlocked by a key in a file of Oriel's "
                       "own (0600), not in the login keyring"));
}

const char *planner_inner_address(const Planner *planner)
{
        return planner->session_bus == BUS_INNER ? "unix:path=" DAEMON_PATH : "unix:path=" SPLIT_PATH;
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

static void add_daemon(Planner *planner, Draft *draft)
{
        GPtrArray *argv = g_ptr_array_new(), *environment = g_ptr_array_new();

        g_ptr_array_add(argv, g_strdup(planner_program(planner, "dbus-daemon")));
        g_ptr_array_add(argv, g_strdup("--config-file=" CONFIG));
        g_ptr_array_add(argv, g_strdup("--nofork"));
        g_ptr_array_add(argv, g_strdup("--nopidfile"));
        g_ptr_array_add(argv, g_strdup("--print-address=3"));
        /* What services that it starts get. */
        g_ptr_array_add(environment, g_strdup("PATH=/usr/local/bin:/usr/bin:/bin"));
        g_ptr_array_add(environment, g_strdup("HOME=/tmp"));
        g_ptr_array_add(environment, g_strdup("XDG_DATA_HOME=/run/oriel-data"));
        g_ptr_array_add(environment, g_strdup("XDG_RUNTIME_DIR=/run/oriel-keyring"));
        add_program(draft, "inner-bus", argv, environment)->ready = PLAN_READY_LINE;
        draft_file(draft, CONFIG, config, 0444);
        draft_dir(draft, SERVICES, 0755);
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

static void add_split(Planner *planner, Draft *draft)
{
        g_autofree char *program = g_build_filename(planner->facts->prefix, "bin/oriel-dbus-proxy", NULL);
        GPtrArray *argv = g_ptr_array_new(), *environment = g_ptr_array_new();

        draft_bind(draft, program, "/run/oriel/bin/oriel-dbus-proxy", 0);
        g_ptr_array_add(argv, g_strdup("/run/oriel/bin/oriel-dbus-proxy"));
        g_ptr_array_add(argv, g_strdup("--fd=3"));
        g_ptr_array_add(argv, g_strdup("unix:path=/run/oriel-bus/session"));
        g_ptr_array_add(argv, g_strdup(SPLIT_PATH));
        g_ptr_array_add(argv, g_strdup("--inner=unix:path=" DAEMON_PATH));
        for (guint i = 0; i < planner->inner_names->len; i++)
                g_ptr_array_add(argv, g_strdup_printf("--inner-name=%s", (const char *)planner->inner_names->pdata[i]));
        g_ptr_array_add(environment, g_strdup("PATH=/usr/bin:/bin"));
        add_program(draft, "bus-split", argv, environment)->ready = PLAN_READY_BYTE;
}

void planner_inner_bus(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, "inner-bus");

        planner_base_untrusted(planner, draft);
        draft_shared(draft, "inner-bus", PLACE, 0755, PLACE_SIZE, PLAN_MOUNT_RW);
        draft_shared(planner->app, "inner-bus", PLACE, 0755, PLACE_SIZE, 0);
        draft_tmpfs(draft, "/run/oriel-keyring", 0700, RUNTIME_SIZE);
        draft_dir(draft, "/run/oriel-data", 0755);
        add_daemon(planner, draft);
        if (planner->keyring)
                add_keyring(planner, draft);
        if (planner->session_bus == BUS_FILTERED) {
                draft_shared(draft, "bus", "/run/oriel-bus", 0755, PLACE_SIZE, 0);
                add_split(planner, draft);
        }
}
