/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"

static const struct Row {
        const char *path, *text, *escaped, *json;
} rows[] = {
        { "/buffer/plain", "a b", "a b", "\"a b\"" },
        { "/buffer/umlaut", "\xc3\xa4", "\xc3\xa4", "\"\xc3\xa4\"" },
        { "/buffer/newline", "a\nb", "a\\x0ab", "\"a\\u000ab\"" },
        { "/buffer/escape", "\x1b[2J", "\\x1b[2J", "\"\\u001b[2J\"" },
        { "/buffer/backslash", "a\\x", "a\\\\x", "\"a\\\\x\"" },
        { "/buffer/quote", "\"", "\"", "\"\\\"\"" },
        { "/buffer/bidi", "\xe2\x80\xae", "\\u{202e}", "\"\\u202e\"" },
        { "/buffer/c1", "\xc2\x9b", "\\u{9b}", "\"\\u009b\"" },
        { "/buffer/bad-byte", "a\xff", "a\\xff", "\"a\\ufffd\"" },
        { "/buffer/overlong", "\xc0\xaf", "\\xc0\\xaf", "\"\\ufffd\\ufffd\"" },
        { "/buffer/surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\\ufffd\\ufffd\\ufffd\"" },
        { "/buffer/cut", "\xe2\x80", "\\xe2\\x80", "\"\\ufffd\\ufffd\"" },
        { "/buffer/tag", "\xf3\xa0\x80\x81", "\\u{e0001}", "\"\\udb40\\udc01\"" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(buffer_clear) Buffer escaped = BUFFER_INIT, json = BUFFER_INIT;

        buffer_add_escaped(&escaped, row->text);
        buffer_add_json(&json, row->text);
        g_assert_cmpstr(buffer_text(&escaped), ==, row->escaped);
        g_assert_cmpstr(buffer_text(&json), ==, row->json);
}

static void test_grow(void)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;

        for (int i = 0; i < 1000; i++)
                buffer_printf(&buffer, "%03d", i);
        g_assert_cmpuint(buffer.n, ==, 3000);
        g_assert_cmpint(memcmp(buffer_text(&buffer) + 2997, "999", 4), ==, 0);
}

static void test_member(void)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;

        buffer_add_byte(&buffer, '{');
        buffer_add_json_member(&buffer, "a", "x\"{");
        buffer_add_json_member(&buffer, "b", NULL);
        g_assert_cmpstr(buffer_text(&buffer), ==, "{\"a\":\"x\\\"{\",\"b\":null");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/buffer/grow", test_grow);
        g_test_add_func("/buffer/member", test_member);
        return g_test_run();
}
