/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The front end's loop against a keeper that is played: statuses, signals, directory, questions.  No terminal here. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/audit.h"
#include "base/fd.h"
#include "fake-keeper.h"
#include "front/log.h"
#include "front/shell.h"
#include "instance/instance.h"

/* What the keeper says, then its own end: an exit status, or - for negative ones - it waits to be killed. */
static const struct Row {
        const char *path, *verb, *keys[8];
        int keeper_ends, status;
        const char *says; /* part of what is printed; NULL: nothing is */
} rows[] = {
        { "/front/exit", "exit", { "program", "app", "status", "1792", "app", "1" }, 0, 7, NULL },
        { "/front/signal", "exit", { "program", "app", "status", "139", "app", "1" }, 0, 139, NULL },
        { "/front/not-found",
          "error",
          { "step", "exec", "object", "nosuch", "errno", "2", "box", "app" },
          0,
          127,
          "oriel: exec nosuch" },
        { "/front/failed",
          "error",
          { "step", "mount", "object", "/x", "errno", "1", "box", "app" },
          1,
          125,
          "oriel: mount /x" },
        { "/front/essential",
          "exit",
          { "program", "xephyr", "status", "11", "essential", "1" },
          0,
          125,
          "oriel: xephyr: ended by signal 11" },
        { "/front/companion", "exit", { "program", "wm", "status", "0" }, 3, 125, "it ended with status 3" },
        { "/front/silent-end", "ready", { NULL }, 0, 125, "oriel: keeper: it ended with status 0" },
        { "/front/time",
          "exit",
          { "program", "app", "status", "0", "app", "1", "limit", "time" },
          0,
          137,
          "killed for its time limit ([Limits] time=9s)" },
        { "/front/disk",
          "exit",
          { "program", "app", "status", "25", "app", "1" },
          0,
          153,
          "killed for its limit on the size of a file" },
        { "/front/hanging-keeper", "exit", { "program", "app", "status", "0", "app", "1" }, -1, 0, NULL },
};

static int say_row(int socket, void *data)
{
        const struct Row *row = data;
        CLEANUP(message_freep) Message *message = message_new(row->verb);

        for (size_t i = 0; i + 1 < G_N_ELEMENTS(row->keys) && row->keys[i] != NULL; i += 2)
                message_add(message, row->keys[i], row->keys[i + 1]);
        message_send(socket, message, NULL, 0);
        while (row->keeper_ends < 0)
                pause();
        return row->keeper_ends;
}

/* front_run with what it prints. */
static int run(const FrontConfig *config, char **ret_printed)
{
        int saved = dup(STDERR_FILENO), pipe_fds[2], status;
        char bytes[4096];
        ssize_t n;

        g_assert_cmpint(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), ==, 0);
        dup2(pipe_fds[1], STDERR_FILENO);
        status = front_run(config);
        dup2(saved, STDERR_FILENO);
        n = read(pipe_fds[0], bytes, sizeof bytes);
        *ret_printed = g_strndup(bytes, n < 0 ? 0 : (gsize)n);
        close(saved);
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        close(config->keeper_pidfd);
        close(config->keeper_socket);
        return status;
}

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autofree char *printed = NULL;
        FakeKeeper keeper;
        FrontConfig config;
        struct Row copy = *row;

        fake_keeper_start(&keeper, say_row, &copy);
        config = fake_keeper_config(&keeper);
        g_assert_cmpint(run(&config, &printed), ==, row->status);
        if (row->says == NULL)
                g_assert_cmpstr(printed, ==, "");
        else
                g_assert_nonnull(strstr(printed, row->says));
        /* It was reaped. */
        g_assert_cmpint(kill(keeper.pid, 0), ==, -1);
}

/* A killed keeper is told as such. */
static int be_killed(int socket G_GNUC_UNUSED, void *data G_GNUC_UNUSED)
{
        raise(SIGKILL);
        return 0;
}

static void test_killed(void)
{
        g_autofree char *printed = NULL;
        FakeKeeper keeper;
        FrontConfig config;

        fake_keeper_start(&keeper, be_killed, NULL);
        config = fake_keeper_config(&keeper);
        g_assert_cmpint(run(&config, &printed), ==, 125);
        g_assert_nonnull(strstr(printed, "it was killed by signal 9"));
}

/* The keeper raises a signal at the front end, and ends with what it was told in return. */
static int echo_signal(int socket, void *data G_GNUC_UNUSED)
{
        CLEANUP(message_freep) Message *message = NULL;
        g_autofree char *status = NULL;

        kill(getppid(), SIGUSR1);
        message = fake_keeper_hear(socket);
        if (message == NULL || !g_str_equal(message_verb(message), "signal"))
                return 98;
        status = g_strdup_printf("%d", (int)message_get_number(message, "number", 0) << 8);
        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status", status, NULL);
        return 0;
}

static void test_relays_signals(void)
{
        g_autofree char *printed = NULL;
        FakeKeeper keeper;
        FrontConfig config;
        sigset_t after;

        fake_keeper_start(&keeper, echo_signal, NULL);
        config = fake_keeper_config(&keeper);
        g_assert_cmpint(run(&config, &printed), ==, SIGUSR1);
        sigprocmask(SIG_SETMASK, NULL, &after);
        g_assert_cmpint(sigismember(&after, SIGUSR1), ==, 0);
}

/* ready, and then the keeper looks whether `info` says so. */
static int look_at_info(int socket, void *data)
{
        int instances_fd = *(int *)data;
        InstanceInfo info = { 0 };

        fake_keeper_say(socket, "ready", NULL, 0, NULL, NULL);
        for (int i = 0; i < 200; i++) {
                instance_info_clear(&info);
                if (instance_info_read(&info, instances_fd, "0123abcd") == 0 && info.state == INSTANCE_RUNNING)
                        break;
                g_usleep(10000);
        }
        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status",
                        info.state == INSTANCE_RUNNING && info.keeper_pid == getpid() && info.front_pid == getppid() &&
                                        info.keeper_start != 0
                                ? "0"
                                : "256",
                        NULL);
        return 0;
}

static void test_directory(void)
{
        g_autofree char *path = g_dir_make_tmp("oriel-front-XXXXXX", NULL), *printed = NULL;
        char app[] = "org.example.App";
        const InstanceInfo info = { .id = "0123abcd", .app = app };
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir_fd = -1, lock_fd = -1;
        FakeKeeper keeper;
        FrontConfig config;

        g_assert_cmpint(instance_dir_make(fd, info.id, &dir_fd, &lock_fd), ==, 0);
        g_assert_cmpint(instance_info_write(&info, fd), ==, 0);
        fake_keeper_start(&keeper, look_at_info, &fd);
        config = fake_keeper_config(&keeper);
        config.instances_fd = fd;
        g_assert_cmpint(run(&config, &printed), ==, 0);
        g_assert_cmpstr(printed, ==, "");
        /* Nothing is left. */
        g_assert_cmpint(g_rmdir(path), ==, 0);
}

/* init, and then the keeper looks what portals would read. */
static int look_at_portal(int socket, void *data)
{
        const char *path = data;
        CLEANUP(message_freep) Message *message = message_new("init");
        g_autofree char *want = g_strdup_printf("{\"child-pid\": %d}\n", (int)getpid());
        g_autofree char *text = NULL, *identity = NULL;
        g_autofree char *child = g_build_filename(path, ".flatpak/19114957/bwrapinfo.json", NULL);
        g_autofree char *info = g_build_filename(path, ".flatpak/19114957/info", NULL);

        if (message_send_as(socket, message, getpid()) < 0)
                return 99;
        for (int i = 0; i < 200 && !g_file_get_contents(child, &text, NULL, NULL); i++)
                g_usleep(10000);
        (void)g_file_get_contents(info, &identity, NULL, NULL);
        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status",
                        g_strcmp0(text, want) == 0 && g_strcmp0(identity, "identity") == 0 ? "0" : "256", NULL);
        return 0;
}

static void test_portal(void)
{
        g_autofree char *path = g_dir_make_tmp("oriel-front-XXXXXX", NULL), *printed = NULL;
        g_autofree char *flatpak = g_build_filename(path, ".flatpak", NULL);
        char app[] = "org.example.App";
        const InstanceInfo info = { .id = "0123abcd", .app = app }; /* 19114957 */
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir_fd = -1, lock_fd = -1;
        CLEANUP(fd_closep) int flatpak_fd = -1;
        FakeKeeper keeper;
        FrontConfig config;

        g_assert_cmpint(g_mkdir(flatpak, 0700), ==, 0);
        flatpak_fd = open(flatpak, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_assert_cmpint(instance_dir_make(fd, info.id, &dir_fd, &lock_fd), ==, 0);
        g_assert_cmpint(instance_info_write(&info, fd), ==, 0);
        fake_keeper_start(&keeper, look_at_portal, path);
        config = fake_keeper_config(&keeper);
        config.instances_fd = fd;
        config.flatpak_fd = flatpak_fd;
        config.identity = "identity";
        config.n_identity = strlen("identity");
        g_assert_cmpint(run(&config, &printed), ==, 0);
        g_assert_cmpstr(printed, ==, "");
        /* Nothing is left. */
        g_assert_cmpint(g_rmdir(flatpak), ==, 0);
        g_assert_cmpint(g_rmdir(path), ==, 0);
}

typedef struct Asker {
        int mediator;        /* the mediator's end */
        const char *verdict; /* that it must get */
} Asker;

/* Plays keeper and mediator. */
/* A companion that prints without end, and then something worth knowing. */
static int print_much(int socket, void *data)
{
        static const char block[64 * 1024] = "x";
        const int *writing = data;

        for (gsize i = 0; i < 2 * FRONT_LOG_MAX_BYTES / sizeof block; i++)
                if (fd_write_all(*writing, block, sizeof block) < 0)
                        return 1;
        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status", "0", NULL);
        return 0;
}

static int print_last_words(int socket, void *data)
{
        const int *writing = data;

        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status", "0", NULL);
        return fd_write_all(*writing, "last words\n", 11) < 0;
}

static void test_log(void)
{
        static const struct {
                int (*play)(int, void *);
                gsize least, most;
                const char *end;
        } cases[] = {
                { print_much, FRONT_LOG_MAX_BYTES, FRONT_LOG_MAX_BYTES + 100, "what follows is not kept\n" },
                { print_last_words, 11, 11, "last words\n" },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                g_autofree char *printed = NULL, *path = NULL, *log = NULL;
                CLEANUP(fd_closep) int log_fd = g_file_open_tmp("oriel-log-XXXXXX", &path, NULL);
                FakeKeeper keeper;
                FrontConfig config;
                gsize n = 0;
                int ends[2];

                g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
                g_assert_cmpint(fcntl(ends[0], F_SETFL, O_NONBLOCK), ==, 0);
                fake_keeper_start(&keeper, cases[i].play, &ends[1]);
                close(ends[1]);
                config = fake_keeper_config(&keeper);
                config.log_fd = log_fd;
                config.log_pipe = ends[0];
                g_assert_cmpint(run(&config, &printed), ==, 0);
                close(ends[0]);
                g_assert_true(g_file_get_contents(path, &log, &n, NULL));
                g_unlink(path);
                g_assert_cmpuint(n, >=, cases[i].least);
                g_assert_cmpuint(n, <=, cases[i].most);
                g_assert_cmpstr(log + n - strlen(cases[i].end), ==, cases[i].end);
        }
}

static int ask(int socket, void *data)
{
        const Asker *asker = data;
        CLEANUP(message_freep) Message *answer = NULL;
        gboolean right;

        fake_keeper_say(asker->mediator, "audit", NULL, 0, "ev", "dbus", "op", "call", "name", "a.B", "verdict", "deny",
                        "seq", "77", "sid", "forged00", NULL);
        fake_keeper_say(asker->mediator, "nonsense", NULL, 0, NULL, NULL);
        answer = fake_keeper_hear(asker->mediator);
        if (answer == NULL || !g_str_equal(message_verb(answer), "error"))
                return 97;
        message_free(STEAL(answer));
        fake_keeper_say(asker->mediator, "ask", NULL, 0, "seq", "5", "kind", "dbus", "subject", "a.B.C", "rule",
                        "[Session Bus Rules] a.B=talk", "timeout-ms", "5000", NULL);
        answer = fake_keeper_hear(asker->mediator);
        right = answer != NULL && g_str_equal(message_verb(answer), "answer") &&
                g_strcmp0(message_get(answer, "seq"), "5") == 0 &&
                g_strcmp0(message_get(answer, "verdict"), asker->verdict) == 0;
        fake_keeper_say(socket, "exit", NULL, 0, "app", "1", "status", right ? "0" : "256", NULL);
        return 0;
}

/* The audit log of one run whose mediator asks; manager: path of the socket, or NULL. */
static char *run_ask(const char *manager, const char *verdict)
{
        g_autofree char *printed = NULL, *path = NULL, *log = NULL;
        CLEANUP(fd_closep) int audit_fd = g_file_open_tmp("oriel-audit-XXXXXX", &path, NULL);
        Asker asker = { .verdict = verdict };
        FrontMediator mediator = { .name = "bus" };
        FakeKeeper keeper;
        FrontConfig config;
        int pair[2];

        g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
        mediator.fd = pair[0];
        asker.mediator = pair[1];
        fake_keeper_start(&keeper, ask, &asker);
        close(pair[1]);
        config = fake_keeper_config(&keeper);
        config.audit_fd = audit_fd;
        config.manager = manager;
        config.mediators = &mediator;
        config.n_mediators = 1;
        g_assert_cmpint(run(&config, &printed), ==, 0);
        g_assert_true(g_file_get_contents(path, &log, NULL, NULL));
        g_unlink(path);
        return g_steal_pointer(&log);
}

static void check_log(const char *log, AuditVerdict verdict, const char *by, const char *mend)
{
        g_auto(GStrv) lines = g_strsplit(log, "\n", -1);
        AuditRecord first = { 0 }, second = { 0 };
        AuditStamp stamp = { 0 };

        g_assert_cmpuint(g_strv_length(lines), ==, 3);
        g_assert_cmpint(audit_record_parse(&first, &stamp, lines[0], strlen(lines[0])), ==, 0);
        /* What the mediator says of itself does not count. */
        g_assert_cmpuint(stamp.seq, ==, 0);
        g_assert_cmpstr(stamp.sid, ==, "0123abcd");
        g_assert_cmpstr(first.text[AUDIT_NAME], ==, "a.B");
        g_assert_cmpint(audit_record_parse(&second, &stamp, lines[1], strlen(lines[1])), ==, 0);
        g_assert_cmpuint(stamp.seq, ==, 1);
        g_assert_cmpint(second.event, ==, AUDIT_EVENT_ASK);
        g_assert_cmpint(second.verdict, ==, verdict);
        g_assert_cmpstr(second.text[AUDIT_NAME], ==, "a.B.C");
        g_assert_cmpstr(second.text[AUDIT_BY], ==, by);
        g_assert_cmpstr(second.text[AUDIT_MEND], ==, mend);
        audit_record_clear(&first);
        audit_record_clear(&second);
}

#define MEND "in ~/.config/oriel/overrides/org.example.App: [Session Bus Rules] a.B=talk"

static void test_ask_nobody(void)
{
        g_autofree char *log = run_ask(NULL, "deny"), *no_socket = run_ask("/nonexistent/manager", "deny");

        check_log(log, AUDIT_VERDICT_DENY, "default: nobody to ask", MEND);
        check_log(no_socket, AUDIT_VERDICT_DENY, "default: no manager", MEND);
}

typedef struct Manager {
        int socket;
        const char *verdict, *scope; /* scope NULL: hangs up without an answer */
} Manager;

static gpointer answer_one(gpointer data)
{
        const Manager *manager = data;
        CLEANUP(fd_closep) int fd = accept4(manager->socket, NULL, NULL, SOCK_CLOEXEC);
        CLEANUP(message_freep) Message *asked = fake_keeper_hear(fd);

        g_assert_cmpstr(message_verb(asked), ==, "ask");
        g_assert_cmpstr(message_get(asked, "id"), ==, "0123abcd");
        g_assert_cmpstr(message_get(asked, "app"), ==, "org.example.App");
        g_assert_cmpstr(message_get(asked, "subject"), ==, "a.B.C");
        if (manager->scope != NULL)
                fake_keeper_say(fd, "answer", NULL, 0, "seq", "5", "verdict", manager->verdict, "scope", manager->scope,
                                NULL);
        else
                (void)shutdown(manager->socket, SHUT_RDWR); /* and there is none that could be asked again */
        return NULL;
}

static char *run_with_manager(const char *verdict, const char *scope, const char *want)
{
        g_autofree char *dir = g_dir_make_tmp("oriel-manager-XXXXXX", NULL),
                        *path = g_build_filename(dir, "manager", NULL);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        Manager manager = { .socket = fd, .verdict = verdict, .scope = scope };
        g_autofree char *log = NULL;
        GThread *thread;

        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(fd, 1), ==, 0);
        thread = g_thread_new("manager", answer_one, &manager);
        log = run_ask(path, want);
        g_thread_join(thread);
        g_unlink(path);
        g_rmdir(dir);
        return g_steal_pointer(&log);
}

static void test_ask_manager(void)
{
        g_autofree char *allowed = run_with_manager("allow", "once", "allow"),
                        *denied = run_with_manager("deny", "never", "deny"),
                        *no_scope = run_with_manager("allow", "forever", "deny"),
                        *gone = run_with_manager("allow", NULL, "deny");

        check_log(allowed, AUDIT_VERDICT_ALLOW, "user:once", NULL);
        check_log(denied, AUDIT_VERDICT_DENY, "user:never", NULL);
        check_log(no_scope, AUDIT_VERDICT_DENY, "default: no answer", MEND);
        check_log(gone, AUDIT_VERDICT_DENY, "default: no manager", MEND);
}

/* `oriel shell`: the request is whole, also when it has to be made again because the instance is still starting; the
 * command's status and the keeper's refusal come back. */
static gboolean take_shell_request(int socket)
{
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS];
        gsize n_fds = 0;
        gboolean right = message_receive(socket, &message, fds, &n_fds, NULL) == 1 && n_fds == 3 &&
                         g_str_equal(message_verb(message), "shell") &&
                         g_strcmp0(message_get_nth(message, "argv", 1), "-l") == 0 &&
                         g_strcmp0(message_get(message, "env"), "A=b=c") == 0 &&
                         g_strcmp0(message_get(message, "cwd"), "/tmp") == 0 &&
                         message_get_nth(message, "tty", 2) != NULL;

        for (gsize i = 0; i < n_fds; i++)
                close(fds[i]);
        return right;
}

static int serve_shell(int socket, void *data)
{
        const char *refusal = data;
        gboolean right = take_shell_request(socket);

        if (refusal != NULL)
                fake_keeper_say(socket, "error", NULL, 0, "step", "exec", "object", "ls", "errno", refusal, "box",
                                "app", NULL);
        if (g_strcmp0(refusal, G_STRINGIFY(EAGAIN)) == 0)
                right = take_shell_request(socket) && right;
        if (refusal == NULL || g_str_equal(refusal, G_STRINGIFY(EAGAIN)))
                fake_keeper_say(socket, "exit", NULL, 0, "status", right ? "1280" : "256", NULL);
        return 0;
}

static void test_shell(void)
{
        static const char *const argv[] = { "ls", "-l", NULL }, *const env[] = { "A=b=c", NULL };
        static const struct {
                const char *refusal;
                int status;
        } cases[] = { { NULL, 5 }, { G_STRINGIFY(EAGAIN), 5 }, { G_STRINGIFY(ENOENT), 127 } };

        for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
                FakeKeeper keeper;
                FrontShell shell = { .argv = argv, .env = env, .cwd = "/tmp" };

                fake_keeper_start(&keeper, serve_shell, (void *)cases[i].refusal);
                front_signals_close(&keeper.signals);
                shell.control = keeper.socket;
                g_assert_cmpint(front_shell(&shell), ==, cases[i].status);
                g_assert_cmpint(waitpid(keeper.pid, NULL, 0), ==, keeper.pid);
                close(keeper.socket);
                close(keeper.pidfd);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/front/log", test_log);
        g_test_add_func("/front/killed", test_killed);
        g_test_add_func("/front/relays-signals", test_relays_signals);
        g_test_add_func("/front/directory", test_directory);
        g_test_add_func("/front/portal", test_portal);
        g_test_add_func("/front/ask-nobody", test_ask_nobody);
        g_test_add_func("/front/ask-manager", test_ask_manager);
        g_test_add_func("/front/shell", test_shell);
        return g_test_run();
}
