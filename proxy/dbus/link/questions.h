/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "route/route.h"

/* Questions - calls that a person must be asked about, put to the front end (docs/theory/messages.md, "Mediator ↔ front
 * end").  What was answered for the session is remembered here and not asked again. */
typedef struct Questions Questions;

enum {
        /* Of one process, open at a time; the manager shows a person five of an instance. */
        QUESTIONS_MAX = 16,
        /* Libraries wait 25 s for an answer (libdbus, GDBus, sd-bus): who answers later allows what nobody waits for.
         */
        QUESTIONS_WAIT_MS = 24 * 1000,
        QUESTIONS_REMEMBERED = 256,
};

typedef enum QuestionState {
        QUESTION_ASKED, /* questions_receive() will tell */
        QUESTION_ALLOWED,
        QUESTION_DENIED, /* it was before, or nobody can be asked */
} QuestionState;

/* mediator: SOCK_SEQPACKET, not closed.  NULL when out of memory. */
Questions *questions_new(int mediator);
void questions_free(Questions *questions);
DEFINE_CLEANUP(Questions, questions_free)

/* via: "session-bus"; output: of a VERDICT_ASK.  *ret_seq with QUESTION_ASKED. */
QuestionState questions_ask(
        Questions *questions, const char *via, const WireHeader *header, const RouteOutput *output, uint64_t *ret_seq);
/* Whoever asked that left: it is asked no longer, and its answer is for nobody. */
void questions_withdraw(Questions *questions, uint64_t seq);
/* Reads one message of the front end.  1: the answer to *ret_seq; 0: nothing; -1: it is gone. */
int questions_receive(Questions *questions, uint64_t *ret_seq, bool *ret_allow);
