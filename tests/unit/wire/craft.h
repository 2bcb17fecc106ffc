/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* Messages as a hostile client would write them: any field, of any type, any number of times, in either byte order. */
typedef struct CraftField {
        guint8 code;
        char type; /* 's', 'o', 'g': text; 'u': number; 0: end of the list */
        const char *text;
        guint32 number;
} CraftField;

typedef struct Craft {
        guint8 type, flags;
        guint32 serial, n_body;
        CraftField fields[10];
} Craft;

static inline void craft_u32(GByteArray *bytes, gboolean big_endian, guint32 value)
{
        static const guint8 zeros[8] = { 0 };
        guint32 ordered = big_endian ? GUINT32_TO_BE(value) : GUINT32_TO_LE(value);

        g_byte_array_append(bytes, zeros, (4 - bytes->len % 4) % 4);
        g_byte_array_append(bytes, (const guint8 *)&ordered, 4);
}

static inline GByteArray *craft(const Craft *what, gboolean big_endian)
{
        static const guint8 zeros[8] = { 0 };
        GByteArray *bytes = g_byte_array_new();
        guint8 head[4] = { big_endian ? 'B' : 'l', what->type, what->flags, 1 };
        guint32 n_fields = 0;

        g_byte_array_append(bytes, head, sizeof head);
        craft_u32(bytes, big_endian, what->n_body);
        craft_u32(bytes, big_endian, what->serial);
        craft_u32(bytes, big_endian, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(what->fields) && what->fields[i].type != 0; i++) {
                const CraftField *field = &what->fields[i];
                guint8 start[4] = { field->code, 1, (guint8)field->type, 0 };
                gsize n = field->text != NULL ? strlen(field->text) : 0;

                g_byte_array_append(bytes, zeros, (8 - bytes->len % 8) % 8);
                g_byte_array_append(bytes, start, sizeof start);
                if (field->type == 'u') {
                        craft_u32(bytes, big_endian, field->number);
                        continue;
                }
                if (field->type == 'g')
                        g_byte_array_append(bytes, (const guint8[]){ (guint8)n }, 1);
                else
                        craft_u32(bytes, big_endian, (guint32)n);
                g_byte_array_append(bytes, (const guint8 *)(field->text != NULL ? field->text : ""), (guint)n + 1);
        }
        n_fields = bytes->len - 16;
        for (int i = 0; i < 4; i++)
                bytes->data[12 + i] = (guint8)(n_fields >> (big_endian ? 24 - 8 * i : 8 * i));
        g_byte_array_append(bytes, zeros, (8 - bytes->len % 8) % 8);
        return bytes;
}
