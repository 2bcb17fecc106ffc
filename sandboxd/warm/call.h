/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "plan/plan.h"

/* WarmCall - what a launch of one plan says to a box that is parked for it, put together once and kept with the plan:
 * a launch that finds a box need not look at its plan at all. */
typedef struct WarmCall {
        const void *plan; /* what the identity begins with (identity.h) */
        size_t n_plan;
        const void *objects; /* what it goes on with, to be asked of the host */
        size_t n_objects;
        const void *words; /* the message "launch", as far as it comes from the plan (engine/park.h) */
        size_t n_words;
        const char *notes; /* the plan's: each ends in NUL */
        size_t n_notes;
        uint32_t seconds; /* PlanBudget.seconds */
} WarmCall;

/* Adds its bytes; none where no box can be made ahead of a launch of this plan. */
void warm_call_encode(const Plan *plan, Buffer *ret_bytes);

/* 0, the call borrows from the bytes; -EINVAL. */
int warm_call_decode(WarmCall *ret_call, const void *untrusted_bytes, size_t n);
