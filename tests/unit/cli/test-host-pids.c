/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/host-pids.h"

static const struct Row {
        const char *path, *text;
        bool right;
        pid_t pid, parent;
        guint depth;
} rows[] = {
        { "/host-pids/keeper", "Name:\tk\nPPid:\t100\nNSpid:\t200\t1\n", true, 200, 100, 2 },
        { "/host-pids/host", "Name:\tk\nPid:\t7\nPPid:\t1\nNSpid:\t7\n", true, 7, 1, 1 },
        { "/host-pids/hostile-name", "Name:\tPPid:\\nNSpid:\nPPid:\t3\nNSpid:\t9\n", true, 9, 3, 1 },
        { "/host-pids/no-line", "Name:\tk\nPPid:\t100\n", false, 0, 0, 0 },
        { "/host-pids/no-parent", "NSpid:\t9\n", false, 0, 0, 0 },
        { "/host-pids/empty-line", "PPid:\t1\nNSpid:\n7\n", false, 0, 0, 0 },
        { "/host-pids/huge", "PPid:\t1\nNSpid:\t99999999999999999999\n", false, 0, 0, 0 },
        { "/host-pids/empty", "", false, 0, 0, 0 },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        ProcStatus status = { 0 };

        g_assert_true(proc_status_parse(&status, row->text) == row->right);
        g_assert_cmpint(status.pid, ==, row->pid);
        g_assert_cmpint(status.parent, ==, row->parent);
        g_assert_cmpuint(status.depth, ==, row->depth);
}

static int look_up(GHashTable *map, int pid)
{
        return GPOINTER_TO_INT(g_hash_table_lookup(map, GINT_TO_POINTER(pid)));
}

static void test_map(void)
{
        static const ProcStatus statuses[] = {
                { 100, 1, 1, { 100 } },         /* the front end */
                { 200, 100, 2, { 200, 1 } },    /* the keeper */
                { 201, 200, 3, { 201, 2, 1 } }, /* a box's init */
                { 202, 201, 3, { 202, 3, 2 } }, /* a program in it */
                { 300, 100, 2, { 300, 1 } },    /* another keeper */
                { 301, 300, 3, { 301, 2, 1 } }, /* its box */
                { 400, 401, 3, { 400, 8, 1 } }, /* a ring, seen half way through */
                { 401, 400, 3, { 401, 9, 2 } },
        };
        g_autoptr(GHashTable) map = host_pids_map(statuses, G_N_ELEMENTS(statuses), 200);
        g_autoptr(GHashTable) none = host_pids_map(statuses, G_N_ELEMENTS(statuses), 999);

        g_assert_cmpuint(g_hash_table_size(map), ==, 3);
        g_assert_cmpint(look_up(map, 1), ==, 200);
        g_assert_cmpint(look_up(map, 2), ==, 201);
        g_assert_cmpint(look_up(map, 3), ==, 202);
        g_assert_cmpuint(g_hash_table_size(none), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/host-pids/map", test_map);
        return g_test_run();
}
