/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "profile/profile.h"
#include "profile/value-check.h"

/* The table of keys, as the parser sees it: what the public rows say, and how a value is read. */

G_BEGIN_DECLS

typedef struct KeyRow {
        ProfileKeyInfo info;
        ValueReader *read;        /* STRING, LIST; NULL for CHOICE and WORDS, whose words say it all */
        gboolean read_negation;   /* the reader is given the '!' too */
        const char *subject_ends; /* LIST: an entry is about what stands before one of these, "" for all of it */
} KeyRow;

const KeyRow *key_row(ProfileKey key);

typedef struct MapRow {
        ProfileMapInfo info;
        ValueReader *read_name;
        ValueReader *read; /* of one entry, if is_list; NULL: any text */
        gboolean is_list;
} MapRow;

const MapRow *map_row(ProfileMap map);

/* Groups that Flatpak or other programs have, whose keys are kept unread. */
gboolean group_is_other(const char *group);

/* Every group with a row or a map, NULL-terminated, in the order of the table.  The caller frees the array alone. */
const char **group_names(void);

/* The keys of a group, likewise. */
const char **group_keys(const char *group);

G_END_DECLS
