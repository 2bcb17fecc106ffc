/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "engine/engine.h"
#include "plan/plan.h"

/* The descriptors that came with a plan, by name; borrowed. */
typedef struct Slots {
        const EngineFd *fds;
        size_t n_fds;
} Slots;

/* -1 where there is none of that name. */
int slots_get(const Slots *slots, const char *name);

/* One more, by a name that is copied; the descriptor is its own from now on.  0 or -ENOMEM.  The list that it replaces
 * stays: it may be another's. */
int slots_add(Slots *slots, const char *name, int fd);

/* Is it one that every plan may be given: the app's 0, 1, 2, a log, the keeper's own? */
bool slots_used_by_all(const char *name);

/* Is this slot used inside: by a program, by a mount, as a program's terminal or log, or by the keeper itself?  All
 * others stay with the front end. */
bool slots_used(const Plan *plan, const char *name);

/* What may become an app's 0, 1 or 2.  A directory, or a regular file open for reading and writing, would carry a
 * right that no profile granted: -EISDIR, -EPERM.  0 otherwise. */
int slots_check_stdio(int fd);
