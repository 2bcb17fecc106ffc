/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "ids/instance-id.h"

static const struct Row {
        const char *path, *text;
        bool id, name;
} rows[] = {
        { "/instance-id/plain", "0a1b2c3d", true, false },
        { "/instance-id/capital", "0A1B2C3D", false, false },
        { "/instance-id/short", "0a1b2c3", false, true },
        { "/instance-id/long", "0a1b2c3d4", false, true },
        { "/instance-id/empty", "", false, false },
        { "/instance-id/up", "../../..", false, false },
        { "/instance-id/slash", "0a1b/c3d", false, false },
        { "/instance-id/newline", "0a1b2c3d\n", false, false },
        { "/instance-id/word", "work-2.old_one", false, true },
        { "/instance-id/dash-first", "-work", false, false },
        { "/instance-id/space", "a b", false, false },
        { "/instance-id/longest", "a234567890123456789012345678901234567890123456789012345678901234", false, true },
        { "/instance-id/too-long", "a2345678901234567890123456789012345678901234567890123456789012345", false, false },
};

static void test_row(const void *data)
{
        const struct Row *row = data;

        g_assert_true(instance_id_is_valid(row->text) == row->id);
        g_assert_true(instance_name_is_valid(row->text) == row->name);
}

static void test_format(void)
{
        char id[INSTANCE_ID_SIZE];

        instance_id_format(id, 0);
        g_assert_cmpstr(id, ==, INSTANCE_ID_NONE);
        instance_id_format(id, 0xdeadbeef);
        g_assert_cmpstr(id, ==, "deadbeef");
        g_assert_true(instance_id_is_valid(id));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/instance-id/format", test_format);
        return g_test_run();
}
