/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "relay/tls-hello.h"

static void add(GByteArray *bytes, const void *data, gsize n)
{
        g_byte_array_append(bytes, data, (guint)n);
}

static void add_number(GByteArray *bytes, gsize number, gsize width)
{
        for (gsize i = width; i > 0; i--)
                add(bytes, &(guint8){ (guint8)(number >> (8 * (i - 1))) }, 1);
}

static void add_name(GByteArray *extensions, const char *name, gsize n)
{
        add_number(extensions, 0, 2);
        add_number(extensions, n + 5, 2);
        add_number(extensions, n + 3, 2);
        add_number(extensions, 0, 1);
        add_number(extensions, n, 2);
        add(extensions, name, n);
}

/* A hello with these extensions, in records of at most `record` bytes. */
static GByteArray *make(const GByteArray *extensions, gsize record)
{
        g_autoptr(GByteArray) hello = g_byte_array_new();
        GByteArray *bytes = g_byte_array_new();
        guint8 random[32] = { 7 };

        add_number(hello, 1, 1);
        add_number(hello, 2 + 32 + 1 + 2 + 2 + 2 + (extensions != NULL ? 2 + extensions->len : 0), 3);
        add_number(hello, 0x0303, 2);
        add(hello, random, sizeof random);
        add_number(hello, 0, 1);
        add_number(hello, 2, 2);
        add_number(hello, 0x1301, 2);
        add_number(hello, 1, 1);
        add_number(hello, 0, 1);
        if (extensions != NULL) {
                add_number(hello, extensions->len, 2);
                add(hello, extensions->data, extensions->len);
        }
        for (gsize at = 0; at < hello->len; at += record) {
                gsize n = MIN(record, hello->len - at);

                add_number(bytes, 0x160301, 3);
                add_number(bytes, n, 2);
                add(bytes, hello->data + at, n);
        }
        return bytes;
}

static void check(const GByteArray *bytes, TlsHello want, const char *want_name)
{
        char name[HOST_NAME_MAX_BYTES + 1] = "";

        g_assert_cmpint(tls_hello_read(name, bytes->data, bytes->len), ==, want);
        if (want_name != NULL)
                g_assert_cmpstr(name, ==, want_name);
        /* Of each shorter part it is said that more may come, never something else. */
        for (gsize n = 0; n < bytes->len && want != TLS_HELLO_BROKEN; n++) {
                g_autofree guint8 *part = g_memdup2(bytes->data, n);

                g_assert_cmpint(tls_hello_read(name, part, n), ==, TLS_HELLO_MORE);
        }
}

static void test_named(void)
{
        static const gsize records[] = { 16384, 40, 1 };

        for (gsize i = 0; i < G_N_ELEMENTS(records); i++) {
                g_autoptr(GByteArray) extensions = g_byte_array_new(), bytes = NULL;

                add_number(extensions, 0x0a0a0000, 4); /* one that nobody knows */
                add_name(extensions, "A.example.org", 13);
                bytes = make(extensions, records[i]);
                check(bytes, TLS_HELLO_NAMED, "a.example.org");
        }
}

static void test_unnamed(void)
{
        g_autoptr(GByteArray) extensions = g_byte_array_new(), bytes = make(NULL, 16384), other = NULL;

        check(bytes, TLS_HELLO_UNNAMED, NULL);
        add_number(extensions, 0x00170000, 4);
        other = make(extensions, 16384);
        check(other, TLS_HELLO_UNNAMED, NULL);
}

static const struct Name {
        const char *path, *name;
        gsize n;
} bad_names[] = {
        { "/tls-hello/empty-name", "", 0 },
        { "/tls-hello/nul-name", "a\0b.org", 7 },
        { "/tls-hello/address", "127.0.0.1", 9 },
        { "/tls-hello/trailing-dot", "a.org.", 6 },
        { "/tls-hello/wildcard", "*.example.org", 13 },
};

static void test_bad_name(gconstpointer data)
{
        const struct Name *row = data;
        g_autoptr(GByteArray) extensions = g_byte_array_new(), bytes = NULL;

        add_name(extensions, row->name, row->n);
        bytes = make(extensions, 16384);
        check(bytes, TLS_HELLO_BROKEN, NULL);
}

static void test_two_names(void)
{
        g_autoptr(GByteArray) extensions = g_byte_array_new(), bytes = NULL;

        add_name(extensions, "a.org", 5);
        add_name(extensions, "b.org", 5);
        bytes = make(extensions, 16384);
        check(bytes, TLS_HELLO_BROKEN, NULL);
}

static void test_broken(void)
{
        static const struct {
                const char *bytes;
                gsize n;
                TlsHello want;
        } rows[] = {
                { "SSH-2.0-x", 9, TLS_HELLO_NONE },
                { "\x16\x02\x00", 3, TLS_HELLO_BROKEN },
                { "\x16\x03\x01\x00\x00", 5, TLS_HELLO_BROKEN },           /* an empty record */
                { "\x16\x03\x01\xff\xff", 5, TLS_HELLO_BROKEN },           /* a record too long */
                { "\x16\x03\x01\x00\x04\x02\0\0\0", 9, TLS_HELLO_BROKEN }, /* a server's hello */
                { "\x16\x03\x01\x00\x04\x01\xff\xff\xff", 9, TLS_HELLO_BROKEN },
                { "\x16\x03\x01\x00\x05\x01\0\0\1\3", 10, TLS_HELLO_BROKEN },
                { "\x16\x03\x01\x00\x01\x01\x17\x03\x03", 9, TLS_HELLO_BROKEN }, /* another record in between */
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                char name[HOST_NAME_MAX_BYTES + 1] = "";

                g_test_message("row %zu", i);
                g_assert_cmpint(tls_hello_read(name, (const uint8_t *)rows[i].bytes, rows[i].n), ==, rows[i].want);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/tls-hello/named", test_named);
        g_test_add_func("/tls-hello/unnamed", test_unnamed);
        g_test_add_func("/tls-hello/two-names", test_two_names);
        g_test_add_func("/tls-hello/broken", test_broken);
        for (gsize i = 0; i < G_N_ELEMENTS(bad_names); i++)
                g_test_add_data_func(bad_names[i].path, &bad_names[i], test_bad_name);
        return g_test_run();
}
