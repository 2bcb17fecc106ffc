/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "engine/instance.h"

/* A parked box: a flat instance whose keeper has gone through every stage and now waits, in place of a program's start,
 * for one launch.  docs/theory/warm.md says who owns it when.
 *
 * A launch connects to `listener` and sends two packets: the bytes of `identity`, and
 *
 *      launch  argv=..., env=..., cwd, what handover.h says, and slot=NAME for each descriptor after the first two:
 *              the launch's own token, and its user namespace (base/user-namespace.h)
 *
 * and gets `taken`, whose credentials carry the keeper's pid; from then on the connection is the keeper's to its front
 * end.  Its end before that word says that nothing was started and nothing will be. */
typedef struct ParkPlace {
        int listener; /* SOCK_SEQPACKET, non-blocking; shared by all boxes parked for the same launches: one gets it */
        int token;    /* eventfd(2) of count 1, non-blocking.  Who reads it owns the box: a launch, or who parked it */
        int mounts;   /* a /proc/PID/mounts of the host that nobody else polls: a change since it was opened spoils the
                         box, since binds do not follow */
        int taken;    /* a pipe: number is written there when a launch owns the box and its program was started, or
                         could not be; without a reader the box ends */
        uint32_t number;
        const void *identity; /* what a launch must be equal in */
        size_t n_identity;
} ParkPlace;

/* Clones it; it ends with the caller, until a launch owns it.  The descriptors and the plan stay the caller's.  The
 * pid, or -errno. */
pid_t engine_park(const Plan *plan, const ParkPlace *place);

/* In the keeper, when its box is complete: returns when there is a launch, with the instance made its. */
void park_wait(Instance *instance);

/* When the start of the program is done: whoever parked the box makes the next, and that can wait so long. */
void park_say_taken(Instance *instance);
