/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "facts/bus-address.h"

static const struct Row {
        const char *path, *list, *want_path, *want_abstract;
} rows[] = {
        { "/bus-address/path", "unix:path=/run/user/1000/bus", "/run/user/1000/bus", NULL },
        { "/bus-address/guid", "unix:path=/a,guid=0123456789abcdef", "/a", NULL },
        { "/bus-address/guid-first", "unix:guid=0123,path=/a", "/a", NULL },
        { "/bus-address/abstract", "unix:abstract=/tmp/dbus-XyZ,guid=0", NULL, "/tmp/dbus-XyZ" },
        { "/bus-address/escape", "unix:path=/tmp/a%20b%2cc", "/tmp/a b,c", NULL },
        { "/bus-address/second", "tcp:host=x,port=1;unix:path=/b", "/b", NULL },
        { "/bus-address/two", "unix:path=/a;unix:path=/b", "/a", NULL },
        { "/bus-address/trailing", "unix:path=/a;", "/a", NULL },
        { "/bus-address/runtime", "unix:runtime=yes", "/run/user/7/bus", NULL },
        { "/bus-address/autolaunch", "autolaunch:;unix:path=/a", "/a", NULL },
        { "/bus-address/relative", "unix:path=a", NULL, NULL },
        { "/bus-address/tcp", "tcp:host=localhost,port=1", NULL, NULL },
        { "/bus-address/dir", "unix:dir=/tmp", NULL, NULL },
        { "/bus-address/bad-escape", "unix:path=/a%2", NULL, NULL },
        { "/bus-address/nul", "unix:path=/a%00b", NULL, NULL },
        { "/bus-address/bad-sign", "unix:path=/a b", NULL, NULL },
        { "/bus-address/no-colon", "unix", NULL, NULL },
        { "/bus-address/no-value", "unix:path", NULL, NULL },
        { "/bus-address/empty", "", NULL, NULL },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_auto(BusAddress) address = { NULL, NULL };

        g_assert_true(bus_address_parse(&address, row->list, "/run/user/7") ==
                      (row->want_path != NULL || row->want_abstract != NULL));
        g_assert_cmpstr(address.path, ==, row->want_path);
        g_assert_cmpstr(address.abstract, ==, row->want_abstract);
}

static void test_no_runtime(void)
{
        g_auto(BusAddress) address = { NULL, NULL };

        g_assert_false(bus_address_parse(&address, "unix:runtime=yes", NULL));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/bus-address/no-runtime", test_no_runtime);
        return g_test_run();
}
