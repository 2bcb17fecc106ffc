/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "rules/bus-policy.h"

static void add(BusPolicy *policy, const char *option)
{
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        BusRuleKind kind = BUS_RULE_SEE;
        const char *text = strchr(option, '=') + 1;

        while (!g_str_has_prefix(option, bus_rule_kind_word(kind)))
                kind++;
        g_assert_cmpint(bus_rule_parse(&rule, NULL, kind, text), ==, 0);
        g_assert_cmpint(bus_policy_add(policy, &rule), ==, 0);
        g_assert_null(rule);
}

/* One whose argument was not read. */
#define ACT(path, interface, member)                                                                                   \
        {                                                                                                              \
                path, interface, member, false, NULL, false                                                            \
        }

static const struct Row {
        const char *path;
        const char *rules[4];
        const char *asked;
        BusAccess level, visible;
} rows[] = {
        { "/bus-policy/none", { NULL }, "a.b", 0, 0 },
        { "/bus-policy/see", { "see=a.b" }, "a.b", BUS_ACCESS_SEE, BUS_ACCESS_SEE },
        { "/bus-policy/other", { "own=a.b" }, "a.c", 0, 0 },
        { "/bus-policy/prefix", { "own=a.b" }, "a.bc", 0, 0 },
        { "/bus-policy/exact", { "own=a.b" }, "a.b.c", 0, 0 },
        { "/bus-policy/below-itself", { "talk=a.b.*" }, "a.b", BUS_ACCESS_TALK, BUS_ACCESS_TALK },
        { "/bus-policy/below-far", { "talk=a.b.*" }, "a.b.c.d", BUS_ACCESS_TALK, BUS_ACCESS_TALK },
        { "/bus-policy/beside", { "talk=a.b.*" }, "a.bEvil", 0, 0 },
        { "/bus-policy/above", { "talk=a.b.c.*" }, "a.b", 0, 0 },
        { "/bus-policy/adds", { "see=a.b", "own=a.b", "talk=a.b" }, "a.b", BUS_ACCESS_OWN, BUS_ACCESS_OWN },
        { "/bus-policy/maximum-above", { "own=a.b.*", "see=a.b.c" }, "a.b.c", BUS_ACCESS_OWN, BUS_ACCESS_OWN },
        { "/bus-policy/maximum-below", { "see=a.b.*", "own=a.b.c" }, "a.b.c", BUS_ACCESS_OWN, BUS_ACCESS_OWN },
        { "/bus-policy/call-is-no-level", { "call=a.b=*" }, "a.b", BUS_ACCESS_NONE, BUS_ACCESS_TALK },
        { "/bus-policy/broadcast-is-no-level", { "broadcast=a.b=*" }, "a.b", BUS_ACCESS_NONE, BUS_ACCESS_TALK },
        { "/bus-policy/see-and-call", { "see=a.b", "call=a.b=*" }, "a.b", BUS_ACCESS_SEE, BUS_ACCESS_TALK },
        { "/bus-policy/reserved", { "own=org.oriel.*" }, "org.oriel.Sandbox1", 0, 0 },
        { "/bus-policy/reserved-root", { "see=org.oriel.Sandbox1" }, "org.oriel", 0, 0 },
        { "/bus-policy/reserved-call", { "call=org.oriel.Sandbox1=*" }, "org.oriel.Sandbox1", 0, 0 },
        { "/bus-policy/reserved-by-parent", { "own=org.oriel.X", "talk=org.oriel.X.*" }, "org.oriel.X.y", 0, 0 },
        { "/bus-policy/not-reserved", { "own=org.orielle.X" }, "org.orielle.X", BUS_ACCESS_OWN, BUS_ACCESS_OWN },
        { "/bus-policy/denied", { "talk=a.b.*", "deny=a.b.c" }, "a.b.c", 0, 0 },
        { "/bus-policy/denied-beside", { "talk=a.b.*", "deny=a.b.c" }, "a.b.d", BUS_ACCESS_TALK, BUS_ACCESS_TALK },
        { "/bus-policy/denied-not-below", { "talk=a.b.*", "deny=a.b.c" }, "a.b.c.d", BUS_ACCESS_TALK, BUS_ACCESS_TALK },
        { "/bus-policy/denied-below", { "talk=a.b.*", "deny=a.b.c.*" }, "a.b.c.d", 0, 0 },
        { "/bus-policy/denied-same", { "talk=a.b", "deny=a.b" }, "a.b", 0, 0 },
        { "/bus-policy/denied-but-narrower", { "deny=a.b.*", "see=a.b.c" }, "a.b.c", BUS_ACCESS_SEE, BUS_ACCESS_SEE },
        { "/bus-policy/deny-filter-gives-nothing", { "deny=a.b=i.j.M" }, "a.b", 0, 0 },
        { "/bus-policy/ask-is-visible", { "ask=a.b" }, "a.b", BUS_ACCESS_NONE, BUS_ACCESS_TALK },
        { "/bus-policy/empty-name", { "own=a.b" }, "", 0, 0 },
        { "/bus-policy/odd-dots", { "own=a.b.*" }, "a.b..", BUS_ACCESS_OWN, BUS_ACCESS_OWN },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        BusStanding standing = { 0 };

        for (size_t i = 0; i < G_N_ELEMENTS(row->rules) && row->rules[i] != NULL; i++)
                add(policy, row->rules[i]);
        bus_policy_look_up(policy, row->asked, &standing);
        g_assert_cmpint(standing.level, ==, row->level);
        g_assert_cmpint(standing.visible, ==, row->visible);
        g_assert_cmpint(bus_policy_visible(policy, row->asked), ==, row->visible);
}

/* What is visible may still deliver nothing: CVE-2026-93676 let every broadcast of a peer in through one rule. */
static const struct Delivery {
        const char *path;
        const char *rules[3];
        const char *names[3]; /* what the peer owned */
        BusRuleKind kind;
        BusAct act;
        BusDecision decision;
} deliveries[] = {
        { "/bus-policy/talk-calls", { "talk=a.b" }, { "a.b" }, BUS_RULE_CALL, ACT("/", "i.j", "M"), BUS_DECISION_YES },
        { "/bus-policy/talk-broadcasts",
          { "talk=a.b" },
          { "a.b" },
          BUS_RULE_BROADCAST,
          ACT("/", "i.j", "M"),
          BUS_DECISION_YES },
        { "/bus-policy/see-calls", { "see=a.b" }, { "a.b" }, BUS_RULE_CALL, ACT("/", "i.j", "M"), BUS_DECISION_NO },
        { "/bus-policy/call-calls",
          { "call=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_YES },
        { "/bus-policy/call-other",
          { "call=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "N"),
          BUS_DECISION_NO },
        { "/bus-policy/CVE-2026-93676-call",
          { "call=a.b=*" },
          { "a.b" },
          BUS_RULE_BROADCAST,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/CVE-2026-93676-broadcast",
          { "broadcast=a.b=*" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/CVE-2026-93676-other-member",
          { "broadcast=a.b=i.j.M", "call=a.b=*" },
          { "a.b" },
          BUS_RULE_BROADCAST,
          ACT("/", "i.j", "Secret"),
          BUS_DECISION_NO },
        { "/bus-policy/peer-of-two-names",
          { "see=a.b", "call=a.c=i.j.*" },
          { "a.b", "a.c" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_YES },
        { "/bus-policy/deny-wins",
          { "talk=a.b", "deny=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/deny-other",
          { "talk=a.b", "deny=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "N"),
          BUS_DECISION_YES },
        { "/bus-policy/deny-broadcast",
          { "talk=a.b", "deny=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_BROADCAST,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/deny-of-one-name-of-a-peer",
          { "talk=a.b", "deny=a.c=i.j.M" },
          { "a.b", "a.c" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/ask", { "ask=a.b" }, { "a.b" }, BUS_RULE_CALL, ACT("/", "i.j", "M"), BUS_DECISION_ASK },
        { "/bus-policy/ask-is-no-broadcast",
          { "ask=a.b" },
          { "a.b" },
          BUS_RULE_BROADCAST,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/ask-before-talk",
          { "talk=a.b", "ask=a.b=i.j.*" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_ASK },
        { "/bus-policy/ask-elsewhere",
          { "talk=a.b", "ask=a.b=i.j.*" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.k", "M"),
          BUS_DECISION_YES },
        { "/bus-policy/granted",
          { "ask=a.b", "call=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_YES },
        { "/bus-policy/never",
          { "ask=a.b", "deny=a.b=i.j.M" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/argument",
          { "call=a.b=i.j.M,arg0=x" },
          { "a.b" },
          BUS_RULE_CALL,
          { "/", "i.j", "M", true, "x", false },
          BUS_DECISION_YES },
        { "/bus-policy/argument-other",
          { "call=a.b=i.j.M,arg0=x" },
          { "a.b" },
          BUS_RULE_CALL,
          { "/", "i.j", "M", true, "y", false },
          BUS_DECISION_NO },
        { "/bus-policy/argument-none",
          { "call=a.b=i.j.M,arg0=x" },
          { "a.b" },
          BUS_RULE_CALL,
          { "/", "i.j", "M", true, NULL, false },
          BUS_DECISION_NO },
        /* What was not read is not allowed, and may be what is denied. */
        { "/bus-policy/argument-unread",
          { "call=a.b=i.j.M,arg0=x" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/argument-unread-denied",
          { "talk=a.b", "deny=a.b=*,arg0=x" },
          { "a.b" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
        { "/bus-policy/argument-denied-other",
          { "talk=a.b", "deny=a.b=*,arg0=x" },
          { "a.b" },
          BUS_RULE_CALL,
          { "/", "i.j", "M", true, "y", false },
          BUS_DECISION_YES },
        { "/bus-policy/peer-of-other-name",
          { "talk=a.b" },
          { "a.c" },
          BUS_RULE_CALL,
          ACT("/", "i.j", "M"),
          BUS_DECISION_NO },
};

static void test_delivery(const void *data)
{
        const struct Delivery *row = data;
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        BusStanding peer = { 0 };

        for (size_t i = 0; i < G_N_ELEMENTS(row->rules) && row->rules[i] != NULL; i++)
                add(policy, row->rules[i]);
        for (size_t i = 0; i < G_N_ELEMENTS(row->names) && row->names[i] != NULL; i++)
                bus_policy_look_up(policy, row->names[i], &peer);
        g_assert_cmpint(bus_policy_decide(policy, &peer, row->kind, &row->act), ==, row->decision);
}

static void test_many(void)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        bool below = false;
        size_t n = 0;

        for (int i = 0; i < 1000; i++) {
                g_autofree char *option = g_strdup_printf("talk=org.example.Name%d%s", i, i % 2 == 0 ? "" : ".*");

                add(policy, option);
                add(policy, option);
        }
        for (int i = 0; i < 1000; i++) {
                g_autofree char *name = g_strdup_printf("org.example.Name%d", i);
                g_autofree char *child = g_strdup_printf("org.example.Name%d.child", i);

                g_assert_cmpint(bus_policy_visible(policy, name), ==, BUS_ACCESS_TALK);
                g_assert_cmpint(bus_policy_visible(policy, child), ==, i % 2 == 0 ? BUS_ACCESS_NONE : BUS_ACCESS_TALK);
        }
        while (bus_policy_name(policy, n, &below) != NULL)
                g_assert_true(below == (n++ % 2 != 0));
        g_assert_cmpuint(n, ==, 1000);
}

static void test_limit(void)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;

        for (int i = 0; i < BUS_POLICY_MAX_FILTERS; i++)
                add(policy, "call=a.b=i.j.M");
        g_assert_cmpint(bus_rule_parse(&rule, NULL, BUS_RULE_CALL, "a.b=*"), ==, 0);
        g_assert_cmpint(bus_policy_add(policy, &rule), ==, -E2BIG);
        g_assert_nonnull(rule);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        for (size_t i = 0; i < G_N_ELEMENTS(deliveries); i++)
                g_test_add_data_func(deliveries[i].path, &deliveries[i], test_delivery);
        g_test_add_func("/bus-policy/many", test_many);
        g_test_add_func("/bus-policy/limit", test_limit);
        return g_test_run();
}
