/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The whole tree: companions, their deaths, the control socket, shells, and that nothing is left. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"

/* Companions are started before the app, which stands first in a plan of box_test_tree(). */
static Plan *tree(const char *app, const char *first_box, const char *first, const char *second_box, const char *second)
{
        Plan *plan = box_test_tree(app);
        PlanProgram moved;

        (void)box_test_program(plan, first_box, "first", first);
        if (second != NULL)
                (void)box_test_program(plan, second_box, "second", second);
        moved = plan->programs[0];
        memmove(plan->programs, plan->programs + 1, (plan->n_programs - 1) * sizeof moved);
        plan->programs[plan->n_programs - 1] = moved;
        return plan;
}

static void add_after(PlanProgram *program, uint32_t index)
{
        program->after = g_renew(uint32_t, program->after, program->n_after + 1);
        program->after[program->n_after++] = index;
}

static void assert_gone(GArray *pids)
{
        for (guint i = 0; i < pids->len; i++) {
                g_autofree char *path = g_strdup_printf("/proc/%d", g_array_index(pids, pid_t, i));

                g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
        }
}

/* Each namespace is whose the plan says, and each box sees its own processes only. */
static void test_namespaces(void)
{
        static const char script[] = "for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; "
                                     "set -- /proc/[0-9]*; echo $#; echo end";
        g_autofree char *slow = g_strdup_printf("%s; sleep 1000", script);
        Plan *plan = tree("sleep 0.3", "companions", slow, "semi/a", slow);
        g_autoptr(BoxRun) run = NULL;
        g_auto(GStrv) lines = NULL;

        plan->programs[0].stdio = plan->programs[1].stdio = PLAN_STDIO_LOG;
        run = box_run(plan, FALSE);
        lines = g_strsplit(run->output->str, "\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, 19);
        g_assert_true(strstr(run->output->str, "\n2\nend") != NULL);
        /* No order between the two is promised, but a namespace of one is never the other's. */
        for (gsize i = 0; i < 18; i++)
                for (gsize k = 0; k < i; k++)
                        if (strchr(lines[i], '[') != NULL && !g_str_has_prefix(lines[i], "cgroup"))
                                g_assert_cmpstr(lines[i], !=, lines[k]);
        g_assert_cmpint(box_run_code(run), ==, 0);
}

/* `after` is kept: the app starts when both are ready, each by its own kind of word. */
static void test_ready(void)
{
        Plan *plan =
                tree("cat /run/x/log", "semi/a", "sleep 0.2; echo one >>/run/x/log; echo >&7; sleep 1000", "companions",
                     "echo two >>/run/x/log; printf 42 >&5; sleep 0.2; echo three >>/run/x/log; echo >&5; sleep 1000");
        g_autoptr(BoxRun) run = NULL;

        for (gsize i = 1; i < plan->n_boxes; i++)
                if (plan->boxes[i].kind != PLAN_BOX_INNER)
                        box_test_mount(plan, plan->boxes[i].name, PLAN_MOUNT_SHARED, "/run/x", "x")->flags =
                                PLAN_MOUNT_RW;
        plan->programs[0].ready = PLAN_READY_BYTE;
        plan->programs[0].ready_fd = 7;
        plan->programs[1].ready = PLAN_READY_LINE;
        plan->programs[1].ready_fd = 5;
        add_after(&plan->programs[1], 0);
        add_after(&plan->programs[2], 1);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->output->str, ==, "one\ntwo\nthree\n");
        g_assert_true(run->ready);
}

static void test_setup_step(void)
{
        static const int codes[] = { 0, 3 };

        for (gsize i = 0; i < G_N_ELEMENTS(codes); i++) {
                g_autofree char *script = g_strdup_printf("sleep 0.1; exit %d", codes[i]);
                Plan *plan = tree("echo up", "companions", script, NULL, NULL);
                g_autoptr(BoxRun) run = NULL;

                plan->programs[0].ready = PLAN_READY_EXIT;
                add_after(&plan->programs[1], 0);
                run = box_run(plan, FALSE);
                g_assert_cmpstr(run->output->str, ==, codes[i] == 0 ? "up\n" : "");
                g_assert_cmpstr(run->ended, ==, codes[i] == 0 ? NULL : "first");
        }
}

static void test_never_ready(void)
{
        Plan *plan = tree("echo up", "companions", "sleep 1000", NULL, NULL);
        g_autoptr(BoxRun) run = NULL;

        plan->programs[0].ready = PLAN_READY_BYTE;
        plan->programs[0].ready_fd = 3;
        plan->programs[0].ready_timeout_ms = 200;
        add_after(&plan->programs[1], 0);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->step, ==, "ready");
        g_assert_cmpstr(run->object, ==, "first");
        g_assert_cmpint(run->error, ==, ETIMEDOUT);
}

static void test_companion_missing(void)
{
        Plan *plan = tree("echo up; sleep 1000", "companions", "", NULL, NULL);
        g_autoptr(BoxRun) run = NULL;

        g_strfreev(plan->programs[0].argv);
        plan->programs[0].argv = g_strsplit("no-such-companion", " ", -1);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->step, ==, "exec");
        g_assert_cmpstr(run->program, ==, "first");
        g_assert_cmpint(run->error, ==, ENOENT);
}

/* A companion dies at once, or each time that it is started. */
static const struct Death {
        const char *path;
        PlanDeath death;
        const char *script, *ended; /* NULL: the app went on to its own end */
        gsize lines;                /* of what the companion said */
} deaths[] = {
        { "/tree/death/essential", PLAN_DEATH_ESSENTIAL, "echo started; sleep 0.1; exit 1", "first", 1 },
        { "/tree/death/ignore", PLAN_DEATH_IGNORE, "echo started; sleep 0.1; exit 1", NULL, 1 },
        { "/tree/death/restart", PLAN_DEATH_RESTART,
          "echo started; mkdir /tmp/once 2>/dev/null || sleep 1000; kill -SEGV $$", NULL, 2 },
        { "/tree/death/restart-bounded", PLAN_DEATH_RESTART, "echo started; exit 1", "first", 6 },
};

static void test_death(const void *data)
{
        const struct Death *row = data;
        Plan *plan = tree(row->ended == NULL ? "sleep 0.6" : "sleep 1000", "companions", row->script, NULL, NULL);
        g_autoptr(BoxRun) run = NULL;
        g_auto(GStrv) lines = NULL;

        plan->programs[0].death = row->death;
        plan->programs[0].stdio = PLAN_STDIO_LOG;
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->ended, ==, row->ended);
        g_assert_cmpint(box_run_code(run), ==, row->ended == NULL ? 0 : -1);
        lines = g_strsplit(run->output->str, "started\n", -1);
        g_assert_cmpuint(g_strv_length(lines), ==, row->lines + 1);
}

/* kill -9 of each process of the tree in its turn: the instance ends, with every process of it. */
static void test_kill_each(void)
{
        for (guint turn = 0;; turn++) {
                Plan *plan = tree("echo up; sleep 1000", "semi/a", "sleep 1000", "companions", "sleep 1000");
                g_autoptr(BoxRun) run = box_run_start(plan, turn % 2 == 1, NULL, 0);
                g_autoptr(GArray) pids = NULL;
                gint64 begin;

                box_run_until(run, "up");
                while (!run->ready)
                        g_assert_true(box_run_step(run));
                pids = box_processes(run->instance.keeper_pid);
                /* keeper, four inits, three programs; the app's sleep may or may not be a child. */
                g_assert_cmpuint(pids->len, >=, 8);
                if (turn >= pids->len)
                        break;
                begin = g_get_monotonic_time();
                g_assert_cmpint(kill(g_array_index(pids, pid_t, turn), SIGKILL), ==, 0);
                box_run_finish(run);
                g_assert_cmpint(g_get_monotonic_time() - begin, <, G_USEC_PER_SEC);
                assert_gone(pids);
        }
}

static void test_control_tree(void)
{
        Plan *plan = tree("echo up; exec sleep 1000", "semi/a", "exec sleep 1001", "companions", "exec sleep 1002");
        static const char *const roles[] = { "0 -1 1 keeper ", "1 -1 ", "2 -1 ", "3 -1 ",
                                             "4 -1 ",          "1 0 ",  "3 1 ",  "4 2 " };
        static const char *const boxes[] = { "0 0 keeper keeper", "1 0 semi semi/a", "2 0 inner inner",
                                             "3 2 companions companions", "4 2 app app" };
        g_autoptr(BoxRun) run = box_run_start(plan, FALSE, NULL, 0);
        CLEANUP(fd_closep) int connection = -1;
        CLEANUP(message_freep) Message *answer = NULL, *done = NULL, *unknown = NULL;

        box_run_until(run, "up");
        while (!run->ready)
                g_assert_true(box_run_step(run));
        connection = box_run_connect(run, TRUE);
        answer = box_run_ask(connection, message_new("tree"), NULL, 0);
        g_assert_cmpstr(message_verb(answer), ==, "tree");
        for (gsize i = 0; i < G_N_ELEMENTS(boxes); i++)
                g_assert_cmpstr(message_get_nth(answer, "box", i), ==, boxes[i]);
        for (gsize i = 0; i < G_N_ELEMENTS(roles); i++) {
                const char *process = message_get_nth(answer, "process", i);
                int box, program, pid = 0;

                g_assert_true(g_str_has_prefix(process, roles[i]));
                g_assert_cmpint(sscanf(process, "%d %d %d", &box, &program, &pid), ==, 3);
                g_assert_cmpint(pid, >, 0);
        }
        g_assert_null(message_get_nth(answer, "process", G_N_ELEMENTS(roles)));
        unknown = box_run_ask(connection, message_new("dance"), NULL, 0);
        g_assert_cmpstr(message_verb(unknown), ==, "error");
        done = box_run_ask(connection, message_new("kill"), NULL, 0);
        g_assert_cmpstr(message_verb(done), ==, "done");
        g_assert_null(box_run_hear(connection, NULL));
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 137);
}

static void test_control_stop(void)
{
        g_autoptr(BoxRun) run = box_run_start(
                box_test_plan("trap 'exit 9' TERM; echo up; while :; do sleep 0.05; done"), FALSE, NULL, 0);
        CLEANUP(fd_closep) int stopper = -1, watcher = -1;
        CLEANUP(message_freep) Message *watching = NULL, *done = NULL;

        box_run_until(run, "up");
        watcher = box_run_connect(run, TRUE);
        stopper = box_run_connect(run, TRUE);
        watching = box_run_ask(watcher, message_new("watch"), NULL, 0);
        g_assert_cmpstr(message_verb(watching), ==, "done");
        done = box_run_ask(stopper, message_new("stop"), NULL, 0);
        g_assert_cmpstr(message_verb(done), ==, "done");
        g_assert_null(box_run_hear(watcher, NULL));
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 9);
}

/* Who does not end when asked to is killed after the grace. */
static void test_control_stop_deaf(void)
{
        g_autoptr(BoxRun) run =
                box_run_start(box_test_plan("trap '' TERM; echo up; while :; do sleep 0.05; done"), FALSE, NULL, 0);
        Message *stop = message_new("stop");
        CLEANUP(fd_closep) int stopper = -1;
        CLEANUP(message_freep) Message *done = NULL;

        box_run_until(run, "up");
        stopper = box_run_connect(run, TRUE);
        message_add_number(stop, "grace-ms", 100);
        done = box_run_ask(stopper, stop, NULL, 0);
        g_assert_cmpstr(message_verb(done), ==, "done");
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 137);
}

static Message *shell_message(const char *script, const char *tty)
{
        Message *message = message_new("shell");

        message_add(message, "argv", "sh");
        message_add(message, "argv", "-c");
        message_add(message, "argv", script);
        message_add(message, "env", "EXTRA=yes");
        message_add(message, "env", "HOME=/run");
        message_add(message, "cwd", "/tmp");
        for (int i = 0; i < 3; i++)
                message_add(message, "tty", tty);
        return message;
}

static char *read_rest(int fd)
{
        GString *text = g_string_new(NULL);
        char bytes[1024];
        ssize_t n;

        while ((n = read(fd, bytes, sizeof bytes)) > 0)
                g_string_append_len(text, bytes, n);
        return g_string_free(text, FALSE);
}

static char *confinement_of(const char *prefix)
{
        return g_strdup_printf("for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; "
                               "grep -E '^(Cap|Sec|NoN|Uid|Gid|Seccomp)' /proc/self/status%s",
                               prefix);
}

/* A shell is what the app is: the same namespaces, capabilities, filter, ids. */
static void test_shell(void)
{
        g_autofree char *app = confinement_of("; echo up; sleep 1000"),
                        *inside = confinement_of("; echo $EXTRA $HOME; pwd; ls /proc/$$/fd; exit 6");
        g_autoptr(BoxRun) run = box_run_start(tree(app, "companions", "sleep 1000", NULL, NULL), FALSE, NULL, 0);
        CLEANUP(fd_closep) int connection = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC), reading = -1;
        CLEANUP(message_freep) Message *exit_message = NULL;
        g_autofree char *said = NULL, *want = NULL;
        int ends[2], fds[3];

        box_run_until(run, "up\n");
        while (!run->ready)
                g_assert_true(box_run_step(run));
        g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
        reading = ends[0];
        fds[0] = null;
        fds[1] = fds[2] = ends[1];
        connection = box_run_connect(run, TRUE);
        g_assert_cmpint(message_send(connection, exit_message = shell_message(inside, "0"), fds, 3), ==, 0);
        close(ends[1]);
        message_free(STEAL(exit_message));
        said = read_rest(reading);
        want = g_strdup_printf("%.*syes /run\n/tmp\n0\n1\n2\n",
                               (int)(strstr(run->output->str, "up\n") - run->output->str), run->output->str);
        g_assert_cmpstr(said, ==, want);
        exit_message = box_run_hear(connection, NULL);
        g_assert_cmpstr(message_verb(exit_message), ==, "exit");
        g_assert_cmpint(message_get_number(exit_message, "status", -1), ==, 6 << 8);
}

static void test_shell_terminal(void)
{
        g_autoptr(BoxRun) run = box_run_start(box_test_plan("echo up; sleep 1000"), FALSE, NULL, 0);
        CLEANUP(fd_closep) int connection = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC), master = -1;
        CLEANUP(message_freep)
        Message *pty = NULL, *ended = NULL, *asked = shell_message("tty; test -t 2 && : </dev/tty && echo whole", "1");
        g_autofree char *said = NULL;
        int fds[3] = { null, null, null };

        box_run_until(run, "up");
        while (!run->ready)
                g_assert_true(box_run_step(run));
        connection = box_run_connect(run, TRUE);
        g_assert_cmpint(message_send(connection, asked, fds, 3), ==, 0);
        pty = box_run_hear(connection, &master);
        g_assert_cmpstr(message_verb(pty), ==, "pty");
        g_assert_cmpint(master, >=, 0);
        said = read_rest(master);
        g_assert_cmpstr(said, ==, "/dev/pts/0\r\nwhole\r\n");
        ended = box_run_hear(connection, NULL);
        g_assert_cmpint(message_get_number(ended, "status", -1), ==, 0);
}

/* Its client goes: so does the shell, and the app stays. */
static void test_shell_client_gone(void)
{
        g_autoptr(BoxRun) run = box_run_start(box_test_plan("echo up; sleep 1000"), FALSE, NULL, 0);
        CLEANUP(fd_closep) int connection = -1, null = open("/dev/null", O_RDWR | O_CLOEXEC), reading = -1;
        CLEANUP(message_freep) Message *asked = shell_message("echo in; exec sleep 1000", "0");
        g_autofree char *said = NULL;
        int ends[2], fds[3];
        char bytes[3];

        box_run_until(run, "up");
        while (!run->ready)
                g_assert_true(box_run_step(run));
        g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
        reading = ends[0];
        fds[0] = null;
        fds[1] = fds[2] = ends[1];
        connection = box_run_connect(run, TRUE);
        g_assert_cmpint(message_send(connection, asked, fds, 3), ==, 0);
        close(ends[1]);
        g_assert_cmpint(read(reading, bytes, 3), ==, 3);
        connection = fd_close(connection);
        said = read_rest(reading);
        g_assert_cmpstr(said, ==, "");
        g_assert_false(run->over);
        connection = box_run_connect(run, TRUE);
        message_free(STEAL(asked));
        asked = box_run_ask(connection, message_new("watch"), NULL, 0);
        g_assert_cmpstr(message_verb(asked), ==, "done");
}

static void test_shell_refused(void)
{
        g_autoptr(BoxRun) run = box_run_start(box_test_plan("echo up; sleep 1000"), FALSE, NULL, 0);
        CLEANUP(fd_closep) int connection = -1, directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(message_freep) Message *answer = NULL;
        const int fds[3] = { directory, directory, directory };

        box_run_until(run, "up");
        while (!run->ready)
                g_assert_true(box_run_step(run));
        connection = box_run_connect(run, TRUE);
        answer = box_run_ask(connection, shell_message("ls", "0"), fds, 3);
        g_assert_cmpstr(message_verb(answer), ==, "error");
        g_assert_cmpint(message_get_number(answer, "errno", 0), ==, EISDIR);
}

/* Even where the socket can be reached from inside, no process of the instance commands its keeper. */
static void test_control_from_inside(void)
{
        Plan *plan = box_test_plan("perl -e 'use Socket; socket(S, PF_UNIX, SOCK_SEQPACKET, 0) and "
                                   "connect(S, sockaddr_un(\"/srv/t/control\")) or die $!; send(S, \"kill\\0\", 0); "
                                   "print defined(recv(S, $b, 100, 0)) ? length($b) : \"cut\"'; echo .; exit 3");
        g_autoptr(BoxRun) run = NULL;

        box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/t", box_test_dir())->flags = PLAN_MOUNT_RW;
        run = box_run(plan, FALSE);
        g_assert_true(g_str_equal(run->output->str, "0.\n") || g_str_equal(run->output->str, "cut.\n"));
        g_assert_cmpint(box_run_code(run), ==, 3);
}

/* Nor does the same user from within a namespace of its own, as every box has one: by name or by silence. */
static void test_control_from_other_box(void)
{
        static const gboolean shows[] = { TRUE, FALSE };
        g_autoptr(BoxRun) run = box_run_start(box_test_plan("sleep 30"), FALSE, NULL, 0);

        for (gsize i = 0; i < G_N_ELEMENTS(shows); i++) {
                int status = 0;
                pid_t pid = fork();

                if (pid == 0) {
                        CLEANUP(message_freep) Message *kill = message_new("kill"), *answer = NULL;
                        int connection = unshare(CLONE_NEWUSER) == 0 ? box_run_connect(run, shows[i]) : -1;
                        gboolean refused;

                        (void)message_send(connection, kill, NULL, 0);
                        answer = box_run_hear(connection, NULL);
                        /* The error may be lost where the end comes before it is read. */
                        refused = answer == NULL || message_get_number(answer, "errno", 0) == EACCES;
                        _exit(refused && box_run_hear(connection, NULL) == NULL ? 7 : 1);
                }
                g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
                g_assert_cmpint(WEXITSTATUS(status), ==, 7);
        }
        g_assert_cmpint(waitpid(run->instance.keeper_pid, NULL, WNOHANG), ==, 0);
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        g_test_add_func("/tree/namespaces", test_namespaces);
        g_test_add_func("/tree/ready", test_ready);
        g_test_add_func("/tree/setup-step", test_setup_step);
        g_test_add_func("/tree/readiness/never-ready", test_never_ready);
        g_test_add_func("/tree/companion-missing", test_companion_missing);
        for (gsize i = 0; i < G_N_ELEMENTS(deaths); i++)
                g_test_add_data_func(deaths[i].path, &deaths[i], test_death);
        g_test_add_func("/tree/kill-each", test_kill_each);
        g_test_add_func("/tree/control/tree", test_control_tree);
        g_test_add_func("/tree/control/stop", test_control_stop);
        g_test_add_func("/tree/control/stop-deaf", test_control_stop_deaf);
        g_test_add_func("/tree/control/from-inside", test_control_from_inside);
        g_test_add_func("/tree/control/from-other-box", test_control_from_other_box);
        g_test_add_func("/tree/shell/same", test_shell);
        g_test_add_func("/tree/shell/terminal", test_shell_terminal);
        g_test_add_func("/tree/shell/client-gone", test_shell_client_gone);
        g_test_add_func("/tree/shell/refused", test_shell_refused);
        return g_test_run();
}
