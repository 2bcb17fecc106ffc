/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/signals.h"

#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fd.h"

static const int handled[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT };
static const int ignored[] = { SIGPIPE, SIGTTIN, SIGTTOU };
_Static_assert(sizeof ignored == FRONT_SIGNALS_IGNORED * sizeof *ignored, "one old action each");

void front_signals_open(FrontSignals *ret_signals)
{
        const struct sigaction ignore = { .sa_handler = SIG_IGN };
        sigset_t mask;

        (void)sigemptyset(&mask);
        for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
                (void)sigaddset(&mask, handled[i]);
        (void)sigprocmask(SIG_BLOCK, &mask, &ret_signals->old_mask);
        for (size_t i = 0; i < FRONT_SIGNALS_IGNORED; i++)
                (void)sigaction(ignored[i], &ignore, &ret_signals->old_actions[i]);
        ret_signals->fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

void front_signals_close(FrontSignals *signals)
{
        signals->fd = fd_close(signals->fd);
        for (size_t i = 0; i < FRONT_SIGNALS_IGNORED; i++)
                (void)sigaction(ignored[i], &signals->old_actions[i], NULL);
        (void)sigprocmask(SIG_SETMASK, &signals->old_mask, NULL);
}

int front_signals_take(const FrontSignals *signals)
{
        struct signalfd_siginfo info;

        return read(signals->fd, &info, sizeof info) == sizeof info ? (int)info.ssi_signo : 0;
}

bool front_signal_is_own(int number)
{
        return number == SIGWINCH || number == SIGTSTP || number == SIGCONT;
}
