/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session/queue.h"

#include <string.h>

#include "session/question.h"

/* One who waits for the answer. */
typedef struct Asker {
        guint number;
        gint64 seq;
} Asker;

typedef struct Question {
        QuestionState state;
        guint id;
        char *instance, *app, *kind, *subject, *summary, *rule;
        gint64 shown_ms, until_ms;
        guint count; /* how often it was asked */
        GArray *askers;
} Question;

struct SessionQueue {
        GPtrArray *questions;   /* Question*, oldest first; DONE ones are taken out at once */
        GHashTable *remembered; /* "INSTANCE\nKIND\nSUBJECT" → SessionScope: SESSION allows, NEVER denies */
        guint next_id, n_askers;
};

static const char *const scope_words[] = {
        [SESSION_SCOPE_NONE] = NULL,       [SESSION_SCOPE_ONCE] = "once",   [SESSION_SCOPE_SESSION] = "session",
        [SESSION_SCOPE_ALWAYS] = "always", [SESSION_SCOPE_NEVER] = "never",
};
G_STATIC_ASSERT(G_N_ELEMENTS(scope_words) == _SESSION_SCOPE_MAX);

const char *session_scope_word(SessionScope scope)
{
        return scope < _SESSION_SCOPE_MAX ? scope_words[scope] : NULL;
}

SessionScope session_scope_parse(const char *word)
{
        for (guint i = 0; i < _SESSION_SCOPE_MAX; i++)
                if (g_strcmp0(word, scope_words[i]) == 0 && word != NULL)
                        return (SessionScope)i;
        return _SESSION_SCOPE_MAX;
}

static void question_free(gpointer data)
{
        Question *question = data;

        g_free(question->instance);
        g_free(question->app);
        g_free(question->kind);
        g_free(question->subject);
        g_free(question->summary);
        g_free(question->rule);
        g_array_unref(question->askers);
        g_free(question);
}

SessionQueue *session_queue_new(void)
{
        SessionQueue *queue = g_new0(SessionQueue, 1);

        queue->questions = g_ptr_array_new_with_free_func(question_free);
        queue->remembered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        queue->next_id = 1;
        return queue;
}

void session_queue_free(SessionQueue *queue)
{
        if (queue == NULL)
                return;
        g_ptr_array_unref(queue->questions);
        g_hash_table_unref(queue->remembered);
        g_free(queue);
}

static Question *nth(const SessionQueue *queue, guint i)
{
        return g_ptr_array_index(queue->questions, i);
}

static char *memory_key(const char *instance, const char *kind, const char *subject)
{
        return g_strjoin("\n", instance, kind, subject, NULL);
}

static void add_answer(GArray *answers, guint asker, gint64 seq, gboolean allow, SessionScope scope)
{
        const SessionAnswer answer = { .asker = asker, .seq = seq, .allow = allow, .scope = scope };

        g_array_append_val(answers, answer);
}

/* Tells all who wait.  answers NULL: nobody does. */
static void answer_all(const Question *question, gboolean allow, SessionScope scope, GArray *answers)
{
        for (guint i = 0; answers != NULL && i < question->askers->len; i++) {
                const Asker *asker = &g_array_index(question->askers, Asker, i);

                add_answer(answers, asker->number, asker->seq, allow, scope);
        }
}

static guint count_shown(const SessionQueue *queue, const char *instance)
{
        guint n = 0;

        for (guint i = 0; i < queue->questions->len; i++)
                n += nth(queue, i)->state == QUESTION_SHOWN && g_str_equal(nth(queue, i)->instance, instance);
        return n;
}

/* The oldest held questions take the places that are free. */
static void fill_places(SessionQueue *queue, gint64 now_ms)
{
        for (guint i = 0; i < queue->questions->len; i++) {
                Question *question = nth(queue, i);

                if (question->state == QUESTION_HELD && count_shown(queue, question->instance) < SESSION_SHOWN) {
                        question->state = question_next(question->state, QUESTION_PLACE);
                        question->shown_ms = now_ms;
                }
        }
}

/* Lets the event happen to question i; a DONE one is taken out.  True: it is. */
static gboolean happen(SessionQueue *queue, guint i, QuestionEvent event, SessionScope scope, GArray *answers)
{
        Question *question = nth(queue, i);

        question->state = question_next(question->state, event);
        if (question->state != QUESTION_DONE)
                return FALSE;
        answer_all(question, event == QUESTION_ALLOW, scope, answers);
        queue->n_askers -= question->askers->len;
        g_ptr_array_remove_index(queue->questions, i);
        return TRUE;
}

/* Cut at a character's end. */
static char *keep_text(const char *text)
{
        g_autofree char *valid = text == NULL ? NULL : g_utf8_make_valid(text, -1);
        gsize n = valid == NULL ? 0 : strlen(valid);

        if (valid == NULL || n <= SESSION_TEXT_MAX)
                return g_steal_pointer(&valid);
        *g_utf8_find_prev_char(valid, valid + SESSION_TEXT_MAX + 1) = '\0';
        return g_steal_pointer(&valid);
}

static Question *find_equal(const SessionQueue *queue, const SessionAsk *ask, const char *subject)
{
        for (guint i = 0; i < queue->questions->len; i++) {
                Question *question = nth(queue, i);

                if (g_str_equal(question->instance, ask->instance) && g_str_equal(question->kind, ask->kind) &&
                    g_str_equal(question->subject, subject) && g_strcmp0(question->rule, ask->rule) == 0)
                        return question;
        }
        return NULL;
}

static Question *add_question(SessionQueue *queue, const SessionAsk *ask, const char *subject, gint64 now_ms)
{
        Question *question = g_new0(Question, 1);

        question->state = QUESTION_HELD;
        question->id = queue->next_id++;
        question->instance = g_strdup(ask->instance);
        question->app = g_strdup(ask->app);
        question->kind = g_strdup(ask->kind);
        question->subject = g_strdup(subject);
        question->summary = keep_text(ask->summary);
        question->rule = g_strdup(ask->rule);
        question->until_ms = now_ms + ask->timeout_ms;
        question->askers = g_array_new(FALSE, FALSE, sizeof(Asker));
        g_ptr_array_add(queue->questions, question);
        return question;
}

void session_queue_ask(SessionQueue *queue, const SessionAsk *ask, gint64 now_ms, GArray *answers)
{
        g_autofree char *key = memory_key(ask->instance, ask->kind, ask->subject), *subject = keep_text(ask->subject);
        const Asker asker = { .number = ask->asker, .seq = ask->seq };
        gpointer remembered = NULL;
        Question *question;

        if (g_hash_table_lookup_extended(queue->remembered, key, NULL, &remembered)) {
                SessionScope scope = (SessionScope)GPOINTER_TO_INT(remembered);

                add_answer(answers, ask->asker, ask->seq, scope == SESSION_SCOPE_SESSION, scope);
                return;
        }
        /* A subject that is cut could not be judged, and two could look alike. */
        if (queue->n_askers >= SESSION_ASKERS_MAX || !g_str_equal(subject, ask->subject)) {
                add_answer(answers, ask->asker, ask->seq, FALSE, SESSION_SCOPE_NONE);
                return;
        }
        question = find_equal(queue, ask, subject);
        if (question == NULL)
                question = add_question(queue, ask, subject, now_ms);
        question->count++;
        question->until_ms = MAX(question->until_ms, now_ms + ask->timeout_ms);
        g_array_append_val(question->askers, asker);
        queue->n_askers++;
        fill_places(queue, now_ms);
}

void session_queue_withdraw(SessionQueue *queue, guint asker, gint64 now_ms)
{
        for (guint i = queue->questions->len; i-- > 0;) {
                GArray *askers = nth(queue, i)->askers;

                for (guint j = askers->len; j-- > 0;) {
                        if (g_array_index(askers, Asker, j).number == asker) {
                                g_array_remove_index(askers, j);
                                queue->n_askers--;
                        }
                }
                if (askers->len == 0)
                        (void)happen(queue, i, QUESTION_WITHDRAWN, SESSION_SCOPE_NONE, NULL);
        }
        fill_places(queue, now_ms);
}

static SessionQuestion *describe(const Question *question, gint64 now_ms)
{
        SessionQuestion *out = g_new0(SessionQuestion, 1);

        out->id = g_strdup_printf("%u", question->id);
        out->instance = g_strdup(question->instance);
        out->app = g_strdup(question->app);
        out->kind = g_strdup(question->kind);
        out->subject = g_strdup(question->subject);
        out->summary = g_strdup(question->summary == NULL ? question->subject : question->summary);
        out->rule = g_strdup(question->rule);
        out->count = question->count;
        out->seconds_left = (guint)(MAX(question->until_ms - now_ms, 0) / 1000);
        return out;
}

/* "7+": question 7 and the others of its instance that are held. */
static SessionDecision decide_group(SessionQueue *queue, guint id, gboolean allow, SessionScope scope, GArray *answers)
{
        g_autofree char *instance = NULL;

        for (guint i = 0; i < queue->questions->len; i++)
                if (nth(queue, i)->id == id && nth(queue, i)->state == QUESTION_HELD)
                        instance = g_strdup(nth(queue, i)->instance);
        if (instance == NULL)
                return SESSION_DECISION_NOT_FOUND;
        if (allow)
                return SESSION_DECISION_GROUP;
        for (guint i = queue->questions->len; i-- > 0;)
                if (nth(queue, i)->state == QUESTION_HELD && g_str_equal(nth(queue, i)->instance, instance))
                        (void)happen(queue, i, QUESTION_DENY, scope, answers);
        return SESSION_DECISION_DONE;
}

static void remember(SessionQueue *queue, const Question *question, gboolean allow, SessionScope scope)
{
        SessionScope kept = !allow                                                            ? SESSION_SCOPE_NEVER
                            : scope == SESSION_SCOPE_SESSION || scope == SESSION_SCOPE_ALWAYS ? SESSION_SCOPE_SESSION
                                                                                              : SESSION_SCOPE_NONE;

        if (scope != SESSION_SCOPE_ONCE && kept != SESSION_SCOPE_NONE)
                g_hash_table_insert(queue->remembered,
                                    memory_key(question->instance, question->kind, question->subject),
                                    GINT_TO_POINTER(kept));
}

static SessionDecision decide_one(SessionQueue *queue,
                                  guint i,
                                  gboolean allow,
                                  SessionScope scope,
                                  gint64 now_ms,
                                  GArray *answers,
                                  SessionQuestion **ret_question)
{
        Question *question = nth(queue, i);

        if (question->state == QUESTION_HELD)
                return allow ? SESSION_DECISION_GROUP : SESSION_DECISION_NOT_FOUND;
        if (allow && now_ms - question->shown_ms < SESSION_DEAD_MS)
                return SESSION_DECISION_TOO_SOON;
        if (ret_question != NULL)
                *ret_question = describe(question, now_ms);
        remember(queue, question, allow, scope);
        (void)happen(queue, i, allow ? QUESTION_ALLOW : QUESTION_DENY, scope, answers);
        fill_places(queue, now_ms);
        return SESSION_DECISION_DONE;
}

SessionDecision session_queue_decide(SessionQueue *queue,
                                     const char *id,
                                     gboolean allow,
                                     SessionScope scope,
                                     gint64 now_ms,
                                     GArray *answers,
                                     SessionQuestion **ret_question)
{
        char *end = NULL;
        guint64 number = g_ascii_isdigit(id[0]) ? g_ascii_strtoull(id, &end, 10) : 0;

        if (number == 0 || number > G_MAXUINT || (*end != '\0' && !g_str_equal(end, "+")))
                return SESSION_DECISION_NOT_FOUND;
        if (*end == '+')
                return decide_group(queue, (guint)number, allow, scope, answers);
        for (guint i = 0; i < queue->questions->len; i++)
                if (nth(queue, i)->id == number)
                        return decide_one(queue, i, allow, scope, now_ms, answers, ret_question);
        return SESSION_DECISION_NOT_FOUND;
}

void session_queue_expire(SessionQueue *queue, gint64 now_ms, GArray *answers)
{
        for (guint i = queue->questions->len; i-- > 0;)
                if (nth(queue, i)->until_ms <= now_ms)
                        (void)happen(queue, i, QUESTION_TIMEOUT, SESSION_SCOPE_NONE, answers);
        fill_places(queue, now_ms);
}

gint64 session_queue_due(const SessionQueue *queue)
{
        gint64 due = -1;

        for (guint i = 0; i < queue->questions->len; i++)
                if (due < 0 || nth(queue, i)->until_ms < due)
                        due = nth(queue, i)->until_ms;
        return due;
}

static gboolean is_memory_of(gpointer key, gpointer value G_GNUC_UNUSED, gpointer instance)
{
        gsize n = strlen(instance);

        return strncmp(key, instance, n) == 0 && ((const char *)key)[n] == '\n';
}

void session_queue_forget(SessionQueue *queue, const char *instance, GArray *answers)
{
        g_autofree char *kept = g_strdup(instance); /* it may be a question's own */

        for (guint i = queue->questions->len; i-- > 0;)
                if (g_str_equal(nth(queue, i)->instance, kept))
                        (void)happen(queue, i, QUESTION_TIMEOUT, SESSION_SCOPE_NONE, answers);
        (void)g_hash_table_foreach_remove(queue->remembered, is_memory_of, kept);
}

/* The held ones of the instance of question i, if that is the first of them. */
static SessionQuestion *describe_group(const SessionQueue *queue, guint i, gint64 now_ms)
{
        const Question *first = nth(queue, i);
        SessionQuestion *out;
        guint n = 0;

        for (guint j = 0; j < queue->questions->len; j++) {
                const Question *other = nth(queue, j);

                if (other->state != QUESTION_HELD || !g_str_equal(other->instance, first->instance))
                        continue;
                if (j < i)
                        return NULL;
                n++;
        }
        out = describe(first, now_ms);
        g_free(out->id);
        g_free(out->kind);
        g_free(out->subject);
        g_free(out->summary);
        g_free(out->rule);
        out->id = g_strdup_printf("%u+", first->id);
        out->kind = g_strdup("group");
        out->subject = g_strdup_printf("%u", n);
        out->summary = g_strdup_printf("%u more questions wait behind these", n);
        out->rule = NULL;
        out->count = n;
        return out;
}

GPtrArray *session_queue_list(const SessionQueue *queue, gint64 now_ms)
{
        GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)session_question_free);

        for (guint i = 0; i < queue->questions->len; i++) {
                SessionQuestion *question = nth(queue, i)->state == QUESTION_SHOWN ? describe(nth(queue, i), now_ms)
                                                                                   : describe_group(queue, i, now_ms);

                if (question != NULL)
                        g_ptr_array_add(list, question);
        }
        return list;
}

guint session_queue_size(const SessionQueue *queue)
{
        return queue->questions->len;
}
