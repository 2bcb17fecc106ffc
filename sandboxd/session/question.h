/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * HELD: more questions of this instance stand before it than a person can judge.  It is listed only as part of a group.
 *     ends      a place is free -> SHOWN; denied (the group as a whole), timed out or withdrawn -> DONE
 *     never     allowed: nobody has seen it
 * SHOWN: listed by itself, and a person may decide.
 *     ends      allowed, denied, timed out, withdrawn -> DONE
 *     never     allowed within SESSION_DEAD_MS of being shown: what comes that soon was typed for something else
 * DONE: its askers have their answer.
 *     never     anything more
 */
typedef enum QuestionState {
        QUESTION_HELD,
        QUESTION_SHOWN,
        QUESTION_DONE,
        _QUESTION_STATE_MAX,
} QuestionState;

typedef enum QuestionEvent {
        QUESTION_PLACE, /* one of the places before it is free */
        QUESTION_ALLOW, /* a person's decision */
        QUESTION_DENY,
        QUESTION_TIMEOUT,   /* its time is over: denied */
        QUESTION_WITHDRAWN, /* nobody waits for the answer any more */
        _QUESTION_EVENT_MAX,
} QuestionEvent;

/* Pure; the whole machine. */
QuestionState question_next(QuestionState state, QuestionEvent event);

G_END_DECLS
