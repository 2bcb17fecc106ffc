/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

#include "plan/plan.h"

/* A filter for seccomp(2) from the table and what a profile changes about it.  Pure.  Filters without changes are made
 * when Oriel is built (filters.h), one with changes when its launch is planned: the engine only loads. */

enum { SECCOMP_FILTER_MAX = BPF_MAXINSNS };

/* allow, deny: names of calls, NULL-terminated, or NULL; a call in both is denied.  The number of instructions, -EINVAL
 * for a name that is no call's, -E2BIG. */
int seccomp_filter_make(
        PlanSeccomp profile, char *const *allow, char *const *deny, struct sock_filter *ret_code, size_t max);

typedef enum SeccompWeight {
        SECCOMP_WEIGHT_FREE,
        SECCOMP_WEIGHT_FLAGGED, /* the walls stand without it, but thinner: the plan says so */
        SECCOMP_WEIGHT_NEVER,   /* the walls lean on it */
} SeccompWeight;

/* What it means to allow a call that the profile refuses; *ret_reason (N_()) unless FREE. */
SeccompWeight seccomp_weigh_allow(PlanSeccomp profile, const char *call, const char **ret_reason);

/* NEVER: no program could be started or end. */
SeccompWeight seccomp_weigh_deny(const char *call);
