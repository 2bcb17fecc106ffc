/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "ids/host-name.h"

#define LABEL_63 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg"

static const struct Row {
        const char *path, *text;
        gsize n;          /* 0: strlen */
        const char *name; /* as it is read; NULL: refused */
        const char *address;
} rows[] = {
        { "/host-name/plain", "example.org", 0, "example.org", NULL },
        { "/host-name/case", "EXAMPLE.Org", 0, "example.org", NULL },
        { "/host-name/one-label", "postgres", 0, "postgres", NULL },
        { "/host-name/digits-first", "1.pool.ntp.org", 0, "1.pool.ntp.org", NULL },
        { "/host-name/punycode", "xn--bcher-kva.example", 0, "xn--bcher-kva.example", NULL },
        { "/host-name/label-63", LABEL_63 ".a", 0, LABEL_63 ".a", NULL },
        { "/host-name/label-64", LABEL_63 "g.a", 0, NULL, NULL },
        { "/host-name/long", LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, 0, NULL, NULL },
        { "/host-name/empty", "", 0, NULL, NULL },
        { "/host-name/dot", ".", 0, NULL, NULL },
        { "/host-name/trailing-dot", "example.org.", 0, NULL, NULL },
        { "/host-name/leading-dot", ".example.org", 0, NULL, NULL },
        { "/host-name/double-dot", "a..b", 0, NULL, NULL },
        { "/host-name/hyphen-first", "-a.b", 0, NULL, NULL },
        { "/host-name/hyphen-last", "a-.b", 0, NULL, NULL },
        { "/host-name/hyphen-end", "a.b-", 0, NULL, NULL },
        { "/host-name/underscore", "_dmarc.example.org", 0, NULL, NULL },
        { "/host-name/nul", "evil\0.example.org", 17, NULL, NULL },
        { "/host-name/at", "a@b.c", 0, NULL, NULL },
        { "/host-name/percent", "a%00.b", 0, NULL, NULL },
        { "/host-name/newline", "a.b\r\nHost", 0, NULL, NULL },
        { "/host-name/space", "a b.c", 0, NULL, NULL },
        { "/host-name/umlaut", "\xc3\xa4.de", 0, NULL, NULL },
        { "/host-name/slash", "a/b", 0, NULL, NULL },
        { "/host-name/star", "*.b", 0, NULL, NULL },
        { "/host-name/ipv4", "192.0.2.1", 0, NULL, "192.0.2.1" },
        { "/host-name/ipv4-octal", "0177.0.0.1", 0, NULL, NULL },
        { "/host-name/ipv4-hex", "0x7f.0.0.1", 0, NULL, NULL },
        { "/host-name/ipv4-hex-last", "a.0x7f", 0, NULL, NULL },
        { "/host-name/ipv4-whole", "2130706433", 0, NULL, NULL },
        { "/host-name/ipv4-short", "127.1", 0, NULL, NULL },
        { "/host-name/ipv4-long", "1.2.3.4.5", 0, NULL, NULL },
        { "/host-name/ipv4-nul", "127.0.0.1\0", 10, NULL, NULL },
        { "/host-name/ipv6", "2001:DB8::1", 0, NULL, "2001:db8::1" },
        { "/host-name/ipv6-zone", "fe80::1%lo", 0, NULL, NULL },
        { "/host-name/ipv6-brackets", "[::1]", 0, NULL, NULL },
        { "/host-name/ipv6-mapped", "::ffff:127.0.0.1", 0, NULL, "127.0.0.1" },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        gsize n = row->n > 0 ? row->n : strlen(row->text);
        char name[HOST_NAME_MAX_BYTES + 1] = "", address[HOST_ADDRESS_MAX_BYTES] = "";

        g_assert_cmpint(host_name_read(name, row->text, n), ==, row->name != NULL);
        g_assert_cmpint(host_name_fault(row->text, n) < 0, ==, row->name != NULL);
        if (row->name != NULL)
                g_assert_cmpstr(name, ==, row->name);
        g_assert_cmpint(host_address_read(address, row->text, n), ==, row->address != NULL);
        if (row->address != NULL)
                g_assert_cmpstr(address, ==, row->address);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
