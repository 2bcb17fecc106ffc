/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-sandboxd: the per-user session manager.  One a user (a lock); it ends by itself (session/manager.h), at
 * SIGTERM, or when told to, and no app ends with it. */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "bus/server.h"
#include "bus/service.h"
#include "session/client.h"
#include "session/manager.h"
#include "session/warm.h"
#include "store/dirs.h"

enum {
        STATUS_FAILED = 125,
        ACTIVATION_FD = 3, /* sd_listen_fds(3) */
        IDLE_SECONDS = 30,
};

typedef struct Daemon {
        GMainLoop *loop;
        StoreDirs *dirs;
        SessionManager *manager;
        BusServer *server;
        BusService *service;
        SessionWarm *warm;  /* NULL: could not be started, and launches are slower */
        char *path;         /* of the socket */
        gboolean activated; /* the socket is systemd's */
        int lock_fd;
} Daemon;

static void quit(gpointer data)
{
        Daemon *daemon = data;

        g_main_loop_quit(daemon->loop);
}

static gboolean on_signal(gpointer data)
{
        quit(data);
        return G_SOURCE_CONTINUE;
}

/* 0: we are the one; 1: another is; -1 with *error. */
static int take_lock(Daemon *daemon, GError **error)
{
        int dir_fd = store_dirs_open(daemon->dirs, STORE_DIR_RUNTIME, TRUE, error);

        if (dir_fd < 0)
                return -1;
        daemon->lock_fd = openat(dir_fd, "manager.lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (daemon->lock_fd >= 0 && flock(daemon->lock_fd, LOCK_EX | LOCK_NB) == 0)
                return 0;
        if (daemon->lock_fd >= 0 && errno == EWOULDBLOCK)
                return 1;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s/manager.lock: %s",
                    store_dirs_path(daemon->dirs, STORE_DIR_RUNTIME), g_strerror(errno));
        return -1;
}

static gboolean is_activated(void)
{
        const char *pid = g_getenv("LISTEN_PID"), *n = g_getenv("LISTEN_FDS");

        return pid != NULL && g_strcmp0(n, "1") == 0 && g_ascii_strtoll(pid, NULL, 10) == getpid();
}

static int get_socket(Daemon *daemon, GError **error)
{
        daemon->activated = is_activated();
        if (!daemon->activated)
                return bus_server_listen(daemon->path, error);
        g_unsetenv("LISTEN_PID");
        g_unsetenv("LISTEN_FDS");
        if (fd_set_cloexec(ACTIVATION_FD, true) == 0 && g_unix_set_fd_nonblocking(ACTIVATION_FD, TRUE, error))
                return ACTIVATION_FD;
        return -1;
}

static guint idle_seconds(void)
{
        const char *text = g_getenv("ORIEL_IDLE_EXIT");
        guint64 seconds = IDLE_SECONDS;

        if (text != NULL && g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT - 1, &seconds, NULL))
                return (guint)seconds;
        return IDLE_SECONDS;
}

static void on_bus(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
        Daemon *daemon = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(GDBusConnection) connection = g_bus_get_finish(result, &error);

        if (connection != NULL) {
                g_dbus_connection_set_exit_on_close(connection, FALSE);
                daemon->service = bus_service_new(connection, daemon->manager, ORIEL_VERSION, &error);
        }
        if (error != NULL)
                g_message("no session bus: %s, going on without", error->message);
}

static void on_used(gpointer data)
{
        Daemon *daemon = data;

        session_manager_is_used(daemon->manager);
}

static void start_warm(Daemon *daemon)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *prefix = store_prefix(&error), *engine = NULL;

        if (prefix != NULL) {
                engine = g_build_filename(prefix, "libexec", "oriel", "oriel-engine", NULL);
                daemon->warm = session_warm_start(engine, daemon->path, on_used, daemon, &error);
        }
        if (error != NULL)
                g_message("no boxes are kept ready: %s", error->message);
}

static gboolean start(Daemon *daemon, GError **error)
{
        const SessionManagerOptions options = { .idle_seconds = idle_seconds(), .idle = quit, .data = daemon };
        const BusServerOptions server_options = { .version = ORIEL_VERSION, .stop = quit, .data = daemon };
        int fd;

        daemon->manager = session_manager_new(daemon->dirs, &options, error);
        if (daemon->manager == NULL)
                return FALSE;
        daemon->path = session_manager_path(store_dirs_path(daemon->dirs, STORE_DIR_RUNTIME));
        fd = get_socket(daemon, error);
        if (fd < 0)
                return FALSE;
        daemon->server = bus_server_new(fd, daemon->manager, &server_options);
        start_warm(daemon);
        if (bus_service_has_bus())
                g_bus_get(G_BUS_TYPE_SESSION, NULL, on_bus, daemon);
        return TRUE;
}

/* The name goes while we hold the lock, for the next manager's socket has the same; the connections go last, so that
 * who sent `stop` and waits for the end can start another at once. */
static void daemon_clear(Daemon *daemon)
{
        if (daemon->path != NULL && !daemon->activated)
                (void)unlink(daemon->path);
        bus_service_free(daemon->service);
        /* Before the lock: the next manager's engine has the same sockets. */
        session_warm_stop(daemon->warm);
        daemon->lock_fd = fd_close(daemon->lock_fd);
        bus_server_free(daemon->server);
        session_manager_free(daemon->manager);
        g_free(daemon->path);
        store_dirs_free(daemon->dirs);
        g_main_loop_unref(daemon->loop);
}

static int run(Daemon *daemon, GError **error)
{
        StoreEnvironment environment = { 0 };
        int r;

        store_environment_from_process(&environment);
        daemon->dirs = store_dirs_new(&environment, error);
        if (daemon->dirs == NULL)
                return STATUS_FAILED;
        r = take_lock(daemon, error);
        if (r != 0)
                return r > 0 ? 0 : STATUS_FAILED;
        if (!start(daemon, error))
                return STATUS_FAILED;
        g_unix_signal_add(SIGTERM, on_signal, daemon);
        g_unix_signal_add(SIGINT, on_signal, daemon);
        g_unix_signal_add(SIGHUP, on_signal, daemon);
        g_main_loop_run(daemon->loop);
        return 0;
}

int main(int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        Daemon daemon = { .lock_fd = -1 };
        int status;

        if (getauxval(AT_SECURE) != 0) {
                g_printerr("oriel-sandboxd: it must not be setuid, setgid or have file capabilities\n");
                return STATUS_FAILED;
        }
        (void)setlocale(LC_ALL, "");
        (void)umask(0077);
        (void)signal(SIGPIPE, SIG_IGN);
        /* Nobody of the same user reads its memory, or lends it descriptors. */
        (void)prctl(PR_SET_DUMPABLE, 0);
        if (argc == 2 && g_str_equal(argv[1], "--version")) {
                g_print("oriel-sandboxd %s\n", ORIEL_VERSION);
                return 0;
        }
        if (argc != 1) {
                g_printerr("oriel-sandboxd: it takes no arguments\nIt is started by oriel, D-Bus or systemd.\n");
                return STATUS_FAILED;
        }
        daemon.loop = g_main_loop_new(NULL, FALSE);
        status = run(&daemon, &error);
        daemon_clear(&daemon);
        if (error != NULL)
                g_printerr("oriel-sandboxd: %s\n", error->message);
        return status;
}
