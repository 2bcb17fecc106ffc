/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "profile/keys.h"

/* The parts of a Profile: a value with its origins, and a map with its. */

G_BEGIN_DECLS

enum { VALUE_MAX_ENTRIES = 4096 }; /* of one list in one file; adding looks at all that are there */

typedef struct Origin {
        char *file; /* GRefString */
        guint line;
} Origin;

typedef struct Value {
        gboolean set;
        GPtrArray *texts; /* STRING, CHOICE: one; with a NULL behind the last; NULL while nothing was put in */
        GArray *origins;  /* Origin, one a text */
} Value;

typedef struct Map {
        GPtrArray *names, *texts; /* NULL while empty */
        GArray *origins;
        GHashTable *index; /* name, borrowed from names → position + 1 */
} Map;

struct Profile {
        Value values[_PROFILE_KEY_MAX];
        Map maps[_PROFILE_MAP_MAX];
};

/* text: canonical, from entry_read(). */
void value_set(Value *value, const char *text, const Origin *origin);
void value_add(Value *value, const KeyRow *row, const char *text, const Origin *origin);
void value_set_empty(Value *value);
/* Drops the entry with that text, if any. */
void value_remove(Value *value, const char *text);
void value_clear(Value *value);

void map_set(Map *map, const char *name, const char *text, const Origin *origin);
void map_remove(Map *map, const char *name);
/* G_MAXUINT: not there. */
guint map_find(const Map *map, const char *name);
void map_clear(Map *map);

/* What this one layer both sets and unsets, it unsets. */
void profile_settle(Profile *profile);

G_END_DECLS
