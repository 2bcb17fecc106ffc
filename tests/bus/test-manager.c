/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The real oriel-sandboxd, with directories of its own, a private dbus-daemon, and instances whose front end and keeper
 * this process plays.  ORIEL_SANDBOXD names the program. */
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "instance/instance.h"
#include "session/client.h"

enum { WAIT_MS = 20000, STEP_MS = 10 };

#define ID "0123abcd"

typedef struct Scene {
        char *top, *runtime, *program; /* program: a copy in a prefix of its own, without profiles */
        GTestDBus *bus;                /* NULL: none */
        gint64 pid;                    /* of the manager */
        /* The instance that is played. */
        int instances_fd, dir_fd, lock_fd, control_fd;
} Scene;

#define WAIT_UNTIL(condition)                                                                                          \
        for (int ms_ = 0; !(condition); ms_ += STEP_MS) {                                                              \
                g_assert_cmpint(ms_, <, WAIT_MS);                                                                      \
                g_usleep(STEP_MS * 1000);                                                                              \
        }

static SessionClient *client_of(const Scene *scene)
{
        g_autoptr(GError) error = NULL;
        SessionClient *client = session_client_connect(scene->runtime, &error);

        g_assert_no_error(error);
        return client;
}

static guint count_instances(const Scene *scene)
{
        g_autoptr(SessionClient) client = client_of(scene);
        g_autoptr(SessionStatus) status = session_client_status(client, NULL);

        return status == NULL ? G_MAXUINT : status->instances;
}

static gboolean is_running(const Scene *scene)
{
        g_autoptr(SessionClient) client = session_client_connect(scene->runtime, NULL);

        return client != NULL;
}

static void start_manager(Scene *scene)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(SessionClient) client = NULL;
        g_autoptr(SessionStatus) status = NULL;

        g_assert_true(session_client_start(scene->runtime, scene->program, TRUE, &error));
        g_assert_no_error(error);
        client = client_of(scene);
        status = session_client_status(client, &error);
        g_assert_no_error(error);
        scene->pid = status->pid;
}

static char *below(const Scene *scene, const char *name)
{
        char *path = g_build_filename(scene->top, name, NULL);

        g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
        return path;
}

static void copy_program(Scene *scene)
{
        g_autofree char *dir = below(scene, "prefix/libexec/oriel");
        g_autoptr(GFile) from = g_file_new_for_path(g_getenv("ORIEL_SANDBOXD")), to = NULL;

        scene->program = g_build_filename(dir, "oriel-sandboxd", NULL);
        to = g_file_new_for_path(scene->program);
        g_assert_true(g_file_copy(from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
}

static void setup(Scene *scene, const void *data)
{
        static const char *const names[][2] = {
                { "XDG_RUNTIME_DIR", "run" }, { "XDG_CONFIG_HOME", "config" },
                { "XDG_DATA_HOME", "data" },  { "XDG_STATE_HOME", "state" },
                { "HOME", "home" },
        };
        const char *idle = data;

        scene->top = g_dir_make_tmp("oriel-manager-XXXXXX", NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
                g_autofree char *path = below(scene, names[i][1]);

                g_setenv(names[i][0], path, TRUE);
        }
        scene->runtime = g_build_filename(scene->top, "run", "oriel", NULL);
        copy_program(scene);
        g_setenv("ORIEL_IDLE_EXIT", idle == NULL ? "60" : idle, TRUE);
        g_unsetenv("DBUS_SESSION_BUS_ADDRESS");
        scene->lock_fd = scene->dir_fd = scene->control_fd = scene->instances_fd = -1;
}

static void setup_with_bus(Scene *scene, const void *data)
{
        g_autofree char *runtime = NULL;

        setup(scene, data);
        runtime = g_strdup(g_getenv("XDG_RUNTIME_DIR"));
        scene->bus = g_test_dbus_new(G_TEST_DBUS_NONE);
        g_test_dbus_up(scene->bus);
        /* It takes that away. */
        g_setenv("XDG_RUNTIME_DIR", runtime, TRUE);
}

static void end_instance(Scene *scene)
{
        scene->control_fd = fd_close(scene->control_fd);
        scene->lock_fd = fd_close(scene->lock_fd);
        scene->dir_fd = fd_close(scene->dir_fd);
}

static void remove_tree(const char *path)
{
        g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);

        for (const char *name = dir == NULL ? NULL : g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
                g_autofree char *child = g_build_filename(path, name, NULL);

                remove_tree(child);
        }
        (void)g_remove(path);
}

static void teardown(Scene *scene, const void *data G_GNUC_UNUSED)
{
        end_instance(scene);
        scene->instances_fd = fd_close(scene->instances_fd);
        if (is_running(scene)) {
                g_autoptr(SessionClient) client = client_of(scene);

                g_assert_true(session_client_stop(client, NULL));
        }
        if (scene->pid != 0)
                WAIT_UNTIL(kill((pid_t)scene->pid, 0) < 0);
        if (scene->bus != NULL)
                g_test_dbus_down(scene->bus);
        g_clear_object(&scene->bus);
        remove_tree(scene->top);
        g_free(scene->top);
        g_free(scene->runtime);
        g_free(scene->program);
}

/* An instance as a launch makes it, whose front end this process is. */
static void play_instance(Scene *scene)
{
        g_autofree char *path = g_build_filename(scene->runtime, "instances", NULL),
                        *control = g_build_filename(path, ID, INSTANCE_CONTROL, NULL);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char app[] = "org.example.App", profile[] = "apps/app", grants[] = "org.example.App/default";
        InstanceInfo info = { .id = ID,
                              .app = app,
                              .profile = profile,
                              .grants = grants,
                              .started = 1700000000,
                              .front_pid = getpid(),
                              .front_start = instance_process_start(getpid()) };

        g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
        scene->instances_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_assert_cmpint(instance_dir_make(scene->instances_fd, ID, &scene->dir_fd, &scene->lock_fd), ==, 0);
        scene->control_fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        g_strlcpy(address.sun_path, control, sizeof address.sun_path);
        g_assert_cmpint(bind(scene->control_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(scene->control_fd, 4), ==, 0);
        g_assert_cmpint(instance_info_write(&info, scene->instances_fd), ==, 0);
}

static void test_start_stop(Scene *scene, const void *data G_GNUC_UNUSED)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(SessionClient) client = NULL;
        g_autoptr(SessionStatus) status = NULL;
        g_autofree char *socket = session_manager_path(scene->runtime);
        char *second[] = { scene->program, NULL };
        int ended = -1;

        g_assert_null(session_client_connect(scene->runtime, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_error(&error);
        start_manager(scene);
        /* A second one sees the first and goes. */
        g_assert_true(g_spawn_sync(NULL, second, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &ended, &error));
        g_assert_cmpint(ended, ==, 0);
        client = client_of(scene);
        status = session_client_status(client, &error);
        g_assert_cmpint(status->pid, ==, scene->pid);
        g_assert_cmpuint(status->instances, ==, 0);
        g_assert_true(session_client_stop(client, &error));
        g_assert_false(g_file_test(socket, G_FILE_TEST_EXISTS));
        start_manager(scene);
}

static void test_missing_program(Scene *scene, const void *data G_GNUC_UNUSED)
{
        g_autoptr(GError) error = NULL;

        g_assert_false(session_client_start(scene->runtime, "/nonexistent/oriel-sandboxd", TRUE, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        g_assert_nonnull(strstr(error->message, "/nonexistent/oriel-sandboxd: No such file"));
}

/* A new manager finds what runs; what dies is cleaned up after it within a second. */
static void test_adopts_and_reaps(Scene *scene, const void *data G_GNUC_UNUSED)
{
        CLEANUP(message_freep) Message *first = NULL, *message = NULL;
        gint64 then;
        int keeper;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        keeper = accept4(scene->control_fd, NULL, NULL, SOCK_CLOEXEC);
        g_assert_cmpint(message_receive(keeper, &first, NULL, NULL, NULL), ==, 1);
        g_assert_cmpstr(message_verb(first), ==, "client");
        g_assert_cmpint(message_receive(keeper, &message, NULL, NULL, NULL), ==, 1);
        g_assert_cmpstr(message_verb(message), ==, "watch");
        /* kill -9 of both: the sockets and the lock go, the files stay. */
        then = g_get_monotonic_time();
        close(keeper);
        end_instance(scene);
        WAIT_UNTIL(faccessat(scene->instances_fd, ID, F_OK, 0) < 0);
        g_assert_cmpint(g_get_monotonic_time() - then, <, G_USEC_PER_SEC);
        WAIT_UNTIL(count_instances(scene) == 0);
}

static void test_reaps_at_start(Scene *scene, const void *data G_GNUC_UNUSED)
{
        play_instance(scene);
        end_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(faccessat(scene->instances_fd, ID, F_OK, 0) < 0);
}

static void test_idle(Scene *scene, const void *data G_GNUC_UNUSED)
{
        gint64 then;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        /* Longer than ORIEL_IDLE_EXIT: it stays while something runs. */
        g_usleep(1500 * 1000);
        g_assert_true(is_running(scene));
        then = g_get_monotonic_time();
        end_instance(scene);
        WAIT_UNTIL(!is_running(scene));
        g_assert_cmpint(g_get_monotonic_time() - then, >, G_USEC_PER_SEC / 2);
}

static int connect_raw(const Scene *scene)
{
        g_autofree char *path = session_manager_path(scene->runtime);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
        return fd;
}

static void send_ask(int fd, const char *id, const char *subject)
{
        CLEANUP(message_freep) Message *message = message_new("ask");

        message_add(message, "id", id);
        message_add(message, "app", "org.liar.App");
        message_add(message, "seq", "3");
        message_add(message, "kind", "dbus");
        message_add(message, "subject", subject);
        message_add(message, "rule", "[Session Bus Rules] org.example.Notes=talk");
        g_assert_cmpint(message_send(fd, message, NULL, 0), ==, 0);
}

static Message *hear(int fd)
{
        Message *message = NULL;

        g_assert_cmpint(message_receive(fd, &message, NULL, NULL, NULL), ==, 1);
        return message;
}

/* A question that is open, when it is old enough to be judged. */
static SessionQuestion *await_question(const Scene *scene, SessionClient *client)
{
        g_autoptr(GPtrArray) list = NULL;

        for (int ms = 0; list == NULL || list->len == 0; ms += STEP_MS) {
                g_assert_cmpint(ms, <, WAIT_MS);
                g_clear_pointer(&list, g_ptr_array_unref);
                list = session_client_questions(client, NULL);
                g_assert_nonnull(list);
                g_usleep(STEP_MS * 1000);
        }
        (void)scene;
        g_assert_cmpuint(list->len, ==, 1);
        return g_ptr_array_steal_index(list, 0);
}

static void test_question(Scene *scene, const void *data G_GNUC_UNUSED)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(message_freep) Message *answer = NULL;
        g_autoptr(SessionClient) client = NULL;
        g_autoptr(SessionQuestion) question = NULL;
        g_autoptr(GError) error = NULL;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        client = client_of(scene);
        fd = connect_raw(scene);
        send_ask(fd, ID, "org.example.Notes");
        question = await_question(scene, client);
        g_assert_cmpstr(question->instance, ==, ID);
        /* The app's name is the instance's, whatever the question says. */
        g_assert_cmpstr(question->app, ==, "org.example.App");
        g_assert_cmpstr(question->subject, ==, "org.example.Notes");
        g_assert_false(session_client_decide(client, question->id, TRUE, "forever", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        g_clear_error(&error);
        g_usleep(350 * 1000);
        g_assert_true(session_client_decide(client, question->id, TRUE, "once", &error));
        g_assert_no_error(error);
        answer = hear(fd);
        g_assert_cmpstr(message_verb(answer), ==, "answer");
        g_assert_cmpstr(message_get(answer, "seq"), ==, "3");
        g_assert_cmpstr(message_get(answer, "verdict"), ==, "allow");
        g_assert_cmpstr(message_get(answer, "scope"), ==, "once");
        g_assert_false(session_client_decide(client, question->id, TRUE, "once", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
}

/* "always" is written down, and only then. */
static void test_always(Scene *scene, const void *data G_GNUC_UNUSED)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(message_freep) Message *answer = NULL;
        g_autoptr(SessionClient) client = NULL;
        g_autoptr(SessionQuestion) question = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *find = NULL, *out = NULL;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        client = client_of(scene);
        fd = connect_raw(scene);
        send_ask(fd, ID, "org.example.Notes");
        question = await_question(scene, client);
        g_usleep(350 * 1000);
        g_assert_true(session_client_decide(client, question->id, TRUE, "always", &error));
        g_assert_no_error(error);
        answer = hear(fd);
        g_assert_cmpstr(message_get(answer, "scope"), ==, "always");
        find = g_strdup_printf("grep -rl 'org.example.Notes=talk' '%s/data/oriel'", scene->top);
        g_assert_true(g_spawn_command_line_sync(find, &out, NULL, NULL, NULL));
        g_assert_nonnull(strstr(out, "grants"));
        /* Asked again in the same run: answered at once. */
        send_ask(fd, ID, "org.example.Notes");
        message_free(STEAL(answer));
        answer = hear(fd);
        g_assert_cmpstr(message_get(answer, "verdict"), ==, "allow");
}

/* "never" is written down as what forbids it. */
static void test_never(Scene *scene, const void *data G_GNUC_UNUSED)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(message_freep) Message *answer = NULL, *ask = message_new("ask");
        g_autoptr(SessionClient) client = NULL;
        g_autoptr(SessionQuestion) question = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *find = NULL, *out = NULL;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        client = client_of(scene);
        fd = connect_raw(scene);
        message_add(ask, "id", ID);
        message_add_number(ask, "seq", 3);
        message_add(ask, "kind", "dbus");
        message_add(ask, "subject", "org.example.Notes");
        message_add(ask, "rule", "[Session Bus Rules] org.example.Notes=call:i.j.M");
        message_add_number(ask, "timeout-ms", 20000);
        g_assert_cmpint(message_send(fd, ask, NULL, 0), ==, 0);
        question = await_question(scene, client);
        g_assert_true(session_client_decide(client, question->id, FALSE, "never", &error));
        g_assert_no_error(error);
        answer = hear(fd);
        g_assert_cmpstr(message_get(answer, "verdict"), ==, "deny");
        find = g_strdup_printf("grep -rl 'org.example.Notes=deny:i.j.M' '%s/data/oriel'", scene->top);
        g_assert_true(g_spawn_command_line_sync(find, &out, NULL, NULL, NULL));
        g_assert_nonnull(strstr(out, "grants"));
}

static void test_question_refused(Scene *scene, const void *data G_GNUC_UNUSED)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(message_freep) Message *answer = NULL, *odd = message_new("dance");
        g_autoptr(SessionClient) client = NULL;
        g_autoptr(GPtrArray) list = NULL;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        fd = connect_raw(scene);
        send_ask(fd, "ffffffff", "a.B");
        answer = hear(fd);
        g_assert_cmpstr(message_verb(answer), ==, "error");
        g_assert_cmpstr(message_get(answer, "code"), ==, "denied");
        g_assert_cmpint(message_send(fd, odd, NULL, 0), ==, 0);
        message_free(STEAL(answer));
        answer = hear(fd);
        g_assert_cmpstr(message_verb(answer), ==, "error");
        /* The asker goes: nobody needs to be bothered any more. */
        send_ask(fd, ID, "a.B");
        client = client_of(scene);
        {
                g_autoptr(SessionQuestion) question = await_question(scene, client);

                g_assert_nonnull(question);
        }
        fd = fd_close(fd);
        for (int ms = 0; list == NULL || list->len > 0; ms += STEP_MS) {
                g_assert_cmpint(ms, <, WAIT_MS);
                g_clear_pointer(&list, g_ptr_array_unref);
                list = session_client_questions(client, NULL);
                g_usleep(STEP_MS * 1000);
        }
}

/* Another process than the instance's front end may not ask in its name; one in a box may not even say hello. */
static void test_strangers(Scene *scene, const void *data G_GNUC_UNUSED)
{
        int status = 0;
        pid_t child;

        play_instance(scene);
        start_manager(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        child = fork();
        if (child == 0) {
                int fd = connect_raw(scene);

                send_ask(fd, ID, "a.B");
                _exit(g_strcmp0(message_get(hear(fd), "code"), "denied") == 0 ? 0 : 1);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
        child = fork();
        if (child == 0) {
                CLEANUP(message_freep) Message *request = message_new("status");
                int fd;

                if (unshare(CLONE_NEWUSER) < 0)
                        _exit(77);
                fd = connect_raw(scene);
                (void)message_send(fd, request, NULL, 0);
                _exit(g_strcmp0(message_get(hear(fd), "code"), "denied") == 0 ? 0 : 1);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
                g_test_skip("no user namespaces here");
        else
                g_assert_cmpint(status, ==, 0);
}

static GVariant *call(GDBusConnection *bus, const char *method, GVariant *arguments, GError **error)
{
        return g_dbus_connection_call_sync(bus, "org.oriel.Sandbox1", "/org/oriel/Sandbox1", "org.oriel.Sandbox1",
                                           method, arguments, NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, WAIT_MS, NULL,
                                           error);
}

static void await_name(GDBusConnection *bus)
{
        for (int ms = 0; ms < WAIT_MS; ms += STEP_MS) {
                g_autoptr(GVariant) list = call(bus, "ListInstances", NULL, NULL);

                if (list != NULL)
                        return;
                g_usleep(STEP_MS * 1000);
        }
        g_assert_not_reached();
}

static void on_signal(GDBusConnection *bus G_GNUC_UNUSED,
                      const char *sender G_GNUC_UNUSED,
                      const char *path G_GNUC_UNUSED,
                      const char *interface G_GNUC_UNUSED,
                      const char *name,
                      GVariant *arguments,
                      gpointer data)
{
        const char *id = NULL;

        g_variant_get_child(arguments, 0, "&s", &id);
        if (g_str_equal(id, ID))
                g_string_append_printf(data, "%s ", name);
}

static void test_bus(Scene *scene, const void *data G_GNUC_UNUSED)
{
        static const struct {
                const char *method, *arguments, *error;
        } refused[] = {
                { "GetInstance", "('ffffffff',)", "org.freedesktop.DBus.Error.FileNotFound" },
                { "Stop", "('ffffffff',)", "org.freedesktop.DBus.Error.FileNotFound" },
                { "Stop", "('" ID "',)", "org.freedesktop.DBus.Error.AccessDenied" },
                { "Start", "('./evil', @as [], @a{sv} {})", "org.freedesktop.DBus.Error.AccessDenied" },
                { "Start", "('', @as [], @a{sv} {})", "org.freedesktop.DBus.Error.AccessDenied" },
                { "Start", "('no.such.App', @as [], @a{sv} {})", "org.freedesktop.DBus.Error.FileNotFound" },
                { "Approve", "('1',)", "org.freedesktop.DBus.Error.UnknownMethod" },
        };
        g_autoptr(GDBusConnection) bus = NULL;
        g_autoptr(GString) signals = g_string_new(NULL);
        g_autoptr(GVariant) list = NULL, rows = NULL, one = NULL, dict = NULL;
        const char *app = NULL;
        guint subscription;

        start_manager(scene);
        bus = g_dbus_connection_new_for_address_sync(g_test_dbus_get_bus_address(scene->bus),
                                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                             G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                     NULL, NULL, NULL);
        g_assert_nonnull(bus);
        subscription = g_dbus_connection_signal_subscribe(bus, NULL, "org.oriel.Sandbox1", NULL, NULL, NULL,
                                                          G_DBUS_SIGNAL_FLAGS_NONE, on_signal, signals, NULL);
        await_name(bus);
        play_instance(scene);
        WAIT_UNTIL(count_instances(scene) == 1);
        list = call(bus, "ListInstances", NULL, NULL);
        rows = g_variant_get_child_value(list, 0);
        g_assert_cmpuint(g_variant_n_children(rows), ==, 1);
        one = call(bus, "GetInstance", g_variant_new("(s)", ID), NULL);
        dict = g_variant_get_child_value(one, 0);
        g_assert_true(g_variant_lookup(dict, "app", "&s", &app));
        g_assert_cmpstr(app, ==, "org.example.App");
        for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
                g_autoptr(GError) error = NULL;
                g_autofree char *name = NULL;
                GVariant *arguments = g_variant_new_parsed(refused[i].arguments);

                g_assert_null(call(bus, refused[i].method, arguments, &error));
                name = g_dbus_error_get_remote_error(error);
                g_assert_cmpstr(name, ==, refused[i].error);
        }
        end_instance(scene);
        for (int ms = 0; strstr(signals->str, "InstanceRemoved") == NULL && ms < WAIT_MS; ms += STEP_MS) {
                while (g_main_context_iteration(NULL, FALSE))
                        ;
                g_usleep(STEP_MS * 1000);
        }
        g_assert_cmpstr(signals->str, ==, "InstanceAdded InstanceRemoved ");
        g_dbus_connection_signal_unsubscribe(bus, subscription);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_nonnull(g_getenv("ORIEL_SANDBOXD"));
#define ADD(name, data, setup_, f) g_test_add("/manager/" name, Scene, data, setup_, f, teardown)
        ADD("start-stop", NULL, setup, test_start_stop);
        ADD("missing-program", NULL, setup, test_missing_program);
        ADD("adopts-and-reaps", NULL, setup, test_adopts_and_reaps);
        ADD("reaps-at-start", NULL, setup, test_reaps_at_start);
        ADD("idle", "1", setup, test_idle);
        ADD("question", NULL, setup, test_question);
        ADD("always", NULL, setup, test_always);
        ADD("never", NULL, setup, test_never);
        ADD("question-refused", NULL, setup, test_question_refused);
        ADD("strangers", NULL, setup, test_strangers);
        ADD("bus", NULL, setup_with_bus, test_bus);
        return g_test_run();
}
