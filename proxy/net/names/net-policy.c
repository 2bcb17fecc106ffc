/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/net-policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "names/net-group.h"

typedef struct Row {
        NetRuleKind kind;
        NetRule rule;
        char *text; /* as written: of a group's rules "@group" */
} Row;

struct NetPolicy {
        Row *rows;
        size_t n, room;
        bool ask_all;
};

static const char *const kind_words[] = {
        [NET_RULE_ALLOW] = "allow",
        [NET_RULE_ASK] = "ask",
        [NET_RULE_DENY] = "deny",
        [NET_RULE_PRIVATE] = "private",
        [NET_RULE_SERVICE] = "host-service",
};
_Static_assert(sizeof kind_words == _NET_RULE_KIND_MAX * sizeof *kind_words, "a word is missing");

const char *net_rule_kind_word(NetRuleKind kind)
{
        return (size_t)kind < _NET_RULE_KIND_MAX ? kind_words[kind] : NULL;
}

NetPolicy *net_policy_new(void)
{
        return calloc(1, sizeof(NetPolicy));
}

void net_policy_free(NetPolicy *policy)
{
        if (policy == NULL)
                return;
        for (size_t i = 0; i < policy->n; i++)
                free(policy->rows[i].text);
        free(policy->rows);
        free(policy);
}

static int add_row(NetPolicy *policy, NetRuleKind kind, const char *rule, const char *text, ParseError *ret_error)
{
        Row row = { .kind = kind };
        int r = net_rule_parse(&row.rule, ret_error, rule);

        if (r != 0)
                return r;
        if (kind == NET_RULE_SERVICE && (row.rule.below || row.rule.literal || row.rule.n_ports != 1))
                return parse_error_set(ret_error, 0, NET_RULE_NO_PORT);
        if (kind == NET_RULE_PRIVATE || (kind == NET_RULE_DENY && row.rule.bare))
                row.rule.any_port = true;
        if (policy->n == policy->room) {
                size_t room = policy->room == 0 ? 16 : policy->room * 2;
                Row *rows = realloc(policy->rows, room * sizeof *rows);

                if (rows == NULL)
                        return -ENOMEM;
                policy->rows = rows;
                policy->room = room;
        }
        row.text = strdup(text);
        if (row.text == NULL)
                return -ENOMEM;
        policy->rows[policy->n++] = row;
        return 0;
}

int net_policy_add(NetPolicy *policy, NetRuleKind kind, const char *text, ParseError *ret_error)
{
        const NetGroup *group = NULL;

        if (kind == NET_RULE_ASK && (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0)) {
                policy->ask_all = text[0] == 'y';
                return 0;
        }
        if (text[0] != '@' || kind == NET_RULE_PRIVATE || kind == NET_RULE_SERVICE)
                return add_row(policy, kind, text, text, ret_error);
        group = net_group_find(text + 1);
        if (group == NULL)
                return parse_error_set(ret_error, 1, NET_POLICY_NO_GROUP);
        for (size_t i = 0; group->rules[i] != NULL; i++) {
                int r = add_row(policy, kind, group->rules[i], text, ret_error);

                if (r != 0)
                        return r;
        }
        return 0;
}

/* Of two that speak alike of a host the stricter; a service is the person's own word for that very port. */
static bool outdoes(const Row *row, const Row *best)
{
        size_t depth = net_rule_depth(&row->rule), best_depth;

        if (best == NULL)
                return true;
        best_depth = net_rule_depth(&best->rule);
        return depth > best_depth ||
               (depth == best_depth && row->kind != best->kind &&
                (row->kind == NET_RULE_DENY || (row->kind != NET_RULE_ALLOW && best->kind == NET_RULE_ALLOW)));
}

NetJudgement net_policy_judge(const NetPolicy *policy, const char *host, uint16_t port)
{
        static const NetVerdict verdicts[_NET_RULE_KIND_MAX] = {
                [NET_RULE_ALLOW] = NET_VERDICT_ALLOW,
                [NET_RULE_ASK] = NET_VERDICT_ASK,
                [NET_RULE_DENY] = NET_VERDICT_DENY,
                [NET_RULE_SERVICE] = NET_VERDICT_ALLOW,
        };
        const Row *best = NULL;

        for (size_t i = 0; i < policy->n; i++) {
                const Row *row = &policy->rows[i];

                if (row->kind != NET_RULE_PRIVATE && net_rule_covers_port(&row->rule, port) &&
                    net_rule_covers_host(&row->rule, host) && outdoes(row, best))
                        best = row;
        }
        if (best == NULL)
                return (NetJudgement){ .verdict = policy->ask_all ? NET_VERDICT_ASK : NET_VERDICT_DENY,
                                       .rule = policy->ask_all ? "ask=yes" : NULL };
        return (NetJudgement){ .verdict = verdicts[best->kind],
                               .service = best->kind == NET_RULE_SERVICE,
                               .rule = best->text };
}

bool net_policy_knows(const NetPolicy *policy, const char *host)
{
        /* 0: a port that no rule names. */
        if (net_policy_judge(policy, host, 0).verdict != NET_VERDICT_DENY)
                return true;
        for (size_t i = 0; i < policy->n; i++) {
                const NetRule *rule = &policy->rows[i].rule;

                if (!net_rule_covers_host(rule, host))
                        continue;
                for (size_t p = 0; p < rule->n_ports; p++)
                        if (net_policy_judge(policy, host, rule->ports[p]).verdict != NET_VERDICT_DENY)
                                return true;
        }
        return false;
}

bool net_policy_may_lead_to(const NetPolicy *policy, const char *host, const NetAddress *address)
{
        NetAddressKind kind = net_address_kind(address);

        if (kind == NET_ADDRESS_PUBLIC)
                return true;
        if (kind == NET_ADDRESS_SPECIAL)
                return false;
        for (size_t i = 0; i < policy->n; i++) {
                const NetRule *rule = &policy->rows[i].rule;

                if (policy->rows[i].kind == NET_RULE_PRIVATE && net_rule_covers_host(rule, host) &&
                    /* "*" is a word for names of one's own network, never for what only this machine is told. */
                    (kind == NET_ADDRESS_PRIVATE || rule->host[0] != '\0'))
                        return true;
        }
        return false;
}

static int compare(const void *a, const void *b)
{
        return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

size_t net_policy_ports(const NetPolicy *policy, uint16_t *ret_ports, size_t max, bool *ret_all)
{
        size_t n = 0;

        *ret_all = policy->ask_all;
        for (size_t i = 0; i < policy->n; i++) {
                const Row *row = &policy->rows[i];

                if (row->kind == NET_RULE_DENY || row->kind == NET_RULE_PRIVATE)
                        continue;
                *ret_all = *ret_all || row->rule.any_port;
                for (size_t p = 0; p < row->rule.n_ports; p++) {
                        size_t k = 0;

                        while (k < n && ret_ports[k] != row->rule.ports[p])
                                k++;
                        if (k == n && n < max)
                                ret_ports[n++] = row->rule.ports[p];
                }
        }
        qsort(ret_ports, n, sizeof *ret_ports, compare);
        return n;
}

const char *net_policy_literal(const NetPolicy *policy, size_t i)
{
        for (size_t k = 0; k < policy->n; k++)
                if (policy->rows[k].rule.literal && policy->rows[k].kind != NET_RULE_DENY &&
                    policy->rows[k].kind != NET_RULE_PRIVATE && i-- == 0)
                        return policy->rows[k].rule.host;
        return NULL;
}
