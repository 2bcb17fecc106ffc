/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Buffer - bytes that grow.  A failed allocation is remembered in .failed and every later call does nothing, so a
 * writer checks once, at its end. */
typedef struct Buffer {
        char *bytes; /* NUL follows when n > 0 or buffer_text() was called */
        size_t n, room;
        bool failed;
} Buffer;

#define BUFFER_INIT                                                                                                    \
        {                                                                                                              \
                0                                                                                                      \
        }

void buffer_add(Buffer *buffer, const void *bytes, size_t n);
void buffer_add_text(Buffer *buffer, const char *text);
void buffer_add_byte(Buffer *buffer, char byte);
void buffer_printf(Buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A JSON string with its quotes (RFC 8259).  Control characters, DEL, and whatever is not valid UTF-8 or could move the
 * cursor or turn the direction of writing (C1, U+200E-F, U+202A-E, U+2028-9, U+2066-9) come out as \uXXXX; a bad byte
 * as \ufffd. */
void buffer_add_json(Buffer *buffer, const char *text);

/* A member of a JSON object, after a comma unless it is the first: "name":"text", or null for NULL. */
void buffer_add_json_member(Buffer *buffer, const char *name, const char *text);

/* As buffer_add_json(), for a terminal: such characters as \xNN or \u{NNNN}, backslash doubled; the result is one line.
 */
void buffer_add_escaped(Buffer *buffer, const char *text);

/* The text so far, NUL-terminated, or NULL after a failed allocation.  Borrowed. */
const char *buffer_text(Buffer *buffer);

/* The text; the buffer is empty afterwards.  NULL after a failed allocation. */
char *buffer_steal(Buffer *buffer);

/* Frees the bytes and makes it empty.  CLEANUP(buffer_clear) Buffer text = BUFFER_INIT; */
void buffer_clear(Buffer *buffer);
