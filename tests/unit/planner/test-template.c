/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "planner/template.h"

static void test_good(void)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Template) template =
                template_new(NULL,
                             "# a tree\n"
                             "[Box keeper]\nkind=keeper\nunshare=user;mount;pid;\n\n"
                             "[Box app]\nkind=app\nparent=keeper\nunshare=user\nrun=app;step 'one two'\n",
                             "tree", &error);
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
        g_assert_cmpint(template_box_of(template, "step 'one two'"), ==, 1);
        g_assert_cmpint(template_box_of(template, "wm"), ==, -1);
        g_assert_true(template_is_role("wm"));
        g_assert_false(template_is_role("step"));
}

/* A profile's own boxes, and the text is not looked at. */
static void test_own(void)
{
        static const char text[] = "[Box k]\nkind=keeper\n[Box a]\nkind=app\nparent=k\nrun=app\n";
        g_autoptr(GError) error = NULL;
        g_autoptr(Profile) profile = profile_parse(text, strlen(text), "profile", &error);
        g_autoptr(Template) template = template_new(profile, "no tree", "tree", &error);

        g_assert_no_error(error);
        g_assert_cmpuint(template->boxes->len, ==, 2);
        g_assert_true(template_is_within(template, 1, 0));
        g_assert_false(template_is_within(template, 0, 1));
}

#define KEEPER "[Box k]\nkind=keeper\nunshare=user;mount;pid\n"

static const struct Row {
        const char *path, *text, *sentence;
} rows[] = {
        { "/template/kind", "[Box a]\nkind=root\n",
          "tree:2:6: Unknown word \"root\"; known are: keeper, semi, inner, companions, app" },
        { "/template/no-kind", "[Box a]\nrun=app\n", "tree:1: box a: it has no kind=" },
        { "/template/namespace", "[Box a]\nkind=app\nunshare=user;nett\n",
          "tree:3:14: Unknown word \"nett\"; did you mean \"net\"?" },
        { "/template/name", "[Box A]\nkind=app\n",
          "tree:1:6: Not a box's name: \"A\"; it has small letters, digits, '-' and '/', 64 at most" },
        { "/template/no-parent", KEEPER "[Box a]\nkind=app\nrun=app\n",
          "tree:4: box a: it has no parent=: only the first box, the keeper's, has none" },
        { "/template/parent", KEEPER "[Box a]\nkind=app\nparent=b\n", "tree:6: box a: there is no box b" },
        { "/template/own-parent", KEEPER "[Box a]\nkind=app\nparent=a\n",
          "tree:6: box a: it stands in itself: a in a" },
        { "/template/cycle",
          KEEPER "[Box a]\nkind=app\nparent=c\n[Box b]\nkind=app\nparent=a\n"
                 "[Box c]\nkind=app\nparent=b\n",
          "tree:6: box a: it stands in itself: a in c in b in a" },
        { "/template/order", KEEPER "[Box a]\nkind=app\nparent=b\nrun=app\n[Box b]\nkind=inner\nparent=k\n",
          "tree:6: box a: its parent b is written below it: parents come first" },
        { "/template/key", "[Box a]\nparrent=red\n",
          "tree:2:1: A box has no key \"parrent\"; did you mean \"parent\"?" },
        { "/template/role-twice", KEEPER "[Box a]\nkind=app\nparent=k\nrun=app\n[Box b]\nkind=app\nparent=k\nrun=app\n",
          "tree:11: box b: app runs in box a already" },
        { "/template/after", KEEPER "[Box a]\nkind=app\nparent=k\nrun=app\nafter=x\n",
          "tree:8: box a: there is no box x" },
        { "/template/after-itself", KEEPER "[Box a]\nkind=app\nparent=k\nrun=app\nafter=a\n",
          "tree:8: box a: it waits for itself" },
        { "/template/no-app", KEEPER "[Box a]\nkind=app\nparent=k\nrun=wm\n", "tree: no box of the tree runs \"app\"" },
        { "/template/empty", "", "tree: no box of the tree runs \"app\"" },
        { "/template/more", KEEPER "[Context]\nsockets=x11\n",
          "tree:5: a tree has [Box NAME] groups alone, not [Context]" },
        { "/template/environment", KEEPER "[Environment]\nA=b\n",
          "tree:5: a tree has [Box NAME] groups alone, not [Environment]" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;

        g_assert_null(template_new(NULL, row->text, "tree", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_assert_cmpstr(error->message, ==, row->sentence);
}

static void test_many(void)
{
        g_autoptr(GString) text = g_string_new(KEEPER);
        g_autoptr(GError) error = NULL;

        for (int i = 0; i <= PLAN_MAX_BOXES; i++)
                g_string_append_printf(text, "[Box b%d]\nkind=app\nparent=k\n", i);
        g_assert_null(template_new(NULL, text->str, "tree", &error));
        g_assert_nonnull(strstr(error->message, "more than 64 boxes"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/template/good", test_good);
        g_test_add_func("/template/own", test_own);
        g_test_add_func("/template/many", test_many);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
