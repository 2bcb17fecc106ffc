/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From start to end: exit statuses, errors, companions, terminals, the control socket. */
#include "box-test.h"

static const struct Row {
        const char *path, *script;
        int code;
        const char *output; /* NULL: not looked at */
} rows[] = {
        { "/launch/true", "true", 0, "" },
        { "/launch/exit-7", "exit 7", 7, NULL },
        { "/launch/segv", "kill -SEGV $$", 139, NULL },
        { "/launch/echo", "echo hello", 0, "hello\n" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;

        for (int staging = 0; staging < 2; staging++) {
                g_autoptr(BoxRun) run = box_run(box_test_plan(row->script), staging == 1);

                g_assert_cmpstr(run->step, ==, NULL);
                g_assert_cmpint(box_run_code(run), ==, row->code);
                if (row->output != NULL)
                        g_assert_cmpstr(run->output->str, ==, row->output);
        }
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
