/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "desktop/entry.h"

typedef struct BoxedRequest {
        const char *oriel;   /* absolute path of the program */
        const char *app;     /* id that `oriel run` gets */
        const char *program; /* the profile's own program, or NULL: every launcher names its program by --command */
} BoxedRequest;

/* A new entry that starts the app in its box: Exec of the entry and of each action becomes `oriel run
 * [--command=PROGRAM] APP ARG...`, in which all that follows APP is data for the app.  Keys that are not listed in
 * boxed.c do not pass. */
DesktopEntry *desktop_entry_boxed(const DesktopEntry *original, const BoxedRequest *request, GError **error);
