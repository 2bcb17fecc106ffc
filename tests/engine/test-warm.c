/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Boxes made ahead, by a resident engine of the test's own. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/landlock.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"
#include "warm/drop.h"
#include "warm/identity.h"
#include "warm/paths.h"
#include "warm/resident.h"

enum { PATIENCE_MS = 10000 };

typedef struct Engine {
        char *dir, *manager;
        pid_t pid;
        int fd; /* its end ends the engine */
} Engine;

/* prepare: what the engine's process is before it begins; or NULL. */
static Engine engine_begin(void (*prepare)(void))
{
        Engine engine = { .dir = box_test_path("rt") };
        int pair[2];

        engine.manager = g_build_filename(engine.dir, "manager", NULL);
        (void)g_mkdir(engine.dir, 0700);
        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        engine.pid = fork();
        if (engine.pid == 0) {
                close(pair[0]);
                if (prepare != NULL)
                        prepare();
                _exit(resident_run(engine.manager, pair[1]) == 0 ? 0 : 1);
        }
        close(pair[1]);
        engine.fd = pair[0];
        return engine;
}

static void engine_end(Engine *engine)
{
        g_autofree char *warm = g_build_filename(engine->dir, "warm", NULL);
        g_autofree char *socket = g_build_filename(warm, "engine", NULL);
        int status = -1;

        close(engine->fd);
        if (engine->pid > 0) {
                g_assert_cmpint(waitpid(engine->pid, &status, 0), ==, engine->pid);
                g_assert_cmpint(status, ==, 0);
        }
        (void)g_unlink(socket);
        /* Nothing else may be left there. */
        if (engine->pid > 0)
                g_assert_cmpint(g_rmdir(warm), ==, 0);
        (void)g_rmdir(engine->dir);
        g_free(engine->dir);
        g_free(engine->manager);
}

/* The engine's children that wait, or run. */
static guint count_boxes(const Engine *engine)
{
        g_autofree char *name = g_strdup_printf("task/%d/children", (int)engine->pid);
        g_autofree char *text = box_proc_text(engine->pid, name);
        g_auto(GStrv) words = g_strsplit(g_strchomp(text), " ", -1);

        return g_strv_length(words) - (words[0] != NULL && *words[0] == '\0' ? 1 : 0);
}

/* Launches that follow each other closely have two kept. */
static gboolean wait_for_boxes(const Engine *engine, guint least, guint most)
{
        for (int i = 0; i < PATIENCE_MS / 10; i++) {
                guint n = count_boxes(engine);

                if (n >= least && n <= most)
                        return TRUE;
                g_usleep(10000);
        }
        return FALSE;
}

typedef Plan *(*NewPlan)(const char *script);

/* Starts to end. */
static BoxRun *launch(const Engine *engine, NewPlan new_plan, const char *script)
{
        BoxRun *run = box_run_start_warm(new_plan(script), engine->manager);

        box_run_finish(run);
        if (run->step != NULL)
                g_test_message("error: %s %s: %s", run->step, run->object, g_strerror(run->error));
        return run;
}

/* Until a box is parked for that plan: two launches without. */
static void make_hot(const Engine *engine, NewPlan new_plan)
{
        guint before;

        g_assert_true(wait_for_boxes(engine, 0, 0));
        /* The engine's socket may be a moment late. */
        for (int i = 0; i < 100 && count_boxes(engine) == 0; i++) {
                g_autoptr(BoxRun) run = launch(engine, new_plan, "echo once");

                g_assert_cmpstr(run->output->str, ==, "once\n");
                g_usleep(50000);
        }
        before = count_boxes(engine);
        g_assert_cmpuint(before, ==, 1);
}

static void test_taken(void)
{
        Engine engine = engine_begin(NULL);

        make_hot(&engine, box_test_plan);
        for (int i = 0; i < 3; i++) {
                g_autoptr(BoxRun) run = launch(&engine, box_test_plan, "echo here; touch /tmp/mark && ls /tmp; exit 7");

                /* A box serves once: what one left behind the next does not see. */
                g_assert_true(run->instance.parked);
                g_assert_cmpstr(run->output->str, ==, "here\nmark\n");
                g_assert_cmpint(box_run_code(run), ==, 7);
                g_assert_true(wait_for_boxes(&engine, 1, 2));
        }
        engine_end(&engine);
}

static Plan *restricted_plan(const char *script)
{
        Plan *plan = box_test_plan(script);

        box_test_app(plan)->landlock = PLAN_LANDLOCK_FILES;
        return plan;
}

/* The rules that were made with the box hold its program, and a device is what no rule grants. */
static void test_landlock(void)
{
        const char *script = "mknod /tmp/x c 0 0 2>/dev/null && echo made || echo no";
        Engine engine;

        if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2) {
                g_test_skip("this kernel has no Landlock of ABI 2");
                return;
        }
        engine = engine_begin(NULL);
        make_hot(&engine, restricted_plan);
        {
                g_autoptr(BoxRun) warm = launch(&engine, restricted_plan, script);
                g_autoptr(BoxRun) free = box_run(box_test_plan(script), FALSE);

                g_assert_true(warm->instance.parked);
                g_assert_cmpstr(warm->output->str, ==, "no\n");
                g_assert_cmpstr(free->output->str, ==, "made\n");
        }
        engine_end(&engine);
}

/* All that a program can find out about what it was started with. */
static const char tell_state[] =
        "umask; pwd; id; nice; ulimit -Ha; ulimit -Sa; env | sort; uname -n; cat /proc/self/cgroup /proc/self/limits "
        "/proc/self/oom_score_adj /proc/self/coredump_filter /proc/self/personality /proc/self/timerslack_ns "
        "2>/dev/null; "
        "grep -vE '^(Vm|Rss|Hugetlb|.*ctxt|Threads)' /proc/self/status; cat /proc/1/comm; ls -l /proc/self/fd | "
        "sed -E 's/.*[0-9:]+ ([0-9]+ ->)/\\1/; s/:\\[[0-9]+\\]//'; ls /proc/self/task; "
        "sed -E 's/^[0-9]+ [0-9]+ [0-9]+:[0-9]+ //' /proc/self/mountinfo; tail -n +3 /proc/net/dev | cut -d: -f1; "
        "ls -la / /dev /dev/shm /tmp /home/me | sed -E 's/[A-Z][a-z]{2} +[0-9]+ [0-9:]+//; s/^([^ ]+) +[0-9]+/\\1/; "
        "s/^total.*//'; "
        "cat /proc/sys/user/max_user_namespaces /proc/sys/user/max_inotify_watches";

static void assert_same_lines(const char *warm, const char *cold)
{
        g_auto(GStrv) a = g_strsplit(warm, "\n", -1), b = g_strsplit(cold, "\n", -1);

        for (gsize i = 0; a[i] != NULL && b[i] != NULL; i++)
                g_assert_cmpstr(a[i], ==, b[i]);
        g_assert_cmpuint(g_strv_length(a), ==, g_strv_length(b));
}

static void test_state(void)
{
        struct rlimit old = { 0 }, files = { 0 };
        mode_t mask = umask(027);
        Engine engine;
        cpu_set_t processors, one;

        g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &old), ==, 0);
        umask(mask);
        engine = engine_begin(NULL);
        make_hot(&engine, box_test_plan);

        /* The caller is another than the engine by all that can be handed over. */
        (void)umask(027);
        files = (struct rlimit){ .rlim_cur = 300, .rlim_max = old.rlim_max };
        g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &files), ==, 0);
        g_assert_cmpint(setpriority(PRIO_PROCESS, 0, getpriority(PRIO_PROCESS, 0) + 3), ==, 0);
        g_assert_cmpint(sched_getaffinity(0, sizeof processors, &processors), ==, 0);
        CPU_ZERO(&one);
        for (int i = 0; i < CPU_SETSIZE && CPU_COUNT(&one) == 0; i++)
                if (CPU_ISSET(i, &processors))
                        CPU_SET(i, &one);
        g_assert_cmpint(sched_setaffinity(0, sizeof one, &one), ==, 0);
        (void)signal(SIGINT, SIG_IGN);
        g_setenv("MARKER_OF_THE_CALLER", "1", TRUE);
        {
                g_autoptr(BoxRun) warm = launch(&engine, box_test_plan, tell_state);
                g_autoptr(BoxRun) fresh = box_run(box_test_plan(tell_state), FALSE);

                g_assert_true(warm->instance.parked);
                g_assert_nonnull(strstr(warm->output->str, "0027\n"));
                g_assert_nonnull(strstr(warm->output->str, "Seccomp:"));
                assert_same_lines(warm->output->str, fresh->output->str);
        }
        (void)sched_setaffinity(0, sizeof processors, &processors);
        (void)setrlimit(RLIMIT_NOFILE, &old);
        (void)umask(mask);
        engine_end(&engine);
}

static Plan *plan_with_file(const char *script)
{
        g_autofree char *path = box_test_path("given");
        Plan *plan = box_test_plan(script);

        (void)box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/home/me/given", path);
        return plan;
}

static void put(const char *name, const char *text)
{
        g_autofree char *path = box_test_path(name);

        g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* A file is replaced, as programs save: the mount of the parked box shows the old one. */
static void test_replaced_file(void)
{
        Engine engine = engine_begin(NULL);
        g_autofree char *path = box_test_path("given");

        put("given", "old\n");
        make_hot(&engine, plan_with_file);
        put("given", "new\n");
        {
                g_autoptr(BoxRun) run = launch(&engine, plan_with_file, "cat /home/me/given");

                g_assert_false(run->instance.parked);
                g_assert_cmpstr(run->output->str, ==, "new\n");
        }
        /* The new file is another identity; what was parked for the old one is gone when that is known. */
        g_assert_true(wait_for_boxes(&engine, 0, 0));
        engine_end(&engine);
        (void)g_unlink(path);
}

/* A changed profile or grant is another plan. */
static void test_other_plan(void)
{
        Engine engine = engine_begin(NULL);

        put("given", "file\n");
        make_hot(&engine, box_test_plan);
        {
                g_autoptr(BoxRun) run = launch(&engine, plan_with_file, "cat /home/me/given");

                g_assert_false(run->instance.parked);
                g_assert_cmpstr(run->output->str, ==, "file\n");
        }
        engine_end(&engine);
}

/* What is parked goes, what runs does not. */
static void test_drop(void)
{
        Engine engine = engine_begin(NULL);
        g_autoptr(BoxRun) run = NULL;

        make_hot(&engine, box_test_plan);
        run = box_run_start_warm(box_test_plan("echo up; sleep 2; echo end"), engine.manager);
        g_assert_true(run->instance.parked);
        box_run_until(run, "up");
        g_assert_true(wait_for_boxes(&engine, 2, 3));
        g_assert_cmpint(warm_drop(engine.manager, "org.example.Other"), ==, 0);
        g_assert_cmpuint(count_boxes(&engine), >=, 2);
        g_assert_cmpint(warm_drop(engine.manager, "org.example.Test"), ==, 0);
        g_assert_cmpuint(count_boxes(&engine), ==, 1);
        {
                g_autoptr(BoxRun) next = launch(&engine, box_test_plan, "echo cold");

                g_assert_false(next->instance.parked);
        }
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 0);
        engine_end(&engine);
}

/* Nobody may be there to reap it. */
static gboolean is_over(pid_t pid)
{
        g_autofree char *stat = box_proc_text(pid, "stat");
        const char *state = strrchr(stat, ')');

        return state == NULL || state[2] == 'Z' || state[2] == 'X';
}

/* kill -9 of the engine: parked boxes end, running ones don't notice. */
static void test_engine_killed(void)
{
        Engine engine = engine_begin(NULL);
        g_autoptr(BoxRun) run = NULL;
        g_autoptr(GArray) pids = NULL;

        make_hot(&engine, box_test_plan);
        run = box_run_start_warm(box_test_plan("echo up; sleep 1; echo still here"), engine.manager);
        g_assert_true(run->instance.parked);
        box_run_until(run, "up");
        g_assert_true(wait_for_boxes(&engine, 2, 3));
        pids = box_processes(engine.pid);
        g_assert_cmpint(kill(engine.pid, SIGKILL), ==, 0);
        g_assert_cmpint(waitpid(engine.pid, NULL, 0), ==, engine.pid);
        engine.pid = 0;
        box_run_until(run, "still here");
        for (guint i = 1; i < pids->len; i++) {
                pid_t pid = g_array_index(pids, pid_t, i);
                g_autoptr(GArray) ours = box_processes(run->instance.keeper_pid);
                gboolean is_ours = FALSE;

                for (guint k = 0; k < ours->len; k++)
                        is_ours = is_ours || g_array_index(ours, pid_t, k) == pid;
                /* The kernel ends them when it comes to it. */
                for (int ms = 0; !is_ours && !is_over(pid); ms += 10) {
                        g_assert_cmpint(ms, <, 10000);
                        g_usleep(10 * 1000);
                }
        }
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 0);
        {
                g_autoptr(BoxRun) next = launch(&engine, box_test_plan, "echo cold");

                g_assert_false(next->instance.parked);
                g_assert_cmpstr(next->output->str, ==, "cold\n");
        }
        engine_end(&engine);
}

static void test_front_gone(void)
{
        Engine engine = engine_begin(NULL);
        g_autoptr(BoxRun) run = NULL;

        make_hot(&engine, box_test_plan);
        run = box_run_start_warm(box_test_plan("echo up; sleep 1000"), engine.manager);
        g_assert_true(run->instance.parked);
        box_run_until(run, "up");
        close(run->instance.keeper_socket);
        run->instance.keeper_socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
        run->over = TRUE;
        box_run_finish(run);
        engine_end(&engine);
}

static void lower_files(void)
{
        const struct rlimit low = { 64, 64 };

        (void)setrlimit(RLIMIT_NOFILE, &low);
}

/* What can't be handed over starts as it would without, and once. */
static void test_limit_above(void)
{
        Engine engine = engine_begin(lower_files);

        make_hot(&engine, box_test_plan);
        {
                g_autoptr(BoxRun) run = launch(&engine, box_test_plan, "echo once; ulimit -n");
                g_autoptr(BoxRun) fresh = box_run(box_test_plan("echo once; ulimit -n"), FALSE);

                g_assert_false(run->instance.parked);
                g_assert_cmpstr(run->output->str, ==, fresh->output->str);
        }
        engine_end(&engine);
}

/* A connection to the parked box, with as much of a launch as is said; the first word that comes back, or NULL. */
static char *speak(const Engine *engine, gboolean same, guint64 token_count, gboolean namespace)
{
        CLEANUP(plan_freep) Plan *plan = box_test_plan("echo never");
        CLEANUP(buffer_clear) Buffer identity = BUFFER_INIT;
        CLEANUP(message_freep) Message *message = message_new("launch"), *answer = NULL;
        CLEANUP(fd_closep) int fd = -1, token = eventfd((unsigned)token_count, EFD_NONBLOCK | EFD_CLOEXEC);
        CLEANUP(fd_closep) int shown = open(namespace ? "/proc/self/ns/user" : "/dev/null", O_RDONLY | O_CLOEXEC);
        char name[WARM_NAME_SIZE];

        box_test_seal(plan);
        warm_identity_add(plan, &identity);
        warm_identity_name(&identity, name);
        fd = warm_connect(engine->manager, name);
        g_assert_cmpint(fd, >=, 0);
        if (!same)
                identity.bytes[identity.n / 2] ^= 1;
        g_assert_cmpint(send(fd, identity.bytes, identity.n, MSG_NOSIGNAL), ==, identity.n);
        message_add(message, "id", "00000001");
        message_add(message, "argv", "true");
        (void)message_send(fd, message, (const int[]){ token, shown }, 2);
        answer = box_run_hear(fd, NULL);
        return answer == NULL ? NULL : g_strdup(message_verb(answer));
}

/* Who is not the same, took its launch back, or shows no namespace, gets nothing, and the box waits on. */
static void test_refused(void)
{
        Engine engine = engine_begin(NULL);
        g_autoptr(BoxRun) run = NULL;

        make_hot(&engine, box_test_plan);
        g_assert_null(speak(&engine, FALSE, 1, TRUE));
        g_assert_null(speak(&engine, TRUE, 0, TRUE));
        g_assert_null(speak(&engine, TRUE, 1, FALSE));
        g_assert_cmpuint(count_boxes(&engine), ==, 1);
        run = launch(&engine, box_test_plan, "echo served");
        g_assert_true(run->instance.parked);
        g_assert_cmpstr(run->output->str, ==, "served\n");
        engine_end(&engine);
}

static void write_own(const char *name, const char *text)
{
        g_autofree char *path = g_strdup_printf("/proc/self/%s", name);
        CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

        g_assert_cmpint(fd_write_all(fd, text, strlen(text)), ==, 0);
}

static Plan *plan_with_directory(const char *script)
{
        g_autofree char *path = box_test_path("top");
        Plan *plan = box_test_plan(script);

        (void)box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/home/me/top", path);
        return plan;
}

/* In namespaces of the test's own, where it can mount: what was mounted below a bind since a box was made is there for
 * the next launch, whether it takes a newer box or none. */
static void test_mounts_changed(void)
{
        g_autofree char *top = box_test_path("top"), *sub = box_test_path("top/sub");
        g_autofree char *file = box_test_path("top/sub/new");
        g_autofree char *user = g_strdup_printf("%d %d 1\n", (int)getuid(), (int)getuid());
        g_autofree char *group = g_strdup_printf("%d %d 1\n", (int)getgid(), (int)getgid());
        Engine engine;

        g_assert_cmpint(unshare(CLONE_NEWUSER | CLONE_NEWNS), ==, 0);
        write_own("uid_map", user);
        write_own("setgroups", "deny");
        write_own("gid_map", group);
        (void)g_mkdir(top, 0755);
        (void)g_mkdir(sub, 0755);
        engine = engine_begin(NULL);
        make_hot(&engine, plan_with_directory);
        g_assert_cmpint(mount("t", sub, "tmpfs", 0, NULL), ==, 0);
        g_assert_true(g_file_set_contents(file, "x", 1, NULL));
        {
                g_autoptr(BoxRun) run = launch(&engine, plan_with_directory, "ls /home/me/top/sub");

                g_assert_cmpstr(run->output->str, ==, "new\n");
        }
        g_assert_cmpint(umount(sub), ==, 0);
        engine_end(&engine);
        (void)g_rmdir(sub);
        (void)g_rmdir(top);
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        g_test_add_func("/warm/taken", test_taken);
        g_test_add_func("/warm/landlock", test_landlock);
        g_test_add_func("/warm/replaced-file", test_replaced_file);
        g_test_add_func("/warm/other-plan", test_other_plan);
        g_test_add_func("/warm/drop", test_drop);
        g_test_add_func("/warm/engine-killed", test_engine_killed);
        g_test_add_func("/warm/front-gone", test_front_gone);
        g_test_add_func("/warm/limit-above", test_limit_above);
        g_test_add_func("/warm/refused", test_refused);
        /* These change the process. */
        g_test_add_func("/warm/state", test_state);
        g_test_add_func("/warm/mounts-changed", test_mounts_changed);
        return g_test_run();
}
