/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bwrap/command.h"
#include "plan/plan.h"

/* The plan of a bubblewrap command: one box, its mounts in the order of the words, one program.
 *
 * It is no plan of an instance, and plan_check() would refuse it: there is no keeper, mounts may cover each other, the
 * root stays writable, any place of the host may be shown.  What stays in the command alone is what an instance has no
 * word for: descriptors to wait on or to report to, namespaces to join, kept capabilities, filters. */
typedef struct BwrapPlan {
        Plan *plan;
        size_t *op_of; /* for each mount of plan->boxes[0] its operation; of the first, the root itself, none */
} BwrapPlan;

enum { BWRAP_NO_OP = -1 };

typedef struct BwrapPlace {
        uid_t uid; /* the caller's */
        gid_t gid;
        const char *console; /* the caller's terminal, if standard output is one; else NULL */
} BwrapPlace;

/* 0 or -ENOMEM. */
int bwrap_plan_of(BwrapPlan *ret_plan, const BwrapCommand *command, const BwrapPlace *place);
void bwrap_plan_clear(BwrapPlan *plan);
