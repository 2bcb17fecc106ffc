/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-engine itself: a plan as bytes in, an exit status and at most a few lines out. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"
#include "plan/check.h"
#include "plan/code.h"

static int program_fd = -1; /* opened while this was still root: the build directory may be root's alone */

typedef struct Said {
        int code;
        GString *text;
} Said;

static void said_clear(Said *said)
{
        if (said->text != NULL)
                g_string_free(said->text, TRUE);
}

static int plan_bytes(Plan *plan)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        int fd;

        box_test_seal(plan);
        plan_encode(plan, &bytes);
        fd = fd_sealed_memfd("plan", bytes.bytes, bytes.n);
        g_assert_cmpint(fd, >=, 0);
        plan_free(plan);
        return fd;
}

/* Runs it with that plan on 10 and a pipe as 1 and 2. */
static Said run_program(int plan_fd, const char *const *more)
{
        Said said = { .text = g_string_new(NULL) };
        const char *argv[32] = { "oriel-engine", "run",  "--plan",   "10",   "--fd",
                                 "stdin=0",      "--fd", "stdout=1", "--fd", "stderr=2" };
        char bytes[1024];
        int ends[2], status = -1;
        ssize_t n;
        pid_t pid;

        for (gsize i = 0; more != NULL && more[i] != NULL; i++)
                argv[10 + i] = more[i];
        g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
        pid = fork();
        if (pid == 0) {
                char *const *same = NULL;

                /* As some callers do; a launcher that leaves it so waits for ever. */
                (void)signal(SIGCHLD, SIG_IGN);
                if (dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0) < 0 || dup2(ends[1], 1) < 0 ||
                    dup2(ends[1], 2) < 0 || dup2(plan_fd, 10) < 0)
                        _exit(99);
                memcpy(&same, &(const char *const *){ argv }, sizeof same);
                (void)fexecve(program_fd, same, environ);
                _exit(98);
        }
        close(ends[1]);
        while ((n = read(ends[0], bytes, sizeof bytes)) > 0)
                g_string_append_len(said.text, bytes, n);
        close(ends[0]);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFEXITED(status));
        said.code = WEXITSTATUS(status);
        close(plan_fd);
        g_test_message("exit %d: %s", said.code, said.text->str);
        return said;
}

static const struct Row {
        const char *path, *command, *output;
        int code;
} rows[] = {
        { "/program/true", "true", "", 0 },
        { "/program/exit-7", "exit 7", "", 7 },
        { "/program/segv", "kill -SEGV $$", "", 139 },
        /* The box's init is of the app's user, so its limits are the app's to lower: the box ends, and does not spin.
         */
        { "/program/limits-of-init", "prlimit --pid 1 --nofile=0:0; (sleep 0.1 & exit); sleep 20; echo late", "", 137 },
        { "/program/output", "echo out", "out\n", 0 },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(said_clear) Said said = run_program(plan_bytes(box_test_plan(row->command)), NULL);

        g_assert_cmpstr(said.text->str, ==, row->output);
        g_assert_cmpint(said.code, ==, row->code);
}

/* A caller with a small limit of open files: poll(2) refuses more entries than that. */
static void test_few_files(void)
{
        struct rlimit old = { 0 }, few = { 0 };

        g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &old), ==, 0);
        few = (struct rlimit){ .rlim_cur = 24, .rlim_max = old.rlim_max };
        g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &few), ==, 0);
        {
                CLEANUP(said_clear) Said said = run_program(plan_bytes(box_test_plan("exit 7")), NULL);

                g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &old), ==, 0);
                g_assert_cmpint(said.code, ==, 7);
        }
}

/* The plans of these tests are plans that may be done. */
static void test_plans_are_right(void)
{
        CLEANUP(plan_freep) Plan *one = box_test_plan("true"), *tree = box_test_tree("true");
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;

        (void)box_test_program(tree, "semi/a", "companion", "true");
        box_test_seal(one);
        box_test_seal(tree);
        if (!plan_check(one, &why) || !plan_check(tree, &why))
                g_error("%s", buffer_text(&why));
}

static void test_exec(void)
{
        static const struct {
                const char *command;
                int code;
        } commands[] = { { "no-such-command", 127 }, { "/etc/passwd", 126 } };

        for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
                Plan *plan = box_test_plan("");

                g_strfreev(box_test_app(plan)->argv);
                box_test_app(plan)->argv = g_strsplit(commands[i].command, " ", -1);
                {
                        CLEANUP(said_clear) Said said = run_program(plan_bytes(plan), NULL);

                        g_assert_cmpint(said.code, ==, commands[i].code);
                        g_assert_true(g_str_has_prefix(said.text->str, "oriel: "));
                        g_assert_nonnull(strstr(said.text->str, commands[i].command));
                }
        }
}

static void test_refusals(void)
{
        static const char *const usage[] = { "--fd", "nonsense", NULL };
        Plan *missing = box_test_plan("true"), *forbidden = box_test_plan("true");
        CLEANUP(said_clear) Said garbage = run_program(fd_sealed_memfd("plan", "ORLP????", 8), NULL);
        CLEANUP(said_clear) Said wrong_use = run_program(plan_bytes(box_test_plan("true")), usage);
        CLEANUP(said_clear) Said no_source = { 0 };
        CLEANUP(said_clear) Said no_user_namespace = { 0 };

        (void)box_test_mount(missing, "app", PLAN_MOUNT_BIND, "/srv/x", "/no/such/source");
        no_source = run_program(plan_bytes(missing), NULL);
        box_test_box(forbidden, "app")->unshare &= ~(uint32_t)PLAN_NS_USER;
        no_user_namespace = run_program(plan_bytes(forbidden), NULL);
        g_assert_cmpint(garbage.code, ==, 125);
        g_assert_true(g_str_has_prefix(garbage.text->str, "oriel: plan: "));
        g_assert_cmpint(wrong_use.code, ==, 125);
        g_assert_cmpint(no_source.code, ==, 125);
        g_assert_true(
                g_str_has_prefix(no_source.text->str, "oriel: bind /no/such/source: No such file or directory\n"));
        g_assert_cmpint(no_user_namespace.code, ==, 125);
        g_assert_true(g_str_has_prefix(no_user_namespace.text->str, "oriel: plan: "));
}

int main(int argc, char **argv)
{
        const char *path = g_getenv("ORIEL_ENGINE");

        program_fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
        if (program_fd < 0) {
                g_printerr("ORIEL_ENGINE names no program\n");
                return 1;
        }
        box_test_init(&argc, &argv);
        g_test_add_func("/program/plans-are-right", test_plans_are_right);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/program/few-files", test_few_files);
        g_test_add_func("/program/exec", test_exec);
        g_test_add_func("/program/refusals", test_refusals);
        return g_test_run();
}
