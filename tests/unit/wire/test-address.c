/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "wire/address.h"

static const struct Row {
        const char *path, *text;
        int result;
        const char *where; /* '@' first: abstract */
} rows[] = {
        { "/address/path", "unix:path=/run/bus", 0, "/run/bus" },
        { "/address/guid", "unix:path=/run/bus,guid=0123", 0, "/run/bus" },
        { "/address/guid-first", "unix:guid=0123,path=/run/bus", 0, "/run/bus" },
        { "/address/abstract", "unix:abstract=/tmp/x", 0, "@/tmp/x" },
        { "/address/escaped", "unix:path=/run/my%20bus", 0, "/run/my bus" },
        { "/address/runtime", "unix:runtime=yes", 0, "/run/user/7/bus" },
        { "/address/list", "unix:path=/a;unix:path=/b", 0, "/a" },
        { "/address/tcp", "tcp:host=localhost,port=1", WIRE_ADDRESS_OTHER, NULL },
        { "/address/tmpdir", "unix:tmpdir=/tmp", WIRE_ADDRESS_OTHER, NULL },
        { "/address/exec", "unixexec:path=/bin/sh", WIRE_ADDRESS_OTHER, NULL },
        { "/address/end", "", -ENOENT, NULL },
        { "/address/no-colon", "/run/bus", -EINVAL, NULL },
        { "/address/two-places", "unix:path=/a,abstract=b", -EINVAL, NULL },
        { "/address/bad-escape", "unix:path=/a%2", -EINVAL, NULL },
        { "/address/nul", "unix:path=/a%00b", -EINVAL, NULL },
        { "/address/empty", "unix:path=", WIRE_ADDRESS_OTHER, NULL },
        { "/address/no-equals", "unix:path", -EINVAL, NULL },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        const char *text = row->text;
        WireAddress address = { 0 };
        const char *path = address.address.sun_path;

        g_assert_cmpint(wire_address_next(&address, &text, "/run/user/7"), ==, row->result);
        if (row->where == NULL)
                return;
        if (row->where[0] == '@') {
                g_assert_cmpstr(path, ==, "");
                g_assert_cmpmem(path + 1, address.n_address - offsetof(struct sockaddr_un, sun_path) - 1,
                                row->where + 1, strlen(row->where) - 1);
        } else {
                g_assert_cmpstr(path, ==, row->where);
        }
}

static void test_list(void)
{
        const char *text = "tcp:host=x;unix:path=/b;";
        WireAddress address = { 0 };

        g_assert_cmpint(wire_address_next(&address, &text, NULL), ==, WIRE_ADDRESS_OTHER);
        g_assert_cmpint(wire_address_next(&address, &text, NULL), ==, 0);
        g_assert_cmpstr(address.address.sun_path, ==, "/b");
        g_assert_cmpint(wire_address_next(&address, &text, NULL), ==, -ENOENT);
}

static void test_too_long(void)
{
        g_autofree char *name = g_strnfill(200, 'a');
        g_autofree char *text = g_strconcat("unix:path=/", name, NULL);
        const char *at = text;
        WireAddress address = { 0 };

        g_assert_cmpint(wire_address_next(&address, &at, NULL), ==, -EINVAL);
        at = "unix:runtime=yes";
        g_assert_cmpint(wire_address_next(&address, &at, NULL), ==, -EINVAL);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/address/alternatives", test_list);
        g_test_add_func("/address/too-long", test_too_long);
        return g_test_run();
}
