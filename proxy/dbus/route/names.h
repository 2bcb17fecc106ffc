/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "rules/bus-policy.h"

/* Names - peers of one bus, by unique name, with what each may be to the box, and who owns the well-known names that
 * the rules speak of.  A peer keeps what it ever got from a name that it owned: taking it away again would race with
 * messages that are on their way. */
typedef struct Names Names;

enum {
        /* About 200 bytes each.  Beyond them peers that own nothing are forgotten, the oldest first; beyond that, new
         * ones are not learnt: they stay hidden. */
        NAMES_MAX_PEERS = 2048,
        NAMES_MAX_NAMES = 4096,
};

typedef struct Peer {
        uint64_t id;          /* never used twice; 0 is none */
        BusStanding standing; /* what the rules give for all names it ever owned */
        size_t n_owned;       /* of the names that the rules speak of, now */
        size_t n_calls;       /* its calls to the client that wait for an answer; kept by the caller */
        bool left;            /* as the client was told; kept by the caller */
        struct Peer *older, *newer;
        char name[];
} Peer;

Names *names_new(const BusPolicy *policy);
void names_free(Names *names);
DEFINE_CLEANUP(Names, names_free)

/* NULL: nothing is known of it.  unique: ":1.7". */
Peer *names_peer(const Names *names, const char *unique);
/* Makes the peer known with at least that level.  NULL: no room, or out of memory. */
Peer *names_raise(Names *names, const char *unique, BusAccess level);
/* This well-known name is owned by that peer now; NULL: by nobody.  0 or -ENOMEM. */
int names_set_owner(Names *names, const char *name, const char *unique);
/* Who owns it now; NULL: nobody, or no rule speaks of it. */
const Peer *names_owner(const Names *names, const char *name);
/* This peer owns that name, or did a moment ago: it gets what the rules give for it. */
void names_learn(Names *names, const char *name, const char *unique);
/* The peer left the bus. */
void names_gone(Names *names, const char *unique);
