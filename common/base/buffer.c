/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

static bool reserve(Buffer *buffer, size_t more)
{
        size_t want, room = buffer->room;
        char *grown;

        if (buffer->failed)
                return false;
        if (more > SIZE_MAX / 2 - buffer->n - 1) {
                buffer->failed = true;
                return false;
        }
        want = buffer->n + more + 1;
        if (want <= room)
                return true;
        if (room == 0)
                room = 64;
        while (room < want)
                room *= 2;
        grown = realloc(buffer->bytes, room);
        if (grown == NULL) {
                buffer->failed = true;
                return false;
        }
        buffer->bytes = grown;
        buffer->room = room;
        return true;
}

void buffer_add(Buffer *buffer, const void *bytes, size_t n)
{
        if (!reserve(buffer, n))
                return;
        if (n > 0)
                memcpy(buffer->bytes + buffer->n, bytes, n);
        buffer->n += n;
        buffer->bytes[buffer->n] = '\0';
}

void buffer_add_text(Buffer *buffer, const char *text)
{
        buffer_add(buffer, text, strlen(text));
}

void buffer_add_byte(Buffer *buffer, char byte)
{
        buffer_add(buffer, &byte, 1);
}

void buffer_printf(Buffer *buffer, const char *format, ...)
{
        CLEANUP(freep) char *text = NULL;
        va_list args;
        int n;

        va_start(args, format);
        n = vasprintf(&text, format, args);
        va_end(args);
        if (n < 0) {
                text = NULL;
                buffer->failed = true;
                return;
        }
        buffer_add(buffer, text, (size_t)n);
}

/* One UTF-8 sequence at p: its length (1-4) and code point; 0 where the bytes are no UTF-8 (RFC 3629: no surrogates,
 * no overlong forms, nothing above U+10FFFF).  A NUL ends the text, so a sequence can't run past it. */
static size_t utf8_next(const unsigned char *p, uint32_t *ret_point)
{
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        size_t n = p[0] < 0x80             ? 1
                   : (p[0] & 0xe0) == 0xc0 ? 2
                   : (p[0] & 0xf0) == 0xe0 ? 3
                   : (p[0] & 0xf8) == 0xf0 ? 4
                                           : 0;
        uint32_t point;

        if (n == 0)
                return 0;
        point = n == 1 ? p[0] : p[0] & (0x7fu >> n);
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                point = point << 6 | (p[i] & 0x3fu);
        }
        if (point < least[n] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
                return 0;
        *ret_point = point;
        return n;
}

/* Characters that move the cursor, start a terminal's escape, end a line or turn the direction of writing. */
static bool is_unsafe(uint32_t point)
{
        return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x061c || point == 0x200e ||
               point == 0x200f || (point >= 0x2028 && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069) ||
               point == 0xfeff || (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

void buffer_add_json(Buffer *buffer, const char *text)
{
        const unsigned char *p = (const unsigned char *)text;

        buffer_add_byte(buffer, '"');
        while (*p != '\0') {
                uint32_t point = 0xfffd;
                size_t n = utf8_next(p, &point);

                if (n == 0)
                        buffer_add_text(buffer, "\\ufffd");
                else if (point == '"' || point == '\\')
                        buffer_printf(buffer, "\\%c", (char)point);
                else if (is_unsafe(point) && point > 0xffff)
                        buffer_printf(buffer, "\\u%04x\\u%04x", 0xd800 + ((point - 0x10000) >> 10),
                                      0xdc00 + ((point - 0x10000) & 0x3ff));
                else if (is_unsafe(point))
                        buffer_printf(buffer, "\\u%04x", point);
                else
                        buffer_add(buffer, p, n);
                p += n == 0 ? 1 : n;
        }
        buffer_add_byte(buffer, '"');
}

void buffer_add_json_member(Buffer *buffer, const char *name, const char *text)
{
        if (buffer->n > 0 && buffer->bytes[buffer->n - 1] != '{')
                buffer_add_byte(buffer, ',');
        buffer_printf(buffer, "\"%s\":", name);
        if (text != NULL)
                buffer_add_json(buffer, text);
        else
                buffer_add_text(buffer, "null");
}

void buffer_add_escaped(Buffer *buffer, const char *text)
{
        const unsigned char *p = (const unsigned char *)text;

        while (*p != '\0') {
                uint32_t point = 0;
                size_t n = utf8_next(p, &point);

                if (n == 0)
                        buffer_printf(buffer, "\\x%02x", *p);
                else if (point == '\\')
                        buffer_add_text(buffer, "\\\\");
                else if (is_unsafe(point) && point < 0x80)
                        buffer_printf(buffer, "\\x%02x", point);
                else if (is_unsafe(point))
                        buffer_printf(buffer, "\\u{%x}", point);
                else
                        buffer_add(buffer, p, n);
                p += n == 0 ? 1 : n;
        }
}

const char *buffer_text(Buffer *buffer)
{
        buffer_add(buffer, "", 0);
        return buffer->failed ? NULL : buffer->bytes;
}

char *buffer_steal(Buffer *buffer)
{
        char *text = buffer_text(buffer) == NULL ? NULL : STEAL(buffer->bytes);

        buffer_clear(buffer);
        return text;
}

void buffer_clear(Buffer *buffer)
{
        free(buffer->bytes);
        *buffer = (Buffer)BUFFER_INIT;
}
