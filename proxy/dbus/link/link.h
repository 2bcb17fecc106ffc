/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "link/options.h"
#include "link/tracker-link.h"
#include "route/notices.h"

/* Link - one client, and the connection to the bus that is made for it.  Both sockets are driven by the caller's epoll:
 * it tells of events, and the link says which it waits for.
 *
 * A message travels like this: bytes are read into a scratch buffer that all links share; headers are judged there;
 * runs of bytes that may pass go to the other socket in one send.  Only what is cut off (half a header) or not taken (a
 * full socket) is copied and kept.  Nothing is read for a socket that has not taken what it was sent, so a link never
 * holds more than a few scratch buffers, whoever does not read. */
typedef struct Link Link;

enum {
        LINK_SCRATCH_BYTES = 128 * 1024, /* one read; larger ones save nothing */
        /* Made-up answers that the client has not read, at which its messages are not read either. */
        LINK_MAX_ANSWERS = 64 * 1024,
        /* Calls that wait for a person's answer. */
        LINK_MAX_ASKED = 8,
        LINK_MAX_ASKED_BYTES = 256 * 1024,
};

typedef enum LinkSide {
        LINK_CLIENT,
        LINK_BUS,
        _LINK_SIDE_MAX,
} LinkSide;

struct Denials;
struct Questions;

/* What the links of one process share. */
typedef struct LinkShared {
        uint8_t *scratch;            /* LINK_SCRATCH_BYTES */
        struct Denials *denials;     /* or NULL */
        struct Questions *questions; /* or NULL */
        int64_t now_ms;
} LinkShared;

/* What the links to one bus share; borrowed. */
typedef struct LinkBus {
        const BusOptions *options;
        const char *via;      /* of denials: "session-bus" */
        TrackerLink *tracker; /* NULL where none is needed */
        Notices *notices;     /* NULL where nothing is guarded */
} LinkBus;

/* Takes both sockets; the bus's is connected.  NULL when out of memory (the sockets are closed). */
Link *link_new(LinkShared *shared, const LinkBus *bus, int client, int bus_socket);
/* Closes the sockets. */
void link_free(Link *link);
DEFINE_CLEANUP(Link, link_free)

int link_socket(const Link *link, LinkSide side);
/* The epoll events that it waits for; 0: that socket is to be taken out of the epoll set, lest its end be told again
 * and again before it is read. */
uint32_t link_wants(const Link *link, LinkSide which);
/* false: the link is over, and is to be freed. */
bool link_handle(Link *link, LinkSide side, uint32_t events);
/* The tracker has learnt something: what waited for it may go on.  As link_handle(). */
bool link_resume(Link *link);
TrackerLink *link_tracker(const Link *link);
/* A person answered.  false: this link has not asked that, or is over (link_handle() will say so). */
bool link_answer(Link *link, uint64_t seq, bool allow);
