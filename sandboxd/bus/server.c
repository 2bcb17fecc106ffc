/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/server.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/message.h"
#include "bus/peer.h"

enum {
        BACKLOG = 64,
        CONNECTIONS_MAX = 512, /* a question is a connection */
        QUESTION_MS = 60 * 1000,
        QUESTION_MAX_MS = 600 * 1000,
};

typedef struct Connection {
        BusServer *server;
        int fd;
        guint source, asker;
        pid_t peer;
} Connection;

struct BusServer {
        int fd;
        guint source;
        SessionManager *manager;
        BusServerOptions options;
        GHashTable *connections; /* asker → Connection */
};

/* One row a verb.  Returns FALSE with *error set, which goes to the peer as `error`. */
typedef gboolean (*Handler)(Connection *connection, const Message *message, GError **error);

static void connection_free(gpointer data)
{
        Connection *connection = data;

        if (connection->source != 0)
                g_source_remove(connection->source);
        connection->fd = fd_close(connection->fd);
        g_free(connection);
}

/* One that does not take what it asked for is as good as gone; its descriptor tells. */
static void send_message(const Connection *connection, const Message *message)
{
        if (message != NULL && message_send(connection->fd, message, NULL, 0) < 0)
                (void)shutdown(connection->fd, SHUT_RDWR);
}

static void send_verb(const Connection *connection, const char *verb)
{
        CLEANUP(message_freep) Message *message = message_new(verb);

        send_message(connection, message);
}

static void send_error(const Connection *connection, const GError *error)
{
        CLEANUP(message_freep) Message *message = message_new("error");
        const char *code = g_error_matches(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND) ? "not-found"
                           : g_error_matches(error, ORIEL_ERROR, ORIEL_ERROR_DENIED)  ? "denied"
                                                                                      : "failed";

        message_add(message, "code", code);
        message_add(message, "why", error->message);
        send_message(connection, message);
}

static void add_text(Message *message, const char *key, const char *value)
{
        if (value != NULL)
                message_add(message, key, value);
}

static gboolean on_status(Connection *connection, const Message *request G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
        const BusServer *server = connection->server;
        CLEANUP(message_freep) Message *message = message_new("status");

        message_add_number(message, "pid", getpid());
        message_add_number(message, "instances", session_registry_size(session_manager_registry(server->manager)));
        message_add_number(message, "questions", session_manager_n_questions(server->manager));
        message_add(message, "version", server->options.version);
        send_message(connection, message);
        return TRUE;
}

static gboolean on_questions(Connection *connection, const Message *request G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
        g_autoptr(GPtrArray) questions = session_manager_questions(connection->server->manager);

        for (guint i = 0; i < questions->len; i++) {
                const SessionQuestion *question = questions->pdata[i];
                CLEANUP(message_freep) Message *message = message_new("question");

                message_add(message, "question", question->id);
                message_add(message, "id", question->instance);
                add_text(message, "app", question->app);
                add_text(message, "kind", question->kind);
                add_text(message, "subject", question->subject);
                add_text(message, "summary", question->summary);
                add_text(message, "rule", question->rule);
                message_add_number(message, "count", question->count);
                message_add_number(message, "seconds-left", question->seconds_left);
                send_message(connection, message);
        }
        send_verb(connection, "done");
        return TRUE;
}

static gboolean refuse(GError **error, const char *why)
{
        g_set_error_literal(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, why);
        return FALSE;
}

static gboolean on_decide(Connection *connection, const Message *request, GError **error)
{
        const char *question = message_get(request, "question"), *verdict = message_get(request, "verdict"),
                   *word = message_get(request, "scope");
        SessionScope scope = word == NULL ? SESSION_SCOPE_ONCE : session_scope_parse(word);

        if (question == NULL || scope == _SESSION_SCOPE_MAX ||
            (g_strcmp0(verdict, "allow") != 0 && g_strcmp0(verdict, "deny") != 0))
                return refuse(error, _("decide needs question=, verdict=allow or deny, and a known scope="));
        if (!session_manager_decide(connection->server->manager, question, g_str_equal(verdict, "allow"), scope, error))
                return FALSE;
        send_verb(connection, "done");
        return TRUE;
}

static gboolean on_ask(Connection *connection, const Message *request, GError **error)
{
        gint64 ms = message_get_number(request, "timeout-ms", QUESTION_MS);
        const SessionAsk ask = {
                .instance = message_get(request, "id"),
                .app = message_get(request, "app"),
                .kind = message_get(request, "kind"),
                .subject = message_get(request, "subject"),
                .summary = message_get(request, "summary"),
                .rule = message_get(request, "rule"),
                .timeout_ms = ms <= 0 ? QUESTION_MS : MIN(ms, QUESTION_MAX_MS),
                .asker = connection->asker,
                .seq = message_get_number(request, "seq", 0),
        };

        if (ask.instance == NULL || ask.kind == NULL || ask.subject == NULL)
                return refuse(error, _("ask needs id=, kind= and subject="));
        return session_manager_ask(connection->server->manager, &ask, connection->peer, error);
}

static gboolean on_stop(Connection *connection, const Message *request G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
        send_verb(connection, "done");
        connection->server->options.stop(connection->server->options.data);
        return TRUE;
}

static const struct Verb {
        const char *verb;
        Handler handler;
} verbs[] = {
        { "status", on_status }, { "questions", on_questions }, { "decide", on_decide },
        { "ask", on_ask },       { "stop", on_stop },
};

static void dispatch(Connection *connection, const Message *message)
{
        g_autoptr(GError) error = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(verbs); i++) {
                if (!g_str_equal(verbs[i].verb, message_verb(message)))
                        continue;
                if (!verbs[i].handler(connection, message, &error))
                        send_error(connection, error);
                return;
        }
        (void)refuse(&error, _("unknown request"));
        send_error(connection, error);
}

static void drop_connection(Connection *connection)
{
        BusServer *server = connection->server;
        guint asker = connection->asker;

        connection->source = 0; /* its function returns G_SOURCE_REMOVE */
        g_hash_table_remove(server->connections, GUINT_TO_POINTER(asker));
        session_manager_withdraw(server->manager, asker);
}

static gboolean on_message(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
        Connection *connection = data;
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(fd, &message, NULL, NULL, NULL);

        if (r == -EAGAIN)
                return G_SOURCE_CONTINUE;
        if (r <= 0) {
                drop_connection(connection);
                return G_SOURCE_REMOVE;
        }
        dispatch(connection, message);
        return G_SOURCE_CONTINUE;
}

static void add_connection(BusServer *server, int fd, pid_t peer)
{
        Connection *connection = g_new0(Connection, 1);

        connection->server = server;
        connection->fd = fd;
        connection->peer = peer;
        connection->asker = session_manager_new_asker(server->manager);
        connection->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_message, connection);
        g_hash_table_insert(server->connections, GUINT_TO_POINTER(connection->asker), connection);
}

static gboolean on_accept(gint listener, GIOCondition condition G_GNUC_UNUSED, gpointer data)
{
        BusServer *server = data;
        g_autoptr(GError) error = NULL;
        CLEANUP(fd_closep) int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        pid_t peer;

        if (fd < 0 || g_hash_table_size(server->connections) >= CONNECTIONS_MAX)
                return G_SOURCE_CONTINUE;
        peer = bus_peer_check(fd, &error);
        if (peer < 0) {
                const Connection stranger = { .fd = fd };

                send_error(&stranger, error);
                return G_SOURCE_CONTINUE;
        }
        add_connection(server, fd_steal(&fd), peer);
        return G_SOURCE_CONTINUE;
}

static void on_answered(const SessionAnswer *answer, gpointer data)
{
        BusServer *server = data;
        Connection *connection = g_hash_table_lookup(server->connections, GUINT_TO_POINTER(answer->asker));
        CLEANUP(message_freep) Message *message = NULL;

        if (connection == NULL)
                return;
        message = message_new("answer");
        message_add_number(message, "seq", answer->seq);
        message_add(message, "verdict", answer->allow ? "allow" : "deny");
        add_text(message, "scope", session_scope_word(answer->scope));
        send_message(connection, message);
}

BusServer *bus_server_new(int fd, SessionManager *manager, const BusServerOptions *options)
{
        BusServer *server = g_new0(BusServer, 1);
        const SessionFace face = { .answered = on_answered, .data = server };

        server->fd = fd;
        server->manager = manager;
        server->options = *options;
        server->connections = g_hash_table_new_full(NULL, NULL, NULL, connection_free);
        server->source = g_unix_fd_add(fd, G_IO_IN, on_accept, server);
        session_manager_add_face(manager, &face);
        return server;
}

void bus_server_free(BusServer *server)
{
        if (server == NULL)
                return;
        g_source_remove(server->source);
        g_hash_table_unref(server->connections);
        server->fd = fd_close(server->fd);
        g_free(server);
}

int bus_server_listen(const char *path, GError **error)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        gboolean fits = strlen(path) < sizeof address.sun_path;

        g_strlcpy(address.sun_path, path, sizeof address.sun_path);
        if (fits)
                (void)unlink(path);
        if (!fits || fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
            chmod(path, 0600) < 0 || listen(fd, BACKLOG) < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", path,
                            fits ? g_strerror(errno) : _("too long for a socket"));
                return -1;
        }
        return fd_steal(&fd);
}
