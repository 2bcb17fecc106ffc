/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "session/queue.h"
#include "session/registry.h"

G_BEGIN_DECLS

/* SessionManager - what oriel-sandboxd does, without its two faces (bus/server.h, bus/service.h).  No instance depends
 * on it: it watches, asks, remembers.  It ends some time after the last instance. */
typedef struct SessionManager SessionManager;

/* What the faces are told. */
typedef struct SessionFace {
        void (*instance_changed)(SessionChange change, const InstanceInfo *info, gpointer data);
        void (*questions_changed)(guint n, gpointer data);
        void (*answered)(const SessionAnswer *answer, gpointer data);
        gpointer data;
} SessionFace;

typedef struct SessionManagerOptions {
        guint idle_seconds;          /* after the last instance; G_MAXUINT: never */
        void (*idle)(gpointer data); /* the time is over */
        gpointer data;
} SessionManagerOptions;

/* dirs is borrowed. */
SessionManager *session_manager_new(StoreDirs *dirs, const SessionManagerOptions *options, GError **error);
void session_manager_free(SessionManager *manager);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionManager, session_manager_free)

/* face is copied; any of its functions may be NULL. */
void session_manager_add_face(SessionManager *manager, const SessionFace *face);

const SessionRegistry *session_manager_registry(const SessionManager *manager);

/* Somebody works with it who comes by none of its sockets: the time until it goes for want of work starts anew. */
void session_manager_is_used(SessionManager *manager);

/* A number for one who asks, never given twice. */
guint session_manager_new_asker(SessionManager *manager);

/* A front end's question, with its own words for who it is: they are checked.  FALSE with *error set, and nothing is
 * asked: no such instance, or not its front end. */
gboolean session_manager_ask(SessionManager *manager, const SessionAsk *ask, pid_t peer, GError **error);
void session_manager_withdraw(SessionManager *manager, guint asker);

/* SessionQuestion* */
GPtrArray *session_manager_questions(SessionManager *manager);
guint session_manager_n_questions(const SessionManager *manager);
gboolean
session_manager_decide(SessionManager *manager, const char *id, gboolean allow, SessionScope scope, GError **error);

/* Starts an app as its profile says, and no other way: app is an id, alias or name of the catalog, never a path. */
gboolean session_manager_start(SessionManager *manager,
                               const char *app,
                               const char *const *arguments,
                               const char *instance,
                               char ret_id[9],
                               GError **error);

/* `stop` to the keeper. */
gboolean session_manager_stop(SessionManager *manager, const char *id, GError **error);

/* Ids of the apps that can be started; NULL-terminated. */
char **session_manager_apps(SessionManager *manager, GError **error);

G_END_DECLS
