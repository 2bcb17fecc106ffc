/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/error.h"

G_BEGIN_DECLS

/* SessionClient - a connection to the manager, for the command line (docs/theory/messages.md "command line → manager").
 * Calls block; each has a deadline of a few seconds, and fails with ORIEL_ERROR_FAILED when the manager is silent. */
typedef struct SessionClient SessionClient;

typedef struct SessionStatus {
        gint64 pid;
        guint instances, questions;
        char *version;
} SessionStatus;

typedef struct SessionQuestion {
        char *id; /* what `oriel ask approve` takes: a small number */
        char *instance, *app;
        char *kind;    /* "dbus", "net", ... */
        char *subject; /* what is asked for, whole: a name, a host */
        char *summary; /* one sentence */
        char *rule;    /* the line of a profile that would allow it for good; or NULL */
        guint count;   /* asked that often: equal questions are one */
        guint seconds_left;
} SessionQuestion;

/* ORIEL_RUNTIME/manager. */
char *session_manager_path(const char *oriel_runtime);

/* NULL with ORIEL_ERROR_NOT_FOUND when no manager runs. */
SessionClient *session_client_connect(const char *oriel_runtime, GError **error);

/* Starts PREFIX/libexec/oriel/oriel-sandboxd if none runs.  wait: returns when it answers (or after 5 s with the
 * error); else returns as soon as it was forked off, in a session of its own. */
gboolean session_client_start(const char *oriel_runtime, const char *program, gboolean wait, GError **error);

void session_client_free(SessionClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionClient, session_client_free)

SessionStatus *session_client_status(SessionClient *client, GError **error);
void session_status_free(SessionStatus *status);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionStatus, session_status_free)

/* Pending ones, oldest first; elements are SessionQuestion. */
GPtrArray *session_client_questions(SessionClient *client, GError **error);
void session_question_free(SessionQuestion *question);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionQuestion, session_question_free)

/* id: a question's; scope: "once", "session", "always" or "never".  ORIEL_ERROR_NOT_FOUND: it is no longer pending. */
gboolean
session_client_decide(SessionClient *client, const char *id, gboolean allow, const char *scope, GError **error);

/* Ends the manager, and returns when it has ended; running apps go on. */
gboolean session_client_stop(SessionClient *client, GError **error);

G_END_DECLS
