/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "cache/witness.h"
#include "start/record.h"

/* A remembered plan, as a file: what it was asked for with, what it rests on, what else a launch needs, the plan
 * itself as plan_encode() wrote it, and what a parked box is told (docs/theory/plan-cache.md). */

#define CACHE_DIRECTORY "plans" /* below ORIEL_STATE */

enum {
        CACHE_MAX_BYTES = 8 * 1024 * 1024,
        CACHE_MAX_WITNESSES = 16384,
};

/* All of it borrows from the decoded bytes. */
typedef struct CacheEntry {
        const char *key;
        size_t n_key;
        size_t n_witnesses;
        StartRecord record;
        const void *call; /* what a box that is parked for it is told (warm/call.h); not looked at here */
        size_t n_call;    /* 0: none is parked for such a plan */
        const void *plan; /* as bytes, not yet decoded */
        size_t n_plan;
        /* Private. */
        const unsigned char *untrusted_witnesses;
        size_t n_witness_bytes;
} CacheEntry;

/* entry's key, record and plan, and the witnesses beside it. */
void cache_entry_encode(Buffer *ret_bytes, const CacheEntry *entry, const Witness *witnesses);

/* 0; -EINVAL for what is no entry, to the last byte. */
int cache_entry_decode(CacheEntry *ret_entry, const void *untrusted_bytes, size_t n);

/* The first witness: *at is 0; false after the last. */
bool cache_entry_witness(const CacheEntry *entry, size_t *at, Witness *ret_witness);

/* Asks the host all that planning asked, again; false with *ret_changed (may be NULL; borrowed) at the first answer
 * that differs. */
bool cache_entry_holds(const CacheEntry *entry, const char **ret_changed);
