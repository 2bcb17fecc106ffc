/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/menu-manifest.h"

#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* of nothing */

static const struct Row {
        const char *path, *text;
        guint n; /* G_MAXUINT: refused */
} rows[] = {
        { "/menu-manifest/empty", "", 0 },
        { "/menu-manifest/one", SUM " org.x.App /home/u/a b.desktop\n", 1 },
        { "/menu-manifest/two", SUM " a /x\n\n" SUM " b /y\n", 2 },
        { "/menu-manifest/refuse-short-sum", "abc a /x\n", G_MAXUINT },
        { "/menu-manifest/refuse-long-sum", SUM "0 a /x\n", G_MAXUINT },
        { "/menu-manifest/refuse-relative", SUM " a x\n", G_MAXUINT },
        { "/menu-manifest/refuse-no-app", SUM "  /x\n", G_MAXUINT },
        { "/menu-manifest/refuse-words", SUM " a\n", G_MAXUINT },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) files = menu_manifest_parse(row->text, "menu", &error);
        g_autoptr(GPtrArray) again = NULL;
        g_autofree char *printed = NULL, *twice = NULL;

        if (row->n == G_MAXUINT) {
                g_assert_null(files);
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
                g_assert_true(g_str_has_prefix(error->message, "menu:1: "));
                return;
        }
        g_assert_no_error(error);
        g_assert_cmpuint(files->len, ==, row->n);
        printed = menu_manifest_print(files);
        again = menu_manifest_parse(printed, "menu", &error);
        g_assert_no_error(error);
        twice = menu_manifest_print(again);
        g_assert_cmpstr(twice, ==, printed);
}

static void test_put(void)
{
        g_autoptr(GPtrArray) files = menu_manifest_parse(SUM " a /x\n" SUM " b /y\n", "menu", NULL);

        menu_manifest_put(files, menu_file_new("text", "c", "/x"));
        g_assert_cmpuint(files->len, ==, 2);
        g_assert_cmpstr(menu_manifest_find(files, "/x")->app, ==, "c");
        g_assert_true(menu_file_is(menu_manifest_find(files, "/x"), "text", 4));
        g_assert_false(menu_file_is(menu_manifest_find(files, "/x"), "texts", 5));
        g_assert_true(menu_file_is(menu_manifest_find(files, "/y"), "", 0));
        g_assert_null(menu_manifest_find(files, "/z"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/menu-manifest/put", test_put);
        return g_test_run();
}
