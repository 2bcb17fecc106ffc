/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bodies, and messages of our own.  Only the first arguments of the bus's own methods are ever read; what is behind
 * them is the bus's to judge. */
#include "wire/body.h"

#include <string.h>

WireReader wire_reader(const WireHeader *header, const uint8_t *untrusted_body)
{
        return (WireReader){ .untrusted = untrusted_body, .n = header->n_here, .big_endian = header->big_endian };
}

uint32_t wire_read_u32(WireReader *reader)
{
        size_t at = (reader->at + 3) & ~(size_t)3;
        const uint8_t *p = reader->untrusted + at;

        if (reader->failed || at > reader->n || reader->n - at < 4) {
                reader->failed = true;
                return 0;
        }
        reader->at = at + 4;
        if (reader->big_endian)
                return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

const char *wire_read_string(WireReader *reader)
{
        uint32_t n = wire_read_u32(reader);
        const char *text = NULL;

        if (reader->failed || n >= reader->n - reader->at) {
                reader->failed = true;
                return NULL;
        }
        text = (const char *)reader->untrusted + reader->at;
        if (memchr(text, '\0', (size_t)n + 1) != text + n) {
                reader->failed = true;
                return NULL;
        }
        reader->at += (size_t)n + 1;
        return text;
}

static void move(WireReader *reader, size_t alignment, size_t n)
{
        size_t at = (reader->at + alignment - 1) & ~(alignment - 1);

        if (reader->failed || at > reader->n || reader->n - at < n)
                reader->failed = true;
        else
                reader->at = at + n;
}

/* A signature's bytes; its NUL is there. */
static const char *read_signature(WireReader *reader)
{
        const char *text = NULL;
        size_t n = 0;

        if (reader->failed || reader->at >= reader->n) {
                reader->failed = true;
                return NULL;
        }
        text = (const char *)reader->untrusted + reader->at + 1;
        n = reader->untrusted[reader->at];
        move(reader, 1, n + 2);
        if (reader->failed || memchr(text, '\0', n + 1) != text + n || !wire_signature_is_valid(text, n)) {
                reader->failed = true;
                return NULL;
        }
        return text;
}

/* Of one complete type of a valid signature. */
static const char *type_end(const char *type)
{
        unsigned depth = 0;

        while (*type == 'a')
                type++;
        do {
                depth += *type == '(' || *type == '{';
                depth -= *type == ')' || *type == '}';
                type++;
        } while (depth > 0);
        return type;
}

static size_t alignment_of(char type)
{
        switch (type) {
        case 'y':
        case 'g':
        case 'v':
                return 1;
        case 'n':
        case 'q':
                return 2;
        case 'x':
        case 't':
        case 'd':
        case '(':
        case '{':
                return 8;
        default:
                return 4;
        }
}

enum { SKIP_MAX_DEPTH = 64 }; /* of containers, as the bus allows */

static void skip(WireReader *reader, const char **type, unsigned depth)
{
        const char *inner = NULL;
        uint32_t n = 0;

        if (depth > SKIP_MAX_DEPTH)
                reader->failed = true;
        if (reader->failed)
                return;
        switch (**type) {
        case 's':
        case 'o':
                wire_read_string(reader);
                break;
        case 'g':
                read_signature(reader);
                break;
        case 'v':
                inner = read_signature(reader);
                if (inner == NULL || *inner == '\0' || *type_end(inner) != '\0')
                        reader->failed = true;
                else
                        skip(reader, &inner, depth + 1);
                break;
        case 'a': /* its elements are not looked at */
                n = wire_read_u32(reader);
                move(reader, alignment_of((*type)[1]), n);
                break;
        case '(':
        case '{':
                move(reader, 8, 0);
                inner = *type + 1;
                while (!reader->failed && *inner != ')' && *inner != '}')
                        skip(reader, &inner, depth + 1);
                break;
        default:
                move(reader, alignment_of(**type), alignment_of(**type));
        }
        *type = type_end(*type);
}

bool wire_skip(WireReader *reader, const char **type)
{
        skip(reader, type, 0);
        return !reader->failed;
}

const char *wire_find_text(WireReader *reader, const char *key)
{
        uint32_t n = wire_read_u32(reader);
        const char *found = NULL;
        size_t end = 0;

        move(reader, 8, 0);
        if (reader->failed || n > reader->n - reader->at) {
                reader->failed = true;
                return NULL;
        }
        end = reader->at + n;
        while (!reader->failed && reader->at < end) {
                const char *name = NULL, *type = NULL, *text = NULL;

                move(reader, 8, 0);
                name = wire_read_string(reader);
                type = read_signature(reader);
                if (type == NULL || *type == '\0' || *type_end(type) != '\0') {
                        reader->failed = true;
                        return NULL;
                }
                if (strcmp(type, "s") == 0)
                        text = wire_read_string(reader);
                else
                        skip(reader, &type, 1);
                /* Of two the first, as GVariant finds it. */
                if (!reader->failed && found == NULL && text != NULL && strcmp(name, key) == 0)
                        found = text;
        }
        reader->failed |= reader->at != end;
        return reader->failed ? NULL : found;
}

const char *wire_first_string(const WireHeader *header, const uint8_t *untrusted_body)
{
        WireReader reader = wire_reader(header, untrusted_body);

        if (header->signature == NULL || header->signature[0] != 's')
                return NULL;
        return wire_read_string(&reader);
}

const char *wire_first_text(const WireHeader *header, const uint8_t *untrusted_body, bool *ret_path)
{
        WireReader reader = wire_reader(header, untrusted_body);

        *ret_path = header->signature != NULL && header->signature[0] == 'o';
        return *ret_path ? wire_read_string(&reader) : wire_first_string(header, untrusted_body);
}

void wire_write_u32(void *bytes, uint32_t value, bool big_endian)
{
        uint8_t *at = bytes;

        for (unsigned i = 0; i < 4; i++)
                at[i] = (uint8_t)(value >> (8 * (big_endian ? 3 - i : i)));
}

static void pad(Buffer *buffer, size_t from, size_t to_multiple_of)
{
        while ((buffer->n - from) % to_multiple_of != 0 && !buffer->failed)
                buffer_add_byte(buffer, '\0');
}

static void put_u32_at(Buffer *buffer, size_t from, uint32_t value)
{
        char bytes[4] = { (char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24) };

        pad(buffer, from, 4);
        buffer_add(buffer, bytes, sizeof bytes);
}

void wire_put_u32(Buffer *body, uint32_t value)
{
        put_u32_at(body, 0, value);
}

void wire_put_string(Buffer *body, const char *text)
{
        size_t n = strlen(text);

        put_u32_at(body, 0, (uint32_t)n);
        buffer_add(body, text, n + 1);
}

static void put_field(Buffer *message, size_t start, char code, char type)
{
        char head[4] = { code, 1, type, 0 };

        pad(message, start, 8);
        buffer_add(message, head, sizeof head);
}

static void put_text_field(Buffer *message, size_t start, char code, char type, const char *text)
{
        size_t n = 0;

        if (text == NULL)
                return;
        n = strlen(text);
        put_field(message, start, code, type);
        if (type == 'g')
                buffer_add_byte(message, (char)n);
        else
                put_u32_at(message, start, (uint32_t)n);
        buffer_add(message, text, n + 1);
}

void wire_build(Buffer *message, const WireHeader *header, const Buffer *body)
{
        char head[4] = { 'l', (char)header->type, (char)header->flags, 1 };
        size_t start = message->n, n_body = body != NULL ? body->n : 0, n_fields = 0;

        buffer_add(message, head, sizeof head);
        put_u32_at(message, start, (uint32_t)n_body);
        put_u32_at(message, start, header->serial);
        put_u32_at(message, start, 0); /* of the field array: filled in below */
        put_text_field(message, start, 1, 'o', header->path);
        put_text_field(message, start, 2, 's', header->interface);
        put_text_field(message, start, 3, 's', header->member);
        put_text_field(message, start, 4, 's', header->error_name);
        if (header->has_reply_serial) {
                put_field(message, start, 5, 'u');
                put_u32_at(message, start, header->reply_serial);
        }
        put_text_field(message, start, 6, 's', header->destination);
        put_text_field(message, start, 7, 's', header->sender);
        put_text_field(message, start, 8, 'g', header->signature);
        n_fields = message->n - start - WIRE_FIXED_BYTES;
        pad(message, start, 8);
        if (message->failed)
                return;
        wire_write_u32(message->bytes + start + 12, (uint32_t)n_fields, false);
        if (n_body > 0)
                buffer_add(message, body->bytes, n_body);
        if (body != NULL && body->failed)
                message->failed = true;
}
