/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/message.h"
#include "plan/plan.h"

/* One start of a program, in the child of the box's init that becomes it. */

typedef struct LaunchFd {
        int fd, target;
} LaunchFd;

typedef struct Launch {
        unsigned job;               /* the keeper's number for it */
        const PlanProgram *program; /* confinement; of a shell, the app's */
        const PlanBox *box;         /* in which it runs */
        const char *const *argv;    /* NULL-terminated, at least one */
        const char *const *envp;
        const char *cwd, *home; /* tried in this order, then "/"; may be NULL */
        int stdio[3];           /* -1: the terminal */
        int terminal;           /* its slave side, or -1; becomes the controlling terminal */
        LaunchFd fds[MESSAGE_MAX_FDS];
        size_t n_fds;
        int box_socket; /* "forked" is sent there: the keeper learns the pid from the packet's credentials; -1: it is
                           told otherwise */
        mode_t mask;    /* umask(2) of the caller */
        bool filtered;  /* the filter is inherited */
        int ruleset;    /* landlock_prepare(), done ahead; -1: it is still to be done */
} Launch;

typedef struct LaunchFailure {
        int error;     /* 0: none */
        char step[28]; /* "exec": argv[0] could not be executed */
} LaunchFailure;

/* Executes the program, or returns why not; *status, a close-on-exec descriptor that the caller wants kept until then
 * (-1: none), may get another number. */
LaunchFailure launch_become(const Launch *launch, int *status);
/* What the process ends with after such a failure. */
int launch_failure_status(const LaunchFailure *failure);
