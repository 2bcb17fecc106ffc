/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "session/question.h"

QuestionState question_next(QuestionState state, QuestionEvent event)
{
        static const QuestionState next[_QUESTION_STATE_MAX][_QUESTION_EVENT_MAX] = {
                [QUESTION_HELD] = { [QUESTION_PLACE] = QUESTION_SHOWN,
                                    [QUESTION_ALLOW] = QUESTION_HELD,
                                    [QUESTION_DENY] = QUESTION_DONE,
                                    [QUESTION_TIMEOUT] = QUESTION_DONE,
                                    [QUESTION_WITHDRAWN] = QUESTION_DONE },
                [QUESTION_SHOWN] = { [QUESTION_PLACE] = QUESTION_SHOWN,
                                     [QUESTION_ALLOW] = QUESTION_DONE,
                                     [QUESTION_DENY] = QUESTION_DONE,
                                     [QUESTION_TIMEOUT] = QUESTION_DONE,
                                     [QUESTION_WITHDRAWN] = QUESTION_DONE },
                [QUESTION_DONE] = { [QUESTION_PLACE] = QUESTION_DONE,
                                    [QUESTION_ALLOW] = QUESTION_DONE,
                                    [QUESTION_DENY] = QUESTION_DONE,
                                    [QUESTION_TIMEOUT] = QUESTION_DONE,
                                    [QUESTION_WITHDRAWN] = QUESTION_DONE },
        };

        return next[state][event];
}
