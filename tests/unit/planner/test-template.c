/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "planner/template.h"

static void test_good(void)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) template =
                template_parse("# a tree\n"
                               "[Box keeper]\nkind=keeper\nunshare=user;mount;pid;\n\n"
                               "[Box app]\nkind=app\nparent=keeper\nunshare=user\nrun=app;step\n",
                               &error);
        const TemplateBox *app;

        g_assert_no_error(error);
        g_assert_cmpuint(template->boxes->len, ==, 2);
        app = template->boxes->pdata[1];
        g_assert_cmpstr(app->name, ==, "app");
        g_assert_cmpint(app->kind, ==, PLAN_BOX_APP);
        g_assert_cmpuint(app->parent, ==, 0);
        g_assert_cmpuint(app->unshare, ==, PLAN_NS_USER);
        g_assert_cmpuint(((TemplateBox *)template->boxes->pdata[0])->unshare, ==,
                         PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID);
        g_assert_cmpint(template_box_of(template, "step"), ==, 1);
        g_assert_cmpint(template_box_of(template, "wm"), ==, -1);
}

static const struct Row {
        const char *path, *text, *sentence;
} rows[] = {
        { "/template/key-first", "kind=app\n", "tree, line 1: this is neither [Box NAME] nor KEY=VALUE in one" },
        { "/template/twice", "[Box a]\nkind=app\n[Box a]\n",
          "tree, line 3: this box has no name, or one that stands above" },
        { "/template/no-name", "[Box ]\n", "tree, line 1: this box has no name, or one that stands above" },
        { "/template/kind", "[Box a]\nkind=root\n", "tree, line 2: there is no such kind of box" },
        { "/template/no-kind", "[Box a]\nrun=app\n", "tree: box \"a\" has no kind" },
        { "/template/namespace", "[Box a]\nkind=app\nunshare=user;all\n", "tree, line 3: there is no such namespace" },
        { "/template/empty-word", "[Box a]\nkind=app\nunshare=user;;pid\n",
          "tree, line 3: there is no such namespace" },
        { "/template/parent", "[Box a]\nkind=app\nparent=b\n",
          "tree, line 3: the parent is not a box that stands above" },
        { "/template/own-parent", "[Box a]\nkind=app\nparent=a\n",
          "tree, line 3: the parent is not a box that stands above" },
        { "/template/key", "[Box a]\ncolour=red\n", "tree, line 2: a box has no such key" },
        { "/template/no-app", "[Box a]\nkind=app\nrun=wm\n", "tree: no box runs \"app\"" },
        { "/template/empty", "", "tree: no box runs \"app\"" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;

        g_assert_null(template_parse(row->text, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_assert_cmpstr(error->message, ==, row->sentence);
}

static void test_many(void)
{
        g_autoptr(GString) text = g_string_new(NULL);
        g_autoptr(GError) error = NULL;

        for (int i = 0; i <= PLAN_MAX_BOXES; i++)
                g_string_append_printf(text, "[Box b%d]\nkind=app\n", i);
        g_assert_null(template_parse(text->str, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/template/good", test_good);
        g_test_add_func("/template/many", test_many);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
