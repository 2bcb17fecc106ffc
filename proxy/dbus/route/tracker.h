/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "route/names.h"
#include "rules/bus-policy.h"
#include "wire/header.h"

/* Tracker - who owns the names that the rules speak of, learnt once for a bus, on a connection of the proxy's own, for
 * all clients.  Messages in, messages out; no socket.
 *
 * The bus keeps its order within one connection only: what a client's connection says may be ahead of what this one has
 * said.  So nobody is refused by what is not known here until the tracker was asked to catch up: tracker_ask() puts a
 * harmless call to the bus, and once that is answered all is known that the bus had done before. */
typedef struct Tracker Tracker;

/* NULL when out of memory.  policy is borrowed. */
Tracker *tracker_new(const BusPolicy *policy);
void tracker_free(Tracker *tracker);
DEFINE_CLEANUP(Tracker, tracker_free)

/* The first messages of the connection.  0 or -ENOMEM. */
int tracker_start(Tracker *tracker, Buffer *to_bus);
/* One message of the bus, with its whole body, or NULL where that is more than ROUTE_MAX_BODY.  0, -ENOMEM, or -EPROTO:
 * the bus refused to have this connection. */
int tracker_message(Tracker *tracker, const WireHeader *header, const uint8_t *body, Buffer *to_bus);

/* Does any rule speak of any name?  If not, no owner matters, and no tracker is needed: those below take NULL for it.
 */
bool tracker_is_needed(const BusPolicy *policy);
/* All owners are known that there were when it started. */
bool tracker_is_ready(const Tracker *tracker);

/* The ticket of a question; it is answered once tracker_answered() is as great. */
uint64_t tracker_ask(Tracker *tracker, Buffer *to_bus);
uint64_t tracker_answered(const Tracker *tracker);

/* What is known of a unique name, or NULL. */
const Peer *tracker_peer(const Tracker *tracker, const char *unique);
/* Who owns a well-known name now, as far as is known; NULL: nobody, or no rule speaks of it. */
const Peer *tracker_owner(const Tracker *tracker, const char *name);
/* A client's connection told that this peer owns, or owned, that name. */
void tracker_learn(Tracker *tracker, const char *name, const char *unique);
