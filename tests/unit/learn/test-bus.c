/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "learn/learn.h"
#include "rules/bus-policy.h"

static Profile *parse(const char *text)
{
        g_autoptr(GError) error = NULL;
        Profile *profile = profile_parse(text, strlen(text), "test", &error);

        g_assert_no_error(error);
        return profile;
}

static void refuse_on(Learn *learn, const char *via, const char *op, const char *name, const char *member, gint64 n)
{
        AuditRecord record = {
                .event = AUDIT_EVENT_DBUS,
                .verdict = AUDIT_VERDICT_DENY,
                .text = { [AUDIT_OP] = op, [AUDIT_VIA] = via, [AUDIT_NAME] = name, [AUDIT_MEMBER] = member },
                .number = { [AUDIT_N] = n }
        };

        learn_add(learn, &record);
}

static void refuse(Learn *learn, const char *op, const char *name, const char *member)
{
        refuse_on(learn, "session-bus", op, name, member, 0);
}

/* "[GROUP] KEY=VALUE", and "!" before one with a danger; a line each. */
static char *show(Learn *learn)
{
        g_autoptr(GPtrArray) rules = learn_rules(learn);
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];

                g_string_append_printf(text, "%s[%s] %s=%s\n", rule->danger != NULL ? "!" : "", rule->group, rule->key,
                                       rule->value);
        }
        return g_string_free(text, FALSE);
}

static void assert_learnt(Learn *learn, const char *expected)
{
        g_autofree char *shown = show(learn);

        g_assert_cmpstr(shown, ==, expected);
}

static void test_least(void)
{
        g_autoptr(Profile) profile = parse("[Application]\nname=org.example.A\n");
        g_autoptr(Learn) learn = learn_new(profile, "/home/anna");

        refuse(learn, "call", "a.see", "org.freedesktop.DBus.NameHasOwner");
        refuse(learn, "call", "a.call", "i.j.M");
        refuse(learn, "call", "a.call", "i.j.M");
        refuse(learn, "call", "a.call", "org.freedesktop.DBus.Properties.Get");
        refuse(learn, "call", "a.call", "org.freedesktop.DBus.GetNameOwner");
        refuse(learn, "start", "a.start", "org.freedesktop.DBus.StartServiceByName");
        refuse(learn, "signal", "a.signal", "i.j.S");
        refuse(learn, "call", "a.bare", "M");
        refuse(learn, "own", "a.own", "org.freedesktop.DBus.RequestName");
        refuse(learn, "call", "a.own", "i.j.M");
        refuse_on(learn, "system-bus", "call", "a.call", "i.j.N", 3);
        assert_learnt(learn, "[Session Bus Policy] a.bare=talk\n"
                             "[Session Bus Policy] a.own=own\n"
                             "[Session Bus Policy] a.see=see\n"
                             "[Session Bus Policy] a.signal=talk\n"
                             "[Session Bus Policy] a.start=talk\n"
                             "[Session Bus Rules] a.call=call:i.j.M;call:org.freedesktop.DBus.Properties.Get\n"
                             "[System Bus Rules] a.call=call:i.j.N\n");
        g_assert_cmpint(learn_n_unanswered(learn), ==, 0);
}

static void test_fold(void)
{
        g_autoptr(Profile) profile = parse("");
        g_autoptr(Learn) learn = learn_new(profile, "/home/anna");

        for (char member = 'A'; member <= 'G'; member++) {
                const char text[] = { 'i', '.', 'j', '.', member, '\0' };

                refuse(learn, "call", "a.b", text);
        }
        refuse(learn, "call", "a.b", "i.j.k.M");
        assert_learnt(learn, "[Session Bus Rules] a.b=call:i.j.*;call:i.j.k.M\n");
}

/* What the profile says of a name stays, for an entry replaces as a whole; and what it denies by itself is its own
 * word. */
static void test_profile(void)
{
        g_autoptr(Profile) profile =
                parse("[Session Bus Policy]\na.policy=see\na.none=none\na.more=see\n"
                      "[Session Bus Rules]\na.rules=call:i.j.L;deny:i.j.N\na.deny=deny\na.in=inner\n");
        g_autoptr(Learn) learn = learn_new(profile, "/home/anna");

        refuse(learn, "call", "a.policy", "i.j.M");
        refuse(learn, "call", "a.none", "i.j.M");
        refuse(learn, "start", "a.more", NULL);
        refuse(learn, "call", "a.rules", "i.j.M");
        refuse(learn, "call", "a.rules", "i.j.N");
        refuse(learn, "call", "a.deny", "i.j.M");
        refuse(learn, "call", "a.in", "i.j.M");
        assert_learnt(learn, "[Session Bus Policy] a.more=talk\n"
                             "[Session Bus Rules] a.none=call:i.j.M\n"
                             "[Session Bus Rules] a.policy=see;call:i.j.M\n"
                             "[Session Bus Rules] a.rules=call:i.j.L;deny:i.j.N;call:i.j.M\n");
        g_assert_cmpint(learn_n_unanswered(learn), ==, 3);
}

static void test_dangers(void)
{
        g_autoptr(Profile) profile = parse("");
        g_autoptr(Learn) learn = learn_new(profile, "/home/anna");

        refuse(learn, "call", "org.freedesktop.Flatpak", "org.freedesktop.Flatpak.Development.HostCommand");
        refuse(learn, "call", "org.freedesktop.portal.Desktop", "org.freedesktop.portal.FileChooser.OpenFile");
        refuse(learn, "call", "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Background.RequestBackground");
        refuse(learn, "own", "org.gtk.vfs.Daemon", NULL);
        /* That one is there may be known. */
        refuse(learn, "call", "ca.desrt.dconf", "org.freedesktop.DBus.GetNameOwner");
        assert_learnt(learn, "[Session Bus Policy] ca.desrt.dconf=see\n"
                             "[Session Bus Rules] org.freedesktop.portal.Desktop="
                             "call:org.freedesktop.portal.FileChooser.OpenFile\n"
                             "![Session Bus Policy] org.gtk.vfs.Daemon=own\n"
                             "![Session Bus Rules] org.freedesktop.Flatpak="
                             "call:org.freedesktop.Flatpak.Development.HostCommand\n"
                             "![Session Bus Rules] org.freedesktop.portal.Desktop="
                             "call:org.freedesktop.portal.Background.RequestBackground\n");
}

static void test_accessibility(void)
{
        g_autoptr(Profile) profile = parse("");
        g_autoptr(Learn) learn = learn_new(profile, "/home/anna");

        refuse_on(learn, "accessibility-bus", "call", "a.b", "i.j.M", 0);
        refuse_on(learn, "accessibility-bus", "call", "a.c", "org.freedesktop.DBus.NameHasOwner", 0);
        assert_learnt(learn, "[Accessibility Bus Policy] a.c=see\n![Accessibility Bus Policy] a.b=talk\n");
}

/* The app wrote what is in a record. */
static void test_untrusted(void)
{
        g_autoptr(Profile) profile = parse("");
        g_autoptr(Learn) learn = learn_new(profile, "/home/anna");
        AuditRecord allowed = { .event = AUDIT_EVENT_DBUS, .verdict = AUDIT_VERDICT_ALLOW },
                    file = { .event = AUDIT_EVENT_FILE, .verdict = AUDIT_VERDICT_DENY };

        refuse(learn, "call", ":1.5", "i.j.M");
        refuse(learn, "call", "a.b=own\n[Files]\nhome", "i.j.M");
        refuse(learn, "call", "org.oriel.Sandbox1", "i.j.M");
        refuse(learn, "call", "org.freedesktop.DBus", "org.freedesktop.DBus.BecomeMonitor");
        refuse(learn, "call", NULL, "i.j.M");
        refuse(learn, NULL, "a.b", "i.j.M");
        refuse_on(learn, "some-bus", "call", "a.b", "i.j.M", 5);
        learn_add(learn, &allowed);
        learn_add(learn, &file);
        refuse(learn, "call", "a.b", "i.j.M;own"); /* no method: the interface was not said, or is none */
        assert_learnt(learn, "[Session Bus Policy] a.b=talk\n");
        g_assert_cmpint(learn_n_unanswered(learn), ==, 12); /* the file without a path among them */
}

/* ---- what was learnt would have allowed what was refused ---- */

static void add_entry(BusPolicy *policy, const char *name, const char *entry)
{
        static const struct {
                const char *word;
                BusRuleKind kind;
        } words[] = { { "see", BUS_RULE_SEE }, { "talk", BUS_RULE_TALK }, { "own", BUS_RULE_OWN } };
        g_autofree char *call = g_str_has_prefix(entry, "call:") ? g_strdup_printf("%s=%s", name, entry + 5) : NULL;
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
                if (strcmp(entry, words[i].word) == 0)
                        g_assert_cmpint(bus_rule_parse(&rule, NULL, words[i].kind, name), ==, 0);
        if (call != NULL)
                g_assert_cmpint(bus_rule_parse(&rule, NULL, BUS_RULE_CALL, call), ==, 0);
        g_assert_nonnull(rule);
        g_assert_cmpint(bus_policy_add(policy, &rule), ==, 0);
}

static BusPolicy *policy_of(const GPtrArray *rules)
{
        BusPolicy *policy = bus_policy_new();

        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];
                g_auto(GStrv) entries = g_strsplit(rule->value, ";", -1);

                for (char **entry = entries; *entry != NULL; entry++)
                        add_entry(policy, rule->key, *entry);
        }
        return policy;
}

static void test_allows(void)
{
        static const char *const names[] = { "a.b", "a.c", "a.d.e" }, *const ops[] = { "call", "call", "call", "own",
                                                                                       "start" };

        for (guint32 seed = 0; seed < 200; seed++) {
                g_autoptr(Profile) profile = parse("");
                g_autoptr(Learn) learn = learn_new(profile, "/home/anna");
                g_autoptr(GPtrArray) rules = NULL;
                g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
                CLEANUP(bus_policy_freep) BusPolicy *policy = NULL;
                struct {
                        const char *name, *op;
                        char *member;
                } asked[24];

                for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
                        asked[i].name = names[g_rand_int_range(rand, 0, G_N_ELEMENTS(names))];
                        asked[i].op = ops[g_rand_int_range(rand, 0, seed % 2 == 0 ? 3 : G_N_ELEMENTS(ops))];
                        asked[i].member = g_strdup_printf("i.%c.M%d", 'j' + g_rand_int_range(rand, 0, 3),
                                                          g_rand_int_range(rand, 0, 8));
                        refuse(learn, asked[i].op, asked[i].name, asked[i].member);
                }
                rules = learn_rules(learn);
                policy = policy_of(rules);
                for (gsize i = 0; i < G_N_ELEMENTS(asked); i++) {
                        BusStanding standing = { 0 };
                        char *dot = strrchr(asked[i].member, '.');
                        BusAct act = { .path = "/x", .interface = asked[i].member, .member = dot + 1 };

                        *dot = '\0';
                        bus_policy_look_up(policy, asked[i].name, &standing);
                        if (strcmp(asked[i].op, "own") == 0)
                                g_assert_cmpint(standing.level, ==, BUS_ACCESS_OWN);
                        else if (strcmp(asked[i].op, "start") == 0)
                                g_assert_cmpint(standing.visible, >=, BUS_ACCESS_TALK);
                        else
                                g_assert_cmpint(bus_policy_decide(policy, &standing, BUS_RULE_CALL, &act), ==,
                                                BUS_DECISION_YES);
                        g_free(asked[i].member);
                }
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/learn/bus/least", test_least);
        g_test_add_func("/learn/bus/fold", test_fold);
        g_test_add_func("/learn/bus/profile", test_profile);
        g_test_add_func("/learn/bus/dangers", test_dangers);
        g_test_add_func("/learn/bus/accessibility", test_accessibility);
        g_test_add_func("/learn/bus/untrusted", test_untrusted);
        g_test_add_func("/learn/bus/allows", test_allows);
        return g_test_run();
}
