/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A table by number, and a hash table of the numbers with open addressing, at most half full. */
#include "names/fake-names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = FAKE_NAMES_MAX * 2, FIRST = 1 };

struct FakeNames {
        char **names; /* FAKE_NAMES_MAX */
        size_t n;
        uint16_t *slots; /* number + 1; 0: free */
};

static const uint8_t prefix_6[8] = { 0xfd, 0x6f, 0x72, 0x69, 0x65, 0x6c, 0, 0 };

FakeNames *fake_names_new(void)
{
        CLEANUP(fake_names_freep) FakeNames *names = calloc(1, sizeof *names);

        if (names == NULL)
                return NULL;
        names->names = calloc(FAKE_NAMES_MAX, sizeof *names->names);
        names->slots = calloc(SLOTS, sizeof *names->slots);
        return names->names != NULL && names->slots != NULL ? STEAL(names) : NULL;
}

void fake_names_free(FakeNames *names)
{
        if (names == NULL)
                return;
        for (size_t i = 0; i < names->n; i++)
                free(names->names[i]);
        free(names->names);
        free(names->slots);
        free(names);
}

size_t fake_names_size(const FakeNames *names)
{
        return names->n;
}

/* The name's slot, or the free one where it belongs. */
static uint16_t *find_slot(const FakeNames *names, const char *name)
{
        uint32_t hash = 2166136261u; /* FNV-1a */

        for (const char *p = name; *p != '\0'; p++)
                hash = (hash ^ (uint8_t)*p) * 16777619u;
        for (size_t at = hash % SLOTS;; at = (at + 1) % SLOTS)
                if (names->slots[at] == 0 || strcmp(names->names[names->slots[at] - 1], name) == 0)
                        return &names->slots[at];
}

int fake_names_find(const FakeNames *names, const char *name)
{
        int number = *find_slot(names, name);

        return number == 0 ? -ENOENT : number - 1;
}

int fake_names_add(FakeNames *names, const char *name)
{
        uint16_t *slot = find_slot(names, name);

        if (*slot != 0)
                return *slot - 1;
        if (names->n == FAKE_NAMES_MAX)
                return -ENOSPC;
        names->names[names->n] = strdup(name);
        if (names->names[names->n] == NULL)
                return -ENOMEM;
        *slot = (uint16_t)++names->n;
        return *slot - 1;
}

const char *fake_names_nth(const FakeNames *names, size_t i)
{
        return i < names->n ? names->names[i] : NULL;
}

NetAddress fake_names_address(size_t i, bool six)
{
        NetAddress address = { .six = six };
        uint32_t number = (uint32_t)i + FIRST;

        if (six) {
                memcpy(address.bytes, prefix_6, sizeof prefix_6);
                for (size_t k = 0; k < 4; k++)
                        address.bytes[15 - k] = (uint8_t)(number >> (8 * k));
                return address;
        }
        address.bytes[0] = 198;
        address.bytes[1] = (uint8_t)(18 + (number >> 16));
        address.bytes[2] = (uint8_t)(number >> 8);
        address.bytes[3] = (uint8_t)number;
        return address;
}

const char *fake_names_of(const FakeNames *names, const NetAddress *address, bool *ret_fake)
{
        const uint8_t *b = address->bytes;
        size_t number;

        *ret_fake = address->six ? memcmp(b, prefix_6, sizeof prefix_6) == 0 : b[0] == 198 && (b[1] & 0xfe) == 18;
        if (!*ret_fake || (address->six && (b[8] | b[9] | b[10] | b[11]) != 0))
                return NULL;
        number = address->six ? (size_t)b[12] << 24 | (size_t)b[13] << 16 | (size_t)b[14] << 8 | b[15]
                              : (size_t)(b[1] & 1) << 16 | (size_t)b[2] << 8 | b[3];
        return number < FIRST ? NULL : fake_names_nth(names, number - FIRST);
}
