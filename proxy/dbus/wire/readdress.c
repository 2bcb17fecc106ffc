/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every field of a header begins at a multiple of 8 and holds nothing that wants more, so a field's bytes may be moved
 * as they are.  The header was scanned: its fields are whole and of their types. */
#include "wire/readdress.h"

#include <string.h>

#include "wire/body.h"

enum { CODE_DESTINATION = 6, CODE_SENDER = 7 };

static uint32_t read_u32(const uint8_t *bytes, bool big_endian)
{
        return big_endian ? (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]
                          : (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* Without padding behind it.  at: of "y g v". */
static size_t length_of_field(const uint8_t *at, bool big_endian)
{
        switch (at[2]) {
        case 'g':
                return 4 + 1 + (size_t)at[4] + 1;
        case 'y': /* this and 'i' only of fields that are newer than this program: see skip_unknown() of header.c */
                return 4 + 1;
        case 'u':
        case 'i':
                return 4 + 4;
        case 's':
        case 'o':
        default:
                return 4 + 4 + (size_t)read_u32(at + 4, big_endian) + 1;
        }
}

static void pad(Buffer *to, size_t start)
{
        while ((to->n - start) % 8 != 0 && !to->failed)
                buffer_add_byte(to, '\0');
}

static void add_text(Buffer *to, char code, const char *text, bool big_endian)
{
        char head[8] = { code, 1, 's', 0 };

        wire_write_u32(head + 4, (uint32_t)strlen(text), big_endian);
        buffer_add(to, head, sizeof head);
        buffer_add(to, text, strlen(text) + 1);
}

void wire_readdress(
        Buffer *to, const WireHeader *header, const uint8_t *bytes, const char *sender, const char *destination)
{
        size_t start = to->n, at = WIRE_FIXED_BYTES;
        size_t end = at + read_u32(bytes + 12, header->big_endian);

        buffer_add(to, bytes, WIRE_FIXED_BYTES);
        while (at < end) {
                size_t n = length_of_field(bytes + at, header->big_endian);
                const char *other = bytes[at] == CODE_DESTINATION ? destination
                                    : bytes[at] == CODE_SENDER    ? sender
                                                                  : NULL;

                pad(to, start);
                if (other != NULL)
                        add_text(to, (char)bytes[at], other, header->big_endian);
                else
                        buffer_add(to, bytes + at, n);
                at += (n + 7) & ~(size_t)7;
        }
        if (to->failed)
                return;
        wire_write_u32(to->bytes + start + 12, (uint32_t)(to->n - start - WIRE_FIXED_BYTES), header->big_endian);
        pad(to, start);
}
