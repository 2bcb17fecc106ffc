/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session/client.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "base/message.h"
#include "start/manager.h"

enum {
        START_MS = 5000,
        START_STEP_MS = 10,
};

struct SessionClient {
        int fd;
};

char *session_manager_path(const char *oriel_runtime)
{
        return g_build_filename(oriel_runtime, START_MANAGER_SOCKET, NULL);
}

static int connect_socket(const char *path, GError **error)
{
        int fd = start_manager_connect(path);

        if (fd >= 0)
                return fd;
        if (fd == -ENAMETOOLONG)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%s: too long for a socket"), path);
        else if (fd == -ENOENT || fd == -ECONNREFUSED)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, "%s", _("the session manager does not run"));
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s", g_strerror(-fd));
        return -1;
}

SessionClient *session_client_connect(const char *oriel_runtime, GError **error)
{
        g_autofree char *path = session_manager_path(oriel_runtime);
        int fd = connect_socket(path, error);
        SessionClient *client;

        if (fd < 0)
                return NULL;
        client = g_new0(SessionClient, 1);
        client->fd = fd;
        return client;
}

void session_client_free(SessionClient *client)
{
        if (client == NULL)
                return;
        client->fd = fd_close(client->fd);
        g_free(client);
}

gboolean session_client_start(const char *oriel_runtime, const char *program, gboolean wait, GError **error)
{
        g_autoptr(SessionClient) client = session_client_connect(oriel_runtime, NULL);
        int r;

        if (client != NULL)
                return TRUE;
        r = start_manager_spawn(program);
        if (r < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", program, g_strerror(-r));
                return FALSE;
        }
        for (int ms = 0; wait && client == NULL && ms < START_MS; ms += START_STEP_MS) {
                g_usleep(START_STEP_MS * 1000);
                client = session_client_connect(oriel_runtime, NULL);
        }
        if (wait && client == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%s: it was started, but does not answer"),
                            program);
                return FALSE;
        }
        return TRUE;
}

static gboolean send_message(SessionClient *client, const Message *message, GError **error)
{
        int r = message_send(client->fd, message, NULL, 0);

        if (r == 0)
                return TRUE;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the session manager can't be reached: %s"),
                    g_strerror(-r));
        return FALSE;
}

/* The next message; `error` becomes *error. */
static Message *receive_message(SessionClient *client, GError **error)
{
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(client->fd, &message, NULL, NULL, NULL);
        const char *why;

        if (r <= 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("the session manager gave no answer: %s"),
                            r == 0         ? _("it ended")
                            : r == -EAGAIN ? _("the time is over")
                                           : g_strerror(-r));
                return NULL;
        }
        if (!g_str_equal(message_verb(message), "error"))
                return STEAL(message);
        why = message_get(message, "why");
        g_set_error(error, ORIEL_ERROR,
                    g_strcmp0(message_get(message, "code"), "not-found") == 0 ? ORIEL_ERROR_NOT_FOUND
                    : g_strcmp0(message_get(message, "code"), "denied") == 0  ? ORIEL_ERROR_DENIED
                                                                              : ORIEL_ERROR_FAILED,
                    "%s", why == NULL ? _("the session manager refused") : why);
        return NULL;
}

static Message *call(SessionClient *client, Message *request, GError **error)
{
        return send_message(client, request, error) ? receive_message(client, error) : NULL;
}

SessionStatus *session_client_status(SessionClient *client, GError **error)
{
        CLEANUP(message_freep) Message *request = message_new("status"), *answer = call(client, request, error);
        SessionStatus *status;

        if (answer == NULL)
                return NULL;
        status = g_new0(SessionStatus, 1);
        status->pid = message_get_number(answer, "pid", 0);
        status->instances = (guint)message_get_number(answer, "instances", 0);
        status->questions = (guint)message_get_number(answer, "questions", 0);
        status->version = g_strdup(message_get(answer, "version"));
        return status;
}

void session_status_free(SessionStatus *status)
{
        if (status == NULL)
                return;
        g_free(status->version);
        g_free(status);
}

static SessionQuestion *read_question(const Message *message)
{
        SessionQuestion *question = g_new0(SessionQuestion, 1);

        question->id = g_strdup(message_get(message, "question"));
        question->instance = g_strdup(message_get(message, "id"));
        question->app = g_strdup(message_get(message, "app"));
        question->kind = g_strdup(message_get(message, "kind"));
        question->subject = g_strdup(message_get(message, "subject"));
        question->summary = g_strdup(message_get(message, "summary"));
        question->rule = g_strdup(message_get(message, "rule"));
        question->count = (guint)message_get_number(message, "count", 1);
        question->seconds_left = (guint)message_get_number(message, "seconds-left", 0);
        return question;
}

GPtrArray *session_client_questions(SessionClient *client, GError **error)
{
        CLEANUP(message_freep) Message *request = message_new("questions");
        g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)session_question_free);

        if (!send_message(client, request, error))
                return NULL;
        for (;;) {
                CLEANUP(message_freep) Message *message = receive_message(client, error);

                if (message == NULL)
                        return NULL;
                if (!g_str_equal(message_verb(message), "question"))
                        return g_steal_pointer(&list);
                g_ptr_array_add(list, read_question(message));
        }
}

void session_question_free(SessionQuestion *question)
{
        if (question == NULL)
                return;
        g_free(question->id);
        g_free(question->instance);
        g_free(question->app);
        g_free(question->kind);
        g_free(question->subject);
        g_free(question->summary);
        g_free(question->rule);
        g_free(question);
}

gboolean session_client_decide(SessionClient *client, const char *id, gboolean allow, const char *scope, GError **error)
{
        CLEANUP(message_freep) Message *request = message_new("decide"), *answer = NULL;

        message_add(request, "question", id);
        message_add(request, "verdict", allow ? "allow" : "deny");
        message_add(request, "scope", scope);
        answer = call(client, request, error);
        return answer != NULL;
}

gboolean session_client_stop(SessionClient *client, GError **error)
{
        CLEANUP(message_freep)
        Message *request = message_new("stop"), *answer = call(client, request, error), *more = NULL;

        if (answer == NULL)
                return FALSE;
        /* Its end, so that what comes next finds no manager, and not one that is about to go. */
        (void)message_receive(client->fd, &more, NULL, NULL, NULL);
        return TRUE;
}
