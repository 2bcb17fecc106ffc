/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "rules/bus-policy.h"
#include "wire/header.h"

/* Split - one client that sees two buses as one: the outer, which is the host's behind its filter, and the inner, which
 * only the box has.  Messages in, messages out; no socket.  What happens to each kind of message stands in
 * docs/theory/bus-routing.md.
 *
 * Names belong to one side: those that a rule says are inner, else outer.  The client's own unique name is the outer
 * one; the inner bus's unique names have another form towards the client (":1.7" is ":inner.1.7"), so that no two are
 * alike.  This runs beside the app and is as untrusted as the app: what the app may reach outside, the filter on the
 * host's side says. */
typedef struct Split Split;

typedef enum SplitSide {
        SPLIT_CLIENT,
        SPLIT_OUTER,
        SPLIT_INNER,
        _SPLIT_SIDE_MAX,
} SplitSide;

/* What becomes of a message. */
typedef struct SplitOutput {
        bool forward[_SPLIT_SIDE_MAX]; /* it goes there as it is */
        SplitSide body_to;             /* behind to[body_to], which then is its new header, its body follows;
                                        * SPLIT_CLIENT with rebuilt = false: nowhere */
        bool rebuilt;
        bool close; /* the connection ends */
        Buffer to[_SPLIT_SIDE_MAX];
} SplitOutput;

/* inner: rules "talk" of the names that are inner; borrowed.  NULL when out of memory. */
Split *split_new(const BusPolicy *inner);
void split_free(Split *split);
DEFINE_CLEANUP(Split, split_free)

/* The first message to the inner bus. */
void split_start(Split *split, Buffer *to_inner);
/* Must the whole body be there? */
bool split_needs_body(const Split *split, SplitSide from, const WireHeader *header);
/* bytes: of the header; body: header->n_body bytes if split_needs_body(), NULL if they are more than ROUTE_MAX_BODY.
 * *output is filled anew, its buffers are added to.  0 or -ENOMEM. */
int split_message(Split *split,
                  SplitSide from,
                  const WireHeader *header,
                  const uint8_t *bytes,
                  const uint8_t *untrusted_body,
                  SplitOutput *output);
/* The client said Hello and neither bus has given its name yet: no other message of the client may be judged. */
bool split_is_paused(const Split *split);
