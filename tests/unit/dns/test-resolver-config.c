/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "dns/resolver-config.h"

static void check(const char *text, const char *const *servers)
{
        ResolverConfig config = { 0 };
        gsize n = 0;

        resolver_config_read(&config, text, strlen(text));
        for (; servers[n] != NULL; n++) {
                char address[HOST_ADDRESS_MAX_BYTES] = "";

                g_assert_cmpuint(n, <, config.n);
                net_address_print(&config.servers[n], address);
                g_assert_cmpstr(address, ==, servers[n]);
        }
        g_assert_cmpuint(config.n, ==, n);
}

#define SERVERS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_config(void)
{
        check("nameserver 9.9.9.9\n", SERVERS("9.9.9.9"));
        check("# c\nsearch a.b\n nameserver\t2606::1 # x\nnameserver 1.1.1.1", SERVERS("2606::1", "1.1.1.1"));
        check("", SERVERS("127.0.0.1"));
        check("nameserver\nnameserver x\nnameservers 1.1.1.1\n#nameserver 1.1.1.1\n;nameserver 1.1.1.1\n",
              SERVERS("127.0.0.1"));
        check("nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4\n",
              SERVERS("1.1.1.1", "1.1.1.2", "1.1.1.3"));
}

static void test_hosts(void)
{
        static const char text[] = "127.0.0.1\tlocalhost\n10.0.0.1 Nas nas.lan # old.lan\n::1 localhost\n"
                                   "bad nas\n#10.0.0.9 nas\n10.0.0.2 nas";
        NetAddress found[2];

        g_assert_cmpuint(resolver_hosts_find(text, strlen(text), "nas", found, 2), ==, 2);
        g_assert_cmpuint(resolver_hosts_find(text, strlen(text), "nas", found, 1), ==, 1);
        g_assert_cmpuint(resolver_hosts_find(text, strlen(text), "nas.lan", found, 2), ==, 1);
        g_assert_cmpuint(resolver_hosts_find(text, strlen(text), "localhost", found, 2), ==, 2);
        g_assert_cmpuint(resolver_hosts_find(text, strlen(text), "old.lan", found, 2), ==, 0);
        g_assert_cmpuint(resolver_hosts_find(text, strlen(text), "10.0.0.1", found, 2), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/resolver-config/servers", test_config);
        g_test_add_func("/resolver-config/hosts", test_hosts);
        return g_test_run();
}
