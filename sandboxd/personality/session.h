/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <stdbool.h>
#include <sys/types.h>

#include "bwrap/command.h"
#include "bwrap/plan-of.h"
#include "engine/slots.h"

/* One run of oriel-bwrap, as each of its processes knows it; each has its own copy, and closes what it does not need.
 *
 * The processes: the monitor, which the caller waits for; its child, which sets everything up and then is process 1,
 * or executes the command itself; the command. */
typedef struct Session {
        const BwrapCommand *command;
        const BwrapPlan *plan;
        Slots slots;
        uid_t uid; /* the caller's */
        gid_t gid;
        mode_t mask;      /* umask(2) */
        char *cwd;        /* its directory, or NULL */
        bool follow_last; /* ORIEL_BWRAP_COMPAT=0.11 */
        struct sock_fprog *filters;
        size_t n_filters;
        const char *file; /* to be executed; argv[0] of the plan's program may differ */
        bool reaper;      /* process 1 is ours */
        int event;        /* eventfd, process 1 → monitor: the command's exit code + 1; -1 without reaper */
        int executed;  /* eventfd, command → monitor: 1 before execve(2), 1 more where that failed; -1: nobody asks */
        int ready[2];  /* socket, monitor → child: it was looked at; -1: nothing to wait for */
        int joined[2]; /* socket, child → monitor, with --pidns: its pid, in the credentials; else -1 */
} Session;
