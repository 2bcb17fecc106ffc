/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which display a plan gives, and why it was this one. */
#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/explain.h"
#include "launch/plan-facts.h"

static const struct {
        const char *word, *sentence;
} given[] = {
        { "seamless",
          N_("windows of the app are windows of yours, with a border and the app's name; the app is no client "
             "of your X server") },
        { "xephyr", N_("the app has a screen of its own in one window of yours, and is no client of your X server") },
        { "xpra", N_("windows of the app are windows of yours, by Xpra; the app is no client of your X server") },
        { "desktop", N_("the app has a desktop of its own in one window of yours, and is no client of your X server") },
        { "host", N_("the app is a client of your X server, like any other") },
        { "wayland", N_("the app is a client of your compositor") },
};

void explain_display(const Launch *launch, Buffer *ret_text)
{
        const char *asked = profile_get_string(launch->profile->profile, PROFILE_DISPLAY_MODE);
        ProfileOrigin origin = profile_origin(launch->profile->profile, PROFILE_DISPLAY_MODE, 0);
        g_autofree char *display = plan_facts_display(launch->plan);
        gsize n = strcspn(display, " ");

        for (gsize i = 0; i < G_N_ELEMENTS(given); i++) {
                if (strlen(given[i].word) != n || strncmp(given[i].word, display, n) != 0)
                        continue;
                buffer_printf(ret_text, _("note display %s: %s; asked for by mode=%s"), display, _(given[i].sentence),
                              asked);
                explain_add_origin(ret_text, origin, "Display", "mode");
                if (strcmp(asked, "auto") == 0)
                        buffer_add_text(ret_text, _(", which takes the first of seamless and xephyr that is possible"));
                buffer_add_byte(ret_text, '\n');
        }
}
