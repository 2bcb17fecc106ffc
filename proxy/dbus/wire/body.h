/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "wire/header.h"

/* WireReader - the arguments of a message, one after the other, in the few types that the bus's own methods use.  A
 * read that fails returns NULL or 0, and so does every later one; .failed says so. */
typedef struct WireReader {
        const uint8_t *untrusted;
        size_t n, at;
        bool big_endian, failed;
} WireReader;

/* body: header->n_here bytes, as they were when it was scanned. */
WireReader wire_reader(const WireHeader *header, const uint8_t *untrusted_body);
uint32_t wire_read_u32(WireReader *reader);
/* Borrowed from the body; it ends in NUL there, and no other NUL is in it. */
const char *wire_read_string(WireReader *reader);

/* Moves over one value; type: of it, moved behind it.  false: the read failed. */
bool wire_skip(WireReader *reader, const char **type);
/* The reader is at an "a{sv}": the text that has that key, or NULL; .failed: it is malformed. */
const char *wire_find_text(WireReader *reader, const char *key);

/* The first argument if the signature begins with 's' and it is whole; else NULL. */
const char *wire_first_string(const WireHeader *header, const uint8_t *untrusted_body);

/* The same for an object path, too; *ret_path: it is one. */
const char *wire_first_text(const WireHeader *header, const uint8_t *untrusted_body, bool *ret_path);

/* A number in place, in a message's byte order. */
void wire_write_u32(void *bytes, uint32_t value, bool big_endian);

/* Bodies of made-up messages, little-endian; the buffer begins at the body's first byte. */
void wire_put_u32(Buffer *body, uint32_t value);
void wire_put_string(Buffer *body, const char *text);

/* A whole message: header's fields (strings NULL: absent; n_header, n_body and big_endian are ignored) and this body.
 */
void wire_build(Buffer *message, const WireHeader *header, const Buffer *body);
