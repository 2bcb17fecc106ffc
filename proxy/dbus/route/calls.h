/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Calls - those that wait for their answer, by (caller, serial): two callers may use one serial.  Each is taken once.
 */

enum {
        CALLS_MAX = 2048, /* of one direction of one connection; libraries rarely have ten under way */
};

typedef struct Call {
        uint64_t caller; /* Peer.id, or 0 for the client and the proxy itself */
        uint64_t callee; /* Peer.id, or one of the caller's own marks */
        uint32_t serial; /* 0: none */
        int kind;        /* the owner's */
        void *data;      /* the owner's */
} Call;

typedef struct Calls {
        Call *slots;
        size_t n_slots, n;
} Calls;

/* 0; -EEXIST; -ENOBUFS: CALLS_MAX are waiting; -ENOMEM. */
int calls_add(Calls *calls, const Call *call);
/* NULL: nobody waits.  Valid up to the next change. */
const Call *calls_find(const Calls *calls, uint64_t caller, uint32_t serial);
void calls_remove(Calls *calls, uint64_t caller, uint32_t serial);
/* All of one caller. */
void calls_remove_caller(Calls *calls, uint64_t caller);
/* Frees the table; the owner has looked after each data. */
void calls_clear(Calls *calls);
