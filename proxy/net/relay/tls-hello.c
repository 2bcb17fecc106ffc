/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hello is one handshake message, which may lie in several records (RFC 8446, 5.1): first they are put together, then
 * it is walked through. */
#include "relay/tls-hello.h"

#include <stdbool.h>
#include <string.h>

enum {
        RECORD_HANDSHAKE = 22,
        RECORD_HEADER = 5,
        RECORD_MAX = 16384 + 256,
        HANDSHAKE_CLIENT_HELLO = 1,
        HANDSHAKE_HEADER = 4,
        EXTENSION_NAME = 0,
        NAME_HOST = 0,
};

typedef struct Reader {
        const uint8_t *at;
        size_t n;
        bool broken;
} Reader;

static const uint8_t *take(Reader *reader, size_t n)
{
        const uint8_t *bytes = reader->at;

        if (reader->broken || n > reader->n) {
                reader->broken = true;
                return NULL;
        }
        reader->at += n;
        reader->n -= n;
        return bytes;
}

static size_t take_number(Reader *reader, size_t width)
{
        const uint8_t *bytes = take(reader, width);
        size_t number = 0;

        for (size_t i = 0; bytes != NULL && i < width; i++)
                number = number << 8 | bytes[i];
        return number;
}

/* A vector with its length before it. */
static Reader take_vector(Reader *reader, size_t width)
{
        size_t n = take_number(reader, width);
        const uint8_t *bytes = take(reader, n);

        return (Reader){ .at = bytes, .n = bytes != NULL ? n : 0, .broken = reader->broken };
}

static TlsHello read_names(Reader names, char *name)
{
        Reader list = take_vector(&names, 2);
        bool found = false;

        while (!list.broken && list.n > 0) {
                size_t type = take_number(&list, 1);
                Reader host = take_vector(&list, 2);

                if (list.broken || type != NAME_HOST || found || !host_name_read(name, (const char *)host.at, host.n))
                        return TLS_HELLO_BROKEN;
                found = true;
        }
        return list.broken || names.broken || names.n > 0 || !found ? TLS_HELLO_BROKEN : TLS_HELLO_NAMED;
}

static TlsHello read_hello(Reader hello, char *name)
{
        TlsHello found = TLS_HELLO_UNNAMED;
        Reader extensions;

        (void)take(&hello, 2 + 32); /* version, random */
        (void)take_vector(&hello, 1);
        (void)take_vector(&hello, 2);
        (void)take_vector(&hello, 1);
        if (hello.broken)
                return TLS_HELLO_BROKEN;
        if (hello.n == 0)
                return TLS_HELLO_UNNAMED;
        extensions = take_vector(&hello, 2);
        while (!extensions.broken && extensions.n > 0) {
                size_t type = take_number(&extensions, 2);
                Reader body = take_vector(&extensions, 2);

                if (extensions.broken || type != EXTENSION_NAME)
                        continue;
                if (found != TLS_HELLO_UNNAMED)
                        return TLS_HELLO_BROKEN;
                found = read_names(body, name);
                if (found == TLS_HELLO_BROKEN)
                        return found;
        }
        return extensions.broken || hello.n > 0 ? TLS_HELLO_BROKEN : found;
}

TlsHello tls_hello_read(char name[HOST_NAME_MAX_BYTES + 1], const uint8_t *untrusted, size_t n)
{
        uint8_t whole[TLS_HELLO_MAX_BYTES];
        size_t n_whole = 0, at = 0, want;

        if (n == 0)
                return TLS_HELLO_MORE;
        if (untrusted[0] != RECORD_HANDSHAKE)
                return TLS_HELLO_NONE;
        for (;;) {
                size_t length, there;

                if (n > at && untrusted[at] != RECORD_HANDSHAKE)
                        return TLS_HELLO_BROKEN;
                if (n > at + 1 && untrusted[at + 1] != 3)
                        return TLS_HELLO_BROKEN;
                if (n < at + RECORD_HEADER)
                        return n >= TLS_HELLO_MAX_BYTES ? TLS_HELLO_BROKEN : TLS_HELLO_MORE;
                length = (size_t)untrusted[at + 3] << 8 | untrusted[at + 4];
                at += RECORD_HEADER;
                there = length < n - at ? length : n - at;
                if (length == 0 || length > RECORD_MAX || there > sizeof whole - n_whole)
                        return TLS_HELLO_BROKEN;
                memcpy(whole + n_whole, untrusted + at, there);
                n_whole += there;
                at += there;
                if (n_whole >= 1 && whole[0] != HANDSHAKE_CLIENT_HELLO)
                        return TLS_HELLO_BROKEN;
                if (n_whole >= HANDSHAKE_HEADER) {
                        want = (size_t)whole[1] << 16 | (size_t)whole[2] << 8 | whole[3];
                        if (want > sizeof whole - HANDSHAKE_HEADER)
                                return TLS_HELLO_BROKEN;
                        if (n_whole >= HANDSHAKE_HEADER + want)
                                return read_hello((Reader){ .at = whole + HANDSHAKE_HEADER, .n = want }, name);
                }
                if (there < length)
                        return TLS_HELLO_MORE;
        }
}
