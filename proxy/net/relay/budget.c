/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/budget.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { LEAST = 1460 /* bytes; fewer are not worth a call */, MAX_DIGITS = 15 };

struct Budgets {
        Budget *all;
        size_t n;
};

Budgets *budgets_new(void)
{
        return calloc(1, sizeof(Budgets));
}

void budgets_free(Budgets *budgets)
{
        if (budgets == NULL)
                return;
        for (size_t i = 0; i < budgets->n; i++)
                free(budgets->all[i].text);
        free(budgets->all);
        free(budgets);
}

static bool read_bytes(const char *text, Budget *budget)
{
        size_t n = strspn(text, "0123456789");

        budget->rate = strcmp(text + n, "/s") == 0;
        if (n == 0 || n > MAX_DIGITS || (!budget->rate && text[n] != '\0'))
                return false;
        for (size_t i = 0; i < n; i++)
                budget->bytes = budget->bytes * 10 + (uint64_t)(text[i] - '0');
        return budget->bytes > 0;
}

int budgets_add(Budgets *budgets, const char *text)
{
        const char *equals = strchr(text, '=');
        CLEANUP(freep) char *host = equals != NULL ? strndup(text, (size_t)(equals - text)) : NULL;
        Budget budget = { 0 }, *all;

        if (equals == NULL || !read_bytes(equals + 1, &budget))
                return -EINVAL;
        if (host == NULL)
                return -ENOMEM;
        if (net_rule_parse(&budget.rule, NULL, host) != 0 || !budget.rule.bare)
                return -EINVAL;
        budget.tokens = (int64_t)budget.bytes;
        all = realloc(budgets->all, (budgets->n + 1) * sizeof *all);
        if (all == NULL)
                return -ENOMEM;
        budgets->all = all;
        budget.text = strdup(text);
        if (budget.text == NULL)
                return -ENOMEM;
        budgets->all[budgets->n++] = budget;
        return 0;
}

Budget *budgets_find(Budgets *budgets, const char *host, bool rate)
{
        Budget *best = NULL;

        for (size_t i = 0; budgets != NULL && i < budgets->n; i++) {
                Budget *budget = &budgets->all[i];

                if (budget->rate == rate && net_rule_covers_host(&budget->rule, host) &&
                    (best == NULL || net_rule_depth(&budget->rule) > net_rule_depth(&best->rule)))
                        best = budget;
        }
        return best;
}

bool budget_is_spent(const Budget *budget)
{
        return budget != NULL && budget->spent >= budget->bytes;
}

size_t budget_room(Budget *budget, int64_t now_ms, int64_t *ret_wait_ms)
{
        int64_t per_second = (int64_t)budget->bytes, passed = budget->counted_ms > 0 ? now_ms - budget->counted_ms : 0;
        int64_t least = per_second < LEAST ? per_second : LEAST;

        passed = passed > 1000 ? 1000 : passed;
        if (passed * per_second >= 1000 || budget->counted_ms == 0) {
                budget->tokens += passed * per_second / 1000;
                budget->counted_ms = now_ms;
        }
        if (budget->tokens > per_second)
                budget->tokens = per_second;
        if (budget->tokens >= least)
                return (size_t)budget->tokens;
        *ret_wait_ms = (least - budget->tokens) * 1000 / per_second + 1;
        return 0;
}

void budget_take(Budget *budget, uint64_t n)
{
        if (budget == NULL)
                return;
        budget->spent += n;
        budget->tokens -= (int64_t)n;
}
