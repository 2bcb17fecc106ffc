/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Open addressing with linear probing; removal shifts back, so there are no tombstones to clean up. */
#include "route/string-map.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct StringMapSlot {
        const char *key; /* NULL: empty */
        void *value;
        size_t hash;
} StringMapSlot;

static size_t hash_of(const char *key)
{
        uint64_t hash = UINT64_C(14695981039346656037);

        for (; *key != '\0'; key++)
                hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
        return (size_t)(hash ^ hash >> 32);
}

/* The key's slot, or the empty one where it would go. */
static StringMapSlot *find(const StringMap *map, const char *key, size_t hash)
{
        size_t i = hash & (map->n_slots - 1);

        while (map->slots[i].key != NULL && (map->slots[i].hash != hash || strcmp(map->slots[i].key, key) != 0))
                i = (i + 1) & (map->n_slots - 1);
        return &map->slots[i];
}

void *string_map_get(const StringMap *map, const char *key)
{
        return map->n > 0 ? find(map, key, hash_of(key))->value : NULL;
}

static int grow(StringMap *map)
{
        StringMap bigger = { .n_slots = map->n_slots == 0 ? 16 : map->n_slots * 2, .n = map->n };

        if ((map->n + 1) * 2 <= map->n_slots)
                return 0;
        bigger.slots = calloc(bigger.n_slots, sizeof *bigger.slots);
        if (bigger.slots == NULL)
                return -ENOMEM;
        for (size_t i = 0; i < map->n_slots; i++)
                if (map->slots[i].key != NULL)
                        *find(&bigger, map->slots[i].key, map->slots[i].hash) = map->slots[i];
        free(map->slots);
        *map = bigger;
        return 0;
}

int string_map_put(StringMap *map, const char *key, void *value)
{
        size_t hash = hash_of(key);

        if (grow(map) < 0)
                return -ENOMEM;
        *find(map, key, hash) = (StringMapSlot){ .key = key, .value = value, .hash = hash };
        map->n++;
        return 0;
}

void string_map_remove(StringMap *map, const char *key)
{
        size_t mask = map->n_slots - 1, hole = 0;
        StringMapSlot *slot = map->n > 0 ? find(map, key, hash_of(key)) : NULL;

        if (slot == NULL || slot->key == NULL)
                return;
        hole = (size_t)(slot - map->slots);
        map->n--;
        for (size_t i = (hole + 1) & mask; map->slots[i].key != NULL; i = (i + 1) & mask) {
                size_t home = map->slots[i].hash & mask;

                /* An entry may fill the hole if its home is not between hole and itself. */
                if (((i - home) & mask) < ((i - hole) & mask))
                        continue;
                map->slots[hole] = map->slots[i];
                hole = i;
        }
        map->slots[hole] = (StringMapSlot){ 0 };
}

void string_map_clear(StringMap *map)
{
        free(map->slots);
        *map = (StringMap){ 0 };
}
