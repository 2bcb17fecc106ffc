/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "launch/plan-facts.h"

static char *with_display[] = { (char *)"HOME=/h", (char *)"DISPLAY=:12", NULL };
static char *with_screen[] = { (char *)"DISPLAY=:3.1", NULL };
static char *with_wayland[] = { (char *)"WAYLAND_DISPLAY=wayland-0", NULL };
static char *with_both[] = { (char *)"WAYLAND_DISPLAY=wayland-0", (char *)"DISPLAY=:12", NULL };
static char *with_tcp[] = { (char *)"DISPLAY=example.org:0", NULL };
static char *with_nothing[] = { NULL };

static const struct Row {
        const char *path;
        char **envp;
        const char *other; /* name of the second program */
        guint32 unshare;   /* of the box between keeper and app */
        const char *display, *number, *network;
} rows[] = {
        { "/plan-facts/xephyr", with_display, "xephyr", PLAN_NS_NET, "xephyr :12", "12", "none" },
        { "/plan-facts/seamless", with_display, "xbridge", PLAN_NS_NET, "seamless :12", "12", "none" },
        { "/plan-facts/xpra", with_display, "xpra", PLAN_NS_NET, "xpra :12", "12", "none" },
        { "/plan-facts/desktop", with_display, "session", PLAN_NS_NET, "desktop :12", "12", "none" },
        { "/plan-facts/host", with_screen, "bus-proxy", 0, "host :3", "3", "host" },
        { "/plan-facts/wayland", with_wayland, "wayland-context", 0, "wayland wayland-0", NULL, "host" },
        { "/plan-facts/wayland-host", with_wayland, "bus-proxy", 0, "host wayland-0", NULL, "host" },
        { "/plan-facts/wayland-and-host", with_both, "wayland-context", 0, "host :12", "12", "host" },
        { "/plan-facts/tcp", with_tcp, "bus-proxy", 0, "none", NULL, "host" },
        { "/plan-facts/nothing", with_nothing, "bus-proxy", PLAN_NS_PID, "none", NULL, "host" },
        { "/plan-facts/named", with_nothing, "net-proxy", PLAN_NS_NET, "none", NULL, "named" },
        { "/plan-facts/full", with_nothing, "pasta", PLAN_NS_NET, "none", NULL, "full" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        PlanBox boxes[] = {
                { .name = (char *)"keeper", .kind = PLAN_BOX_KEEPER },
                { .name = (char *)"inner", .kind = PLAN_BOX_INNER, .unshare = row->unshare },
                { .name = (char *)"app", .kind = PLAN_BOX_APP, .parent = 1 },
        };
        PlanProgram programs[] = {
                { .name = (char *)row->other, .envp = with_nothing },
                { .name = (char *)"app", .app = true, .box = 2, .envp = row->envp },
        };
        Plan plan = { .boxes = boxes, .n_boxes = 3, .programs = programs, .n_programs = 2 };
        g_autofree char *display = plan_facts_display(&plan), *number = plan_facts_display_number(&plan);

        g_assert_cmpstr(display, ==, row->display);
        g_assert_cmpstr(number, ==, row->number);
        g_assert_cmpstr(plan_facts_network(&plan), ==, row->network);
}

static void test_uses(void)
{
        PlanMount mounts[] = {
                { .kind = PLAN_MOUNT_TMPFS, .dest = (char *)"/" },
                { .kind = PLAN_MOUNT_SYMLINK, .dest = (char *)"/l", .source = (char *)"/data/other" },
                { .kind = PLAN_MOUNT_BIND, .dest = (char *)"/h", .source = (char *)"/data/app/home" },
        };
        PlanBox box = { .name = (char *)"app", .mounts = mounts, .n_mounts = 3 };
        Plan plan = { .boxes = &box, .n_boxes = 1 };

        g_assert_true(plan_facts_uses(&plan, "/data/app"));
        g_assert_true(plan_facts_uses(&plan, "/data/app/home"));
        g_assert_false(plan_facts_uses(&plan, "/data/ap"));
        g_assert_false(plan_facts_uses(&plan, "/data/other"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/plan-facts/uses", test_uses);
        return g_test_run();
}
