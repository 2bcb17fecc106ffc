/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "planner/environment.h"

static const struct Row {
        const char *path, *name, *value;
        gboolean allowed, passes;
} rows[] = {
        { "/environment/lang", "LANG", "de_DE.UTF-8", TRUE, TRUE },
        { "/environment/lc", "LC_TIME", "C", TRUE, TRUE },
        { "/environment/empty", "NO_COLOR", "", TRUE, TRUE },
        { "/environment/control", "TERM", "x\x1b[2J", TRUE, FALSE },
        { "/environment/newline", "TZ", "a\nb", TRUE, FALSE },
        { "/environment/bytes", "LANG", "\xff", TRUE, FALSE },
        { "/environment/shell", "SHELL", "/bin/bash", TRUE, TRUE },
        { "/environment/shell-home", "SHELL", "/home/anna/bin/sh", TRUE, FALSE },
        { "/environment/editor-name", "EDITOR", "vim", TRUE, TRUE },
        { "/environment/editor-relative", "EDITOR", "../vim", TRUE, FALSE },
        { "/environment/preload", "LD_PRELOAD", "/x.so", FALSE, FALSE },
        { "/environment/python", "PYTHONPATH", "/x", FALSE, FALSE },
        { "/environment/bash", "BASH_ENV", "/x", FALSE, FALSE },
        { "/environment/token", "GITHUB_TOKEN", "x", FALSE, FALSE },
        { "/environment/agent", "SSH_AUTH_SOCK", "/x", FALSE, FALSE },
        { "/environment/display", "DISPLAY", ":0", FALSE, FALSE },
        { "/environment/longer", "LANGUAGES", "x", FALSE, FALSE },
        { "/environment/shorter", "LC", "x", FALSE, FALSE },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        EnvironmentWhen when;

        g_assert_true(environment_find(row->name, &when) == row->allowed);
        g_assert_true(environment_value_passes(row->name, row->value) == row->passes);
}

static void test_long(void)
{
        g_autofree char *value = g_strnfill(4097, 'x');

        g_assert_false(environment_value_passes("LANG", value));
        value[4096] = '\0';
        g_assert_true(environment_value_passes("LANG", value));
}

static void test_when(void)
{
        EnvironmentWhen when;

        g_assert_true(environment_find("TERM", &when));
        g_assert_cmpint(when, ==, ENVIRONMENT_ALWAYS);
        g_assert_true(environment_find("GTK_THEME", &when));
        g_assert_cmpint(when, ==, ENVIRONMENT_WITH_DISPLAY);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/environment/long", test_long);
        g_test_add_func("/environment/when", test_when);
        return g_test_run();
}
