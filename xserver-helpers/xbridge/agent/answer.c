/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Answers of the inner server, taken when they come.  It need not give any, and may lie about how long one is: libxcb
 * reads as many bytes as `length` says, and no accessor looks at it again. */

#include <stdlib.h>
#include <xcb/xcbext.h>

#include "agent/inner.h"

void answer_expect(Agent *agent, unsigned sequence, const Client *client, uint32_t detail, AnswerHandler *handler)
{
        Answer *answer = &agent->answers[(agent->first_answer + agent->n_answers) % ANSWERS];

        if (agent->n_answers == ANSWERS) {
                /* A server that stopped answering: nothing of it is needed any more. */
                agent->is_over = true;
                return;
        }
        *answer = (Answer){ .sequence = sequence,
                            .slot = client != NULL ? (uint16_t)client_slot(agent, client) : LETTER_WINDOWS,
                            .generation = client != NULL ? client->generation : 0,
                            .detail = detail,
                            .handler = handler };
        agent->n_answers++;
}

bool answer_take(Agent *agent)
{
        bool any = false;

        /* Nothing waits: from the start of the ring again, of which then little is ever used. */
        if (agent->n_answers == 0)
                agent->first_answer = 0;
        while (agent->n_answers > 0) {
                Answer answer = agent->answers[agent->first_answer];
                Client *client = answer.slot < LETTER_WINDOWS ? &agent->clients[answer.slot] : NULL;
                xcb_generic_error_t *error = NULL;
                void *reply = NULL;

                if (xcb_poll_for_reply(agent->x, answer.sequence, &reply, &error) == 0)
                        break;
                agent->first_answer = (agent->first_answer + 1) % ANSWERS;
                agent->n_answers--;
                any = true;
                if (client != NULL && (client->state == CLIENT_FREE || client->generation != answer.generation))
                        client = NULL;
                if (client != NULL || answer.slot == LETTER_WINDOWS)
                        answer.handler(agent, client, answer.detail, reply);
                free(reply);
                free(error);
        }
        return any;
}

const void *answer_property(const void *reply, unsigned format, size_t *ret_n)
{
        const xcb_get_property_reply_t *untrusted = reply;
        size_t width = format / 8, n;

        *ret_n = 0;
        if (untrusted == NULL || untrusted->format != format)
                return NULL;
        n = (size_t)untrusted->length * 4 / width;
        if (n > untrusted->value_len)
                n = untrusted->value_len;
        *ret_n = n;
        return n > 0 ? (const char *)reply + sizeof *untrusted : NULL;
}
