/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Xauthority files: bytes to one cookie, one cookie to bytes.  Pure.  An entry is a family and four counted strings
 * (address, display number, protocol name, data), every number 16 bits, most significant byte first; a file is entries
 * one after the other.  libXau only reads from a FILE and matches against the real host, so it can be neither fuzzed
 * nor asked about another display. */

#include "xserver-helpers/xauthority.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define COOKIE_PROTOCOL "MIT-MAGIC-COOKIE-1"

enum { FAMILY_LOCAL = 256, FAMILY_WILD = 65535 }; /* X11/Xauth.h */

typedef struct Counted {
        const unsigned char *bytes;
        size_t n;
} Counted;

typedef struct Entry {
        uint16_t family;
        Counted address, number, name, data;
} Entry;

typedef struct Reader {
        const unsigned char *bytes;
        size_t n, at;
} Reader;

static bool read_number(Reader *reader, uint16_t *ret_number)
{
        if (reader->n - reader->at < 2)
                return false;
        *ret_number = (uint16_t)(reader->bytes[reader->at] << 8 | reader->bytes[reader->at + 1]);
        reader->at += 2;
        return true;
}

static bool read_counted(Reader *reader, Counted *ret_counted)
{
        uint16_t n = 0;

        if (!read_number(reader, &n) || reader->n - reader->at < n)
                return false;
        *ret_counted = (Counted){ .bytes = reader->bytes + reader->at, .n = n };
        reader->at += n;
        return true;
}

static bool read_entry(Reader *reader, Entry *ret_entry)
{
        return read_number(reader, &ret_entry->family) && read_counted(reader, &ret_entry->address) &&
               read_counted(reader, &ret_entry->number) && read_counted(reader, &ret_entry->name) &&
               read_counted(reader, &ret_entry->data);
}

static bool equals(const Counted *counted, const char *text)
{
        return counted->n == strlen(text) && memcmp(counted->bytes, text, counted->n) == 0;
}

static bool is_for(const Entry *entry, const char *hostname, const char *number)
{
        if (entry->family != FAMILY_WILD && !(entry->family == FAMILY_LOCAL && equals(&entry->address, hostname)))
                return false;
        if (entry->number.n != 0 && !equals(&entry->number, number))
                return false;
        return equals(&entry->name, COOKIE_PROTOCOL) && entry->data.n > 0 &&
               entry->data.n <= XAUTHORITY_MAX_COOKIE_SIZE;
}

int xauthority_find(XauthorityCookie *ret_cookie,
                    ParseError *ret_error,
                    const void *untrusted_bytes,
                    size_t n,
                    const char *hostname,
                    const char *number)
{
        Reader reader = { .bytes = untrusted_bytes, .n = n };

        if (n > XAUTHORITY_MAX_BYTES)
                return parse_error_set(ret_error, XAUTHORITY_MAX_BYTES, XAUTHORITY_LONG);
        while (reader.at < n) {
                size_t at = reader.at;
                Entry entry = { 0 };

                if (!read_entry(&reader, &entry))
                        return parse_error_set(ret_error, at, XAUTHORITY_BROKEN);
                if (is_for(&entry, hostname, number)) {
                        *ret_cookie = (XauthorityCookie){ .bytes = entry.data.bytes, .n = entry.data.n };
                        return 0;
                }
        }
        return parse_error_set(ret_error, n, XAUTHORITY_NONE);
}

static void write_number(Buffer *buffer, size_t number)
{
        buffer_add_byte(buffer, (char)(number >> 8 & 0xff));
        buffer_add_byte(buffer, (char)(number & 0xff));
}

static void write_counted(Buffer *buffer, const void *bytes, size_t n)
{
        write_number(buffer, n);
        buffer_add(buffer, bytes, n);
}

void xauthority_write(Buffer *ret_bytes, const char *number, const void *cookie, size_t n_cookie)
{
        if (strlen(number) > UINT16_MAX || n_cookie > XAUTHORITY_MAX_COOKIE_SIZE) {
                ret_bytes->failed = true;
                return;
        }
        write_number(ret_bytes, FAMILY_WILD);
        write_counted(ret_bytes, "", 0);
        write_counted(ret_bytes, number, strlen(number));
        write_counted(ret_bytes, COOKIE_PROTOCOL, strlen(COOKIE_PROTOCOL));
        write_counted(ret_bytes, cookie, n_cookie);
}
