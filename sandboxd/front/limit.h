/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "plan/plan.h"

/* Which limit ended the app, and the sentence about it.  Pure. */

typedef enum FrontLimit {
        FRONT_LIMIT_NONE,
        FRONT_LIMIT_TIME,
        FRONT_LIMIT_MEMORY,
        FRONT_LIMIT_DISK,
        _FRONT_LIMIT_MAX,
} FrontLimit;

/* word: `limit` of the keeper's `exit`, or NULL; status as in waitpid(2); oom_kills: of its control group. */
FrontLimit front_limit_of(const char *word, int status, uint64_t oom_kills);

/* Appends "oriel: APP: killed for its ... limit"; nothing for NONE. */
void front_limit_print(FrontLimit limit, const char *app, const PlanBudget *budget, Buffer *text);
