/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "session/client.h"

G_BEGIN_DECLS

/* SessionQueue - what apps asked and no person has decided yet.  Pure data: times and askers come in, answers come out;
 * no clock, no socket.  Equal questions of an instance are one.  SESSION_SHOWN of an instance are shown, the others
 * held behind them as a group that can only be denied.  Nothing decides but session_queue_decide(), and time, which
 * denies. */
typedef struct SessionQueue SessionQueue;

enum {
        SESSION_SHOWN = 5,        /* of one instance: more is a flood, not a question */
        SESSION_DEAD_MS = 300,    /* DESIGN: nothing is granted by typed-ahead keys */
        SESSION_ASKERS_MAX = 512, /* in all; beyond, a question is denied at once */
        SESSION_TEXT_MAX = 512,   /* bytes kept of subject and summary */
};

typedef enum SessionScope {
        SESSION_SCOPE_NONE, /* nobody decided */
        SESSION_SCOPE_ONCE,
        SESSION_SCOPE_SESSION, /* this run of the app: remembered here */
        SESSION_SCOPE_ALWAYS,  /* kept as a grant */
        SESSION_SCOPE_NEVER,   /* denied, and kept as a grant that forbids it */
        _SESSION_SCOPE_MAX,
} SessionScope;

/* NULL for NONE. */
const char *session_scope_word(SessionScope scope);
/* _SESSION_SCOPE_MAX for an unknown word. */
SessionScope session_scope_parse(const char *word);

typedef struct SessionAsk {
        const char *instance, *app, *kind, *subject, *summary, *rule; /* summary and rule may be NULL */
        gint64 timeout_ms;
        guint asker; /* whom to answer: the caller's number, never 0 */
        gint64 seq;  /* of the asker */
} SessionAsk;

typedef struct SessionAnswer {
        guint asker;
        gint64 seq;
        gboolean allow;
        SessionScope scope;
} SessionAnswer;

typedef enum SessionDecision {
        SESSION_DECISION_DONE,
        SESSION_DECISION_NOT_FOUND, /* not pending, or never was */
        SESSION_DECISION_TOO_SOON,
        SESSION_DECISION_GROUP, /* a group can't be allowed */
} SessionDecision;

SessionQueue *session_queue_new(void);
void session_queue_free(SessionQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SessionQueue, session_queue_free)

/* Answers are appended to answers (elements SessionAnswer); times are milliseconds of one clock. */
void session_queue_ask(SessionQueue *queue, const SessionAsk *ask, gint64 now_ms, GArray *answers);
void session_queue_withdraw(SessionQueue *queue, guint asker, gint64 now_ms);

/* ret_question (may be NULL) gets what was decided, for the grant; NULL where it was a group. */
SessionDecision session_queue_decide(SessionQueue *queue,
                                     const char *id,
                                     gboolean allow,
                                     SessionScope scope,
                                     gint64 now_ms,
                                     GArray *answers,
                                     SessionQuestion **ret_question);

void session_queue_expire(SessionQueue *queue, gint64 now_ms, GArray *answers);
/* When session_queue_expire() has something to do; -1: never. */
gint64 session_queue_due(const SessionQueue *queue);

/* The instance is over: what was remembered for it goes, what it asked is denied. */
void session_queue_forget(SessionQueue *queue, const char *instance, GArray *answers);

/* SessionQuestion*, oldest first; a group is one, of kind "group", after those of its instance. */
GPtrArray *session_queue_list(const SessionQueue *queue, gint64 now_ms);
guint session_queue_size(const SessionQueue *queue);

G_END_DECLS
