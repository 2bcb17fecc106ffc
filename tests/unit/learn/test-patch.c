/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "learn/learn.h"

static LearnRule rule_of(const char *group, const char *key, const char *value)
{
        return (LearnRule){ .group = group, .key = (char *)key, .value = (char *)value };
}

static void assert_patched(const char *text, const char *expected)
{
        LearnRule see = rule_of("Session Bus Policy", "a.b", "see"),
                  call = rule_of("Session Bus Rules", "a.c", "call:i.j.M"),
                  danger = rule_of("Session Bus Policy", "a.d", "talk");
        g_autoptr(GPtrArray) rules = g_ptr_array_new();
        g_autofree char *patched = NULL;
        g_autoptr(Profile) profile = NULL;
        g_autoptr(GError) error = NULL;

        danger.danger = "does";
        g_ptr_array_add(rules, &see);
        g_ptr_array_add(rules, &call);
        g_ptr_array_add(rules, &danger);
        patched = learn_patch(text, rules);
        g_assert_cmpstr(patched, ==, expected);
        profile = profile_parse(patched, strlen(patched), "patched", &error);
        g_assert_no_error(error);
}

static void test_new(void)
{
        assert_patched(NULL, "[Session Bus Policy]\na.b=see\n\n[Session Bus Rules]\na.c=call:i.j.M\n");
}

static void test_old(void)
{
        assert_patched("# mine\n[Session Bus Policy]\nx.y=talk\n# why\n a.b = none\n\n[Network]\nmode=none\n",
                       "# mine\n[Session Bus Policy]\nx.y=talk\n# why\na.b=see\n\n[Network]\nmode=none\n\n"
                       "[Session Bus Rules]\na.c=call:i.j.M\n");
        assert_patched("[Session Bus Rules]\na.c.d=talk\n\n[Session Bus Policy]\nx.y=talk\n",
                       "[Session Bus Rules]\na.c.d=talk\na.c=call:i.j.M\n\n[Session Bus Policy]\nx.y=talk\na.b=see\n");
        /* The key of another group, and a group without a key. */
        assert_patched("[System Bus Policy]\na.b=talk\n[Session Bus Policy]\n",
                       "[System Bus Policy]\na.b=talk\n[Session Bus Policy]\na.b=see\n\n[Session Bus "
                       "Rules]\na.c=call:i.j.M\n");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/learn/patch/new", test_new);
        g_test_add_func("/learn/patch/old", test_old);
        return g_test_run();
}
