/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values and maps, and what adding means: an entry takes the place of what was said about the same subject. */

#include "profile/values.h"

#include <string.h>

#include "profile/entry.h"

static void origin_clear(gpointer data)
{
        Origin *origin = data;

        g_clear_pointer(&origin->file, g_ref_string_release);
}

static void add_origin(GArray *origins, const Origin *origin)
{
        Origin copy = { .file = g_ref_string_acquire(origin->file), .line = origin->line };

        g_array_append_val(origins, copy);
}

static GArray *origins_new(void)
{
        GArray *origins = g_array_new(FALSE, FALSE, sizeof(Origin));

        g_array_set_clear_func(origins, origin_clear);
        return origins;
}

void value_set_empty(Value *value)
{
        value->set = TRUE;
        if (value->texts != NULL)
                return;
        value->texts = g_ptr_array_new_null_terminated(1, g_free, TRUE);
        value->origins = origins_new();
}

static void append(Value *value, const char *text, const Origin *origin)
{
        g_ptr_array_add(value->texts, g_strdup(text));
        add_origin(value->origins, origin);
}

static void remove_at(Value *value, guint i)
{
        g_ptr_array_remove_index(value->texts, i);
        g_array_remove_index(value->origins, i);
}

void value_set(Value *value, const char *text, const Origin *origin)
{
        value_clear(value);
        value_set_empty(value);
        append(value, text, origin);
}

/* Whether a later entry leaves an earlier one about the same subject standing. */
static gboolean stands_beside(const KeyRow *row, const char *earlier, const char *later)
{
        /* Conditions add up, on top of a '!' too; a word alone before them is for a Flatpak that knows none. */
        if (entry_condition(row, later) == NULL || g_str_equal(earlier, later))
                return FALSE;
        return earlier[0] == '!' || entry_condition(row, earlier) != NULL;
}

void value_add(Value *value, const KeyRow *row, const char *text, const Origin *origin)
{
        gsize n = 0, n_other = 0;
        const char *subject = entry_subject(row, text, &n);

        value_set_empty(value);
        for (guint i = 0; i < value->texts->len;) {
                const char *other = value->texts->pdata[i];
                const char *other_subject = entry_subject(row, other, &n_other);

                if (n == n_other && memcmp(subject, other_subject, n) == 0 && !stands_beside(row, other, text))
                        remove_at(value, i);
                else
                        i++;
        }
        append(value, text, origin);
}

void value_remove(Value *value, const char *text)
{
        guint i = 0;

        if (value->texts != NULL && g_ptr_array_find_with_equal_func(value->texts, text, g_str_equal, &i))
                remove_at(value, i);
}

void value_clear(Value *value)
{
        value->set = FALSE;
        g_clear_pointer(&value->texts, g_ptr_array_unref);
        g_clear_pointer(&value->origins, g_array_unref);
}

guint map_find(const Map *map, const char *name)
{
        guint found = map->index != NULL ? GPOINTER_TO_UINT(g_hash_table_lookup(map->index, name)) : 0;

        return found - 1;
}

static void map_make(Map *map)
{
        if (map->names != NULL)
                return;
        map->names = g_ptr_array_new_with_free_func(g_free);
        map->texts = g_ptr_array_new_with_free_func(g_free);
        map->origins = origins_new();
        map->index = g_hash_table_new(g_str_hash, g_str_equal);
}

void map_set(Map *map, const char *name, const char *text, const Origin *origin)
{
        guint i = map_find(map, name);

        map_make(map);
        if (i == G_MAXUINT) {
                g_ptr_array_add(map->names, g_strdup(name));
                g_ptr_array_add(map->texts, g_strdup(text));
                add_origin(map->origins, origin);
                g_hash_table_insert(map->index, map->names->pdata[map->names->len - 1],
                                    GUINT_TO_POINTER(map->names->len));
                return;
        }
        g_free(map->texts->pdata[i]);
        map->texts->pdata[i] = g_strdup(text);
        origin_clear(&g_array_index(map->origins, Origin, i));
        g_array_index(map->origins, Origin, i) =
                (Origin){ .file = g_ref_string_acquire(origin->file), .line = origin->line };
}

void map_remove(Map *map, const char *name)
{
        guint at = map_find(map, name);

        if (at == G_MAXUINT)
                return;
        g_hash_table_remove_all(map->index);
        g_ptr_array_remove_index(map->names, at);
        g_ptr_array_remove_index(map->texts, at);
        g_array_remove_index(map->origins, at);
        for (guint i = 0; i < map->names->len; i++)
                g_hash_table_insert(map->index, map->names->pdata[i], GUINT_TO_POINTER(i + 1));
}

void map_clear(Map *map)
{
        g_clear_pointer(&map->index, g_hash_table_unref);
        g_clear_pointer(&map->names, g_ptr_array_unref);
        g_clear_pointer(&map->texts, g_ptr_array_unref);
        g_clear_pointer(&map->origins, g_array_unref);
}
