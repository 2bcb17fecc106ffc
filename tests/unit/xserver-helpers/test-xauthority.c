/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "xserver-helpers/xauthority.h"

/* Pieces of a file: a family, then counted strings (the length's high byte is always 0 here). */
#define LOCAL "\1\0"
#define WILD "\377\377"
#define INTERNET "\0\0"
#define HOST "\0\4here"
#define OTHER "\0\5there"
#define EMPTY "\0\0"
#define NUMBER "\0\0017"
#define MIT                                                                                                            \
        "\0\022"                                                                                                       \
        "MIT-MAGIC-COOKIE-1"
#define XDM                                                                                                            \
        "\0\023"                                                                                                       \
        "XDM-AUTHORIZATION-1"
#define COOKIE_A                                                                                                       \
        "\0\020"                                                                                                       \
        "aaaaaaaaaaaaaaaa"
#define COOKIE_B "\0\4bbbb"
#define BYTES(s) s, sizeof(s) - 1

static const struct Row {
        const char *path, *bytes;
        size_t n;
        const char *cookie; /* NULL: refused */
        ParseError refused; /* the offset of NONE is the end */
} rows[] = {
        { "/xauthority/local", BYTES(LOCAL HOST NUMBER MIT COOKIE_A), .cookie = "aaaaaaaaaaaaaaaa" },
        { "/xauthority/wild", BYTES(WILD EMPTY NUMBER MIT COOKIE_B), .cookie = "bbbb" },
        { "/xauthority/any-number", BYTES(LOCAL HOST EMPTY MIT COOKIE_B), .cookie = "bbbb" },
        { "/xauthority/first-wins",
          BYTES(LOCAL OTHER NUMBER MIT COOKIE_A LOCAL HOST NUMBER MIT COOKIE_B WILD EMPTY EMPTY MIT COOKIE_A),
          .cookie = "bbbb" },
        { "/xauthority/junk-behind-it", BYTES(WILD EMPTY NUMBER MIT COOKIE_B "\1"), .cookie = "bbbb" },
        { "/xauthority/empty", BYTES(""), .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/other-host", BYTES(LOCAL OTHER NUMBER MIT COOKIE_B), .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/host-as-prefix", BYTES(LOCAL "\0\3her" NUMBER MIT COOKIE_B), .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/other-number",
          BYTES(LOCAL HOST "\0\2"
                           "77" MIT COOKIE_B),
          .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/tcp", BYTES(INTERNET HOST NUMBER MIT COOKIE_B), .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/other-protocol", BYTES(LOCAL HOST NUMBER XDM COOKIE_B), .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/no-cookie", BYTES(LOCAL HOST NUMBER MIT EMPTY), .refused = { 0, XAUTHORITY_NONE } },
        { "/xauthority/one-byte", BYTES("\1"), .refused = { 0, XAUTHORITY_BROKEN } },
        { "/xauthority/cut-length", BYTES(LOCAL HOST NUMBER MIT "\0"), .refused = { 0, XAUTHORITY_BROKEN } },
        { "/xauthority/cut-cookie", BYTES(LOCAL HOST NUMBER MIT "\0\5bbbb"), .refused = { 0, XAUTHORITY_BROKEN } },
        { "/xauthority/cut-second", BYTES(LOCAL OTHER NUMBER MIT COOKIE_B LOCAL HOST),
          .refused = { 38, XAUTHORITY_BROKEN } },
        { "/xauthority/huge-length", BYTES(LOCAL "\377\377x"), .refused = { 0, XAUTHORITY_BROKEN } },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        XauthorityCookie cookie = { 0 };
        ParseError error = { 0 };

        g_assert_cmpint(xauthority_find(&cookie, &error, row->bytes, row->n, "here", "7"), ==, row->refused.code);
        g_assert_cmpuint(error.offset, ==, row->refused.code == XAUTHORITY_NONE ? row->n : row->refused.offset);
        if (row->cookie != NULL)
                g_assert_cmpmem(cookie.bytes, cookie.n, row->cookie, strlen(row->cookie));
        else
                g_assert_null(cookie.bytes);
}

static void test_long(void)
{
        g_autofree char *bytes = g_malloc0(XAUTHORITY_MAX_BYTES + 1);
        XauthorityCookie cookie = { 0 };
        ParseError error = { 0 };

        g_assert_cmpint(xauthority_find(&cookie, &error, bytes, XAUTHORITY_MAX_BYTES + 1, "here", "7"), ==,
                        XAUTHORITY_LONG);
}

static void test_round(void)
{
        static const char cookie[XAUTHORITY_COOKIE_SIZE] = { 1, 0, 2, 0, 3 };
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        XauthorityCookie found = { 0 };

        xauthority_write(&bytes, "12", cookie, sizeof cookie);
        g_assert_false(bytes.failed);
        g_assert_cmpint(xauthority_find(&found, NULL, bytes.bytes, bytes.n, "anywhere", "12"), ==, 0);
        g_assert_cmpmem(found.bytes, found.n, cookie, sizeof cookie);
        g_assert_cmpint(xauthority_find(&found, NULL, bytes.bytes, bytes.n, "anywhere", "1"), ==, XAUTHORITY_NONE);
}

static void test_write_refuses(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        char cookie[XAUTHORITY_MAX_COOKIE_SIZE + 1] = { 0 };

        xauthority_write(&bytes, "0", cookie, sizeof cookie);
        g_assert_true(bytes.failed);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/xauthority/long", test_long);
        g_test_add_func("/xauthority/round", test_round);
        g_test_add_func("/xauthority/write-refuses", test_write_refuses);
        return g_test_run();
}
