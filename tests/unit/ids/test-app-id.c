/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "ids/app-id.h"

#define TEXT(s) s, sizeof(s) - 1

static const struct Row {
        const char *path, *text;
        size_t n;
        bool valid;
} rows[] = {
        { "/app-id/plain", TEXT("org.mozilla.firefox"), true },
        { "/app-id/dash-last", TEXT("org.gnome.gedit-dev"), true },
        { "/app-id/underscore", TEXT("_a._b._c"), true },
        { "/app-id/deep", TEXT("a.b.c.d.e"), true },
        { "/app-id/bare", TEXT("firefox"), false },
        { "/app-id/two", TEXT("a.b"), false },
        { "/app-id/dash-before-last", TEXT("org.a-b.c"), false },
        { "/app-id/dash-begins-last", TEXT("org.a.-b"), false },
        { "/app-id/digit", TEXT("org.0ad.game"), false },
        { "/app-id/digit-last", TEXT("org.a.0ad"), false },
        { "/app-id/space", TEXT("bad name.a.b"), false },
        { "/app-id/up", TEXT("../../etc"), false },
        { "/app-id/empty", TEXT(""), false },
        { "/app-id/end-dot", TEXT("a.b.c."), false },
        { "/app-id/first-dot", TEXT(".a.b.c"), false },
        { "/app-id/two-dots", TEXT("a.b..c"), false },
        { "/app-id/nul", TEXT("a.b.c\0"), false },
        { "/app-id/newline", TEXT("a.b.c\nname=x"), false },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autofree char *copy = g_memdup2(row->text, row->n);

        g_assert_true(app_id_is_valid(copy != NULL ? copy : "", row->n) == row->valid);
}

/* id NULL: app_id_for_run(). */
static const struct Derived {
        const char *path, *id, *name, *want;
        int error;
} derived[] = {
        { "/app-id/derive/plain", "a.b.c", "work", "a.b.c.oriel_work", 0 },
        { "/app-id/derive/odd", "a.b.c", "my_x-y", "a.b.c.oriel_my_5fx_2dy", 0 },
        { "/app-id/derive/umlaut", "a.b.c", "\xc3\xa4", "a.b.c.oriel__c3_a4", 0 },
        { "/app-id/derive/dash", "a.b.c-d_e", "x", "a.b.c_2dd_5fe.orield_x", 0 },
        { "/app-id/derive/no-name", "a.b.c", "", NULL, -EINVAL },
        { "/app-id/derive/bad-id", "firefox", "x", NULL, -EINVAL },
        { "/app-id/run/plain", NULL, "gui", "org.oriel.run.gui", 0 },
        { "/app-id/run/digit", NULL, "7z", "org.oriel.run._37z", 0 },
        { "/app-id/run/dash", NULL, "my-tool", "org.oriel.run.my-tool", 0 },
        { "/app-id/run/dash-first", NULL, "-x", "org.oriel.run._2dx", 0 },
        { "/app-id/run/dot", NULL, "a.b", "org.oriel.run.a_2eb", 0 },
        { "/app-id/run/no-name", NULL, "", NULL, -EINVAL },
};

static void test_derived(const void *data)
{
        const struct Derived *row = data;
        CLEANUP(freep) char *id = NULL;
        int r = row->id != NULL ? app_id_derive(&id, row->id, row->name) : app_id_for_run(&id, row->name);

        g_assert_cmpint(r, ==, row->error);
        g_assert_cmpstr(id, ==, row->want);
        if (id != NULL) {
                g_assert_true(app_id_is_valid(id, strlen(id)));
                g_assert_true(app_id_is_reserved(id, strlen(id)));
        }
}

static void test_length(void)
{
        CLEANUP(freep) char *id = NULL;
        char text[300];

        memset(text, 'a', sizeof text);
        text[1] = text[3] = '.';
        g_assert_true(app_id_is_valid(text, APP_ID_MAX));
        g_assert_false(app_id_is_valid(text, APP_ID_MAX + 1));
        text[APP_ID_MAX] = '\0';
        g_assert_cmpint(app_id_derive(&id, text, "x"), ==, -ENAMETOOLONG);
        g_assert_cmpint(app_id_for_run(&id, text), ==, -ENAMETOOLONG);
        g_assert_null(id);
}

static void test_reserved(void)
{
        g_assert_false(app_id_is_reserved(TEXT("org.mozilla.firefox")));
        g_assert_false(app_id_is_reserved(TEXT("org.mozilla.oriel")));
        g_assert_true(app_id_is_reserved(TEXT("org.oriel.Sandbox1")));
        g_assert_false(app_id_is_reserved(TEXT("org.orielle.x")));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        for (size_t i = 0; i < G_N_ELEMENTS(derived); i++)
                g_test_add_data_func(derived[i].path, &derived[i], test_derived);
        g_test_add_func("/app-id/length", test_length);
        g_test_add_func("/app-id/reserved", test_reserved);
        return g_test_run();
}
