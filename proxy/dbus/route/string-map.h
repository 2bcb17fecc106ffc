/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* StringMap - text to pointer.  Keys are borrowed: they must live in the value, or as long as it.  Bounded by its
 * users, so that texts chosen to collide cost a bounded search. */
typedef struct StringMap {
        struct StringMapSlot *slots;
        size_t n_slots, n;
} StringMap;

void *string_map_get(const StringMap *map, const char *key);
/* The key must not be there yet.  0 or -ENOMEM. */
int string_map_put(StringMap *map, const char *key, void *value);
void string_map_remove(StringMap *map, const char *key);
/* Frees the table, not the values. */
void string_map_clear(StringMap *map);
