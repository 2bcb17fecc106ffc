/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "session/question.h"
#include "session/queue.h"

enum { START = 1000000, MINUTE = 60 * 1000, LATER = START + 1000 };

typedef struct Table {
        SessionQueue *queue;
        GArray *answers;
} Table;

static void setup(Table *table, const void *data G_GNUC_UNUSED)
{
        table->queue = session_queue_new();
        table->answers = g_array_new(FALSE, FALSE, sizeof(SessionAnswer));
}

static void teardown(Table *table, const void *data G_GNUC_UNUSED)
{
        session_queue_free(table->queue);
        g_array_unref(table->answers);
}

static void ask(Table *table, const char *instance, const char *subject, guint asker)
{
        const SessionAsk question = { .instance = instance,
                                      .app = "org.example.App",
                                      .kind = "dbus",
                                      .subject = subject,
                                      .rule = "[Session Bus Rules] a.B=talk",
                                      .timeout_ms = MINUTE,
                                      .asker = asker,
                                      .seq = 7 };

        session_queue_ask(table->queue, &question, START, table->answers);
}

static SessionDecision decide(Table *table, const char *id, gboolean allow, SessionScope scope)
{
        return session_queue_decide(table->queue, id, allow, scope, LATER, table->answers, NULL);
}

static const SessionAnswer *answer(const Table *table, guint i)
{
        g_assert_cmpuint(i, <, table->answers->len);
        return &g_array_index(table->answers, SessionAnswer, i);
}

static guint list_size(const Table *table)
{
        g_autoptr(GPtrArray) list = session_queue_list(table->queue, LATER);

        return list->len;
}

/* Every pair; what is not allowed is as important as what is. */
static void test_states(void)
{
        static const QuestionState want[_QUESTION_STATE_MAX][_QUESTION_EVENT_MAX] = {
                { QUESTION_SHOWN, QUESTION_HELD, QUESTION_DONE, QUESTION_DONE, QUESTION_DONE },
                { QUESTION_SHOWN, QUESTION_DONE, QUESTION_DONE, QUESTION_DONE, QUESTION_DONE },
                { QUESTION_DONE, QUESTION_DONE, QUESTION_DONE, QUESTION_DONE, QUESTION_DONE },
        };

        for (int state = 0; state < _QUESTION_STATE_MAX; state++)
                for (int event = 0; event < _QUESTION_EVENT_MAX; event++)
                        g_assert_cmpint(question_next((QuestionState)state, (QuestionEvent)event), ==,
                                        want[state][event]);
}

static void test_scopes(void)
{
        for (int i = SESSION_SCOPE_NONE + 1; i < _SESSION_SCOPE_MAX; i++)
                g_assert_cmpint(session_scope_parse(session_scope_word((SessionScope)i)), ==, i);
        g_assert_cmpint(session_scope_parse("forever"), ==, _SESSION_SCOPE_MAX);
        g_assert_cmpint(session_scope_parse(NULL), ==, _SESSION_SCOPE_MAX);
}

static void test_allow(Table *table, const void *data G_GNUC_UNUSED)
{
        g_autoptr(GPtrArray) list = NULL;
        const SessionQuestion *question;

        ask(table, "i1", "a.B", 1);
        g_assert_cmpuint(table->answers->len, ==, 0);
        list = session_queue_list(table->queue, LATER);
        g_assert_cmpuint(list->len, ==, 1);
        question = list->pdata[0];
        g_assert_cmpstr(question->subject, ==, "a.B");
        g_assert_cmpstr(question->summary, ==, "a.B");
        g_assert_cmpuint(question->seconds_left, ==, 59);
        g_assert_cmpint(decide(table, question->id, TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_DONE);
        g_assert_cmpuint(answer(table, 0)->asker, ==, 1);
        g_assert_cmpint(answer(table, 0)->seq, ==, 7);
        g_assert_true(answer(table, 0)->allow);
        g_assert_cmpint(decide(table, question->id, TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_NOT_FOUND);
        /* Once is once. */
        ask(table, "i1", "a.B", 1);
        g_assert_cmpuint(table->answers->len, ==, 1);
}

static void test_too_soon(Table *table, const void *data G_GNUC_UNUSED)
{
        ask(table, "i1", "a.B", 1);
        g_assert_cmpint(session_queue_decide(table->queue, "1", TRUE, SESSION_SCOPE_ONCE, START + SESSION_DEAD_MS - 1,
                                             table->answers, NULL),
                        ==, SESSION_DECISION_TOO_SOON);
        g_assert_cmpuint(table->answers->len, ==, 0);
        g_assert_cmpint(session_queue_decide(table->queue, "1", FALSE, SESSION_SCOPE_ONCE, START, table->answers, NULL),
                        ==, SESSION_DECISION_DONE);
        g_assert_false(answer(table, 0)->allow);
}

/* Five are shown; the rest can be denied together, never allowed, and move up. */
static void test_flood(Table *table, const void *data G_GNUC_UNUSED)
{
        g_autoptr(GPtrArray) list = NULL;
        const SessionQuestion *group;

        for (guint i = 1; i <= 8; i++) {
                g_autofree char *subject = g_strdup_printf("a.B%u", i);

                ask(table, "i1", subject, i);
        }
        ask(table, "i2", "a.B1", 9); /* another instance has places of its own */
        list = session_queue_list(table->queue, LATER);
        g_assert_cmpuint(list->len, ==, 7);
        group = list->pdata[5];
        g_assert_cmpstr(group->id, ==, "6+");
        g_assert_cmpstr(group->kind, ==, "group");
        g_assert_cmpuint(group->count, ==, 3);
        g_assert_cmpint(decide(table, "6+", TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_GROUP);
        g_assert_cmpint(decide(table, "6", TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_GROUP);
        g_assert_cmpint(decide(table, "2", FALSE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_DONE);
        /* 6 moved up, and was not there to be judged until now. */
        g_assert_cmpint(decide(table, "6", TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_TOO_SOON);
        g_assert_cmpint(decide(table, "7+", FALSE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_DONE);
        g_assert_cmpuint(table->answers->len, ==, 3);
        for (guint i = 0; i < 3; i++)
                g_assert_false(answer(table, i)->allow);
        g_assert_cmpuint(session_queue_size(table->queue), ==, 6);
}

static void test_equal(Table *table, const void *data G_GNUC_UNUSED)
{
        g_autoptr(GPtrArray) list = NULL;

        ask(table, "i1", "a.B", 1);
        ask(table, "i1", "a.B", 2);
        list = session_queue_list(table->queue, LATER);
        g_assert_cmpuint(list->len, ==, 1);
        g_assert_cmpuint(((SessionQuestion *)list->pdata[0])->count, ==, 2);
        g_assert_cmpint(decide(table, "1", TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_DONE);
        g_assert_cmpuint(table->answers->len, ==, 2);
}

static void test_remember(Table *table, const void *data G_GNUC_UNUSED)
{
        ask(table, "i1", "a.Yes", 1);
        ask(table, "i1", "a.No", 2);
        g_assert_cmpint(decide(table, "1", TRUE, SESSION_SCOPE_SESSION), ==, SESSION_DECISION_DONE);
        g_assert_cmpint(decide(table, "2", FALSE, SESSION_SCOPE_NEVER), ==, SESSION_DECISION_DONE);
        ask(table, "i1", "a.Yes", 3);
        ask(table, "i1", "a.No", 4);
        g_assert_cmpuint(table->answers->len, ==, 4);
        g_assert_true(answer(table, 2)->allow);
        g_assert_false(answer(table, 3)->allow);
        /* Not for others, and not after its end. */
        ask(table, "i2", "a.Yes", 5);
        g_assert_cmpuint(table->answers->len, ==, 4);
        session_queue_forget(table->queue, "i1", table->answers);
        ask(table, "i1", "a.Yes", 6);
        g_assert_cmpuint(table->answers->len, ==, 4);
}

static void test_time(Table *table, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(session_queue_due(table->queue), ==, -1);
        ask(table, "i1", "a.B", 1);
        g_assert_cmpint(session_queue_due(table->queue), ==, START + MINUTE);
        session_queue_expire(table->queue, START + MINUTE - 1, table->answers);
        g_assert_cmpuint(table->answers->len, ==, 0);
        session_queue_expire(table->queue, START + MINUTE, table->answers);
        g_assert_false(answer(table, 0)->allow);
        g_assert_cmpint(answer(table, 0)->scope, ==, SESSION_SCOPE_NONE);
        g_assert_cmpuint(session_queue_size(table->queue), ==, 0);
}

static void test_withdraw(Table *table, const void *data G_GNUC_UNUSED)
{
        ask(table, "i1", "a.B", 1);
        ask(table, "i1", "a.B", 2);
        session_queue_withdraw(table->queue, 1, LATER);
        g_assert_cmpuint(list_size(table), ==, 1);
        g_assert_cmpint(decide(table, "1", TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_DONE);
        g_assert_cmpuint(table->answers->len, ==, 1);
        g_assert_cmpuint(answer(table, 0)->asker, ==, 2);
        ask(table, "i1", "a.C", 3);
        session_queue_withdraw(table->queue, 3, LATER);
        g_assert_cmpuint(list_size(table), ==, 0);
        g_assert_cmpuint(table->answers->len, ==, 1);
}

static void test_forget(Table *table, const void *data G_GNUC_UNUSED)
{
        ask(table, "i1", "a.B", 1);
        session_queue_forget(table->queue, "i", table->answers);
        g_assert_cmpuint(list_size(table), ==, 1);
        session_queue_forget(table->queue, "i1", table->answers);
        g_assert_cmpuint(list_size(table), ==, 0);
        g_assert_false(answer(table, 0)->allow);
}

static void test_caps(Table *table, const void *data G_GNUC_UNUSED)
{
        g_autofree char *large = g_strnfill(SESSION_TEXT_MAX + 1, 'x');

        /* What can't be shown whole can't be judged. */
        ask(table, "i1", large, 1);
        ask(table, "i1",
            "a\xff"
            "b",
            1);
        g_assert_cmpuint(table->answers->len, ==, 2);
        for (guint i = 0; i < SESSION_ASKERS_MAX; i++)
                ask(table, "i1", "a.B", i + 2);
        g_assert_cmpuint(table->answers->len, ==, 2);
        ask(table, "i2", "a.B", 9999);
        g_assert_cmpuint(table->answers->len, ==, 3);
        g_assert_false(answer(table, 2)->allow);
        session_queue_withdraw(table->queue, 2, LATER);
        ask(table, "i2", "a.B", 9999);
        g_assert_cmpuint(table->answers->len, ==, 3);
}

static void test_odd_ids(Table *table, const void *data G_GNUC_UNUSED)
{
        static const char *const ids[] = { "",   "0", "2", "-1", "1x", "1++", "+", "1+", " 1", "99999999999999999999",
                                           "0x1" };

        ask(table, "i1", "a.B", 1);
        for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
                g_assert_cmpint(decide(table, ids[i], TRUE, SESSION_SCOPE_ONCE), ==, SESSION_DECISION_NOT_FOUND);
        g_assert_cmpuint(table->answers->len, ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/queue/states", test_states);
        g_test_add_func("/queue/scopes", test_scopes);
#define ADD(name, f) g_test_add("/queue/" name, Table, NULL, setup, f, teardown)
        ADD("allow", test_allow);
        ADD("prompt-spoofing/too-soon", test_too_soon);
        ADD("prompt-spoofing/flood", test_flood);
        ADD("equal", test_equal);
        ADD("remember", test_remember);
        ADD("time", test_time);
        ADD("withdraw", test_withdraw);
        ADD("forget", test_forget);
        ADD("caps", test_caps);
        ADD("odd-ids", test_odd_ids);
        return g_test_run();
}
