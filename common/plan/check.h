/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "plan/plan.h"

/* Is this a plan that may be done?  Shape (indices, words, paths) and the rules that no plan may break: a box sees no
 * more than its parent's kind allows, an app's box has a user, pid and mount namespace of its own, no semi-trusted
 * resource stands in an untrusted box, an isolated display never shares the host's abstract sockets ... Each rule is
 * one row of a table in check.c.
 *
 * Returns true, or false with one sentence per fault in *ret_why (may be NULL). */
bool plan_check(const Plan *plan, Buffer *ret_why);

/* What a fault is about: the plan, box i, mount j of box i, program i. */
typedef enum PlanScope {
        PLAN_SCOPE_PLAN,
        PLAN_SCOPE_BOX,
        PLAN_SCOPE_MOUNT,
        PLAN_SCOPE_PROGRAM,
} PlanScope;

typedef void PlanTell(const Plan *plan, PlanScope scope, size_t i, size_t j, const char *sentence, void *data);

/* The same, and each fault is told; a plan without shape has names that are missing. */
bool plan_check_each(const Plan *plan, PlanTell *tell, void *data);
