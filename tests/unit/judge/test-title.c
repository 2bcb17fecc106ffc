/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "judge/title.h"

static const struct Row {
        const char *path, *text, *title;
} rows[] = {
        { "/title/plain", "notes.txt - Editor", "[box] notes.txt - Editor" },
        { "/title/umlaut", "Gr\303\266\303\237e", "[box] Gr\303\266\303\237e" },
        { "/title/cjk", "\346\227\245\346\234\254", "[box] \346\227\245\346\234\254" },
        { "/title/empty", "", "[box]" },
        { "/title/blanks", "  a \t\n b  ", "[box] a b" },
        { "/title/many-blanks-hide-the-label", "\343\200\200\342\200\203\302\240x", "[box] x" },
        { "/title/newline", "a\nb\rc", "[box] a b c" },
        { "/title/control", "a\001\033[31mb\177c", "[box] a[31mbc" },
        { "/title/c1", "a\302\233b", "[box] ab" },
        { "/title/turned-around", "\342\200\256txt.exe\342\200\254", "[box] txt.exe" },
        { "/title/isolates", "\342\201\246a\342\201\251", "[box] a" },
        { "/title/no-width", "a\342\200\213b\357\273\277c", "[box] abc" },
        { "/title/line-separator", "a\342\200\250b", "[box] a b" },
        { "/title/private", "\356\200\200", "[box] \357\277\275" },
        { "/title/tags", "a\363\240\201\201b", "[box] ab" },
        { "/title/overlong", "a\300\257b", "[box] a\357\277\275\357\277\275b" },
        { "/title/surrogate", "\355\240\200", "[box] \357\277\275" },
        { "/title/cut-character", "a\303", "[box] a\357\277\275" },
        { "/title/beyond", "\364\220\200\200", "[box] \357\277\275\357\277\275\357\277\275\357\277\275" },
        { "/title/another-label", "[bank] x", "[box] [bank] x" },
        { "/title/marks", "e\314\201\314\201\314\201\314\201\314\201f", "[box] e\314\201\314\201\314\201f" },
        { "/title/mark-on-label", "\314\201x", "[box] x" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        char title[TITLE_BYTES] = "";

        title_make(title, "box", row->text, strlen(row->text));
        g_assert_cmpstr(title, ==, row->title);
}

static void test_long(void)
{
        g_autoptr(GString) text = g_string_new(NULL);
        char title[TITLE_BYTES] = "";

        for (int i = 0; i < 1000; i++)
                g_string_append(text, "\360\237\230\200");
        title_make(title, "box", text->str, text->len);
        g_assert_true(g_utf8_validate(title, -1, NULL));
        g_assert_cmpint(g_utf8_strlen(title, -1), ==, TITLE_CHARACTERS + 6);
}

static void test_long_label(void)
{
        g_autofree char *label = g_strnfill(2000, 'l');
        char title[TITLE_BYTES] = "";

        title_make(title, label, "x", 1);
        g_assert_cmpuint(strlen(title), <, TITLE_BYTES);
}

static void test_nul(void)
{
        char title[TITLE_BYTES] = "";

        title_make(title, "box", "a\0b", 3);
        g_assert_cmpstr(title, ==, "[box] ab");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/title/long", test_long);
        g_test_add_func("/title/long-label", test_long_label);
        g_test_add_func("/title/nul", test_nul);
        return g_test_run();
}
