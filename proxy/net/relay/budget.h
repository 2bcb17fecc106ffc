/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "names/net-rule.h"

/* Budgets - how many bytes may go out to names in all, and how many may move a second, both ways.  Of those that cover
 * a name the one that speaks most exactly of it counts, of each of the two kinds one; names that share one share it. */
typedef struct Budgets Budgets;

typedef struct Budget {
        char *text; /* as it was written */
        NetRule rule;
        bool rate;
        uint64_t bytes;
        uint64_t spent;     /* of a sum */
        int64_t tokens;     /* of a rate; less than none: what was moved ahead */
        int64_t counted_ms; /* CLOCK_MONOTONIC */
} Budget;

/* NULL when out of memory. */
Budgets *budgets_new(void);
void budgets_free(Budgets *budgets);
DEFINE_CLEANUP(Budgets, budgets_free)

/* "NAME=BYTES" or "NAME=BYTES/s"; NAME as of a rule, without ports.  0, -EINVAL, -ENOMEM. */
int budgets_add(Budgets *budgets, const char *text);
/* NULL: there is none; budgets may be NULL. */
Budget *budgets_find(Budgets *budgets, const char *host, bool rate);

bool budget_is_spent(const Budget *budget);
/* Bytes that may move now; 0: *ret_wait_ms. */
size_t budget_room(Budget *budget, int64_t now_ms, int64_t *ret_wait_ms);
void budget_take(Budget *budget, uint64_t n);
