/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/settle.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/prefix.h"

enum { MAX_VARIABLES = 32 };

/* The front end's environment is what was left of the caller's: where the state is, the plan says. */
static void execute(const char *program, const char *state, const char *id, bool ask)
{
        char home[PREFIX_SIZE + 32], *variables[MAX_VARIABLES + 2];
        const char *argv[] = { "oriel", "settle", id, ask ? "--ask" : NULL, NULL };
        const char *end = strrchr(state, '/');
        size_t n = 0;
        sigset_t none;

        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        if (snprintf(home, sizeof home, "XDG_STATE_HOME=%.*s", end == NULL ? 0 : (int)(end - state), state) >=
            (int)sizeof home)
                return;
        for (char **variable = environ; *variable != NULL && n < MAX_VARIABLES; variable++)
                variables[n++] = *variable;
        variables[n++] = home;
        variables[n] = NULL;
        (void)execve(program, (char *const *)argv, variables);
}

void front_settle(const PlanGuard *guards, size_t n_guards, const char *id, bool ask)
{
        char prefix[PREFIX_SIZE], program[PREFIX_SIZE + 32];
        pid_t child;

        if (n_guards == 0 || prefix_find(prefix) < 0)
                return;
        (void)snprintf(program, sizeof program, "%s/libexec/oriel/oriel-cli", prefix);
        child = fork();
        if (child == 0) {
                execute(program, guards[0].state, id, ask);
                _exit(127);
        }
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
                continue;
}
