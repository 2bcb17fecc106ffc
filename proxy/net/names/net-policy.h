/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/parse-error.h"
#include "names/net-address.h"
#include "names/net-rule.h"

/* NetPolicy - what [Network] adds up to.  Of the rules that cover a host and a port the one that speaks most exactly of
 * the host decides; of two that do so alike a denial, then a question.  A denial without ports is of every port.
 * Pure: the same answer for a relay and for `oriel explain host`. */
typedef struct NetPolicy NetPolicy;

typedef enum NetRuleKind {
        NET_RULE_ALLOW,
        NET_RULE_ASK, /* "yes": every name without a rule */
        NET_RULE_DENY,
        NET_RULE_PRIVATE, /* a name that may lead to private and loopback addresses; no ports */
        NET_RULE_SERVICE, /* "NAME:PORT": the host's 127.0.0.1:PORT */
        _NET_RULE_KIND_MAX,
} NetRuleKind;

typedef enum NetVerdict {
        NET_VERDICT_DENY,
        NET_VERDICT_ASK,
        NET_VERDICT_ALLOW,
} NetVerdict;

typedef struct NetJudgement {
        NetVerdict verdict;
        bool service;     /* dial the host's loopback */
        const char *rule; /* as it was written, the policy's; NULL: none speaks of it */
} NetJudgement;

enum { NET_POLICY_NO_GROUP = 16 }; /* beside the codes of net_rule_parse() */

/* NULL when out of memory. */
NetPolicy *net_policy_new(void);
void net_policy_free(NetPolicy *policy);
DEFINE_CLEANUP(NetPolicy, net_policy_free)

/* A rule or "@group".  0, a code, or -ENOMEM. */
int net_policy_add(NetPolicy *policy, NetRuleKind kind, const char *text, ParseError *ret_error);
/* "allow", the word of an option of oriel-net-proxy and of a key of [Network]; NULL out of range. */
const char *net_rule_kind_word(NetRuleKind kind);

/* host: as host_name_read() or host_address_read() gave it. */
NetJudgement net_policy_judge(const NetPolicy *policy, const char *host, uint16_t port);
/* Is there a port on which it would not be denied?  Only then it has an address. */
bool net_policy_knows(const NetPolicy *policy, const char *host);
/* May this name lead to that address?  A service's address is not asked about. */
bool net_policy_may_lead_to(const NetPolicy *policy, const char *host, const NetAddress *address);

/* Ports that some rule names, each once, in order; *ret_all: some rule has all.  The number; at most max are written.
 */
size_t net_policy_ports(const NetPolicy *policy, uint16_t *ret_ports, size_t max, bool *ret_all);
/* The i-th address that a rule writes out; NULL behind the last. */
const char *net_policy_literal(const NetPolicy *policy, size_t i);
