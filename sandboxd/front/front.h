/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "front/signals.h"
#include "plan/plan.h"

/* The front end: what stays of `oriel run` while the app runs.  Relays the terminal, signals and the exit status,
 * serves the instance's mediators (audit records, questions), removes the instance's directory at the end.  Libc only.
 */

typedef struct FrontMediator {
        const char *name; /* "bus" */
        int fd;           /* our end of its channel */
} FrontMediator;

/* Where an instance stands that is listed late. */
typedef struct FrontListing {
        const char *id; /* borrowed for good */
        int instances_fd, logs_fd;
        int control_fd; /* the keeper's listening socket; the front end's from now on */
} FrontListing;

typedef struct FrontConfig {
        FrontSignals *signals; /* opened before the keeper was started: none that comes then may end us and not the app;
                                  closed here */
        const char *id;        /* of the instance; "" before it is listed */
        const char *app;       /* application id, for questions and records */
        const char *profile;   /* as the person knows it, where no info tells it yet; or NULL */
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
        const PlanGuard *guards; /* what is due at the end (front/settle.h) */
        size_t n_guards;
        bool verbose;
        /* Makes the directory of an instance that has none yet, as one in a parked box: when it is clear that it will
         * be there for a while, since most are over before anybody could have looked.  0 or -errno.  NULL: it is made.
         */
        int (*list)(void *list_data, FrontListing *ret_listing);
        void *list_data;
        const char *prefix; /* of the translations, looked up when there is something to say; NULL: they are */
} FrontConfig;

/* Runs until the instance is over.  Returns the exit status of `oriel run`: the app's own, 128+N on signal N, 125 Oriel
 * failed, 126 not executable, 127 not found (DESIGN of the command line).  The caller's terminal is as it was before.
 */
int front_run(const FrontConfig *config);
