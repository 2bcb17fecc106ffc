/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>

#include "base/cleanup.h"
#include "instance/instance.h"

#define BYTES(s) s, sizeof(s)
#define GOOD "instance\0id=0123abcd\0app=org.example.App\0state=running"

static const struct Row {
        const char *path, *bytes;
        size_t n;
        int want;
} rows[] = {
        { "/info/least", BYTES(GOOD), 0 },
        { "/info/newer-key", BYTES(GOOD "\0colour=red"), 0 },
        { "/info/empty", "", 0, -EINVAL },
        { "/info/cut", GOOD, sizeof GOOD - 1, -EINVAL },
        { "/info/verb", BYTES("status\0id=0123abcd\0app=a\0state=running"), -EINVAL },
        { "/info/no-id", BYTES("instance\0app=a\0state=running"), -EINVAL },
        { "/info/no-app", BYTES("instance\0id=0123abcd\0state=running"), -EINVAL },
        { "/info/empty-app", BYTES("instance\0id=0123abcd\0app=\0state=running"), -EINVAL },
        { "/info/no-state", BYTES("instance\0id=0123abcd\0app=a"), -EINVAL },
        { "/info/bad-state", BYTES("instance\0id=0123abcd\0app=a\0state=asleep"), -EINVAL },
        { "/info/id-short", BYTES("instance\0id=0123abc\0app=a\0state=running"), -EINVAL },
        { "/info/id-path", BYTES("instance\0id=../../ab\0app=a\0state=running"), -EINVAL },
        { "/info/id-capital", BYTES("instance\0id=0123ABCD\0app=a\0state=running"), -EINVAL },
        { "/info/pid-negative", BYTES(GOOD "\0keeper-pid=-1"), -EINVAL },
        { "/info/pid-large", BYTES(GOOD "\0keeper-pid=4294967297"), -EINVAL },
        { "/info/portal-negative", BYTES(GOOD "\0portal=-9"), -EINVAL },
        { "/info/pid-word", BYTES(GOOD "\0front-pid=1x"), -EINVAL },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        InstanceInfo info = { 0 };

        g_assert_cmpint(instance_info_parse(&info, row->bytes, row->n), ==, row->want);
        g_assert_true((info.app != NULL) == (row->want == 0));
        instance_info_clear(&info);
}

static void test_round(void)
{
        char app[] = "org.example.App", profile[] = "/home/a\nb=c/x.profile", name[] = "", display[] = "xephyr :7",
             grants[] = "a/b", cgroup[] = "/sys/fs/cgroup/oriel-0badcafe";
        const InstanceInfo info = {
                .id = "00ff00ff",
                .app = app,
                .profile = profile,
                .instance = name,
                .display = display,
                .grants = grants,
                .cgroup = cgroup,
                .state = INSTANCE_STOPPING,
                .started = 1700000000,
                .front_pid = 7,
                .front_start = G_MAXINT64,
                .keeper_pid = 8,
                .portal = 9,
        };
        InstanceInfo back = { 0 };
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        instance_info_print(&info, &bytes);
        g_assert_false(bytes.failed);
        g_assert_cmpint(instance_info_parse(&back, bytes.bytes, bytes.n), ==, 0);
        g_assert_cmpstr(back.id, ==, info.id);
        g_assert_cmpstr(back.app, ==, info.app);
        g_assert_cmpstr(back.profile, ==, info.profile);
        g_assert_cmpstr(back.instance, ==, "");
        g_assert_cmpstr(back.display, ==, info.display);
        g_assert_null(back.network);
        g_assert_cmpstr(back.grants, ==, "a/b");
        g_assert_cmpstr(back.cgroup, ==, "/sys/fs/cgroup/oriel-0badcafe");
        g_assert_cmpint(back.state, ==, INSTANCE_STOPPING);
        g_assert_cmpint(back.started, ==, info.started);
        g_assert_cmpint(back.front_pid, ==, 7);
        g_assert_cmpuint(back.front_start, ==, info.front_start);
        g_assert_cmpint(back.keeper_pid, ==, 8);
        g_assert_cmpuint(back.keeper_start, ==, 0);
        g_assert_cmpuint(back.portal, ==, 9);
        instance_info_clear(&back);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/info/round", test_round);
        return g_test_run();
}
