/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "names/net-group.h"
#include "names/net-policy.h"

/* "kind=text" with blanks between. */
static NetPolicy *make(const char *rules)
{
        NetPolicy *policy = net_policy_new();
        g_auto(GStrv) words = g_strsplit(rules, " ", -1);

        for (gsize i = 0; words[i] != NULL && *words[i] != '\0'; i++) {
                char *sign = strchr(words[i], '=');
                int kind = 0;

                *sign = '\0';
                while (!g_str_equal(net_rule_kind_word((NetRuleKind)kind), words[i]))
                        kind++;
                g_assert_cmpint(net_policy_add(policy, (NetRuleKind)kind, sign + 1, NULL), ==, 0);
        }
        return policy;
}

static const struct Row {
        const char *path, *rules, *host;
        guint16 port;
        NetVerdict verdict;
        const char *rule; /* NULL: none speaks of it */
} rows[] = {
        { "/net-policy/nothing", "", "a.org", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/bare-443", "allow=a.org", "a.org", 443, NET_VERDICT_ALLOW, "a.org" },
        { "/net-policy/bare-80", "allow=a.org", "a.org", 80, NET_VERDICT_ALLOW, "a.org" },
        { "/net-policy/bare-22", "allow=a.org", "a.org", 22, NET_VERDICT_DENY, NULL },
        { "/net-policy/ports", "allow=a.org:22,8080", "a.org", 8080, NET_VERDICT_ALLOW, "a.org:22,8080" },
        { "/net-policy/ports-only", "allow=a.org:22,8080", "a.org", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/every-port", "allow=a.org:*", "a.org", 1, NET_VERDICT_ALLOW, "a.org:*" },
        { "/net-policy/below", "allow=*.a.org", "x.a.org", 443, NET_VERDICT_ALLOW, "*.a.org" },
        { "/net-policy/far-below", "allow=*.a.org", "x.y.a.org", 443, NET_VERDICT_ALLOW, "*.a.org" },
        { "/net-policy/not-itself", "allow=*.a.org", "a.org", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/not-beside", "allow=*.a.org", "xa.org", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/not-above", "allow=*.a.org", "a.org.evil.net", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/all", "allow=*", "b.net", 443, NET_VERDICT_ALLOW, "*" },
        { "/net-policy/all-is-of-names", "allow=*:*", "9.9.9.9", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/ending-is-of-names", "allow=*.9.org", "9.9.9.9", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/literal", "allow=9.9.9.9:53", "9.9.9.9", 53, NET_VERDICT_ALLOW, "9.9.9.9:53" },
        { "/net-policy/literal-6", "allow=[2606:0:0::1]:53", "2606::1", 53, NET_VERDICT_ALLOW, "[2606:0:0::1]:53" },
        { "/net-policy/group", "allow=@npm", "registry.npmjs.org", 443, NET_VERDICT_ALLOW, "@npm" },
        { "/net-policy/group-port", "allow=@npm", "registry.npmjs.org", 80, NET_VERDICT_DENY, NULL },
        { "/net-policy/deny-inside", "allow=*.a.org deny=e.a.org", "e.a.org", 443, NET_VERDICT_DENY, "e.a.org" },
        { "/net-policy/deny-every-port", "allow=*.a.org:* deny=e.a.org", "e.a.org", 22, NET_VERDICT_DENY, "e.a.org" },
        { "/net-policy/deny-port", "allow=a.org deny=a.org:80", "a.org", 443, NET_VERDICT_ALLOW, "a.org" },
        { "/net-policy/deny-wins-tie", "deny=a.org allow=a.org", "a.org", 443, NET_VERDICT_DENY, "a.org" },
        { "/net-policy/deny-wins-tie-turned", "allow=a.org deny=a.org", "a.org", 443, NET_VERDICT_DENY, "a.org" },
        { "/net-policy/allow-inside-deny", "deny=*.a.org allow=x.a.org", "x.a.org", 443, NET_VERDICT_ALLOW, "x.a.org" },
        { "/net-policy/deny-in-group", "allow=@github deny=gist.github.com", "gist.github.com", 443, NET_VERDICT_DENY,
          "gist.github.com" },
        { "/net-policy/ask", "ask=a.org", "a.org", 443, NET_VERDICT_ASK, "a.org" },
        { "/net-policy/ask-wins-tie", "allow=a.org ask=a.org", "a.org", 443, NET_VERDICT_ASK, "a.org" },
        { "/net-policy/ask-yes", "ask=yes deny=b.org", "a.org", 4444, NET_VERDICT_ASK, "ask=yes" },
        { "/net-policy/ask-yes-denied", "ask=yes deny=b.org", "b.org", 443, NET_VERDICT_DENY, "b.org" },
        { "/net-policy/ask-yes-no", "ask=yes ask=no", "a.org", 443, NET_VERDICT_DENY, NULL },
        { "/net-policy/service", "host-service=db:5432", "db", 5432, NET_VERDICT_ALLOW, "db:5432" },
        { "/net-policy/service-port", "host-service=db:5432", "db", 5433, NET_VERDICT_DENY, NULL },
        { "/net-policy/private-allows-nothing", "private=a.org", "a.org", 443, NET_VERDICT_DENY, NULL },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        CLEANUP(net_policy_freep) NetPolicy *policy = make(row->rules);
        NetJudgement judgement = net_policy_judge(policy, row->host, row->port);

        g_assert_cmpint(judgement.verdict, ==, row->verdict);
        g_assert_cmpstr(judgement.rule, ==, row->rule);
        /* What may be reached on some port has an address, and nothing else. */
        if (row->verdict != NET_VERDICT_DENY)
                g_assert_true(net_policy_knows(policy, row->host));
}

static void test_knows(void)
{
        CLEANUP(net_policy_freep)
        NetPolicy *policy = make("allow=a.org:22 allow=*.b.org deny=e.b.org deny=a.org:443 host-service=db:1");

        g_assert_true(net_policy_knows(policy, "a.org"));
        g_assert_true(net_policy_knows(policy, "x.b.org"));
        g_assert_true(net_policy_knows(policy, "db"));
        g_assert_false(net_policy_knows(policy, "e.b.org"));
        g_assert_false(net_policy_knows(policy, "b.org"));
        g_assert_false(net_policy_knows(policy, "c.org"));
}

static const char *const bad_rules[] = { "",        "a..b",      "a.org:", "a.org:0", "a.org:65536", "a.org:1,",
                                         "a.org:x", "*a.org",    "a.*",    "127.1",   "0x7f.0.0.1",  "[::1",
                                         "::1",     "[1.2.3.4]", "@none",  "a@b",     "*.127.0.0.1", "a.org:080" };

static void test_bad(void)
{
        CLEANUP(net_policy_freep) NetPolicy *policy = net_policy_new();

        for (gsize i = 0; i < G_N_ELEMENTS(bad_rules); i++) {
                g_test_message("%s", bad_rules[i]);
                g_assert_cmpint(net_policy_add(policy, NET_RULE_ALLOW, bad_rules[i], NULL), >, 0);
        }
        g_assert_cmpint(net_policy_add(policy, NET_RULE_SERVICE, "*.db:1", NULL), >, 0);
        g_assert_cmpint(net_policy_add(policy, NET_RULE_SERVICE, "db", NULL), >, 0);
        g_assert_cmpint(net_policy_add(policy, NET_RULE_PRIVATE, "@npm", NULL), >, 0);
}

static void test_groups(void)
{
        const char *before = "";

        for (gsize i = 0; net_group_nth(i) != NULL; i++) {
                const NetGroup *group = net_group_nth(i);

                g_assert_cmpint(strcmp(before, group->name), <, 0);
                g_assert_true(net_group_find(group->name) == group);
                before = group->name;
                for (gsize r = 0; group->rules[r] != NULL; r++) {
                        NetRule rule = { 0 };

                        g_test_message("@%s %s", group->name, group->rules[r]);
                        g_assert_cmpint(net_rule_parse(&rule, NULL, group->rules[r]), ==, 0);
                        g_assert_false(rule.any_port || rule.literal || rule.host[0] == '\0');
                }
        }
}

static const struct Kind {
        const char *address;
        NetAddressKind kind;
} kinds[] = {
        { "9.9.9.9", NET_ADDRESS_PUBLIC },
        { "2606:4700::1", NET_ADDRESS_PUBLIC },
        { "127.0.0.1", NET_ADDRESS_LOOPBACK },
        { "127.255.0.1", NET_ADDRESS_LOOPBACK },
        { "::1", NET_ADDRESS_LOOPBACK },
        { "::ffff:127.0.0.1", NET_ADDRESS_LOOPBACK },
        { "64:ff9b::7f00:1", NET_ADDRESS_LOOPBACK },
        { "2002:7f00:1::", NET_ADDRESS_LOOPBACK },
        { "10.0.0.1", NET_ADDRESS_PRIVATE },
        { "172.16.0.1", NET_ADDRESS_PRIVATE },
        { "172.32.0.1", NET_ADDRESS_PUBLIC },
        { "192.168.1.1", NET_ADDRESS_PRIVATE },
        { "100.64.0.1", NET_ADDRESS_PRIVATE },
        { "100.128.0.1", NET_ADDRESS_PUBLIC },
        { "fd00::1", NET_ADDRESS_PRIVATE },
        { "64:ff9b::a00:1", NET_ADDRESS_PRIVATE },
        { "169.254.169.254", NET_ADDRESS_LINK_LOCAL },
        { "100.100.100.200", NET_ADDRESS_LINK_LOCAL },
        { "fd00:ec2::254", NET_ADDRESS_LINK_LOCAL },
        { "fe80::1", NET_ADDRESS_LINK_LOCAL },
        { "0.0.0.0", NET_ADDRESS_SPECIAL },
        { "::", NET_ADDRESS_SPECIAL },
        { "224.0.0.1", NET_ADDRESS_SPECIAL },
        { "255.255.255.255", NET_ADDRESS_SPECIAL },
        { "198.18.0.1", NET_ADDRESS_SPECIAL },
        { "ff02::1", NET_ADDRESS_SPECIAL },
        { "::7f00:1", NET_ADDRESS_SPECIAL },
        { "2001:db8::1", NET_ADDRESS_SPECIAL },
};

static void test_kinds(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
                NetAddress address = { 0 };

                g_test_message("%s", kinds[i].address);
                g_assert_true(net_address_parse(&address, kinds[i].address, strlen(kinds[i].address)));
                g_assert_cmpint(net_address_kind(&address), ==, kinds[i].kind);
        }
}

static bool leads(const NetPolicy *policy, const char *host, const char *text)
{
        NetAddress address = { 0 };

        g_assert_true(net_address_parse(&address, text, strlen(text)));
        return net_policy_may_lead_to(policy, host, &address);
}

static void test_private(void)
{
        CLEANUP(net_policy_freep) NetPolicy *policy = make("allow=* private=nas.lan private=*.corp.net");
        CLEANUP(net_policy_freep) NetPolicy *all = make("allow=* private=*");

        g_assert_true(leads(policy, "a.org", "9.9.9.9"));
        g_assert_false(leads(policy, "a.org", "192.168.0.2"));
        g_assert_true(leads(policy, "nas.lan", "192.168.0.2"));
        g_assert_true(leads(policy, "nas.lan", "127.0.0.1"));
        g_assert_true(leads(policy, "x.corp.net", "10.1.2.3"));
        g_assert_false(leads(policy, "corp.net", "10.1.2.3"));
        g_assert_false(leads(policy, "nas.lan", "224.0.0.1"));
        g_assert_true(leads(all, "a.org", "10.1.2.3"));
        g_assert_false(leads(all, "a.org", "127.0.0.1"));
        g_assert_false(leads(all, "a.org", "169.254.169.254"));
}

static void test_ports(void)
{
        CLEANUP(net_policy_freep)
        NetPolicy *policy =
                make("allow=a.org:22,80 allow=b.org deny=c.org:99 private=d.org allow=9.9.9.9:5 host-service=db:7");
        guint16 ports[16] = { 0 };
        bool all = true;

        g_assert_cmpuint(net_policy_ports(policy, ports, G_N_ELEMENTS(ports), &all), ==, 5);
        g_assert_false(all);
        g_assert_cmpuint(ports[0], ==, 5);
        g_assert_cmpuint(ports[4], ==, 443);
        g_assert_cmpuint(net_policy_ports(policy, ports, 2, &all), ==, 2);
        g_assert_cmpstr(net_policy_literal(policy, 0), ==, "9.9.9.9");
        g_assert_null(net_policy_literal(policy, 1));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/net-policy/knows", test_knows);
        g_test_add_func("/net-policy/bad", test_bad);
        g_test_add_func("/net-policy/private", test_private);
        g_test_add_func("/net-policy/ports-of-all", test_ports);
        g_test_add_func("/net-group/all", test_groups);
        g_test_add_func("/net-address/kinds", test_kinds);
        return g_test_run();
}
