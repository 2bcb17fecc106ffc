/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <signal.h>
#include <stdbool.h>

/* FrontSignals - the signals that a front end handles, as a descriptor; and those that it ignores, because a closed
 * pipe or a terminal that is not ours shall be an errno, not an end (SIGPIPE, SIGTTIN, SIGTTOU). */

enum { FRONT_SIGNALS_IGNORED = 3 };

typedef struct FrontSignals {
        int fd; /* signalfd(2); -1: out of descriptors */
        sigset_t old_mask;
        struct sigaction old_actions[FRONT_SIGNALS_IGNORED];
} FrontSignals;

void front_signals_open(FrontSignals *ret_signals);
/* The process as it was. */
void front_signals_close(FrontSignals *signals);

/* The next pending one, or 0. */
int front_signals_take(const FrontSignals *signals);

/* True for one that a front end handles itself: SIGWINCH, SIGTSTP, SIGCONT.  All others go to the app. */
bool front_signal_is_own(int number);
