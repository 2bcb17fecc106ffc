/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Notices - the notifications that one instance has shown, on all its connections, each under a number of its own: the
 * notification server's numbers run through all programs of the session, and whoever says one may replace or close that
 * notification.  Pure. */
typedef struct Notices Notices;

enum {
        /* Beyond them the oldest are forgotten: what is said of them goes nowhere. */
        NOTICES_MAX = 512,
};

/* NULL when out of memory. */
Notices *notices_new(void);
void notices_free(Notices *notices);
/* All of them; NULL is nothing. */
void notices_forget(Notices *notices);
DEFINE_CLEANUP(Notices, notices_free)

/* server: Peer.id of the server that gave that number, so that a new server's numbers are never taken for an old one's.
 * The instance's number; an open notification keeps it when it is replaced. */
uint32_t notices_add(Notices *notices, uint64_t server, uint32_t theirs);
/* The server's number of an open one; 0: the instance has none of that number there. */
uint32_t notices_theirs(const Notices *notices, uint64_t server, uint32_t ours);
/* A signal about a notification: the instance's number, or 0: it is another program's.  serial: of the signal, since
 * one comes on each connection of the instance.  closes: it is the last about it. */
uint32_t notices_signal(Notices *notices, uint64_t server, uint32_t theirs, uint32_t serial, bool closes);
