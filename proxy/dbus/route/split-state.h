/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "route/calls.h"
#include "route/split.h"
#include "verdict/verdict.h"

/* What a Split knows, for its own three files: split.c keeps it, split-client.c and split-bus.c say what becomes of
 * what comes from either side. */

typedef enum PendingKind {
        PENDING_PLAIN,
        PENDING_HELLO,
        PENDING_LIST,  /* of the outer bus; data: Merge */
        PENDING_OWNER, /* of the inner bus: its answer is a unique name, or several */
        OWN_HELLO,
        OWN_LIST, /* callee: the number of its Merge */
        OWN_MATCH,
} PendingKind;

/* A list of names of both buses, while it is being made. */
typedef struct Merge {
        uint64_t number;
        uint32_t client_serial;
        bool has_outer, has_inner;
        Buffer names; /* the body of an "as", its length still 0 */
} Merge;

struct Split {
        const BusPolicy *inner;
        char *outer_name, *inner_name; /* the client's; NULL: not known yet */
        bool said_hello;
        Calls calls; /* of the client: caller 0, callee the side; ours to the inner bus: caller SPLIT_INNER */
        uint32_t last_serial;
        uint64_t last_merge;
};

void split_free_merge(Merge *merge);
uint32_t split_next_serial(Split *split);
bool split_is_bus(const char *name);
bool split_is_reply(const WireHeader *header);
bool split_is_unique(const char *name);
/* NameOwnerChanged, NameAcquired or NameLost of a bus. */
bool split_is_about_names(const WireHeader *header);

/* The side that a name belongs to. */
SplitSide split_side_of(const Split *split, const char *name);
/* A name of the inner bus, as the client knows it; borrowed from *room. */
const char *split_to_client(Buffer *room, const char *name);
/* A name that the client uses, as the inner bus knows it; borrowed from *room. */
const char *split_to_inner(Buffer *room, const char *name);

void split_forward(SplitOutput *output, SplitSide side);
/* The message goes there with other addresses. */
int split_readdress(SplitOutput *output,
                    SplitSide side,
                    const WireHeader *header,
                    const uint8_t *bytes,
                    const char *sender,
                    const char *destination);
int split_refuse(Split *split, const WireHeader *header, Verdict verdict, SplitOutput *output);
/* Remembers a call of the client.  1: it may go on; 0: it was refused. */
int split_expect(
        Split *split, const WireHeader *header, PendingKind kind, SplitSide side, Merge *merge, SplitOutput *output);
/* A call of ours to the inner bus. */
int split_ask_inner(
        Split *split, PendingKind kind, uint64_t number, const char *member, const char *argument, Buffer *to_inner);

int split_from_client(Split *split,
                      const WireHeader *header,
                      const uint8_t *bytes,
                      const uint8_t *untrusted_body,
                      SplitOutput *output);
int split_from_outer(Split *split, const WireHeader *header, const uint8_t *body, SplitOutput *output);
int split_from_inner(
        Split *split, const WireHeader *header, const uint8_t *bytes, const uint8_t *body, SplitOutput *output);
