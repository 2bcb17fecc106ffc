/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "link/options.h"
#include "route/split.h"

/* SplitLink - one client, and its connections to two buses.  Driven by the caller's epoll, like a Link. */
typedef struct SplitLink SplitLink;

/* Takes the three sockets; both buses are connected.  gathered: of all links of a process, empty between two turns.
 * NULL when out of memory (the sockets are closed). */
SplitLink *split_link_new(Buffer gathered[_SPLIT_SIDE_MAX], const BusOptions *bus, int client, int outer, int inner);
void split_link_free(SplitLink *link);
DEFINE_CLEANUP(SplitLink, split_link_free)

int split_link_socket(const SplitLink *link, SplitSide side);
/* As link_wants(). */
uint32_t split_link_wants(const SplitLink *link, SplitSide which);
/* scratch: of n bytes.  false: the link is over, and is to be freed. */
bool split_link_handle(SplitLink *link, SplitSide which, uint32_t events, uint8_t *scratch, size_t n);
