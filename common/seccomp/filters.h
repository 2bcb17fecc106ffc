/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <linux/filter.h>

#include "plan/plan.h"

/* The filters that no profile changes, ready to load: written at build time by generate-filters/main.c, so that a
 * launch needs no library and no time for them. */
typedef struct SeccompFilter {
        const struct sock_filter *code;
        unsigned short n;
} SeccompFilter;

extern const SeccompFilter seccomp_filters[_PLAN_SECCOMP_MAX];
