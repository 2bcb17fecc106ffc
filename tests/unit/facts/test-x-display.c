/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "facts/x-display.h"

static const struct Row {
        const char *path, *display, *number;
} rows[] = {
        { "/x-display/plain", ":0", "0" },
        { "/x-display/screen", ":12.1", "12" },
        { "/x-display/unix", "unix:0", "0" },
        { "/x-display/unix-slash", "unix/:0.1", "0" },
        { "/x-display/ssh", "localhost:10.0", NULL },
        { "/x-display/host", "host:0", NULL },
        { "/x-display/tcp", "tcp/host:0", NULL },
        { "/x-display/decnet", "host::0", NULL },
        { "/x-display/path", "/tmp/launch/org.x:0", NULL },
        { "/x-display/letters", ":0x", NULL },
        { "/x-display/dots", ":0.", NULL },
        { "/x-display/none", ":", NULL },
        { "/x-display/empty", "", NULL },
        { "/x-display/long", ":123456", NULL },
        { "/x-display/traversal", ":../../x", NULL },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autofree char *number = x_display_local_number(row->display);

        g_assert_cmpstr(number, ==, row->number);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
