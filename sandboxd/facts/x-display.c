/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts/x-display.h"

#include <string.h>

char *x_display_local_number(const char *display)
{
        const char *colon = strrchr(display, ':'), *screen;
        gsize n_host, n_number;

        if (colon == NULL)
                return NULL;
        n_host = (gsize)(colon - display);
        if (n_host != 0 && !(n_host == 4 && memcmp(display, "unix", 4) == 0) &&
            !(n_host == 5 && memcmp(display, "unix/", 5) == 0))
                return NULL;
        n_number = strspn(colon + 1, "0123456789");
        screen = colon + 1 + n_number;
        /* Five digits: servers add the number to port 6000. */
        if (n_number == 0 || n_number > 5)
                return NULL;
        if (*screen == '.' && screen[1] != '\0')
                screen += 1 + strspn(screen + 1, "0123456789");
        return *screen == '\0' ? g_strndup(colon + 1, n_number) : NULL;
}
