/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* `oriel shell`: one more command in the app's box of a running instance, with the same relay of the terminal as the
 * front end's.  Libc only. */

typedef struct FrontShell {
        int control;             /* connected to the keeper's control socket; borrowed */
        const char *const *argv; /* NULL-terminated, at least one */
        const char *const *env;  /* "NAME=VALUE", added to the app's environment; NULL-terminated or NULL */
        const char *cwd;         /* inside; NULL: the app's */
} FrontShell;

/* Sends `shell` with the caller's 0, 1, 2, and relays until the command ends.  Returns its exit status: its own, 128+N
 * on signal N, 125 Oriel failed (a line on stderr says how), 126 not executable, 127 not found. */
int front_shell(const FrontShell *shell);
