/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Trees other than the default one: boxes in boxes to the kernel's last level, boxes that share what is their parent's,
 * capabilities that are kept, readiness by what a program makes. */
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "box-test.h"

static const uint32_t own = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID;

/* The app's box moved below as many boxes, each a pid and mount namespace. */
static Plan *chain(const char *script, guint n_links)
{
        Plan *plan = box_test_plan(script);
        PlanBox app = plan->boxes[1];

        plan->boxes = g_renew(PlanBox, plan->boxes, n_links + 2);
        for (guint i = 0; i < n_links; i++)
                plan->boxes[i + 1] = (PlanBox){ .name = g_strdup_printf("link-%u", i),
                                                .kind = PLAN_BOX_INNER,
                                                .parent = i,
                                                .unshare = PLAN_NS_MOUNT | PLAN_NS_PID };
        app.parent = n_links;
        plan->boxes[n_links + 1] = app;
        plan->n_boxes = n_links + 2;
        plan->programs[0].box = n_links + 1;
        return plan;
}

/* Pid namespaces that this test lies in already. */
static guint own_depth(void)
{
        g_autofree char *status = box_proc_text(getpid(), "status");
        g_auto(GStrv) words = g_strsplit(strstr(status, "NSpid:"), "\n", 2), pids = g_strsplit(words[0], "\t", -1);

        return g_strv_length(pids) - 1;
}

/* The last level that the kernel has, and the first that it has not. */
static void test_depth(void)
{
        guint most = PLAN_MAX_DEPTH - 2 - (own_depth() - 1);
        g_autoptr(BoxRun) run = box_run(chain("readlink /proc/self; echo done; exit 5", most), FALSE), deeper = NULL;

        g_assert_cmpstr(run->step, ==, NULL);
        g_assert_nonnull(strstr(run->output->str, "done\n"));
        g_assert_cmpint(box_run_code(run), ==, 5);
        deeper = box_run(chain("echo never", most + 1), FALSE);
        g_assert_cmpstr(deeper->step, ==, "depth");
        g_assert_cmpint(deeper->error, ==, ENOSPC);
}

static char *last_line_of(const char *text, const char *start)
{
        const char *at = strstr(text, start);

        g_assert_nonnull(at);
        return g_strndup(at, strcspn(at, "\n"));
}

/* A time namespace of a box above, as of the box itself. */
static void test_time(void)
{
        static const char script[] = "readlink /proc/self/ns/time";
        g_autofree char *outside = g_file_read_link("/proc/self/ns/time", NULL);

        for (guint i = 0; i < 2; i++) {
                Plan *plan = chain(script, 1);
                g_autoptr(BoxRun) run = NULL;
                g_autofree char *inside = NULL;

                plan->boxes[1 + i].unshare |= PLAN_NS_TIME;
                run = box_run(plan, FALSE);
                inside = last_line_of(run->output->str, "time:[");
                g_assert_cmpstr(inside, !=, outside);
                g_assert_cmpint(box_run_code(run), ==, 0);
        }
}

static uint32_t add_box(Plan *plan, const char *name, PlanBoxKind kind, const char *parent, uint32_t unshare)
{
        plan->boxes = g_renew(PlanBox, plan->boxes, plan->n_boxes + 1);
        plan->boxes[plan->n_boxes] = (PlanBox){ .name = g_strdup(name),
                                                .kind = kind,
                                                .parent = (uint32_t)(box_test_box(plan, parent) - plan->boxes),
                                                .unshare = unshare,
                                                .uid = 1000,
                                                .gid = 1000 };
        return (uint32_t)plan->n_boxes++;
}

static void put_app_last(Plan *plan)
{
        PlanProgram app = plan->programs[0];

        memmove(plan->programs, plan->programs + 1, (plan->n_programs - 1) * sizeof app);
        plan->programs[plan->n_programs - 1] = app;
}

static void start_after(PlanProgram *program, uint32_t index)
{
        program->after = g_renew(uint32_t, program->after, program->n_after + 1);
        program->after[program->n_after++] = index;
}

/* A box with a user namespace alone: the root, the processes and the rest are its parent's, and its ids are not. */
static void test_sharing(void)
{
        static const char list[] = "for n in mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done";
        g_autofree char *beside = g_strdup_printf("{ %s; } >/tmp/beside; readlink /proc/self/ns/user >/tmp/user", list);
        g_autofree char *app = g_strdup_printf("%s >/tmp/app; cmp /tmp/app /tmp/beside && "
                                               "readlink /proc/self/ns/user | cmp - /tmp/user; echo $?",
                                               list);
        Plan *plan = box_test_plan(app);
        g_autoptr(BoxRun) run = NULL;

        (void)add_box(plan, "beside", PLAN_BOX_APP, "app", PLAN_NS_USER);
        box_test_program(plan, "beside", "beside", beside)->ready = PLAN_READY_EXIT;
        put_app_last(plan);
        start_after(&plan->programs[1], 0);
        run = box_run(plan, FALSE);
        g_assert_nonnull(strstr(run->output->str, "- /tmp/user differ"));
        g_assert_true(g_str_has_suffix(run->output->str, "\n1\n"));
}

/* Below such a box one with a root of its own, whose /proc it mounts itself. */
static void test_root_below_shared(void)
{
        Plan *plan = box_test_plan("echo up");
        g_autoptr(BoxRun) run = NULL;
        uint32_t from = 1, to;

        (void)add_box(plan, "beside", PLAN_BOX_APP, "app", PLAN_NS_USER);
        to = add_box(plan, "below", PLAN_BOX_APP, "beside", own);
        plan->boxes[to].mounts = plan->boxes[from].mounts;
        plan->boxes[to].n_mounts = plan->boxes[from].n_mounts;
        plan->boxes[from].mounts = NULL;
        plan->boxes[from].n_mounts = 0;
        for (gsize i = 0; i < plan->boxes[to].n_mounts; i++) {
                const PlanMount *mount = &plan->boxes[to].mounts[i];
                PlanMount *copy = box_test_mount(plan, "app", mount->kind, mount->dest, mount->source);

                copy->flags = mount->flags;
        }
        box_test_program(plan, "below", "below", "set -- /proc/[0-9]*; echo $# here; mount | grep -c ' /proc '")
                ->ready = PLAN_READY_EXIT;
        plan->programs[1].stdio = PLAN_STDIO_LOG;
        put_app_last(plan);
        start_after(&plan->programs[1], 0);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->output->str, ==, "2 here\n1\nup\n");
}

/* What is kept passes through exec(2), and is no more than was kept. */
static void test_capabilities(void)
{
        static const struct {
                uint64_t kept;
                const char *want;
        } rows[] = {
                { 0, "Cap:0000000000000000 Cap:0000000000000000 Cap:0000000000000000 " },
                { UINT64_C(1) << CAP_SYS_CHROOT | UINT64_C(1) << CAP_SETUID,
                  "Cap:0000000000040080 Cap:0000000000040080 Cap:0000000000040080 " },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                Plan *plan =
                        box_test_plan("grep -E 'Cap(Eff|Bnd|Amb)' /proc/self/status | while read name set; do printf "
                                      "'Cap:%s ' $set; done");
                g_autoptr(BoxRun) run = NULL;

                plan->boxes[1].capabilities = rows[i].kept;
                run = box_run(plan, FALSE);
                g_assert_cmpstr(run->output->str, ==, rows[i].want);
        }
}

/* The app starts once a socket listens, or a file is there; one that is only bound does not count. */
static void test_ready_path(void)
{
        static const struct {
                PlanReady ready;
                const char *script, *want;
        } rows[] = {
                { PLAN_READY_FILE, "sleep 0.2; echo made; >/run/x/it; sleep 1000", "made\nup\n" },
                { PLAN_READY_SOCKET,
                  "exec python3 -c 'import socket,time\ns=socket.socket(socket.AF_UNIX)\ns.bind(\"/run/x/it\")\n"
                  "time.sleep(.3)\nprint(\"listens\",flush=True)\ns.listen()\ntime.sleep(1000)'",
                  "listens\nup\n" },
                { PLAN_READY_SOCKET,
                  "exec python3 -c 'import socket,time\ns=socket.socket(socket.AF_UNIX,socket.SOCK_SEQPACKET)\n"
                  "s.bind(\"/run/x/it\")\nprint(\"listens\",flush=True)\ns.listen()\ntime.sleep(1000)'",
                  "listens\nup\n" },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                Plan *plan = box_test_tree("echo up");
                PlanProgram *first = box_test_program(plan, "companions", "first", rows[i].script);
                g_autoptr(BoxRun) run = NULL;

                box_test_mount(plan, "companions", PLAN_MOUNT_SHARED, "/run/x", "x")->flags = PLAN_MOUNT_RW;
                first->stdio = PLAN_STDIO_LOG;
                first->ready = rows[i].ready;
                first->ready_path = g_strdup("/run/x/it");
                put_app_last(plan);
                start_after(&plan->programs[1], 0);
                run = box_run(plan, FALSE);
                g_assert_cmpstr(run->output->str, ==, rows[i].want);
                g_assert_true(run->ready);
        }
}

static void test_ready_path_never(void)
{
        Plan *plan = box_test_tree("echo up");
        PlanProgram *first = box_test_program(plan, "companions", "first", "sleep 1000");
        g_autoptr(BoxRun) run = NULL;

        first->ready = PLAN_READY_FILE;
        first->ready_path = g_strdup("/run/it");
        first->ready_timeout_ms = 200;
        put_app_last(plan);
        start_after(&plan->programs[1], 0);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->step, ==, "ready");
        g_assert_cmpstr(run->object, ==, "first");
        g_assert_cmpint(run->error, ==, ETIMEDOUT);
}

/* Ids that the person does not have are not mapped, and the reason is said. */
static void test_foreign_ids(void)
{
        Plan *plan = box_test_plan("echo never");
        g_autoptr(BoxRun) run = NULL;

        plan->boxes[0].uids = g_new0(PlanRange, 1);
        plan->boxes[0].uids[0] = (PlanRange){ 1, 1, 10 };
        plan->boxes[0].n_uids = 1;
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->step, ==, "newuidmap");
        g_assert_cmpint(run->app_status, ==, -1);
        g_assert_true(run->error == EPERM || run->error == ENOENT || run->error == EACCES);
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        g_test_add_func("/nest/depth", test_depth);
        g_test_add_func("/nest/time", test_time);
        g_test_add_func("/nest/sharing", test_sharing);
        g_test_add_func("/nest/root-below-shared", test_root_below_shared);
        g_test_add_func("/nest/capabilities", test_capabilities);
        g_test_add_func("/nest/ready-path", test_ready_path);
        g_test_add_func("/nest/ready-path-never", test_ready_path_never);
        g_test_add_func("/nest/foreign-ids", test_foreign_ids);
        return g_test_run();
}
