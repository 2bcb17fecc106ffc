/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bus policy: rules by name.  A look-up hashes the name once, from the left, and asks the table at each dot and at the
 * end: as many probes as the name has labels, however many rules there are. */
#include "rules/bus-policy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All rules for one written name. */
typedef struct Entry {
        char *name;
        uint32_t hash;
        size_t n_name;
        BusStanding exact; /* for the name alone */
        BusStanding below; /* for it and all below */
        bool has_below;
        bool exact_denied, below_denied; /* what wider rules give is taken away, and these give nothing */
} Entry;

struct BusPolicy {
        BusRule **filters;
        size_t n_filters, n_rules;
        Entry **entries; /* in the order of the rules */
        size_t n_entries;
        Entry **slots; /* open addressing; a power of two, at most half full */
        size_t n_slots;
        bool has_whole;
        uint64_t whole[BUS_POLICY_MAX_FILTERS / 64]; /* the filters that need the whole message */
};

/* FNV-1a: rules come from the profile, not from those who are judged, so nobody can choose collisions. */
static uint32_t hash_byte(uint32_t hash, char byte)
{
        return (hash ^ (unsigned char)byte) * 16777619u;
}

#define HASH_START 2166136261u

BusPolicy *bus_policy_new(void)
{
        return calloc(1, sizeof(BusPolicy));
}

void bus_policy_free(BusPolicy *policy)
{
        if (policy == NULL)
                return;
        for (size_t i = 0; i < policy->n_filters; i++)
                bus_rule_free(policy->filters[i]);
        for (size_t i = 0; i < policy->n_entries; i++) {
                free(policy->entries[i]->name);
                free(policy->entries[i]);
        }
        free(policy->filters);
        free(policy->entries);
        free(policy->slots);
        free(policy);
}

static Entry *find(const BusPolicy *policy, const char *name, size_t n, uint32_t hash)
{
        if (policy->n_slots == 0)
                return NULL;
        for (size_t i = hash & (policy->n_slots - 1);; i = (i + 1) & (policy->n_slots - 1)) {
                Entry *entry = policy->slots[i];

                if (entry == NULL)
                        return NULL;
                if (entry->hash == hash && entry->n_name == n && memcmp(entry->name, name, n) == 0)
                        return entry;
        }
}

static void put(Entry **slots, size_t n_slots, Entry *entry)
{
        size_t i = entry->hash & (n_slots - 1);

        while (slots[i] != NULL)
                i = (i + 1) & (n_slots - 1);
        slots[i] = entry;
}

static int grow(BusPolicy *policy)
{
        size_t n = policy->n_slots == 0 ? 16 : policy->n_slots * 2;
        Entry **slots = NULL, **entries = NULL;

        if ((policy->n_entries + 1) * 2 <= policy->n_slots)
                return 0;
        entries = realloc(policy->entries, n / 2 * sizeof(Entry *));
        if (entries == NULL)
                return -ENOMEM;
        policy->entries = entries;
        slots = calloc(n, sizeof(Entry *));
        if (slots == NULL)
                return -ENOMEM;
        for (size_t i = 0; i < policy->n_entries; i++)
                put(slots, n, policy->entries[i]);
        free(policy->slots);
        policy->slots = slots;
        policy->n_slots = n;
        return 0;
}

static Entry *add_entry(BusPolicy *policy, const char *name)
{
        uint32_t hash = HASH_START;
        size_t n = strlen(name);
        Entry *entry = NULL;

        for (size_t i = 0; i < n; i++)
                hash = hash_byte(hash, name[i]);
        entry = find(policy, name, n, hash);
        if (entry != NULL || grow(policy) < 0)
                return entry;
        entry = calloc(1, sizeof *entry);
        if (entry == NULL)
                return NULL;
        entry->name = strdup(name);
        if (entry->name == NULL) {
                free(entry);
                return NULL;
        }
        entry->n_name = n;
        entry->hash = hash;
        policy->entries[policy->n_entries++] = entry;
        put(policy->slots, policy->n_slots, entry);
        return entry;
}

static int add_filter(BusPolicy *policy, BusStanding *standing, BusRule **rule)
{
        BusRule **filters = NULL;

        if (policy->n_filters >= BUS_POLICY_MAX_FILTERS)
                return -E2BIG;
        filters = realloc(policy->filters, (policy->n_filters + 1) * sizeof *filters);
        if (filters == NULL)
                return -ENOMEM;
        policy->filters = filters;
        standing->filters[policy->n_filters / 64] |= UINT64_C(1) << (policy->n_filters % 64);
        standing->filtered = true;
        if (bus_rule_has_argument(*rule) || bus_rule_kind(*rule) == BUS_RULE_ASK) {
                policy->whole[policy->n_filters / 64] |= UINT64_C(1) << (policy->n_filters % 64);
                policy->has_whole = true;
        }
        if (standing->visible < BUS_ACCESS_TALK && bus_rule_kind(*rule) != BUS_RULE_DENY)
                standing->visible = BUS_ACCESS_TALK;
        filters[policy->n_filters++] = STEAL(*rule);
        return 0;
}

int bus_policy_add(BusPolicy *policy, BusRule **rule)
{
        static const BusAccess levels[] = {
                [BUS_RULE_SEE] = BUS_ACCESS_SEE,
                [BUS_RULE_TALK] = BUS_ACCESS_TALK,
                [BUS_RULE_OWN] = BUS_ACCESS_OWN,
        };
        BusRuleKind kind = bus_rule_kind(*rule);
        Entry *entry = NULL;
        BusStanding *standing = NULL;

        if (policy->n_rules >= BUS_POLICY_MAX_RULES)
                return -E2BIG;
        entry = add_entry(policy, bus_rule_name(*rule));
        if (entry == NULL)
                return -ENOMEM;
        policy->n_rules++;
        standing = bus_rule_is_below(*rule) ? &entry->below : &entry->exact;
        entry->has_below |= bus_rule_is_below(*rule);
        if (kind == BUS_RULE_DENY && !bus_rule_has_filter(*rule)) {
                *(bus_rule_is_below(*rule) ? &entry->below_denied : &entry->exact_denied) = true;
                bus_rule_free(STEAL(*rule));
                return 0;
        }
        if (kind >= BUS_RULE_CALL) /* "ask=NAME" is a filter that covers everything */
                return add_filter(policy, standing, rule);
        if (standing->level < levels[kind])
                standing->level = levels[kind];
        if (standing->visible < levels[kind])
                standing->visible = levels[kind];
        bus_rule_free(STEAL(*rule));
        return 0;
}

bool bus_policy_is_reserved(const char *name)
{
        static const char reserved[] = "org.oriel";
        size_t n = sizeof reserved - 1;

        return strncmp(name, reserved, n) == 0 && (name[n] == '\0' || name[n] == '.');
}

void bus_standing_add(BusStanding *standing, const BusStanding *more)
{
        if (standing->level < more->level)
                standing->level = more->level;
        if (standing->visible < more->visible)
                standing->visible = more->visible;
        if (!more->filtered)
                return;
        standing->filtered = true;
        for (size_t i = 0; i < sizeof standing->filters / sizeof *standing->filters; i++)
                standing->filters[i] |= more->filters[i];
}

/* What a written name gives, on the way from the widest to the name itself: a deny takes away what came before it. */
static void take_entry(BusStanding *found, const BusStanding *more, bool denied)
{
        if (denied)
                *found = (BusStanding){ 0 };
        else
                bus_standing_add(found, more);
}

void bus_policy_look_up(const BusPolicy *policy, const char *name, BusStanding *standing)
{
        uint32_t hash = HASH_START;
        BusStanding found = { 0 };

        if (bus_policy_is_reserved(name))
                return;
        for (size_t n = 0;; n++) {
                bool end = name[n] == '\0';

                if (end || name[n] == '.') {
                        const Entry *entry = find(policy, name, n, hash);

                        /* At a dot inside the name only rules with ".*" reach further down. */
                        if (entry != NULL && entry->has_below)
                                take_entry(&found, &entry->below, entry->below_denied);
                        if (entry != NULL && end)
                                take_entry(&found, &entry->exact, entry->exact_denied);
                }
                if (end)
                        break;
                hash = hash_byte(hash, name[n]);
        }
        bus_standing_add(standing, &found);
}

BusAccess bus_policy_visible(const BusPolicy *policy, const char *name)
{
        BusStanding standing = { 0 };

        bus_policy_look_up(policy, name, &standing);
        return standing.visible;
}

bool bus_policy_speaks_of(const BusPolicy *policy, const char *name)
{
        BusStanding standing = { 0 };

        bus_policy_look_up(policy, name, &standing);
        return standing.visible != BUS_ACCESS_NONE || standing.filtered;
}

BusDecision bus_policy_decide(const BusPolicy *policy, const BusStanding *standing, BusRuleKind kind, const BusAct *act)
{
        bool covered[_BUS_RULE_KIND_MAX] = { false };

        for (size_t i = 0; standing->filtered && i < policy->n_filters; i++) {
                BusRuleKind found = bus_rule_kind(policy->filters[i]);

                if ((standing->filters[i / 64] >> (i % 64) & 1) == 0 || covered[found])
                        continue;
                /* What was not read may be what is denied, and is not what is allowed. */
                covered[found] =
                        bus_rule_covers_act(policy->filters[i], act, found == BUS_RULE_DENY || found == BUS_RULE_ASK);
        }
        if (covered[BUS_RULE_DENY])
                return BUS_DECISION_NO;
        if (covered[kind])
                return BUS_DECISION_YES;
        if (kind == BUS_RULE_CALL && covered[BUS_RULE_ASK])
                return BUS_DECISION_ASK;
        return standing->level >= BUS_ACCESS_TALK ? BUS_DECISION_YES : BUS_DECISION_NO;
}

const BusRule *bus_policy_asking(const BusPolicy *policy, const BusStanding *standing, const BusAct *act)
{
        for (size_t i = 0; standing->filtered && i < policy->n_filters; i++)
                if ((standing->filters[i / 64] >> (i % 64) & 1) != 0 &&
                    bus_rule_kind(policy->filters[i]) == BUS_RULE_ASK &&
                    bus_rule_covers_act(policy->filters[i], act, true))
                        return policy->filters[i];
        return NULL;
}

bool bus_policy_has_whole(const BusPolicy *policy)
{
        return policy->has_whole;
}

bool bus_policy_needs_whole(const BusPolicy *policy, const BusStanding *standing)
{
        for (size_t i = 0; standing->filtered && i * 64 < policy->n_filters; i++)
                if ((standing->filters[i] & policy->whole[i]) != 0)
                        return true;
        return false;
}

const char *bus_policy_name(const BusPolicy *policy, size_t i, bool *ret_below)
{
        if (i >= policy->n_entries)
                return NULL;
        *ret_below = policy->entries[i]->has_below;
        return policy->entries[i]->name;
}
