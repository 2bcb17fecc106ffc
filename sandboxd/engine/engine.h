/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
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
        pid_t keeper_pid; /* host's number */
        bool parked;      /* it was made ahead (warm/client.h), and is no child of the caller */
        int keeper_pidfd;
        int keeper_socket; /* SOCK_SEQPACKET, docs/theory/messages.md "Keeper → front end"; its end ends the instance */
} EngineInstance;

/* One box with one program, and nothing else to serve: then one process is keeper and init. */
bool engine_is_flat(const Plan *plan);

/* What can be refused before there is a process: as engine_start() does it. */
int engine_check(const Plan *plan, const EngineFd *fds, size_t n_fds, const char **ret_step);

/* Its part for the caller's 0, 1 and 2. */
int engine_check_stdio(const EngineFd *fds, size_t n_fds, const char **ret_step);

/* Clones the keeper, which builds the boxes and starts the programs; returns as soon as the keeper exists.  What goes
 * wrong later comes as an "error" message on keeper_socket.  0; or -errno with *ret_step (static text) saying which
 * step failed: clone(NEWUSER) EPERM means that the host forbids unprivileged user namespaces. */
int engine_start(
        const Plan *plan, const EngineFd *fds, size_t n_fds, EngineInstance *ret_instance, const char **ret_step);
