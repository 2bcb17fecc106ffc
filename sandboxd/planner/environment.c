/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Variables that may pass from the caller into a box.  All others stay outside: loader and interpreter variables run
 * code, tokens are secrets, addresses lead to sockets that the planner gives by itself.  Flatpak's minimal environment
 * was the start of the list. */
#include "planner/environment.h"

#include <string.h>

#include "planner/host-facts.h"

typedef enum ValueForm { ANY, PROGRAM } ValueForm;

static const struct Allowed {
        const char *name; /* ending in '*': all that begin so */
        EnvironmentWhen when;
        ValueForm form;
} allowed[] = {
        /* Language and time. */
        { "LANG", ENVIRONMENT_ALWAYS, ANY },
        { "LANGUAGE", ENVIRONMENT_ALWAYS, ANY },
        { "LC_*", ENVIRONMENT_ALWAYS, ANY },
        { "TZ", ENVIRONMENT_ALWAYS, ANY },
        /* The terminal: what it can draw. */
        { "TERM", ENVIRONMENT_ALWAYS, ANY },
        { "COLORTERM", ENVIRONMENT_ALWAYS, ANY },
        { "TERM_PROGRAM", ENVIRONMENT_ALWAYS, ANY },
        { "NO_COLOR", ENVIRONMENT_ALWAYS, ANY },
        { "CLICOLOR", ENVIRONMENT_ALWAYS, ANY },
        { "CLICOLOR_FORCE", ENVIRONMENT_ALWAYS, ANY },
        { "FORCE_COLOR", ENVIRONMENT_ALWAYS, ANY },
        /* Which programs the person likes: names, or paths that every box has. */
        { "SHELL", ENVIRONMENT_ALWAYS, PROGRAM },
        { "EDITOR", ENVIRONMENT_ALWAYS, PROGRAM },
        { "VISUAL", ENVIRONMENT_ALWAYS, PROGRAM },
        { "PAGER", ENVIRONMENT_ALWAYS, PROGRAM },
        /* Looks: the desktop's name picks themes and dialogs. */
        { "XDG_CURRENT_DESKTOP", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "XDG_SESSION_DESKTOP", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "DESKTOP_SESSION", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "XCURSOR_THEME", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "XCURSOR_SIZE", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "GTK_THEME", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "GDK_SCALE", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "GDK_DPI_SCALE", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "QT_SCALE_FACTOR", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "QT_AUTO_SCREEN_SCALE_FACTOR", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "QT_FONT_DPI", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "QT_QPA_PLATFORMTHEME", ENVIRONMENT_WITH_DISPLAY, ANY },
        /* Input methods: the names of modules that lie in /usr. */
        { "GTK_IM_MODULE", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "QT_IM_MODULE", ENVIRONMENT_WITH_DISPLAY, ANY },
        { "XMODIFIERS", ENVIRONMENT_WITH_DISPLAY, ANY },
};

static const struct Allowed *find(const char *name)
{
        for (gsize i = 0; i < G_N_ELEMENTS(allowed); i++) {
                gsize n = strlen(allowed[i].name);

                if (allowed[i].name[n - 1] == '*' ? strncmp(name, allowed[i].name, n - 1) == 0
                                                  : g_str_equal(name, allowed[i].name))
                        return &allowed[i];
        }
        return NULL;
}

gboolean environment_find(const char *name, EnvironmentWhen *ret_when)
{
        const struct Allowed *found = find(name);

        if (found == NULL)
                return FALSE;
        *ret_when = found->when;
        return TRUE;
}

const char *environment_name(gsize i)
{
        return i < G_N_ELEMENTS(allowed) ? allowed[i].name : NULL;
}

gboolean environment_value_passes(const char *name, const char *value)
{
        static const char *const everywhere[] = { "/usr/", "/bin/", "/sbin/" };
        const struct Allowed *found = find(name);

        if (found == NULL || strlen(value) > 4096 || !g_utf8_validate(value, -1, NULL))
                return FALSE;
        for (const char *p = value; *p != '\0'; p = g_utf8_next_char(p))
                if (g_unichar_iscntrl(g_utf8_get_char(p)))
                        return FALSE;
        if (found->form == ANY || strchr(value, '/') == NULL)
                return TRUE;
        for (gsize i = 0; i < G_N_ELEMENTS(everywhere); i++)
                if (g_str_has_prefix(value, everywhere[i]))
                        return TRUE;
        return FALSE;
}
