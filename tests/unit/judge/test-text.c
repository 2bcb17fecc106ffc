/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "judge/text.h"

static const struct Row {
        const char *path, *text, *clean;
} rows[] = {
        { "/text/plain", "a line\n\tand another\n", "a line\n\tand another\n" },
        { "/text/umlauts", "gr\303\274n \342\202\254 \346\227\245", "gr\303\274n \342\202\254 \346\227\245" },
        { "/text/dos", "a\r\nb\r\n", "a\nb\n" },
        { "/text/mac", "a\rb", "a\nb" },
        { "/text/escape", "a\033[2Jb\a", "a[2Jb" },
        { "/text/bracketed-paste-end", "a\033[201~rm -r", "a[201~rm -r" },
        { "/text/del-and-c1", "a\177b\302\233c", "abc" },
        { "/text/overlong-nul", "a\300\200b", "a\357\277\275\357\277\275b" },
        { "/text/surrogate", "\355\240\200", "\357\277\275" },
        { "/text/cut", "a\342\202", "a\357\277\275\357\277\275" },
        { "/text/empty", "", "" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        text_clean(&text, row->text, strlen(row->text));
        g_assert_cmpstr(buffer_text(&text), ==, row->clean);
}

static void test_nul(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        text_clean(&text, "a\0b", 3);
        g_assert_cmpstr(buffer_text(&text), ==, "ab");
}

static void test_long(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GString) given = g_string_new("x");

        while (given->len < 2 * TEXT_BYTES_MAX)
                g_string_append(given, "\342\202\254");
        text_clean(&text, given->str, given->len);
        g_assert_cmpuint(text.n, <=, TEXT_BYTES_MAX);
        g_assert_cmpuint(text.n, >, TEXT_BYTES_MAX - 3);
        g_assert_true(g_utf8_validate(text.bytes, (gssize)text.n, NULL));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/text/nul", test_nul);
        g_test_add_func("/text/long", test_long);
        return g_test_run();
}
