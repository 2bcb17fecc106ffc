/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is asked is the method, not the single call: name, interface, member.  So the answer to one holds for the next
 * one like it, and what is kept for always is one line of a profile. */
#include "link/questions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/message.h"

typedef struct Open {
        uint64_t seq; /* 0: free */
        char *subject;
} Open;

typedef struct Remembered {
        char *subject;
        bool allow;
} Remembered;

struct Questions {
        int mediator;
        uint64_t last_seq;
        Open open[QUESTIONS_MAX];
        Remembered remembered[QUESTIONS_REMEMBERED];
        size_t n_remembered;
};

Questions *questions_new(int mediator)
{
        Questions *questions = calloc(1, sizeof *questions);

        if (questions != NULL)
                questions->mediator = mediator;
        return questions;
}

void questions_free(Questions *questions)
{
        if (questions == NULL)
                return;
        for (size_t i = 0; i < QUESTIONS_MAX; i++)
                free(questions->open[i].subject);
        for (size_t i = 0; i < questions->n_remembered; i++)
                free(questions->remembered[i].subject);
        free(questions);
}

/* The name that the rule is written for: a call may go to a unique name, which stands for nothing tomorrow. */
static void add_name(Buffer *text, const WireHeader *header, const BusRule *rule)
{
        if (header->destination[0] != ':' || rule == NULL)
                buffer_add_text(text, header->destination);
        else
                buffer_printf(text, "%s%s", bus_rule_name(rule), bus_rule_is_below(rule) ? ".*" : "");
}

static Message *
make_message(const char *via, const WireHeader *header, const char *name, const char *subject, uint64_t seq)
{
        CLEANUP(buffer_clear) Buffer summary = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer rule = BUFFER_INIT;
        const char *group = strcmp(via, "system-bus") == 0 ? "System" : "Session";
        Message *message = message_new("ask");

        if (message == NULL)
                return NULL;
        buffer_printf(&summary, "wants to call %s of %s on %s", header->member, header->interface, name);
        buffer_printf(&rule, "[%s Bus Rules] %s=call:%s.%s", group, name, header->interface, header->member);
        message_add_number(message, "seq", (int64_t)seq);
        message_add(message, "kind", "dbus");
        message_add(message, "subject", subject);
        message_add(message, "summary", buffer_text(&summary));
        message_add(message, "rule", buffer_text(&rule));
        message_add_number(message, "timeout-ms", QUESTIONS_WAIT_MS);
        return message;
}

QuestionState questions_ask(
        Questions *questions, const char *via, const WireHeader *header, const RouteOutput *output, uint64_t *ret_seq)
{
        CLEANUP(buffer_clear) Buffer name = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer subject = BUFFER_INIT;
        CLEANUP(message_freep) Message *message = NULL;
        Open *open = NULL;

        add_name(&name, header, output->rule);
        if (buffer_text(&name) == NULL)
                return QUESTION_DENIED;
        buffer_printf(&subject, "%s %s.%s (%s)", name.bytes, header->interface, header->member, via);
        if (buffer_text(&subject) == NULL)
                return QUESTION_DENIED;
        for (size_t i = 0; i < questions->n_remembered; i++)
                if (strcmp(questions->remembered[i].subject, subject.bytes) == 0)
                        return questions->remembered[i].allow ? QUESTION_ALLOWED : QUESTION_DENIED;
        for (size_t i = 0; i < QUESTIONS_MAX && open == NULL; i++)
                if (questions->open[i].seq == 0)
                        open = &questions->open[i];
        if (open == NULL)
                return QUESTION_DENIED;
        message = make_message(via, header, name.bytes, subject.bytes, questions->last_seq + 1);
        if (message == NULL || message_send(questions->mediator, message, NULL, 0) < 0)
                return QUESTION_DENIED;
        open->seq = *ret_seq = ++questions->last_seq;
        open->subject = buffer_steal(&subject);
        return QUESTION_ASKED;
}

void questions_withdraw(Questions *questions, uint64_t seq)
{
        CLEANUP(message_freep) Message *message = NULL;

        for (size_t i = 0; i < QUESTIONS_MAX; i++) {
                Open *open = &questions->open[i];

                if (open->seq != seq)
                        continue;
                free(open->subject);
                *open = (Open){ 0 };
                message = message_new("withdraw");
                if (message == NULL)
                        return;
                message_add_number(message, "seq", (int64_t)seq);
                (void)message_send(questions->mediator, message, NULL, 0); /* else it ends with its time */
                return;
        }
}

static void remember(Questions *questions, Open *open, bool allow, const char *scope)
{
        if (scope == NULL || strcmp(scope, "once") == 0 || questions->n_remembered == QUESTIONS_REMEMBERED ||
            open->subject == NULL)
                return;
        questions->remembered[questions->n_remembered++] = (Remembered){ STEAL(open->subject), allow };
}

int questions_receive(Questions *questions, uint64_t *ret_seq, bool *ret_allow)
{
        CLEANUP(message_freep) Message *message = NULL;
        int r = message_receive(questions->mediator, &message, NULL, NULL, NULL);
        const char *verdict = NULL;

        if (r == -EAGAIN || r == -EINVAL || r == -EMSGSIZE)
                return 0;
        if (r <= 0)
                return -1;
        verdict = message_get(message, "verdict");
        *ret_seq = (uint64_t)message_get_number(message, "seq", 0);
        *ret_allow = verdict != NULL && strcmp(verdict, "allow") == 0;
        for (size_t i = 0; i < QUESTIONS_MAX && *ret_seq != 0; i++) {
                Open *open = &questions->open[i];

                if (open->seq != *ret_seq)
                        continue;
                remember(questions, open, *ret_allow, message_get(message, "scope"));
                free(open->subject);
                *open = (Open){ 0 };
                return 1;
        }
        return 0;
}
