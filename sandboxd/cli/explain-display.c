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
        { "host", N_("the app is a client of your X server or compositor, like any other") },
        { "wayland",
          N_("the app is a client of your compositor, which knows it as a boxed app's (wp_security_context_v1) "
             "and is asked at each start what it shows to such") },
};

static const char *sentence_of(const char *word, gsize n)
{
        for (gsize i = 0; i < G_N_ELEMENTS(given); i++)
                if (strlen(given[i].word) == n && strncmp(given[i].word, word, n) == 0)
                        return _(given[i].sentence);
        return NULL;
}

void explain_display(const Launch *launch, Buffer *ret_text)
{
        const char *asked = profile_get_string(launch->profile->profile, PROFILE_DISPLAY_MODE);
        ProfileOrigin origin = profile_origin(launch->profile->profile, PROFILE_DISPLAY_MODE, 0);
        g_autofree char *display = plan_facts_display(launch->plan);
        const char *first = NULL;

        /* "wayland+seamless :77" is two. */
        for (const char *word = display;; word++) {
                gsize n = strcspn(word, "+ ");
                const char *sentence = sentence_of(word, n);

                if (sentence != NULL && first == NULL)
                        buffer_printf(ret_text, _("note display %s: %s"), display, first = sentence);
                else if (sentence != NULL)
                        buffer_printf(ret_text, _("; and beside it, %s"), sentence);
                word += n;
                if (*word != '+')
                        break;
        }
        if (first == NULL)
                return;
        buffer_printf(ret_text, _("; asked for by mode=%s"), asked);
        explain_add_origin(ret_text, origin, "Display", "mode");
        if (strcmp(asked, "auto") == 0)
                buffer_add_text(ret_text,
                                _(", which takes the compositor's for who asked for wayland, and the first of "
                                  "seamless and xephyr for who asked for X, as far as they are possible"));
        buffer_add_byte(ret_text, '\n');
}
