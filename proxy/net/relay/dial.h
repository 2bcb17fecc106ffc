/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "names/net-address.h"
#include "relay/loop.h"

/* Dial - one connection to whichever of some addresses answers first (RFC 8305): IPv6 and IPv4 in turns, the next one
 * begun when the last failed, or has not answered for a moment. */
typedef struct Dial Dial;

enum {
        DIAL_NEXT_MS = 250,
        DIAL_LAST_MS = 60000, /* of all */
        DIAL_MAX = 16,        /* addresses */
};

/* fd: connected, the callee's; -1: nobody answered.  The dial is gone by then; address is valid during the call. */
typedef void (*DialDone)(void *data, int fd, const NetAddress *address);

/* done is called once, from the loop or at once, unless dial_cancel() comes first; *ret_dial is set before. */
void dial_start(
        Loop *loop, const NetAddress *addresses, size_t n, uint16_t port, DialDone done, void *data, Dial **ret_dial);
void dial_cancel(Dial *dial);
/* When dial_on_time() is to be called. */
int64_t dial_due(const Dial *dial);
void dial_on_time(Dial *dial, int64_t now_ms);
