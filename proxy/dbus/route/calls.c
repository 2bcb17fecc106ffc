/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Waiting calls: a table with linear probing that shrinks to nothing with its last entry, so that an idle connection
 * keeps none. */
#include "route/calls.h"

#include <errno.h>
#include <stdlib.h>

static size_t home_of(const Calls *calls, uint64_t caller, uint32_t serial)
{
        uint64_t hash = (caller * UINT64_C(0x9e3779b97f4a7c15)) ^ (serial * UINT64_C(0xc2b2ae3d27d4eb4f));

        return (size_t)(hash ^ hash >> 29) & (calls->n_slots - 1);
}

static Call *find(const Calls *calls, uint64_t caller, uint32_t serial)
{
        size_t i = home_of(calls, caller, serial);

        while (calls->slots[i].serial != 0 && (calls->slots[i].serial != serial || calls->slots[i].caller != caller))
                i = (i + 1) & (calls->n_slots - 1);
        return &calls->slots[i];
}

static int grow(Calls *calls)
{
        Calls bigger = { .n_slots = calls->n_slots == 0 ? 16 : calls->n_slots * 2, .n = calls->n };

        if ((calls->n + 1) * 2 <= calls->n_slots)
                return 0;
        bigger.slots = calloc(bigger.n_slots, sizeof *bigger.slots);
        if (bigger.slots == NULL)
                return -ENOMEM;
        for (size_t i = 0; i < calls->n_slots; i++)
                if (calls->slots[i].serial != 0)
                        *find(&bigger, calls->slots[i].caller, calls->slots[i].serial) = calls->slots[i];
        free(calls->slots);
        *calls = bigger;
        return 0;
}

int calls_add(Calls *calls, const Call *call)
{
        Call *slot = NULL;

        if (calls_find(calls, call->caller, call->serial) != NULL)
                return -EEXIST;
        if (calls->n >= CALLS_MAX)
                return -ENOBUFS;
        if (grow(calls) < 0)
                return -ENOMEM;
        slot = find(calls, call->caller, call->serial);
        *slot = *call;
        calls->n++;
        return 0;
}

const Call *calls_find(const Calls *calls, uint64_t caller, uint32_t serial)
{
        const Call *slot = calls->n > 0 ? find(calls, caller, serial) : NULL;

        return slot != NULL && slot->serial != 0 ? slot : NULL;
}

void calls_remove(Calls *calls, uint64_t caller, uint32_t serial)
{
        Call *slot = calls->n > 0 ? find(calls, caller, serial) : NULL;
        size_t mask = calls->n_slots - 1, hole = 0;

        if (slot == NULL || slot->serial == 0)
                return;
        if (--calls->n == 0 && calls->n_slots > 64) {
                calls_clear(calls);
                return;
        }
        hole = (size_t)(slot - calls->slots);
        for (size_t i = (hole + 1) & mask; calls->slots[i].serial != 0; i = (i + 1) & mask) {
                size_t home = home_of(calls, calls->slots[i].caller, calls->slots[i].serial);

                /* An entry may fill the hole if its home is not between hole and itself. */
                if (((i - home) & mask) < ((i - hole) & mask))
                        continue;
                calls->slots[hole] = calls->slots[i];
                hole = i;
        }
        calls->slots[hole] = (Call){ 0 };
}

void calls_remove_caller(Calls *calls, uint64_t caller)
{
        for (size_t i = 0; i < calls->n_slots;) {
                size_t n = calls->n;

                if (calls->slots[i].serial != 0 && calls->slots[i].caller == caller)
                        calls_remove(calls, caller, calls->slots[i].serial);
                if (calls->n == n)
                        i++; /* else another may have moved here */
        }
}

void calls_clear(Calls *calls)
{
        free(calls->slots);
        *calls = (Calls){ 0 };
}
