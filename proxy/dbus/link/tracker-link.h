/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "route/tracker.h"
#include "rules/bus-policy.h"

/* TrackerLink - the tracker's connection to a bus: one for all clients of that bus.  Driven by the caller's epoll, like
 * a Link. */
typedef struct TrackerLink TrackerLink;

/* Takes the connected socket.  NULL when out of memory (the socket is closed). */
TrackerLink *tracker_link_new(const BusPolicy *policy, int bus_socket);
void tracker_link_free(TrackerLink *link);
DEFINE_CLEANUP(TrackerLink, tracker_link_free)

Tracker *tracker_link_tracker(TrackerLink *link);
int tracker_link_socket(const TrackerLink *link);
uint32_t tracker_link_wants(const TrackerLink *link);
/* scratch: of n bytes.  false: the bus left, or can't be used; what was learnt is no longer kept up to date. */
bool tracker_link_handle(TrackerLink *link, uint32_t events, uint8_t *scratch, size_t n);
/* tracker_ask(), sent. */
uint64_t tracker_link_ask(TrackerLink *link);
