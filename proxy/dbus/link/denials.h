/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "base/cleanup.h"
#include "route/route.h"

/* Denials - what was refused, told to the front end: one `audit` message each (docs/theory/messages.md).  Repeats are
 * folded, and what comes too fast is only counted: the box decides how often it is refused, and must not be able to
 * fill a log or stop the proxy. */
typedef struct Denials Denials;

enum {
        /* The log folds further (AUDIT_FOLD_MS).  What is counted here when the instance ends is lost, so it is not
           long. */
        DENIALS_FOLD_MS = 500,
        DENIALS_KEPT = 32, /* different ones, within that time */
        DENIALS_BURST = 64,
        DENIALS_PER_SECOND = 32,
};

/* socket: SOCK_SEQPACKET, not closed.  NULL when out of memory. */
Denials *denials_new(int socket);
void denials_free(Denials *denials);
DEFINE_CLEANUP(Denials, denials_free)

/* via: "session-bus".  Of messages from the client that were refused. */
void denials_add(
        Denials *denials, const char *via, const WireHeader *header, const RouteOutput *output, int64_t now_ms);
/* Sends what is due. */
void denials_flush(Denials *denials, int64_t now_ms);
/* When that is; -1: never. */
int64_t denials_due(const Denials *denials);
