/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "cli/plan-tree.h"
#include "cli/plan-view.h"

#define TEXT(text) ((char[]){ text })

static PlanMount mounts[] = {
        { .kind = PLAN_MOUNT_BIND, .dest = TEXT("/usr"), .source = TEXT("/usr") },
        { .kind = PLAN_MOUNT_SYMLINK, .dest = TEXT("/bin"), .source = TEXT("usr/bin") },
        { .kind = PLAN_MOUNT_TMPFS, .dest = TEXT("/tmp"), .size = 1 },
        { .kind = PLAN_MOUNT_DIR, .dest = TEXT("/home/u") },
        { .kind = PLAN_MOUNT_DIR, .dest = TEXT("/run") },
        { .kind = PLAN_MOUNT_BIND, .dest = TEXT("/home/u"), .source = TEXT("/data/app"), .flags = PLAN_MOUNT_RW },
        { .kind = PLAN_MOUNT_BIND, .dest = TEXT("/home/u/src"), .source = TEXT("/home/u/src") },
        { .kind = PLAN_MOUNT_MASK, .dest = TEXT("/home/u/src/.env") },
        { .kind = PLAN_MOUNT_MASK, .dest = TEXT("/srv/of-the-host") },
        { .kind = PLAN_MOUNT_BIND, .dest = TEXT("/home/u/.ssh"), .flags = PLAN_MOUNT_PIN },
        { .kind = PLAN_MOUNT_FILE, .dest = TEXT("/etc/hosts") },
        { .kind = PLAN_MOUNT_TMPFS, .dest = TEXT("/opt"), .size = 1 },
        { .kind = PLAN_MOUNT_RO, .dest = TEXT("/opt") },
        { .kind = PLAN_MOUNT_RO, .dest = TEXT("/") },
};
static char *argv[] = { TEXT("sh"), NULL };
static char *no_display[] = { TEXT("HOME=/home/u"), NULL }, *display[] = { TEXT("DISPLAY=:7"), NULL };

static PlanBox boxes[] = {
        { .name = TEXT("keeper"), .kind = PLAN_BOX_KEEPER },
        { .name = TEXT("inner"), .kind = PLAN_BOX_INNER, .unshare = PLAN_NS_NET },
        { .name = TEXT("app"), .kind = PLAN_BOX_APP, .parent = 1, .mounts = mounts, .n_mounts = G_N_ELEMENTS(mounts) },
};

static const struct Row {
        const char *test, *path;
        bool visible, writable;
        const char *source;
} rows[] = {
        { "/plan-view/system", "/usr/bin/ls", true, false, "/usr/bin/ls" },
        { "/plan-view/beside", "/usrlocal", false, false, NULL },
        { "/plan-view/home", "/home/u/.bashrc", true, true, "/data/app/.bashrc" },
        { "/plan-view/nearer", "/home/u/src/a", true, false, "/home/u/src/a" },
        { "/plan-view/mask", "/home/u/src/.env", false, false, NULL },
        { "/plan-view/above", "/home", true, false, NULL },
        { "/plan-view/above-etc", "/etc", true, false, NULL },
        { "/plan-view/not-in-etc", "/etc/shadow", false, false, NULL },
        { "/plan-view/root", "/", true, false, NULL },
        { "/plan-view/tmp", "/tmp", true, true, NULL },
        { "/plan-view/in-tmp", "/tmp/of-the-host", false, true, NULL },
        { "/plan-view/made-read-only", "/opt", true, false, NULL },
        { "/plan-view/pinned", "/home/u/.ssh/id", true, false, "/data/app/.ssh/id" },
        { "/plan-view/made-directory", "/run", true, false, NULL },
        { "/plan-view/in-made-directory", "/run/of-the-host", false, false, NULL },
        { "/plan-view/above-a-mask", "/srv", false, false, NULL },
        { "/plan-view/other-home", "/home/v", false, false, NULL },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        PlanSight sight = plan_view_path(&boxes[2], row->path);

        g_assert_true(sight.visible == row->visible);
        g_assert_true(sight.writable == row->writable);
        g_assert_cmpstr(sight.source, ==, row->source);
        g_free(sight.source);
}

static void count_lines(const Plan *plan, const char *network, const char *desktop)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_auto(GStrv) lines = NULL;

        plan_view_intro(plan, &text);
        lines = g_strsplit(buffer_text(&text), "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, 5); /* the last is empty */
        g_assert_nonnull(strstr(lines[0], "/home/u; the home is kept"));
        g_assert_nonnull(strstr(lines[1], network));
        g_assert_nonnull(strstr(lines[2], desktop));
}

static void test_intro(void)
{
        PlanProgram programs[] = {
                { .name = TEXT("xephyr"), .box = 1, .argv = argv },
                { .name = TEXT("app"),
                  .box = 2,
                  .app = true,
                  .argv = argv,
                  .envp = no_display,
                  .home = TEXT("/home/u") },
        };
        Plan plan = { .boxes = boxes, .n_boxes = 3, .programs = programs + 1, .n_programs = 1 };

        g_assert_false(plan_view_has_host_network(&plan));
        count_lines(&plan, "none", "no display; no session bus");
        boxes[1].unshare = 0;
        programs[1].envp = display;
        g_assert_true(plan_view_has_host_network(&plan));
        count_lines(&plan, "the host's", "the host's display");
        plan.programs = programs;
        plan.n_programs = 2;
        count_lines(&plan, "the host's", "a display of its own");
        boxes[1].unshare = PLAN_NS_NET;
}

static void test_tree(void)
{
        PlanProgram program = { .name = TEXT("app"), .box = 2, .app = true, .argv = argv, .ready_fd = -1 };
        Plan plan = { .id = TEXT("00000000"),
                      .app = TEXT("a.b.C"),
                      .boxes = boxes,
                      .n_boxes = 3,
                      .programs = &program,
                      .n_programs = 1 };
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        plan_tree_print(&plan, false, &text);
        g_assert_cmpstr(
                buffer_text(&text), ==,
                "00000000  a.b.C\nkeeper  (keeper)\n`- inner  (inner) own net\n   `- app  (app); user 0 group 0\n"
                "         sh (app)  ready exec, death essential\n");
}

static void test_tree_json(void)
{
        uint32_t after[] = { 0 };
        PlanRange range = { 1, 100, 5 };
        PlanBox own[] = { { .name = TEXT("k"), .kind = PLAN_BOX_KEEPER, .uids = &range, .n_uids = 1 },
                          { .name = TEXT("c"), .kind = PLAN_BOX_COMPANIONS, .uid = 7, .capabilities = 1 << 7 } };
        PlanProgram programs[] = {
                { .name = TEXT("one"),
                  .box = 1,
                  .argv = argv,
                  .ready = PLAN_READY_SOCKET,
                  .ready_fd = -1,
                  .ready_path = TEXT("/s"),
                  .ready_timeout_ms = 5 },
                { .name = TEXT("two"), .box = 1, .argv = argv, .ready_fd = -1, .after = after, .n_after = 1 }
        };
        Plan plan = { .id = TEXT("00000000"),
                      .app = TEXT("a"),
                      .boxes = own,
                      .n_boxes = 2,
                      .programs = programs,
                      .n_programs = 2 };
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT, drawn = BUFFER_INIT;

        plan_tree_json(&plan, &text);
        g_assert_cmpstr(
                buffer_text(&text), ==,
                "{\"box\":\"k\",\"kind\":\"keeper\",\"unshare\":[],\"uid\":0,\"gid\":0,\"uids\":[{\"inside\":1,"
                "\"outside\":100,\"count\":5}],\"gids\":[],\"capabilities\":[],\"mounts\":0,\"programs\":[],"
                "\"children\":[{\"box\":\"c\",\"kind\":\"companions\",\"unshare\":[],\"uid\":7,\"gid\":0,"
                "\"uids\":[],\"gids\":[],\"capabilities\":[\"setuid\"],\"mounts\":0,\"programs\":[{\"name\":\"one\","
                "\"argv\":[\"sh\"],\"ready\":\"socket\",\"ready_path\":\"/s\",\"ready_timeout_ms\":5,\"after\":[],"
                "\"death\":\"essential\"},{\"name\":\"two\",\"argv\":[\"sh\"],\"ready\":\"exec\","
                "\"ready_timeout_ms\":0,\"after\":[\"one\"],\"death\":\"essential\"}],\"children\":[]}]}\n");
        plan_tree_print(&plan, false, &drawn);
        g_assert_nonnull(strstr(buffer_text(&drawn), "keeper); users 1+5 = 100\n"));
        g_assert_nonnull(strstr(buffer_text(&drawn), "user 7 group 0; keeps setuid\n"));
        g_assert_nonnull(strstr(buffer_text(&drawn), "sh (two)  ready exec, after one, death essential\n"));
}

int main(int argc, char **arguments)
{
        g_test_init(&argc, &arguments, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].test, &rows[i], test_row);
        g_test_add_func("/plan-view/intro", test_intro);
        g_test_add_func("/plan-view/tree", test_tree);
        g_test_add_func("/plan-view/tree-json", test_tree_json);
        return g_test_run();
}
