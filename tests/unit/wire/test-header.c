/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/cleanup.h"
#include "craft.h"
#include "wire/body.h"
#include "wire/header.h"

#define PATH                                                                                                           \
        {                                                                                                              \
                1, 'o', "/a/b", 0                                                                                      \
        }
#define INTERFACE                                                                                                      \
        {                                                                                                              \
                2, 's', "a.b.C", 0                                                                                     \
        }
#define MEMBER                                                                                                         \
        {                                                                                                              \
                3, 's', "Do", 0                                                                                        \
        }
#define ERROR_NAME                                                                                                     \
        {                                                                                                              \
                4, 's', "a.b.Error", 0                                                                                 \
        }
#define REPLY                                                                                                          \
        {                                                                                                              \
                5, 'u', NULL, 7                                                                                        \
        }
#define DESTINATION                                                                                                    \
        {                                                                                                              \
                6, 's', "org.example.Notes", 0                                                                         \
        }
#define LONG_20 "aaaaaaaaaaaaaaaaaaaa"
#define LONG_100 LONG_20 LONG_20 LONG_20 LONG_20 LONG_20
/* Longer than a name may be: paths have no such limit. */
#define LONG_PATH "/" LONG_100 LONG_100 LONG_100 LONG_100

static const struct Row {
        const char *path;
        Craft message;
        int from_client, from_bus;
} rows[] = {
        { "/header/call", { WIRE_CALL, 0, 1, 0, { PATH, MEMBER } }, 0, 0 },
        { "/header/call-full",
          { WIRE_CALL, 3, 9, 0, { PATH, INTERFACE, MEMBER, DESTINATION, { 8, 'g', "sa{sv}", 0 } } },
          0,
          0 },
        { "/header/return", { WIRE_RETURN, 1, 1, 0, { REPLY, DESTINATION } }, 0, 0 },
        { "/header/error", { WIRE_ERROR, 1, 1, 0, { REPLY, ERROR_NAME } }, 0, 0 },
        { "/header/signal", { WIRE_SIGNAL, 1, 1, 0, { PATH, INTERFACE, MEMBER } }, 0, 0 },
        { "/header/long-path", { WIRE_CALL, 0, 1, 0, { { 1, 'o', LONG_PATH, 0 }, MEMBER } }, 0, 0 },
        { "/header/type-0", { 0, 0, 1, 0, { PATH, MEMBER } }, WIRE_BAD_TYPE, WIRE_BAD_TYPE },
        { "/header/type-5", { 5, 0, 1, 0, { PATH, MEMBER } }, WIRE_BAD_TYPE, 0 },
        { "/header/serial-0", { WIRE_CALL, 0, 0, 0, { PATH, MEMBER } }, WIRE_BAD_SERIAL, WIRE_BAD_SERIAL },
        { "/header/serial-last", { WIRE_CALL, 0, 0xfffeffff, 0, { PATH, MEMBER } }, 0, 0 },
        { "/header/serial-ours", { WIRE_CALL, 0, 0xffff0000, 0, { PATH, MEMBER } }, WIRE_BAD_SERIAL, 0 },
        { "/header/call-no-path", { WIRE_CALL, 0, 1, 0, { MEMBER } }, WIRE_MISSING_FIELD, WIRE_MISSING_FIELD },
        { "/header/call-no-member", { WIRE_CALL, 0, 1, 0, { PATH } }, WIRE_MISSING_FIELD, WIRE_MISSING_FIELD },
        { "/header/signal-no-interface",
          { WIRE_SIGNAL, 0, 1, 0, { PATH, MEMBER } },
          WIRE_MISSING_FIELD,
          WIRE_MISSING_FIELD },
        { "/header/return-no-serial",
          { WIRE_RETURN, 0, 1, 0, { DESTINATION } },
          WIRE_MISSING_FIELD,
          WIRE_MISSING_FIELD },
        { "/header/error-no-name", { WIRE_ERROR, 0, 1, 0, { REPLY } }, WIRE_MISSING_FIELD, WIRE_MISSING_FIELD },
        { "/header/error-no-serial", { WIRE_ERROR, 0, 1, 0, { ERROR_NAME } }, WIRE_MISSING_FIELD, WIRE_MISSING_FIELD },
        /* CVE-2026-94422: a call or signal that says it is a reply skipped the policy. */
        { "/header/CVE-2026-94422-call", { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, REPLY } }, WIRE_BAD_REPLY_SERIAL, 0 },
        { "/header/CVE-2026-94422-signal",
          { WIRE_SIGNAL, 0, 1, 0, { PATH, INTERFACE, MEMBER, REPLY } },
          WIRE_BAD_REPLY_SERIAL,
          0 },
        { "/header/reply-serial-0", { WIRE_RETURN, 0, 1, 0, { { 5, 'u', NULL, 0 } } }, WIRE_BAD_VALUE, WIRE_BAD_VALUE },
        { "/header/twice",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, DESTINATION, DESTINATION } },
          WIRE_BAD_FIELD,
          WIRE_BAD_FIELD },
        { "/header/unknown", { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 10, 'o', "/x", 0 } } }, WIRE_BAD_FIELD, 0 },
        { "/header/unknown-odd",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 10, 'v', "x", 0 } } },
          WIRE_BAD_FIELD,
          WIRE_BAD_FIELD },
        { "/header/code-0",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 0, 's', "x", 0 } } },
          WIRE_BAD_FIELD,
          WIRE_BAD_FIELD },
        { "/header/path-as-string",
          { WIRE_CALL, 0, 1, 0, { { 1, 's', "/a", 0 }, MEMBER } },
          WIRE_BAD_FIELD,
          WIRE_BAD_FIELD },
        { "/header/serial-as-string",
          { WIRE_RETURN, 0, 1, 0, { { 5, 's', "7", 0 } } },
          WIRE_BAD_FIELD,
          WIRE_BAD_FIELD },
        { "/header/fds-as-string",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 9, 's', "7", 0 } } },
          WIRE_BAD_FIELD,
          WIRE_BAD_FIELD },
        { "/header/fds", { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 9, 'u', NULL, 253 } } }, 0, 0 },
        { "/header/too-many-fds",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 9, 'u', NULL, 254 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/bad-path",
          { WIRE_CALL, 0, 1, 0, { { 1, 'o', "/a/", 0 }, MEMBER } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/bad-member",
          { WIRE_CALL, 0, 1, 0, { PATH, { 3, 's', "Do It", 0 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/bad-interface",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 2, 's', "one", 0 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/empty-interface",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 2, 's', "", 0 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/bad-destination",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 6, 's', "x y", 0 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/bad-sender",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 7, 's', ":", 0 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/bad-signature",
          { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, { 8, 'g', "a", 0 } } },
          WIRE_BAD_VALUE,
          WIRE_BAD_VALUE },
        { "/header/local-path",
          { WIRE_SIGNAL, 0, 1, 0, { { 1, 'o', "/org/freedesktop/DBus/Local", 0 }, INTERFACE, MEMBER } },
          WIRE_BAD_LOCAL,
          WIRE_BAD_LOCAL },
        { "/header/local-interface",
          { WIRE_SIGNAL, 0, 1, 0, { PATH, { 2, 's', "org.freedesktop.DBus.Local", 0 }, MEMBER } },
          WIRE_BAD_LOCAL,
          WIRE_BAD_LOCAL },
        { "/header/body-too-big",
          { WIRE_CALL, 0, 1, WIRE_MAX_MESSAGE, { PATH, MEMBER } },
          WIRE_BAD_SIZE,
          WIRE_BAD_SIZE },
        { "/header/body-way-too-big", { WIRE_CALL, 0, 1, 0xffffffff, { PATH, MEMBER } }, WIRE_BAD_SIZE, WIRE_BAD_SIZE },
};

static int scan(const GByteArray *bytes, gsize n, WireFrom from, WireHeader *ret)
{
        /* Exactly n bytes on the heap, so that a sanitizer sees a read beyond them. */
        g_autofree guint8 *copy = g_memdup2(bytes->data, n);

        return wire_header_scan(ret, copy, n, from);
}

static void test_row(const void *data)
{
        const struct Row *row = data;

        for (int big_endian = 0; big_endian < 2; big_endian++) {
                g_autoptr(GByteArray) bytes = craft(&row->message, big_endian);
                WireHeader header = { 0 };

                g_assert_cmpint(scan(bytes, bytes->len, WIRE_FROM_CLIENT, &header), ==, row->from_client);
                g_assert_cmpint(scan(bytes, bytes->len, WIRE_FROM_BUS, &header), ==, row->from_bus);
                if (row->from_client != 0)
                        continue;
                g_assert_cmpuint(header.serial, ==, row->message.serial);
                g_assert_cmpuint(header.n_header, ==, bytes->len);
                /* Cut anywhere it asks for more, and says nothing yet. */
                for (gsize n = 0; n < bytes->len; n++)
                        g_assert_cmpint(scan(bytes, n, WIRE_FROM_CLIENT, &header), ==, WIRE_MORE);
        }
}

static void test_fields(void)
{
        static const Craft message = {
                WIRE_CALL,
                0,
                9,
                77,
                { PATH, INTERFACE, MEMBER, DESTINATION, { 7, 's', ":1.2", 0 }, { 9, 'u', NULL, 2 } }
        };

        for (int big_endian = 0; big_endian < 2; big_endian++) {
                g_autoptr(GByteArray) bytes = craft(&message, big_endian);
                WireHeader header = { 0 };

                g_assert_cmpint(wire_header_scan(&header, bytes->data, bytes->len, WIRE_FROM_BUS), ==, 0);
                g_assert_cmpstr(header.path, ==, "/a/b");
                g_assert_cmpstr(header.interface, ==, "a.b.C");
                g_assert_cmpstr(header.member, ==, "Do");
                g_assert_cmpstr(header.destination, ==, "org.example.Notes");
                g_assert_cmpstr(header.sender, ==, ":1.2");
                g_assert_null(header.signature);
                g_assert_cmpuint(header.n_fds, ==, 2);
                g_assert_cmpuint(header.n_body, ==, 77);
                g_assert_false(header.has_reply_serial);
        }
}

/* Every single byte of a good header set to every value: never a read outside, never a name that is none. */
static void test_mutations(void)
{
        static const Craft message = {
                WIRE_CALL, 0, 1, 0, { PATH, INTERFACE, MEMBER, DESTINATION, { 8, 'g', "a(sv)", 0 } }
        };
        g_autoptr(GByteArray) bytes = craft(&message, FALSE);

        for (guint i = 0; i < bytes->len; i++) {
                guint8 was = bytes->data[i];

                for (int value = 0; value < 256; value++) {
                        g_autofree guint8 *copy = g_memdup2(bytes->data, bytes->len);
                        WireHeader header = { 0 };

                        copy[i] = (guint8)value;
                        if (wire_header_scan(&header, copy, bytes->len, WIRE_FROM_CLIENT) != 0)
                                continue;
                        g_assert_cmpuint(header.n_header, <=, bytes->len);
                        g_assert_true(header.path[0] == '/');
                }
                bytes->data[i] = was;
        }
}

static void test_nul_inside(void)
{
        static const Craft message = { WIRE_CALL, 0, 1, 0, { PATH, MEMBER, DESTINATION } };
        g_autoptr(GByteArray) bytes = craft(&message, FALSE);
        guint8 *name = memmem(bytes->data, bytes->len, "example", 7);
        WireHeader header = { 0 };

        name[2] = '\0';
        g_assert_cmpint(wire_header_scan(&header, bytes->data, bytes->len, WIRE_FROM_CLIENT), ==, WIRE_BAD_VALUE);
}

static void test_padding(void)
{
        static const Craft message = { WIRE_CALL, 0, 1, 0, { PATH, MEMBER } };
        g_autoptr(GByteArray) bytes = craft(&message, FALSE);
        WireHeader header = { 0 };

        bytes->data[bytes->len - 1] = 1;
        g_assert_cmpint(wire_header_scan(&header, bytes->data, bytes->len, WIRE_FROM_CLIENT), ==, WIRE_BAD_FIELD);
        bytes->data[bytes->len - 1] = 0;
        bytes->data[3] = 2;
        g_assert_cmpint(wire_header_scan(&header, bytes->data, bytes->len, WIRE_FROM_CLIENT), ==, WIRE_BAD_VERSION);
        bytes->data[3] = 1;
        bytes->data[0] = 'b';
        g_assert_cmpint(wire_header_scan(&header, bytes->data, bytes->len, WIRE_FROM_CLIENT), ==, WIRE_BAD_ENDIAN);
}

static void test_signatures(void)
{
        static const char *const good[] = { "", "s", "a{sv}", "(sa(ii))", "aas", "vhg", "a{s(yya{ov})}" };
        static const char *const bad[] = { "a",     "(",    ")", "()", "a{}", "{sv}",
                                           "a{vs}", "a{sv", "z", "(s", "s)",  "a{svs}" };
        g_autofree char *deep = g_strnfill(200, 'a');

        for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
                g_assert_true(wire_signature_is_valid(good[i], strlen(good[i])));
        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
                g_assert_false(wire_signature_is_valid(bad[i], strlen(bad[i])));
        deep[199] = 's';
        g_assert_false(wire_signature_is_valid(deep, 200));
}

static void test_build(void)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer message = BUFFER_INIT;
        WireHeader given = { .type = WIRE_ERROR,
                             .flags = WIRE_NO_REPLY_EXPECTED,
                             .serial = 0xffff0001,
                             .reply_serial = 5,
                             .has_reply_serial = true,
                             .error_name = "a.b.Error",
                             .destination = ":1.7",
                             .sender = "org.freedesktop.DBus",
                             .signature = "su" };
        WireHeader header = { 0 };
        WireReader reader;

        buffer_add_text(&message, "odd");
        wire_put_string(&body, "text");
        wire_put_u32(&body, 42);
        wire_build(&message, &given, &body);
        g_assert_false(message.failed);
        g_assert_cmpint(wire_header_scan(&header, (guint8 *)message.bytes + 3, message.n - 3, WIRE_FROM_BUS), ==, 0);
        g_assert_cmpuint(header.n_header + header.n_body, ==, message.n - 3);
        g_assert_cmpstr(header.error_name, ==, "a.b.Error");
        g_assert_cmpstr(header.signature, ==, "su");
        g_assert_cmpuint(header.reply_serial, ==, 5);
        reader = wire_reader(&header, (guint8 *)message.bytes + 3 + header.n_header);
        g_assert_cmpstr(wire_read_string(&reader), ==, "text");
        g_assert_cmpuint(wire_read_u32(&reader), ==, 42);
        g_assert_false(reader.failed);
        g_assert_cmpuint(wire_read_u32(&reader), ==, 0);
        g_assert_true(reader.failed);
}

static const struct Body {
        const char *path, *signature, *bytes;
        gsize n;
        const char *first;
} bodies[] = {
        { "/body/string", "s", "\3\0\0\0abc", 8, "abc" },
        { "/body/more", "su", "\3\0\0\0abc\0\1\0\0", 11, "abc" },
        { "/body/empty", "s", "\0\0\0\0", 5, "" },
        { "/body/number", "u", "\3\0\0\0abc", 8, NULL },
        { "/body/no-signature", NULL, "\3\0\0\0abc", 8, NULL },
        { "/body/no-bytes", "s", "", 0, NULL },
        { "/body/short", "s", "\3\0\0\0ab", 6, NULL },
        { "/body/no-nul", "s", "\3\0\0\0abcd", 8, NULL },
        { "/body/nul-inside", "s", "\3\0\0\0a\0c", 8, NULL },
        { "/body/huge", "s", "\377\377\377\377abc", 8, NULL },
        { "/body/one-too-long", "s", "\4\0\0\0abc", 8, NULL },
};

static void test_body(const void *data)
{
        const struct Body *row = data;
        WireHeader header = { .signature = row->signature, .n_body = row->n, .n_here = row->n };
        g_autofree guint8 *copy = g_memdup2(row->bytes, row->n);

        g_assert_cmpstr(wire_first_string(&header, copy), ==, row->first);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        for (gsize i = 0; i < G_N_ELEMENTS(bodies); i++)
                g_test_add_data_func(bodies[i].path, &bodies[i], test_body);
        g_test_add_func("/header/fields", test_fields);
        g_test_add_func("/header/mutations", test_mutations);
        g_test_add_func("/header/nul-inside", test_nul_inside);
        g_test_add_func("/header/padding", test_padding);
        g_test_add_func("/header/signatures", test_signatures);
        g_test_add_func("/header/build", test_build);
        return g_test_run();
}
