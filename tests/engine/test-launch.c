/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From start to end: what the app gets, how it ends, what is said when it can't start. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"

static const struct Row {
        const char *path, *script;
        int code;
        const char *output; /* NULL: not looked at */
} rows[] = {
        { "/launch/true", "true", 0, "" },
        { "/launch/exit-7", "exit 7", 7, NULL },
        { "/launch/segv", "kill -SEGV $$", 139, NULL },
        { "/launch/own-kill", "kill -KILL $$", 137, NULL },
        { "/launch/echo", "echo hello", 0, "hello\n" },
        { "/launch/both-outputs", "echo out; echo err >&2", 0, "out\nerr\n" },
        { "/launch/environment", "env -u PWD -u SHLVL -u _ -u OLDPWD | sort", 0,
          "HOME=/home/me\nPATH=/usr/bin:/bin\n" },
        { "/launch/directory", "pwd", 0, "/home/me\n" },
        { "/launch/identity", "id -u; id -g", 0, "1000\n1000\n" },
        { "/launch/stdin-is-null", "cat; readlink /proc/self/fd/0", 0, "/dev/null\n" },
        { "/launch/no-descriptors", "ls -1 /proc/$$/fd; true", 0, "0\n1\n2\n" },
        { "/launch/session-of-its-own", "read -r p c s pp g ss rest </proc/$$/stat; [ $g = $$ ] && [ $ss = $$ ]", 0,
          "" },
        { "/launch/signals-default", "grep -E '^Sig(Ign|Blk)' /proc/self/status | tr -d '\\n'", 0,
          "SigBlk:\t0000000000000000SigIgn:\t0000000000000000" },
        { "/launch/kill-all-inside", "trap '' TERM; kill -TERM -1 2>/dev/null; kill -TERM 0; echo alive", 0,
          "alive\n" },
        { "/launch/background-left", "sleep 1000 & exit 3", 3, "" },
        { "/launch/daemon-left", "setsid sh -c 'setsid sleep 1000 >/dev/null 2>&1 &'; exit 4", 4, "" },
        { "/launch/reaps", "sh -c 'sleep 0.1 & exec sleep 0' ; sleep 0.4; ! grep -l '^State:.Z' /proc/[0-9]*/status", 0,
          "" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;

        for (int staging = 0; staging < 2; staging++) {
                g_autoptr(BoxRun) run = box_run(box_test_plan(row->script), staging == 1);

                g_assert_cmpstr(run->step, ==, NULL);
                if (row->output != NULL)
                        g_assert_cmpstr(run->output->str, ==, row->output);
                g_assert_cmpint(box_run_code(run), ==, row->code);
        }
}

/* Descriptors that the caller left open are not the app's. */
static void test_caller_fds(void)
{
        int numbers[] = { 40, 900 };
        g_autoptr(BoxRun) run = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
                CLEANUP(fd_closep) int fd = open("/", O_RDONLY | O_DIRECTORY);

                g_assert_cmpint(dup2(fd, numbers[i]), ==, numbers[i]);
        }
        run = box_run(box_test_plan("ls -1 /proc/$$/fd; true"), FALSE);
        for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
                close(numbers[i]);
        g_assert_cmpstr(run->output->str, ==, "0\n1\n2\n");
}

static void set_argv(Plan *plan, const char *word)
{
        PlanProgram *app = box_test_app(plan);

        g_strfreev(app->argv);
        app->argv = g_strsplit(word, " ", -1);
}

static void test_exec(void)
{
        static const struct {
                const char *command;
                int error;
        } commands[] = { { "no-such-command", ENOENT },
                         { "/no/such/file", ENOENT },
                         { "/etc/passwd", EACCES },
                         { "/etc/passwd/x", ENOTDIR },
                         { "/etc", EACCES } };

        for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
                Plan *plan = box_test_plan("");
                g_autoptr(BoxRun) run = NULL;

                set_argv(plan, commands[i].command);
                run = box_run(plan, FALSE);
                g_assert_cmpstr(run->step, ==, "exec");
                g_assert_cmpstr(run->object, ==, commands[i].command);
                g_assert_cmpstr(run->program, ==, "app");
                g_assert_cmpint(run->error, ==, commands[i].error);
        }
}

/* As execvp(3): a file without "#!" goes to the shell; one that is found in PATH. */
static void test_shell_script(void)
{
        Plan *plan = box_test_plan("");
        PlanMount *file = box_test_mount(plan, "app", PLAN_MOUNT_FILE, "/usr-local/bin/greet", NULL);
        PlanProgram *app = box_test_app(plan);
        g_autoptr(BoxRun) run = NULL;

        file->content = g_strdup("echo greetings $1\n");
        file->n_content = strlen(file->content);
        file->mode = 0755;
        set_argv(plan, "greet you");
        g_strfreev(app->envp);
        app->envp = g_strsplit("PATH=/nowhere:/usr-local/bin:/usr/bin", " ", -1);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->output->str, ==, "greetings you\n");
}

static void test_directory_fallback(void)
{
        Plan *plan = box_test_plan("pwd");
        PlanProgram *app = box_test_app(plan);
        g_autoptr(BoxRun) run = NULL;

        g_free(app->cwd);
        app->cwd = g_strdup("/srv/nowhere");
        g_free(app->home);
        app->home = NULL;
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->output->str, ==, "/\n");
}

static void test_umask(void)
{
        mode_t old = umask(027);
        Plan *plan = box_test_plan("umask; stat -c %a /srv /srv/open");
        g_autoptr(BoxRun) run = NULL;

        /* The caller's is the app's, and has no say in what is built. */
        box_test_mount(plan, "app", PLAN_MOUNT_DIR, "/srv/open", NULL)->mode = 01777;
        run = box_run(plan, FALSE);
        (void)umask(old);
        g_assert_cmpstr(run->output->str, ==, "0027\n755\n1777\n");
}

static void test_limits(void)
{
        Plan *plan = box_test_plan("ulimit -n; ulimit -Hn; ulimit -n 2000 2>/dev/null || echo no");
        PlanProgram *app = box_test_app(plan);
        g_autoptr(BoxRun) run = NULL;

        app->limits = g_new0(PlanLimit, 1);
        app->limits[0] = (PlanLimit){ .resource = 7 /* RLIMIT_NOFILE */, .value = 100 };
        app->n_limits = 1;
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->output->str, ==, "100\n100\nno\n");
}

/* A directory, or a file open for both, would be a grant. */
static void test_stdio_refused(void)
{
        g_autofree char *path = box_test_path("both-ways");
        CLEANUP(fd_closep) int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(fd_closep) int both = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        const EngineFd in_directory = { "stdin", directory }, in_both = { "stdin", both };
        g_autoptr(BoxRun) first = box_run_start(box_test_plan("true"), FALSE, &in_directory, 1);
        g_autoptr(BoxRun) second = box_run_start(box_test_plan("true"), FALSE, &in_both, 1);

        g_assert_cmpint(first->error, ==, EISDIR);
        g_assert_cmpstr(first->step, ==, "standard input");
        g_assert_cmpint(second->error, ==, EPERM);
}

static void test_stdin(void)
{
        g_autofree char *path = box_test_path("input");
        CLEANUP(fd_closep) int in = -1;
        g_autoptr(BoxRun) run = NULL;

        g_assert_true(g_file_set_contents(path, "from outside\n", -1, NULL));
        in = open(path, O_RDONLY | O_CLOEXEC);
        run = box_run_start(box_test_plan("cat"), FALSE, &(EngineFd){ "stdin", in }, 1);
        box_run_finish(run);
        g_assert_cmpstr(run->output->str, ==, "from outside\n");
}

/* A slot comes under the number that the plan names, and nothing else does. */
static void test_slot(void)
{
        g_autofree char *path = box_test_path("slot");
        CLEANUP(fd_closep) int fd = -1;
        Plan *plan = box_test_plan("cat <&9; ls -1 /proc/$$/fd; true");
        PlanProgram *app = box_test_app(plan);
        g_autoptr(BoxRun) run = NULL;

        g_assert_true(g_file_set_contents(path, "secret\n", -1, NULL));
        fd = open(path, O_RDONLY | O_CLOEXEC);
        app->fds = g_new0(PlanFd, 1);
        app->fds[0] = (PlanFd){ .slot = g_strdup("my-slot"), .target = 9 };
        app->n_fds = 1;
        run = box_run_start(plan, FALSE, &(EngineFd){ "my-slot", fd }, 1);
        box_run_finish(run);
        g_assert_cmpstr(run->output->str, ==, "secret\n0\n1\n2\n9\n");
}

static void test_missing_slot(void)
{
        Plan *plan = box_test_plan("true");
        g_autoptr(BoxRun) run = NULL;

        g_strfreev(plan->slots);
        plan->slots = g_strsplit("needed", " ", -1);
        run = box_run_start(plan, FALSE, NULL, 0);
        g_assert_cmpstr(run->step, ==, "slots");
        g_assert_cmpint(run->error, ==, EBADF);
}

/* The caller's terminal never comes in; the box's own is a whole one. */
static void test_terminal(void)
{
        CLEANUP(fd_closep) int host = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;
        const char *script = "test -t 0 && test -t 1 && test -t 2 && tty && stty size && echo typed: $(head -1) && "
                             "kill -0 -$(ps -o tpgid= -p $$ | tr -d ' ') && : >/dev/tty && echo done";
        g_autoptr(BoxRun) run = NULL;
        const struct winsize size = { .ws_row = 33, .ws_col = 77 };
        EngineFd fds[3];

        g_assert_cmpint(grantpt(host) | unlockpt(host), ==, 0);
        slave = ioctl(host, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        fds[0] = (EngineFd){ "stdin", slave };
        fds[1] = (EngineFd){ "stdout", slave };
        fds[2] = (EngineFd){ "stderr", slave };
        run = box_run_start(box_test_plan(script), FALSE, fds, 3);
        while (run->pty < 0)
                g_assert_true(box_run_step(run));
        g_assert_cmpint(ioctl(run->pty, TIOCSWINSZ, &size), ==, 0);
        g_assert_cmpint(write(run->pty, "word\n", 5), ==, 5);
        box_run_until(run, "done");
        g_assert_nonnull(strstr(run->output->str, "/dev/pts/0"));
        g_assert_nonnull(strstr(run->output->str, "typed: word"));
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 0);
}

/* One box with one program: the keeper is its init.  With a second program it has an init. */
static void test_flat(void)
{
        for (gsize n_others = 0; n_others <= 1; n_others++) {
                Plan *plan = box_test_plan("echo up; exec sleep 1000");
                g_autoptr(BoxRun) run = NULL;
                g_autoptr(GArray) pids = NULL;

                if (n_others > 0)
                        (void)box_test_program(plan, "app", "other", "exec sleep 1000");
                run = box_run_start(plan, FALSE, NULL, 0);
                box_run_until(run, "up");
                pids = box_processes(run->instance.keeper_pid);
                if (n_others == 0)
                        g_assert_cmpuint(pids->len, ==, 2);
                else
                        g_assert_cmpuint(pids->len, >=, 3);
                close(run->instance.keeper_socket);
                run->instance.keeper_socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
                run->over = TRUE;
                box_run_finish(run);
        }
}

static void test_front_gone(void)
{
        g_autoptr(BoxRun) run = box_run_start(box_test_plan("echo up; sleep 1000"), FALSE, NULL, 0);
        g_autoptr(GArray) pids = NULL;

        box_run_until(run, "up");
        pids = box_processes(run->instance.keeper_pid);
        g_assert_cmpuint(pids->len, >=, 2);
        close(run->instance.keeper_socket);
        run->instance.keeper_socket = open("/dev/null", O_RDONLY | O_CLOEXEC);
        run->over = TRUE;
        box_run_finish(run);
        for (guint i = 0; i < pids->len; i++) {
                g_autofree char *path = g_strdup_printf("/proc/%d", g_array_index(pids, pid_t, i));

                g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
        }
}

static void test_front_signal(void)
{
        g_autoptr(BoxRun) run =
                box_run_start(box_test_plan("trap 'echo got int; exit 5' INT; echo up; while :; do sleep 0.05; done"),
                              FALSE, NULL, 0);
        CLEANUP(message_freep) Message *message = message_new("signal");

        box_run_until(run, "up");
        message_add_number(message, "number", 2);
        g_assert_cmpint(message_send(run->instance.keeper_socket, message, NULL, 0), ==, 0);
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 5);
}

/* TERM, and where that does not help, KILL. */
static void test_front_stop(void)
{
        g_autoptr(BoxRun) run =
                box_run_start(box_test_plan("trap '' TERM; echo up; while :; do sleep 0.05; done"), FALSE, NULL, 0);
        CLEANUP(message_freep) Message *message = message_new("stop");

        box_run_until(run, "up");
        message_add_number(message, "grace-ms", 200);
        g_assert_cmpint(message_send(run->instance.keeper_socket, message, NULL, 0), ==, 0);
        box_run_finish(run);
        g_assert_cmpint(box_run_code(run), ==, 137);
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/launch/caller-fds", test_caller_fds);
        g_test_add_func("/launch/exec", test_exec);
        g_test_add_func("/launch/shell-script", test_shell_script);
        g_test_add_func("/launch/directory-fallback", test_directory_fallback);
        g_test_add_func("/launch/umask", test_umask);
        g_test_add_func("/launch/limits", test_limits);
        g_test_add_func("/launch/stdio-refused", test_stdio_refused);
        g_test_add_func("/launch/stdin", test_stdin);
        g_test_add_func("/launch/slot", test_slot);
        g_test_add_func("/launch/missing-slot", test_missing_slot);
        g_test_add_func("/launch/terminal", test_terminal);
        g_test_add_func("/launch/flat", test_flat);
        g_test_add_func("/launch/front-gone", test_front_gone);
        g_test_add_func("/launch/front-signal", test_front_signal);
        g_test_add_func("/launch/front-stop", test_front_stop);
        return g_test_run();
}
