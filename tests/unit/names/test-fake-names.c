/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "names/fake-names.h"

static void check(const FakeNames *names, gsize i, bool six, const char *name)
{
        NetAddress address = fake_names_address(i, six);
        bool fake = false;

        g_assert_cmpstr(fake_names_of(names, &address, &fake), ==, name);
        g_assert_true(fake);
        /* Nobody outside has it. */
        g_assert_cmpint(net_address_kind(&address), !=, NET_ADDRESS_PUBLIC);
}

static void test_all(void)
{
        CLEANUP(fake_names_freep) FakeNames *names = fake_names_new();

        g_assert_cmpint(fake_names_find(names, "n0.org"), ==, -ENOENT);
        for (int i = 0; i < FAKE_NAMES_MAX; i++) {
                g_autofree char *name = g_strdup_printf("n%d.org", i);

                g_assert_cmpint(fake_names_add(names, name), ==, i);
        }
        g_assert_cmpint(fake_names_add(names, "one-more.org"), ==, -ENOSPC);
        g_assert_cmpint(fake_names_add(names, "n77.org"), ==, 77);
        g_assert_cmpint(fake_names_find(names, "one-more.org"), ==, -ENOENT);
        for (gsize i = 0; i < FAKE_NAMES_MAX; i += 777) {
                g_autofree char *name = g_strdup_printf("n%" G_GSIZE_FORMAT ".org", i);

                check(names, i, false, name);
                check(names, i, true, name);
        }
        check(names, FAKE_NAMES_MAX, false, NULL);
        check(names, FAKE_NAMES_MAX, true, NULL);
}

static void test_strangers(void)
{
        static const char *const texts[] = { "198.17.255.255", "198.20.0.1", "fd6f:7269:656d::1", "9.9.9.9", "::1" };
        static const char *const nobodys[] = { "198.18.0.0", "198.19.255.255",
                                               "fd6f:7269:656c::", "fd6f:7269:656c::1:0:0:1" };
        CLEANUP(fake_names_freep) FakeNames *names = fake_names_new();
        NetAddress address = { 0 };
        bool fake = true;

        g_assert_cmpint(fake_names_add(names, "a.org"), ==, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_assert_true(net_address_parse(&address, texts[i], strlen(texts[i])));
                g_assert_null(fake_names_of(names, &address, &fake));
                g_assert_false(fake);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(nobodys); i++) {
                g_assert_true(net_address_parse(&address, nobodys[i], strlen(nobodys[i])));
                g_assert_null(fake_names_of(names, &address, &fake));
                g_assert_true(fake);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/fake-names/all", test_all);
        g_test_add_func("/fake-names/strangers", test_strangers);
        return g_test_run();
}
