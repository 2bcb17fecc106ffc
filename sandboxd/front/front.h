/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "plan/plan.h"

/* The front end: what stays of `oriel run` while the app runs.  Relays the terminal, signals and the exit status,
 * serves the instance's mediators (audit records, questions), removes the instance's directory at the end.  Libc only.
 */

typedef struct FrontMediator {
        const char *name; /* "bus" */
        int fd;           /* our end of its channel */
} FrontMediator;

typedef struct FrontConfig {
        const char *id;  /* of the instance */
        const char *app; /* application id, for questions and records */
        pid_t keeper_pid;
        int keeper_pidfd, keeper_socket;
        bool keeper_parked;   /* the keeper is no child of ours: its end is seen, and another reaps it */
        int instances_fd;     /* directory that holds the instance's directory; -1: nothing to remove */
        int logs_fd;          /* directory of logs: empty ones of the instance go at the end; -1: none */
        int audit_fd;         /* -1: no records */
        int log_fd, log_pipe; /* the text log, and where its writers' lines come from, without blocking; -1: none */
        PlanBudget budget;    /* what the sentence names when a limit ended the app */
        int cgroup_fd;        /* the instance's control group (start/group.h); -1: none */
        int flatpak_fd;       /* where portals look for instances (instance/portal.h); -1: none is granted */
        const void *identity; /* content of the app's /.flatpak-info, for portals */
        size_t n_identity;
        const char *manager; /* path of the manager's socket, or NULL: questions are denied */
        const FrontMediator *mediators;
        size_t n_mediators;
        bool verbose;
} FrontConfig;

/* Runs until the instance is over.  Returns the exit status of `oriel run`: the app's own, 128+N on signal N, 125 Oriel
 * failed, 126 not executable, 127 not found (DESIGN of the command line).  The caller's terminal is as it was before.
 */
int front_run(const FrontConfig *config);
