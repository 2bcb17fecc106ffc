/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "plan/plan.h"

/* The engine: does a plan.  Libc only, no loop of anybody's; what it makes lives in the keeper, which it clones. */

/* A descriptor that the launcher brought under a slot's name.  The engine borrows it. */
typedef struct EngineFd {
        const char *slot;
        int fd;
} EngineFd;

typedef struct EngineInstance {
        pid_t keeper_pid; /* a child of the caller, host's number */
        int keeper_pidfd;
        int keeper_socket; /* SOCK_SEQPACKET, docs/theory/messages.md "Keeper → front end"; its end ends the instance */
} EngineInstance;

/* Clones the keeper, which builds the boxes and starts the programs; returns as soon as the keeper exists.  What goes
 * wrong later comes as an "error" message on keeper_socket.  0; or -errno with *ret_step (static text) saying which
 * step failed: clone(NEWUSER) EPERM means that the host forbids unprivileged user namespaces. */
int engine_start(
        const Plan *plan, const EngineFd *fds, size_t n_fds, EngineInstance *ret_instance, const char **ret_step);
