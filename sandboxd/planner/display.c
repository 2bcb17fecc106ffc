/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays: which one is given, and what it takes.
 *
 * `sockets=x11` is the wish for a display; which one is [Display] mode's.  The host's is given only where "host" is
 * written.  An isolated one is a server in a box of its own (semi/x): it alone sees the host's socket, and offers its
 * own in a directory that only this instance has. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "profile/value.h"

/* Inside, servers get a number that the host's has not: a client that reached the wrong one would say so.  A high one,
 * because with the host's network and a Landlock scope a client's first try, the abstract socket, must find nobody. */
enum { INNER_NUMBER = 77, SPARE_NUMBER = 78 };

#define XAUTHORITY "/run/oriel/xauth"
#define X11_SIZE ((guint64)64 * 1024)

static gboolean holds(const char *condition, gconstpointer data)
{
        const HostFacts *facts = data;

        /* What stands for a compositor here is the socket; input, USB devices and portals are not asked for. */
        return g_str_equal(condition, "has-wayland") && facts->wayland_socket != NULL;
}

static gboolean has_socket(const Planner *planner, const char *word)
{
        return profile_has_word_if(planner->profile, PROFILE_CONTEXT_SOCKETS, word, holds, planner->facts);
}

static gboolean fail(GError **error, const Planner *planner, const char *why, const char *mend)
{
        ProfileOrigin origin = profile_origin(planner->profile, PROFILE_DISPLAY_MODE, 0);
        g_autofree char *line = origin.line > 0 ? g_strdup_printf(":%u", origin.line) : g_strdup("");

        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s%s: mode=%s: %s\n%s", origin.file, line,
                    profile_get_string(planner->profile, PROFILE_DISPLAY_MODE), why, mend);
        return FALSE;
}

static const char *xephyr_lacks(Planner *planner)
{
        if (template_box_of(planner->template, "xephyr") < 0)
                return _("this tree has no box for an isolated display");
        if (planner->facts->x_socket == NULL)
                return _("there is no X server on this machine (DISPLAY)");
        if (planner_program(planner, "Xephyr") == NULL)
                return _("Xephyr is not installed");
        return NULL;
}

static void give_xephyr(Planner *planner)
{
        planner->display = DISPLAY_XEPHYR;
        planner->display_number = g_strcmp0(planner->facts->x_display, "77") == 0 ? SPARE_NUMBER : INNER_NUMBER;
}

static gboolean give_host(Planner *planner, GError **error)
{
        const HostFacts *facts = planner->facts;

        if (facts->x_socket == NULL && facts->wayland_socket == NULL)
                return fail(error, planner, _("there is no display on this machine"),
                            _("Start it from a desktop session, or with --display=none."));
        if (facts->x_socket != NULL && (has_socket(planner, "x11") || has_socket(planner, "fallback-x11"))) {
                planner->display = DISPLAY_HOST;
                planner->display_number = (guint)g_ascii_strtoull(facts->x_display, NULL, 10);
                planner_note(planner,
                             _("asked display=host, given the host's X display: the app can see every window, read "
                               "every key and type into any program"));
        }
        if (facts->wayland_socket != NULL && has_socket(planner, "wayland")) {
                planner->wayland = TRUE;
                planner_note(planner,
                             _("asked wayland with display=host, given the host's Wayland socket: the compositor "
                               "alone decides what the app may do there"));
        }
        if (planner->display == DISPLAY_NONE && !planner->wayland)
                return fail(error, planner, _("no sockets= of the profile fits the host's display"),
                            _("Add sockets=x11 or sockets=wayland."));
        return TRUE;
}

static gboolean give_wayland(Planner *planner, GError **error)
{
        if (planner->facts->wayland_socket == NULL)
                return fail(error, planner, _("there is no Wayland compositor on this machine"),
                            _("Use --display=auto."));
        planner->wayland = TRUE;
        planner_note(planner,
                     _("asked display=wayland, given the host's Wayland socket: the compositor alone decides what the "
                       "app may do there"));
        return TRUE;
}

/* mode=auto: what can be isolated, or nothing and the reason. */
static void give_auto(Planner *planner)
{
        const char *lacks = xephyr_lacks(planner);

        if (lacks == NULL)
                give_xephyr(planner);
        else
                planner_note(planner, _("asked a display, given none: %s"), lacks);
}

gboolean planner_decide_display(Planner *planner, GError **error)
{
        const char *mode = profile_get_string(planner->profile, PROFILE_DISPLAY_MODE), *lacks;
        gboolean wish =
                has_socket(planner, "x11") || has_socket(planner, "fallback-x11") || has_socket(planner, "wayland");

        if (!wish || g_str_equal(mode, "none"))
                return TRUE;
        if (g_str_equal(mode, "auto")) {
                give_auto(planner);
                return TRUE;
        }
        if (g_str_equal(mode, "host"))
                return give_host(planner, error);
        if (g_str_equal(mode, "wayland"))
                return give_wayland(planner, error);
        lacks = xephyr_lacks(planner);
        if (lacks != NULL)
                return fail(error, planner, lacks,
                            planner->facts->x_socket == NULL ? _("Start it from an X session, or with --display=none.")
                                                             : _("On Debian: apt install xserver-xephyr."));
        if (!g_str_equal(mode, "xephyr"))
                planner_note(planner, _("asked display=%s, given xephyr: %s is not there yet"), mode, mode);
        give_xephyr(planner);
        return TRUE;
}

/* ---- What it takes ---- */

static void add_xephyr(Planner *planner)
{
        Draft *draft = planner_draft_for(planner, "xephyr");
        g_autofree char *name = g_strdup_printf("/tmp/.X11-unix/X%s", planner->facts->x_display);

        planner_base_semi(planner, draft);
        draft_shared(draft, "x11", "/tmp/.X11-unix", 01777, X11_SIZE, PLAN_MOUNT_RW);
        draft_bind(draft, planner->facts->x_socket, name, 0);
        if (planner->facts->xauthority != NULL)
                draft_file_slot(draft, "/run/oriel/xauth-host", "xauth-host", 0400);
        draft_file_slot(draft, XAUTHORITY, "xauth-inner", 0400);
}

void planner_display(Planner *planner)
{
        Draft *app = planner->app, *companions;
        g_autofree char *name = g_strdup_printf("/tmp/.X11-unix/X%u", planner->display_number);

        if (planner->display == DISPLAY_HOST) {
                draft_bind(app, planner->facts->x_socket, name, 0);
                if (planner->facts->xauthority != NULL)
                        draft_file_slot(app, XAUTHORITY, "xauth-host", 0400);
        }
        if (planner->display != DISPLAY_XEPHYR)
                return;
        add_xephyr(planner);
        draft_shared(app, "x11", "/tmp/.X11-unix", 01777, X11_SIZE, 0);
        draft_file_slot(app, XAUTHORITY, "xauth-inner", 0400);
        companions = planner_draft_for(planner, "wm");
        if (companions != NULL) {
                planner_base_untrusted(planner, companions);
                draft_shared(companions, "x11", "/tmp/.X11-unix", 01777, X11_SIZE, 0);
                draft_file_slot(companions, XAUTHORITY, "xauth-inner", 0400);
        }
}
