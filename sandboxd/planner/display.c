/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Displays: which one is given.
 *
 * `sockets=x11` is the wish for a display; which one is [Display] mode's.  The host's is given only where "host" is
 * written.  A Wayland compositor's is given where the compositor knows whose connection it is.  An isolated one is a
 * server of the instance's own, which only one program shows to the person: that one alone sees the host's socket
 * (display-programs.c).  What can't be given falls back to what isolates as well, never to less. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "profile/value.h"

/* Inside, servers get a number that the host's has not: a client that reached the wrong one would say so.  A high one,
 * because with the host's network and a Landlock scope a client's first try, the abstract socket, must find nobody. */
enum { INNER_NUMBER = 77, SPARE_NUMBER = 78 };

enum { MODE_ROLES = 4, MODE_NEEDS = 2 };

/* An isolated display, and what it takes. */
typedef struct Mode {
        const char *word;
        DisplayGiven given;
        const char *roles[MODE_ROLES]; /* for which the tree must have boxes */
        struct {
                const char *program, *package;
        } needs[MODE_NEEDS];
        gboolean bridge;  /* Oriel's own program, which a build may lack */
        const char *next; /* mode that is given in its place; NULL: none */
} Mode;

static const Mode modes[] = {
        { "seamless",
          DISPLAY_SEAMLESS,
          { "xbridge", "xbridge-agent", "xvfb" },
          { { "Xvfb", "xvfb" } },
          TRUE,
          "xephyr" },
        { "xephyr", DISPLAY_XEPHYR, { "xephyr" }, { { "Xephyr", "xserver-xephyr" } }, FALSE, NULL },
        { "xpra",
          DISPLAY_XPRA,
          { "xpra-client", "xpra", "xvfb" },
          { { "xpra", "xpra" }, { "Xvfb", "xvfb" } },
          FALSE,
          NULL },
        { "desktop", DISPLAY_DESKTOP, { "xephyr", "session" }, { { "Xephyr", "xserver-xephyr" } }, FALSE, NULL },
};

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

gboolean planner_shows(const Planner *planner, DisplayGiven display)
{
        return planner->wants != NULL ? (planner->may_display & 1U << display) != 0 : planner->display == display;
}

gboolean planner_display_is_isolated(const Planner *planner)
{
        for (gsize i = 0; i < G_N_ELEMENTS(modes); i++)
                if (planner_shows(planner, modes[i].given))
                        return TRUE;
        return FALSE;
}

gboolean planner_screen(Planner *planner, guint *ret_width, guint *ret_height)
{
        if (planner->wants != NULL)
                planner->wants->screen = TRUE;
        if (planner->facts->x_width == 0 || planner->facts->x_height == 0)
                return FALSE;
        *ret_width = planner->facts->x_width;
        *ret_height = planner->facts->x_height;
        return TRUE;
}

char *planner_own_program(const Planner *planner, const char *name)
{
        return g_build_filename(planner->facts->prefix, "libexec/oriel", name, NULL);
}

/* ---- Isolated ones ---- */

/* Why a mode can't be given, and what mends it; why is NULL where it can. */
typedef struct Lack {
        char *why, *mend;
} Lack;

static void lack_clear(Lack *lack)
{
        g_clear_pointer(&lack->why, g_free);
        g_clear_pointer(&lack->mend, g_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Lack, lack_clear)

static Lack lack_of(Planner *planner, const Mode *mode)
{
        g_autofree char *bridge = planner_own_program(planner, "oriel-xbridge");

        for (gsize i = 0; i < MODE_ROLES && mode->roles[i] != NULL; i++)
                if (template_box_of(planner->template, mode->roles[i]) < 0)
                        return (Lack){ g_strdup_printf(_("this tree has no box for it (run=%s)"), mode->roles[i]),
                                       g_strdup(_("Take tree=default, or add it to a box's run=.")) };
        if (planner->facts->x_socket == NULL)
                return (Lack){ g_strdup(_("there is no X server on this machine (DISPLAY)")),
                               g_strdup(_("Start it from an X session, or with --display=none.")) };
        for (gsize i = 0; i < MODE_NEEDS && mode->needs[i].program != NULL; i++)
                if (planner_program(planner, mode->needs[i].program) == NULL)
                        return (Lack){ g_strdup_printf(_("%s is not installed"), mode->needs[i].program),
                                       g_strdup_printf(_("On Debian: apt install %s."), mode->needs[i].package) };
        if (mode->bridge && planner_look(planner, bridge)->kind == FACTS_PATH_ABSENT)
                return (Lack){ g_strdup(_("oriel-xbridge is not installed")),
                               g_strdup(_("Build Oriel with libxcb and its extensions.")) };
        return (Lack){ NULL, NULL };
}

static const Mode *find_mode(const char *word)
{
        for (gsize i = 0; word != NULL && i < G_N_ELEMENTS(modes); i++)
                if (g_str_equal(modes[i].word, word))
                        return &modes[i];
        return NULL;
}

static void give(Planner *planner, const Mode *mode)
{
        planner->display = mode->given;
        planner->may_display |= 1U << mode->given;
        planner->display_number = g_strcmp0(planner->facts->x_display, "77") == 0 ? SPARE_NUMBER : INNER_NUMBER;
}

/* That mode, or what stands in for it; asked: "a display", "display=seamless".  FALSE, with what the last one lacks. */
static gboolean give_isolated(Planner *planner, const char *word, const char *asked, Lack *ret_lack)
{
        g_autofree char *first = NULL;

        for (const Mode *mode = find_mode(word); mode != NULL; mode = find_mode(mode->next)) {
                g_auto(Lack) lack = lack_of(planner, mode);

                if (lack.why == NULL)
                        give(planner, mode);
                /* Nothing is known of programs yet, so each mode is asked about. */
                if (planner->wants != NULL)
                        continue;
                if (lack.why == NULL && first != NULL)
                        planner_note(planner, _("asked %s, given %s: %s"), asked, mode->word, first);
                if (lack.why == NULL)
                        return TRUE;
                if (first == NULL)
                        first = g_strdup(lack.why);
                lack_clear(ret_lack);
                *ret_lack = lack;
                lack = (Lack){ NULL, NULL };
        }
        return planner->wants != NULL;
}

/* ---- Wayland ---- */

static gboolean makes_contexts(Planner *planner)
{
        if (planner->wants != NULL)
                planner->wants->compositor = TRUE;
        return planner->wants != NULL || planner->facts->wayland_contexts;
}

static Lack lack_of_context(Planner *planner)
{
        g_autofree char *program = planner_own_program(planner, "oriel-wayland-context");

        if (template_box_of(planner->template, "wayland-context") < 0)
                return (Lack){ g_strdup(_("this tree has no box for it (run=wayland-context)")),
                               g_strdup(_("Take tree=default, or add it to a box's run=.")) };
        if (planner->facts->wayland_socket == NULL)
                return (Lack){ g_strdup(_("there is no Wayland compositor on this machine (WAYLAND_DISPLAY)")),
                               g_strdup(_("Use --display=auto.")) };
        if (planner_look(planner, program)->kind == FACTS_PATH_ABSENT)
                return (Lack){ g_strdup(_("oriel-wayland-context is not installed")),
                               g_strdup(_("Install Oriel again, as a whole.")) };
        if (!makes_contexts(planner))
                return (Lack){ g_strdup(_("the compositor does not tell boxed apps from others "
                                          "(wp_security_context_v1)")),
                               g_strdup(_("Use --display=auto: windows of an X server of the app's own; or "
                                          "--display=host: all that the compositor gives to any app.")) };
        return (Lack){ NULL, NULL };
}

static gboolean give_context(Planner *planner, Lack *ret_lack)
{
        *ret_lack = lack_of_context(planner);
        if (ret_lack->why != NULL)
                return FALSE;
        planner->wayland = WAYLAND_CONTEXT;
        return TRUE;
}

/* ---- The host's ---- */

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
                planner->wayland = WAYLAND_HOST;
                planner_note(planner,
                             _("asked wayland with display=host, given the host's Wayland socket: the compositor "
                               "alone decides what the app may do there"));
        }
        if (planner->display == DISPLAY_NONE && planner->wayland == WAYLAND_NONE)
                return fail(error, planner, _("no sockets= of the profile fits the host's display"),
                            _("Add sockets=x11 or sockets=wayland."));
        return TRUE;
}

/* The best that isolates, or nothing and the reason.  An app that asked for both gets both, since it may know only one
 * of them; "fallback-x11" is the wish for X where there is no Wayland. */
static void give_best(Planner *planner)
{
        g_auto(Lack) lack = { NULL, NULL };
        g_auto(Lack) lack_of_x = { NULL, NULL };
        gboolean wayland = has_socket(planner, "wayland") && planner->facts->wayland_socket != NULL &&
                           give_context(planner, &lack);

        /* Nothing is known of the compositor yet. */
        if (planner->wants == NULL && wayland && !has_socket(planner, "x11"))
                return;
        if (give_isolated(planner, modes[0].word, _("a display"), &lack_of_x)) {
                if (lack.why != NULL && planner->wants == NULL)
                        planner_note(planner, _("asked wayland, given an X display of its own: %s"), lack.why);
                return;
        }
        if (wayland)
                planner_note(planner, _("asked x11 beside wayland, given wayland alone: %s"), lack_of_x.why);
        else
                planner_note(planner, _("asked a display, given none: %s"),
                             lack.why != NULL && planner->facts->x_socket == NULL ? lack.why : lack_of_x.why);
}

gboolean planner_decide_display(Planner *planner, GError **error)
{
        const char *mode = profile_get_string(planner->profile, PROFILE_DISPLAY_MODE);
        gboolean wish =
                has_socket(planner, "x11") || has_socket(planner, "fallback-x11") || has_socket(planner, "wayland");
        g_autofree char *asked = g_strdup_printf("display=%s", mode);
        g_auto(Lack) lack = { NULL, NULL };

        if (!wish || g_str_equal(mode, "none"))
                return TRUE;
        if (g_str_equal(mode, "host"))
                return give_host(planner, error);
        if (g_str_equal(mode, "wayland"))
                return give_context(planner, &lack) || fail(error, planner, lack.why, lack.mend);
        if (g_str_equal(mode, "auto")) {
                give_best(planner);
                return TRUE;
        }
        return give_isolated(planner, mode, asked, &lack) || fail(error, planner, lack.why, lack.mend);
}
