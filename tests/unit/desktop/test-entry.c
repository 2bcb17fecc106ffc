/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "desktop/entry.h"
#include "profile/error.h"

#define BYTES(text) text, sizeof(text) - 1

/* printed: NULL: refused, and where says the place. */
static const struct Row {
        const char *path, *text;
        gsize n;
        const char *printed, *where;
} rows[] = {
        { "/entry/plain", BYTES("# note\n\n[A]\nName=x\nName[de]=y\n[B]\nk = v \n"),
          "[A]\nName=x\nName[de]=y\n\n[B]\nk=v\n", NULL },
        { "/entry/no-newline", BYTES("[A]\nk=v"), "[A]\nk=v\n", NULL },
        { "/entry/carriage-return", BYTES("[A]\r\nk=v\r\n"), "[A]\nk=v\n", NULL },
        { "/entry/hash-is-data", BYTES("[A]\nk=v # w\n"), "[A]\nk=v # w\n", NULL },
        { "/entry/empty-value", BYTES("[A]\nk=\n"), "[A]\nk=\n", NULL },
        { "/entry/twice", BYTES("[A]\nk=1\nk=2\n"), NULL, "f:3:" },
        { "/entry/twice-locale", BYTES("[A]\nk[de]=1\nk[de]=2\n"), NULL, "f:3:" },
        { "/entry/group-twice", BYTES("[A]\n[B]\n[A]\n"), NULL, "f:3:" },
        { "/entry/before-group", BYTES("k=1\n[A]\n"), NULL, "f:1:" },
        { "/entry/neither", BYTES("[A]\nwords\n"), NULL, "f:2:" },
        { "/entry/open-group", BYTES("[A\n"), NULL, "f:1:" },
        { "/entry/bracket-group", BYTES("[A]]\n"), NULL, "f:1:" },
        { "/entry/no-group-name", BYTES("[]\n"), NULL, "f:1:" },
        { "/entry/bad-key", BYTES("[A]\na b=1\n"), NULL, "f:2:" },
        { "/entry/bad-locale", BYTES("[A]\nName[]=1\n"), NULL, "f:2:" },
        { "/entry/locale-newline", BYTES("[A]\nName[a]b]=1\n"), NULL, "f:2:" },
        { "/entry/no-key", BYTES("[A]\n=1\n"), NULL, "f:2:" },
        { "/entry/escape-character", BYTES("[A]\nk=\x1b[2J\n"), NULL, "f:2:" },
        { "/entry/nul", BYTES("[A]\nk=a\0b\n"), NULL, "f: not UTF-8" },
        { "/entry/not-utf8", BYTES("[A]\nk=\xff\n"), NULL, "f: not UTF-8" },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(DesktopEntry) entry = desktop_entry_parse(row->text, row->n, "f", &error);
        g_autofree char *printed = NULL;

        if (row->printed == NULL) {
                g_assert_null(entry);
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
                g_assert_true(g_str_has_prefix(error->message, row->where));
                return;
        }
        g_assert_no_error(error);
        printed = desktop_entry_print(entry);
        g_assert_cmpstr(printed, ==, row->printed);
}

static void test_too_long(void)
{
        g_autofree char *text = g_malloc0(DESKTOP_ENTRY_MAX_BYTES + 1);
        g_autoptr(GError) error = NULL;

        memset(text, '#', DESKTOP_ENTRY_MAX_BYTES + 1);
        g_assert_null(desktop_entry_parse(text, DESKTOP_ENTRY_MAX_BYTES + 1, "f", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
}

static void test_escape(void)
{
        static const char *const texts[] = { "", " a b ", "a\nb\t\r\\", "\\s", " " };

        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
                g_autofree char *value = desktop_entry_escape(texts[i]), *back = desktop_entry_unescape(value);

                g_assert_cmpstr(back, ==, texts[i]);
                g_assert_null(strpbrk(value, "\n\t\r"));
        }
        g_assert_null(desktop_entry_unescape("\\q"));
        g_assert_null(desktop_entry_unescape("a\\"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/entry/too-long", test_too_long);
        g_test_add_func("/entry/escape", test_escape);
        return g_test_run();
}
