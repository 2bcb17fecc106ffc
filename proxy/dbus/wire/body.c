/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bodies, and messages of our own.  Only the first arguments of the bus's own methods are ever read; what is behind
 * them is the bus's to judge. */
#include "wire/body.h"

#include <string.h>

WireReader wire_reader(const WireHeader *header, const uint8_t *untrusted_body)
{
        return (WireReader){ .untrusted = untrusted_body, .n = header->n_body, .big_endian = header->big_endian };
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
        for (unsigned i = 0; i < 4; i++)
                message->bytes[start + 12 + i] = (char)(n_fields >> (8 * i));
        if (n_body > 0)
                buffer_add(message, body->bytes, n_body);
        if (body != NULL && body->failed)
                message->failed = true;
}
