/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "box-test.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/user-namespace.h"
#include "warm/client.h"

enum {
        /* Nobody's. */
        TEST_USER = 61207,
        PATIENCE_MS = 10000,
};

static char *test_dir;

static void remove_dir(void)
{
        char *argv[] = { (char *)"rm", (char *)"-rf", test_dir, NULL };

        (void)g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
}

static gboolean can_make_user_namespace(void)
{
        pid_t pid = fork();
        int status = 1;

        if (pid == 0)
                _exit(unshare(CLONE_NEWUSER) < 0 ? 1 : 0);
        return waitpid(pid, &status, 0) == pid && status == 0;
}

void box_test_init(int *argc, char ***argv)
{
        test_dir = g_dir_make_tmp("oriel-engine-XXXXXX", NULL);
        g_assert_nonnull(test_dir);
        if (geteuid() == 0) {
                g_assert_cmpint(chown(test_dir, TEST_USER, TEST_USER), ==, 0);
                g_assert_cmpint(setgroups(0, NULL), ==, 0);
                g_assert_cmpint(setresgid(TEST_USER, TEST_USER, TEST_USER), ==, 0);
                g_assert_cmpint(setresuid(TEST_USER, TEST_USER, TEST_USER), ==, 0);
        }
        /* A change of user hides a process from itself in /proc; an exec would undo that. */
        g_assert_cmpint(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), ==, 0);
        if (!can_make_user_namespace()) {
                g_printerr("this kernel lets the user make no user namespace\n");
                remove_dir();
                exit(77);
        }
        g_test_init(argc, argv, NULL);
        (void)atexit(remove_dir);
}

const char *box_test_dir(void)
{
        return test_dir;
}

char *box_test_path(const char *name)
{
        return g_build_filename(test_dir, name, NULL);
}

static char **words(const char *first, ...) G_GNUC_NULL_TERMINATED;
static char **words(const char *first, ...)
{
        GPtrArray *list = g_ptr_array_new();
        va_list args;

        va_start(args, first);
        for (const char *word = first; word != NULL; word = va_arg(args, const char *))
                g_ptr_array_add(list, g_strdup(word));
        va_end(args);
        g_ptr_array_add(list, NULL);
        return (char **)g_ptr_array_free(list, FALSE);
}

PlanBox *box_test_box(Plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->n_boxes; i++)
                if (g_str_equal(plan->boxes[i].name, name))
                        return &plan->boxes[i];
        g_assert_not_reached();
}

PlanMount *box_test_mount(Plan *plan, const char *box_name, PlanMountKind kind, const char *dest, const char *source)
{
        PlanBox *box = box_test_box(plan, box_name);
        PlanMount *mount;

        box->mounts = g_renew(PlanMount, box->mounts, box->n_mounts + 1);
        mount = &box->mounts[box->n_mounts++];
        *mount = (PlanMount){ .kind = kind, .dest = g_strdup(dest), .source = g_strdup(source) };
        if (kind == PLAN_MOUNT_TMPFS || kind == PLAN_MOUNT_SHARED)
                mount->size = 1024 * 1024;
        if (mount->size != 0 || kind == PLAN_MOUNT_DIR || kind == PLAN_MOUNT_FILE)
                mount->mode = 0755;
        return mount;
}

static uint32_t add_box(Plan *plan, const char *name, PlanBoxKind kind, const char *parent, uint32_t unshare)
{
        uint32_t index = (uint32_t)plan->n_boxes, above = 0;

        for (uint32_t i = 0; parent != NULL && i < plan->n_boxes; i++)
                if (g_str_equal(plan->boxes[i].name, parent))
                        above = i;
        plan->boxes = g_renew(PlanBox, plan->boxes, plan->n_boxes + 1);
        plan->boxes[plan->n_boxes++] = (PlanBox){
                .name = g_strdup(name), .kind = kind, .parent = above, .unshare = unshare, .uid = 1000, .gid = 1000
        };
        if ((unshare & PLAN_NS_UTS) != 0)
                plan->boxes[index].hostname = g_strdup("boxed");
        return index;
}

/* What a shell and its tools need. */
static void add_base(Plan *plan, const char *box)
{
        static const char *const system[] = { "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64" };
        static const char *const devices[] = { "/dev/null",   "/dev/zero",    "/dev/full",
                                               "/dev/random", "/dev/urandom", "/dev/tty" };

        box_test_mount(plan, box, PLAN_MOUNT_TMPFS, "/", NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(system); i++) {
                g_autofree char *link = g_file_read_link(system[i], NULL);

                if (link != NULL)
                        box_test_mount(plan, box, PLAN_MOUNT_SYMLINK, system[i], link);
                else
                        box_test_mount(plan, box, PLAN_MOUNT_BIND, system[i], system[i])->flags = PLAN_MOUNT_OPTIONAL;
        }
        box_test_mount(plan, box, PLAN_MOUNT_TMPFS, "/dev", NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(devices); i++)
                box_test_mount(plan, box, PLAN_MOUNT_BIND, devices[i], devices[i])->flags = PLAN_MOUNT_DEVICE;
        box_test_mount(plan, box, PLAN_MOUNT_SYMLINK, "/dev/fd", "/proc/self/fd");
        box_test_mount(plan, box, PLAN_MOUNT_SYMLINK, "/dev/ptmx", "pts/ptmx");
        box_test_mount(plan, box, PLAN_MOUNT_DEVPTS, "/dev/pts", NULL);
        box_test_mount(plan, box, PLAN_MOUNT_TMPFS, "/dev/shm", NULL)->mode = 01777;
        box_test_mount(plan, box, PLAN_MOUNT_TMPFS, "/tmp", NULL)->mode = 01777;
        box_test_mount(plan, box, PLAN_MOUNT_TMPFS, "/run", NULL);
        box_test_mount(plan, box, PLAN_MOUNT_TMPFS, "/home/me", NULL)->mode = 0700;
        box_test_mount(plan, box, PLAN_MOUNT_PROC, "/proc", NULL);
        box_test_mount(plan, box, PLAN_MOUNT_MQUEUE, "/dev/mqueue", NULL);
}

PlanProgram *box_test_program(Plan *plan, const char *box, const char *name, const char *script)
{
        PlanProgram *program;

        plan->programs = g_renew(PlanProgram, plan->programs, plan->n_programs + 1);
        program = &plan->programs[plan->n_programs++];
        *program = (PlanProgram){ .name = g_strdup(name),
                                  .box = (uint32_t)(box_test_box(plan, box) - plan->boxes),
                                  .argv = words("sh", "-c", script, NULL),
                                  .envp = words("PATH=/usr/bin:/bin", "HOME=/home/me", NULL),
                                  .cwd = g_strdup("/home/me"),
                                  .home = g_strdup("/home/me"),
                                  .ready_fd = -1,
                                  .ready_timeout_ms = 5000 };
        return program;
}

static Plan *new_plan(void)
{
        Plan *plan = g_new0(Plan, 1);

        plan->id = g_strdup("0badcafe");
        plan->app = g_strdup("org.example.Test");
        plan->slots = words(NULL, NULL);
        plan->optional_slots = words("stdin", "stdout", "stderr", "control", "log", NULL);
        plan->notes = words(NULL, NULL);
        (void)add_box(plan, "keeper", PLAN_BOX_KEEPER, NULL, PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID);
        return plan;
}

static void add_app(Plan *plan, const char *script)
{
        PlanProgram *app = box_test_program(plan, "app", "app", script);

        app->app = true;
        app->stdio = PLAN_STDIO_CALLER;
}

Plan *box_test_plan(const char *script)
{
        Plan *plan = new_plan();

        (void)add_box(plan, "app", PLAN_BOX_APP, "keeper", _PLAN_NS_ALL);
        add_base(plan, "app");
        add_app(plan, script);
        return plan;
}

Plan *box_test_tree(const char *script)
{
        uint32_t own = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID;
        uint32_t inner = PLAN_NS_NET | PLAN_NS_IPC | PLAN_NS_UTS | PLAN_NS_CGROUP | PLAN_NS_PID;
        Plan *plan = new_plan();

        (void)add_box(plan, "semi/a", PLAN_BOX_SEMI, "keeper", own | PLAN_NS_NET | PLAN_NS_IPC | PLAN_NS_UTS);
        (void)add_box(plan, "inner", PLAN_BOX_INNER, "keeper", inner | PLAN_NS_MOUNT);
        (void)add_box(plan, "companions", PLAN_BOX_COMPANIONS, "inner", own);
        (void)add_box(plan, "app", PLAN_BOX_APP, "inner", own);
        add_base(plan, "semi/a");
        add_base(plan, "companions");
        add_base(plan, "app");
        add_app(plan, script);
        return plan;
}

PlanProgram *box_test_app(Plan *plan)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].app)
                        return &plan->programs[i];
        g_assert_not_reached();
}

void box_test_seal(Plan *plan)
{
        for (size_t i = 0; i < plan->n_boxes; i++)
                if (plan->boxes[i].n_mounts > 0 && (plan->boxes[i].mounts[0].flags & PLAN_MOUNT_RW) == 0)
                        (void)box_test_mount(plan, plan->boxes[i].name, PLAN_MOUNT_RO, "/", NULL);
}

static int make_control(const char *path)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

        g_assert_cmpuint(strlen(path), <, sizeof address.sun_path);
        strcpy(address.sun_path, path);
        (void)unlink(path);
        g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(fd, 8), ==, 0);
        return fd;
}

static BoxRun *start(Plan *plan, gboolean staging, const char *manager, const EngineFd *more, gsize n_more)
{
        BoxRun *run = g_new0(BoxRun, 1);
        CLEANUP(fd_closep) int writing = -1, control = -1;
        EngineFd fds[16] = { 0 };
        const char *step = NULL;
        gsize n = 0;
        int ends[2], r;

        box_test_seal(plan);
        run->plan = plan;
        run->app_status = run->pty = -1;
        run->output = g_string_new(NULL);
        run->pids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        run->control = box_test_path("control");
        control = make_control(run->control);
        g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
        run->out = ends[0];
        writing = ends[1];
        fds[n++] = (EngineFd){ "control", control };
        for (gsize i = 0; i < n_more; i++)
                fds[n++] = more[i];
        /* Later ones are only found where more has none of that name. */
        fds[n++] = (EngineFd){ "stdout", writing };
        fds[n++] = (EngineFd){ "stderr", writing };
        fds[n++] = (EngineFd){ "log", writing };
        r = manager != NULL ? warm_launch(manager, false, plan, fds, n, &run->instance, &step)
                            : engine_start_as(plan, fds, n, staging, &run->instance, &step);
        if (r < 0) {
                run->over = TRUE;
                run->error = -r;
                run->step = g_strdup(step);
        }
        return run;
}

BoxRun *box_run_start(Plan *plan, gboolean staging, const EngineFd *fds, gsize n_fds)
{
        return start(plan, staging, NULL, fds, n_fds);
}

BoxRun *box_run_start_warm(Plan *plan, const char *manager)
{
        return start(plan, FALSE, manager, NULL, 0);
}

static void on_message(BoxRun *run, const Message *message, const int *fds, gsize n_fds)
{
        const char *verb = message_verb(message), *program = message_get(message, "program");

        if (g_str_equal(verb, "error")) {
                run->step = g_strdup(message_get(message, "step"));
                run->object = g_strdup(message_get(message, "object"));
                run->program = g_strdup(program);
                run->error = (int)message_get_number(message, "errno", 0);
        } else if (g_str_equal(verb, "started")) {
                g_hash_table_insert(run->pids, g_strdup(program),
                                    GINT_TO_POINTER((int)message_get_number(message, "pid", 0)));
                run->ready = run->ready || message_get_number(message, "ready", 0) == 1;
        } else if (g_str_equal(verb, "exit") && message_get(message, "app") != NULL) {
                run->app_status = (int)message_get_number(message, "status", -1);
        } else if (g_str_equal(verb, "exit") && message_get(message, "essential") != NULL) {
                run->ended = g_strdup(program);
        } else if (g_str_equal(verb, "ready")) {
                run->ready = TRUE;
        } else if (g_str_equal(verb, "pty")) {
                g_assert_cmpuint(n_fds, ==, 1);
                run->pty = fds[0];
                return;
        }
        for (gsize i = 0; i < n_fds; i++)
                close(fds[i]);
}

static void read_output(BoxRun *run, int *fd)
{
        char bytes[4096];
        ssize_t n = read(*fd, bytes, sizeof bytes);

        if (n <= 0)
                *fd = fd_close(*fd);
        else
                g_string_append_len(run->output, bytes, n);
}

gboolean box_run_step(BoxRun *run)
{
        struct pollfd polled[] = { { .fd = run->out, .events = POLLIN },
                                   { .fd = run->pty, .events = POLLIN },
                                   { .fd = run->over ? -1 : run->instance.keeper_socket, .events = POLLIN } };

        if (run->over && run->out < 0 && run->pty < 0)
                return FALSE;
        if (poll(polled, 3, PATIENCE_MS) <= 0)
                return FALSE;
        if (polled[0].revents != 0)
                read_output(run, &run->out);
        if (polled[1].revents != 0)
                read_output(run, &run->pty);
        if (polled[2].revents != 0) {
                CLEANUP(message_freep) Message *message = NULL;
                int fds[MESSAGE_MAX_FDS];
                gsize n_fds = 0;

                if (message_receive(run->instance.keeper_socket, &message, fds, &n_fds, NULL) <= 0)
                        run->over = TRUE;
                else
                        on_message(run, message, fds, n_fds);
        }
        return TRUE;
}

void box_run_until(BoxRun *run, const char *text)
{
        while (strstr(run->output->str, text) == NULL)
                if (!box_run_step(run))
                        g_error("never said: %s (said: %s; step %s %s: %s)", text, run->output->str, run->step,
                                run->object, g_strerror(run->error));
}

void box_run_finish(BoxRun *run)
{
        while (box_run_step(run))
                continue;
        if (!run->over)
                g_error("still running after a long silence; it said: %s", run->output->str);
        if (run->instance.parked) {
                struct pollfd end = { .fd = run->instance.keeper_pidfd, .events = POLLIN };

                /* Without one it was over before it could be opened. */
                g_assert_cmpint(end.fd < 0 ? 1 : poll(&end, 1, PATIENCE_MS), ==, 1);
                run->instance.keeper_pid = 0;
        } else if (run->instance.keeper_pid > 0) {
                g_assert_cmpint(waitpid(run->instance.keeper_pid, NULL, 0), ==, run->instance.keeper_pid);
                run->instance.keeper_pid = 0;
        }
}

void box_run_free(BoxRun *run)
{
        if (run->instance.keeper_pid > 0) {
                (void)syscall(SYS_pidfd_send_signal, run->instance.keeper_pidfd, SIGKILL, NULL, 0);
                (void)waitpid(run->instance.keeper_pid, NULL, 0);
        }
        if (run->instance.keeper_socket > 0) {
                close(run->instance.keeper_socket);
                close(run->instance.keeper_pidfd);
        }
        (void)fd_close(run->out);
        (void)fd_close(run->pty);
        plan_free(run->plan);
        g_string_free(run->output, TRUE);
        g_hash_table_unref(run->pids);
        g_free(run->control);
        g_free(run->step);
        g_free(run->object);
        g_free(run->program);
        g_free(run->ended);
        g_free(run);
}

int box_run_connect(const BoxRun *run, gboolean shown)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        g_strlcpy(address.sun_path, run->control, sizeof address.sun_path);
        g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
        if (shown)
                g_assert_cmpint(user_namespace_show(fd), ==, 0);
        return fd;
}

Message *box_run_hear(int connection, int *ret_fd)
{
        struct pollfd polled = { .fd = connection, .events = POLLIN };
        Message *message = NULL;
        int fds[MESSAGE_MAX_FDS];
        gsize n_fds = 0;

        g_assert_cmpint(poll(&polled, 1, PATIENCE_MS), ==, 1);
        if (message_receive(connection, &message, fds, &n_fds, NULL) <= 0)
                return NULL;
        for (gsize i = 0; i < n_fds; i++)
                if (ret_fd != NULL && i == 0)
                        *ret_fd = fds[i];
                else
                        close(fds[i]);
        return message;
}

Message *box_run_ask(int connection, Message *message, const int *fds, gsize n_fds)
{
        g_assert_cmpint(message_send(connection, message, fds, n_fds), ==, 0);
        message_free(message);
        return box_run_hear(connection, NULL);
}

BoxRun *box_run(Plan *plan, gboolean staging)
{
        BoxRun *run = box_run_start(plan, staging, NULL, 0);

        box_run_finish(run);
        if (run->step != NULL)
                g_test_message("error: %s %s: %s", run->step, run->object, g_strerror(run->error));
        g_test_message("output: %s", run->output->str);
        return run;
}

int box_run_code(const BoxRun *run)
{
        if (run->app_status < 0)
                return -1;
        return WIFEXITED(run->app_status) ? WEXITSTATUS(run->app_status) : 128 + WTERMSIG(run->app_status);
}

char *box_proc_text(pid_t pid, const char *name)
{
        g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int)pid, name);
        char *text = NULL;

        return g_file_get_contents(path, &text, NULL, NULL) ? text : g_strdup("");
}

GArray *box_processes(pid_t top)
{
        GArray *pids = g_array_new(FALSE, FALSE, sizeof(pid_t));

        g_array_append_val(pids, top);
        for (guint i = 0; i < pids->len; i++) {
                pid_t pid = g_array_index(pids, pid_t, i);
                g_autofree char *name = g_strdup_printf("task/%d/children", (int)pid);
                g_autofree char *text = box_proc_text(pid, name);
                g_auto(GStrv) children = g_strsplit(text, " ", -1);

                for (gsize k = 0; children[k] != NULL; k++) {
                        pid_t child = atoi(children[k]);

                        if (child > 0)
                                g_array_append_val(pids, child);
                }
        }
        return pids;
}
