/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "engine/fault.h"
#include "plan/plan.h"

/* The second wall: what the mounts and namespaces of a box say is said to the kernel once more, in other words
 * (landlock(7)). */

/* The rules, made in the box, for one program to come: *ret_ruleset is close-on-exec; -1: it asks for none.
 * -EOPNOTSUPP where a plan relies on what the kernel lacks; rights on files are beside the mounts, and dropped there.
 */
int landlock_prepare(const PlanProgram *program, const PlanBox *box, int *ret_ruleset, Fault *fault);

/* For the calling process and all that come from it; nothing lifts it.  fds: the program's descriptors; a file of the
 * host among them stays what it was opened for, by /proc/self/fd too.  They join the ruleset, which therefore serves
 * once. */
int landlock_restrict(const PlanProgram *program, int ruleset, const int *fds, size_t n_fds, Fault *fault);
