/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus-model.h"

/* Script - the bytes of a fuzz target, read as choices: each byte one, and 0 once they are used up.  What is chosen
 * from are the words that the rules of bus-model.c are about, so that most of what is made up comes near one. */
typedef struct Script {
        const uint8_t *bytes;
        size_t n;
} Script;

/* Below `below`, which is at most 256. */
unsigned script_draw(Script *script, unsigned below);
/* 0, but one time in `in`. */
bool script_rarely(Script *script, unsigned in);

enum { SCRIPT_UNIQUE_MAX = 24 };

/* Who there is to write to. */
typedef struct ScriptPeople {
        char unique[SCRIPT_UNIQUE_MAX][24]; /* who has one on the bus, and who had */
        unsigned n_unique;
} ScriptPeople;

/* A call, signal or call of the bus, as a client might send it; serial and reply are the caller's.  *body is filled. */
void script_client_message(Script *script, const ScriptPeople *people, ModelMessage *ret, Buffer *body);
/* A call or a signal of that sender, to that client or to all. */
void script_peer_message(Script *script,
                         const ScriptPeople *people,
                         const char *sender,
                         const char *client,
                         ModelMessage *ret,
                         Buffer *body);
/* An array of n bytes behind what is in the body. */
void script_lengthen(ModelMessage *message, Buffer *body, size_t n);
