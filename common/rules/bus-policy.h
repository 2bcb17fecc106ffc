/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "rules/bus-rule.h"

/* BusPolicy - all rules of one box for one bus, and what they add up to for a name.  Deny by default: rules give, and
 * deny rules take away: the name itself and what wider rules give for it, or certain calls and broadcasts.
 *
 * Whatever the rules say, org.oriel and all names below it have no access: no grant reaches Oriel itself. */
typedef struct BusPolicy BusPolicy;

enum {
        /* Rules with a filter (call, broadcast, ask, deny); each is one bit of a BusStanding.  Flatpak's longest list
           has 11. */
        BUS_POLICY_MAX_FILTERS = 512,
        BUS_POLICY_MAX_RULES = 16384,
};

/* BusStanding - what the rules give for one name, or for a peer that owned several names.  Standings only grow
 * (bus_standing_add), so that a peer's is as small after the thousandth name as after the first.
 *
 *      level     what see, talk and own rules give: this delivers
 *      visible   the same, but a call or broadcast rule makes its name as visible as talk: this delivers nothing
 *      filters   the rules with a filter that speak of the name */
typedef struct BusStanding {
        BusAccess level, visible;
        bool filtered; /* some bit of filters is set */
        uint64_t filters[BUS_POLICY_MAX_FILTERS / 64];
} BusStanding;

/* NULL when out of memory. */
BusPolicy *bus_policy_new(void);
void bus_policy_free(BusPolicy *policy);
DEFINE_CLEANUP(BusPolicy, bus_policy_free)

/* Takes the rule: *rule is NULL afterwards.  0, -ENOMEM, or -E2BIG above the limits. */
int bus_policy_add(BusPolicy *policy, BusRule **rule);

/* Adds to *standing what the rules give for this well-known name. */
void bus_policy_look_up(const BusPolicy *policy, const char *name, BusStanding *standing);
/* The visible level of one name alone. */
BusAccess bus_policy_visible(const BusPolicy *policy, const char *name);
/* Does any rule give something, or take something, where that name's owner is concerned? */
bool bus_policy_speaks_of(const BusPolicy *policy, const char *name);

void bus_standing_add(BusStanding *standing, const BusStanding *more);
typedef enum BusDecision {
        BUS_DECISION_NO,
        BUS_DECISION_ASK,
        BUS_DECISION_YES,
} BusDecision;

/* May this be called, or this broadcast be received?  kind: BUS_RULE_CALL or BUS_RULE_BROADCAST.  A deny rule that
 * covers it wins; then one of that kind; then, for calls, an ask rule; then the level. */
BusDecision
bus_policy_decide(const BusPolicy *policy, const BusStanding *standing, BusRuleKind kind, const BusAct *act);
/* The first ask rule that covers this call, or NULL. */
const BusRule *bus_policy_asking(const BusPolicy *policy, const BusStanding *standing, const BusAct *act);
/* Is there any rule for which more than a message's header must be there: it speaks of the first argument, or asks? And
 * among these? */
bool bus_policy_has_whole(const BusPolicy *policy);
bool bus_policy_needs_whole(const BusPolicy *policy, const BusStanding *standing);

/* The i-th name that rules speak of, from 0, in the order of the rules, each once; NULL: no more.  *ret_below: with all
 * names below it. */
const char *bus_policy_name(const BusPolicy *policy, size_t i, bool *ret_below);

/* org.oriel, or below it. */
bool bus_policy_is_reserved(const char *name);
