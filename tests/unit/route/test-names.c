/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "route/calls.h"
#include "route/names.h"
#include "route/setup.h"
#include "route/string-map.h"

static BusPolicy *policy_of(const char *const *rules)
{
        BusPolicy *policy = bus_policy_new();

        for (; *rules != NULL; rules++) {
                CLEANUP(bus_rule_freep) BusRule *rule = NULL;

                g_assert_cmpint(bus_rule_parse(&rule, NULL, BUS_RULE_TALK, *rules), ==, 0);
                g_assert_cmpint(bus_policy_add(policy, &rule), ==, 0);
        }
        return policy;
}

static void test_sticky(void)
{
        static const char *const rules[] = { "a.b", NULL };
        CLEANUP(bus_policy_freep) BusPolicy *policy = policy_of(rules);
        CLEANUP(names_freep) Names *names = names_new(policy);

        g_assert_null(names_peer(names, ":1.5"));
        names_set_owner(names, "a.other", ":1.5");
        g_assert_null(names_peer(names, ":1.5"));
        names_set_owner(names, "a.b", ":1.5");
        g_assert_cmpint(names_peer(names, ":1.5")->standing.level, ==, BUS_ACCESS_TALK);
        names_set_owner(names, "a.b", ":1.6");
        names_set_owner(names, "a.b", NULL);
        names_set_owner(names, "a.b", NULL);
        g_assert_cmpint(names_peer(names, ":1.5")->standing.level, ==, BUS_ACCESS_TALK);
        g_assert_cmpuint(names_peer(names, ":1.6")->n_owned, ==, 0);
        names_gone(names, ":1.5");
        g_assert_null(names_peer(names, ":1.5"));
        g_assert_nonnull(names_peer(names, ":1.6"));
        names_gone(names, ":1.5");
}

/* The bus tells of names first, but a peer that goes with a name must not be left behind as its owner. */
static void test_gone_with_names(void)
{
        static const char *const rules[] = { "a.*", "a.b.*", NULL };
        CLEANUP(bus_policy_freep) BusPolicy *policy = NULL;
        CLEANUP(names_freep) Names *names = NULL;

        policy = policy_of(rules + 1);
        names = names_new(policy);
        names_set_owner(names, "a.b.c", ":1.5");
        names_set_owner(names, "a.b.d", ":1.5");
        names_gone(names, ":1.5");
        names_set_owner(names, "a.b.c", ":1.6");
        g_assert_cmpuint(names_peer(names, ":1.6")->n_owned, ==, 1);
}

static void test_many_acquisitions(void)
{
        static const char *const rules[] = { "a.b.*", NULL };
        CLEANUP(bus_policy_freep) BusPolicy *policy = policy_of(rules);
        CLEANUP(names_freep) Names *names = names_new(policy);

        for (int i = 0; i < 5000; i++) {
                names_set_owner(names, "a.b.c", ":1.5");
                names_set_owner(names, "a.b.c", NULL);
        }
        g_assert_cmpuint(names_peer(names, ":1.5")->n_owned, ==, 0);
}

static void test_bounds(void)
{
        static const char *const rules[] = { "a.b.*", NULL };
        CLEANUP(bus_policy_freep) BusPolicy *policy = policy_of(rules);
        CLEANUP(names_freep) Names *names = names_new(policy);

        names_raise(names, ":1.0", BUS_ACCESS_TALK)->n_calls = 1;
        for (int i = 1; i <= 2 * NAMES_MAX_PEERS; i++) {
                g_autofree char *peer = g_strdup_printf(":1.%d", i);

                g_assert_nonnull(names_raise(names, peer, BUS_ACCESS_SEE));
        }
        g_assert_nonnull(names_peer(names, ":1.0")); /* it is owed an answer */
        g_assert_null(names_peer(names, ":1.1"));
        for (int i = 1; i <= NAMES_MAX_NAMES + 10; i++) {
                g_autofree char *name = g_strdup_printf("a.b.n%d", i);

                g_assert_cmpint(names_set_owner(names, name, ":1.7"), ==, 0);
        }
        g_assert_cmpuint(names_peer(names, ":1.7")->n_owned, ==, NAMES_MAX_NAMES);
        /* All peers own something: a new one stays unknown. */
        names_gone(names, ":1.7");
        for (int i = 1; i <= NAMES_MAX_PEERS + 1; i++) {
                g_autofree char *name = g_strdup_printf("a.b.n%d", i);
                g_autofree char *peer = g_strdup_printf(":2.%d", i);
                int r = names_set_owner(names, name, peer);

                g_assert_true(r == 0 || (r == -ENOMEM && i >= NAMES_MAX_PEERS));
        }
        g_assert_null(names_raise(names, ":3.1", BUS_ACCESS_SEE));
}

static void test_calls(void)
{
        Calls calls = { 0 };

        /* Two callers, one serial: each has its own answer, once. */
        g_assert_cmpint(calls_add(&calls, &(Call){ .caller = 1, .serial = 7 }), ==, 0);
        g_assert_cmpint(calls_add(&calls, &(Call){ .caller = 2, .serial = 7, .kind = 2 }), ==, 0);
        g_assert_cmpint(calls_add(&calls, &(Call){ .caller = 2, .serial = 7 }), ==, -EEXIST);
        g_assert_cmpint(calls_find(&calls, 2, 7)->kind, ==, 2);
        calls_remove(&calls, 2, 7);
        g_assert_null(calls_find(&calls, 2, 7));
        g_assert_nonnull(calls_find(&calls, 1, 7));
        calls_remove(&calls, 2, 7);
        calls_remove_caller(&calls, 1);
        g_assert_cmpuint(calls.n, ==, 0);
        for (guint i = 1; i <= CALLS_MAX; i++)
                g_assert_cmpint(calls_add(&calls, &(Call){ .caller = i % 3, .serial = i }), ==, 0);
        g_assert_cmpint(calls_add(&calls, &(Call){ .caller = 9, .serial = 1 }), ==, -ENOBUFS);
        calls_remove_caller(&calls, 1);
        for (guint i = 1; i <= CALLS_MAX; i++)
                g_assert_true((calls_find(&calls, i % 3, i) != NULL) == (i % 3 != 1));
        for (guint i = 1; i <= CALLS_MAX; i++)
                calls_remove(&calls, i % 3, i);
        g_assert_cmpuint(calls.n, ==, 0);
        g_assert_null(calls.slots); /* what a burst needed is given back */
        calls_clear(&calls);
}

/* The same answers as GHashTable in a long random walk. */
static void test_map(void)
{
        g_autoptr(GHashTable) oracle = g_hash_table_new(g_str_hash, g_str_equal);
        g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
        StringMap map = { 0 };

        for (int i = 0; i < 300; i++)
                g_ptr_array_add(keys, g_strdup_printf("key%d", i));
        for (int i = 0; i < 20000; i++) {
                char *key = keys->pdata[g_test_rand_int_range(0, 300)];

                g_assert_true(string_map_get(&map, key) == g_hash_table_lookup(oracle, key));
                if (g_hash_table_remove(oracle, key)) {
                        string_map_remove(&map, key);
                } else {
                        g_hash_table_insert(oracle, key, key);
                        g_assert_cmpint(string_map_put(&map, key, key), ==, 0);
                }
                g_assert_cmpuint(map.n, ==, g_hash_table_size(oracle));
        }
        string_map_clear(&map);
        string_map_remove(&map, "key1");
}

static void test_setup(void)
{
        static const char *const rules[] = { "a.b", "c.d.*", NULL };
        CLEANUP(bus_policy_freep) BusPolicy *policy = policy_of(rules);
        Setup setup = { 0 };
        SetupStep step = { 0 };

        g_assert_true(setup_is_done(&setup));
        setup_start(&setup, policy);
        g_assert_false(setup_is_done(&setup));
        g_assert_true(setup_next(&setup, &step));
        g_assert_cmpint(step.kind, ==, SETUP_OWNER);
        g_assert_cmpstr(step.name, ==, "a.b");
        g_assert_false(step.found);
        g_assert_true(setup_next(&setup, &step));
        g_assert_cmpint(step.kind, ==, SETUP_MATCH);
        g_assert_cmpstr(step.name, ==, "c.d");
        g_assert_true(setup_next(&setup, &step));
        g_assert_cmpint(step.kind, ==, SETUP_LIST);
        g_assert_false(setup_next(&setup, &step));
        setup_found(&setup, ":1.5");
        setup_found(&setup, "x.y");
        setup_found(&setup, "c.d.e");
        setup.n_waiting = 0;
        g_assert_false(setup_is_done(&setup));
        g_assert_true(setup_next(&setup, &step));
        g_assert_cmpstr(step.name, ==, "c.d.e");
        g_assert_true(step.found);
        g_assert_false(setup_next(&setup, &step));
        setup.n_waiting = 0;
        g_assert_true(setup_is_done(&setup));
        setup_clear(&setup);
}

/* Who owns a name that is only denied something may have another that is allowed more. */
static void test_setup_denied(void)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        Setup setup = { 0 };

        g_assert_cmpint(bus_rule_parse(&rule, NULL, BUS_RULE_DENY, "a.b.*=i.j.M"), ==, 0);
        g_assert_cmpint(bus_policy_add(policy, &rule), ==, 0);
        setup_start(&setup, policy);
        setup_found(&setup, "a.b.c");
        setup_found(&setup, "a.c");
        g_assert_cmpuint(setup.n_found, ==, 1);
        setup_clear(&setup);
}

static void test_setup_window(void)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        Setup setup = { 0 };
        SetupStep step = { 0 };
        gsize n = 0;

        for (int i = 0; i < 3 * SETUP_WINDOW; i++) {
                g_autofree char *name = g_strdup_printf("a.b%d", i);
                CLEANUP(bus_rule_freep) BusRule *rule = NULL;

                g_assert_cmpint(bus_rule_parse(&rule, NULL, BUS_RULE_TALK, name), ==, 0);
                g_assert_cmpint(bus_policy_add(policy, &rule), ==, 0);
        }
        setup_start(&setup, policy);
        while (setup_next(&setup, &step))
                n++;
        g_assert_cmpuint(n, ==, SETUP_WINDOW);
        setup.n_waiting -= 10;
        while (setup_next(&setup, &step))
                n++;
        g_assert_cmpuint(n, ==, SETUP_WINDOW + 10);
        setup_clear(&setup);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/names/sticky", test_sticky);
        g_test_add_func("/names/gone-with-names", test_gone_with_names);
        g_test_add_func("/names/many-acquisitions", test_many_acquisitions);
        g_test_add_func("/names/bounds", test_bounds);
        g_test_add_func("/calls", test_calls);
        g_test_add_func("/string-map", test_map);
        g_test_add_func("/setup/order", test_setup);
        g_test_add_func("/setup/denied", test_setup_denied);
        g_test_add_func("/setup/window", test_setup_window);
        return g_test_run();
}
