/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers: one walk over the field array with every length checked before it is used.  All that a verdict rests on is
 * read here and nowhere else, so a field that stands twice, or has a type of its own, is refused instead of chosen
 * from: proxy and bus must never read one message in two ways. */
#include "wire/header.h"

#include <string.h>

#include "ids/bus-name.h"

/* The fields of the specification, "Header Fields". */
typedef enum Field {
        FIELD_PATH = 1,
        FIELD_INTERFACE,
        FIELD_MEMBER,
        FIELD_ERROR_NAME,
        FIELD_REPLY_SERIAL,
        FIELD_DESTINATION,
        FIELD_SENDER,
        FIELD_SIGNATURE,
        FIELD_UNIX_FDS,
        _FIELD_MAX,
} Field;

static const char field_types[] = { 0, 'o', 's', 's', 's', 'u', 's', 's', 'g', 'u' };
_Static_assert(sizeof field_types == _FIELD_MAX, "a field has no type");

typedef struct Scan {
        const uint8_t *bytes;
        size_t at, end; /* of the field array */
        bool big_endian;
        WireFrom from;
        unsigned seen;
} Scan;

static uint32_t read_u32(const uint8_t *p, bool big_endian)
{
        if (big_endian)
                return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool is_basic(char c)
{
        return c != '\0' && strchr("ybnqiuxtdsogh", c) != NULL;
}

/* One complete type at the start of p; its length, or 0.  depth: containers around it. */
static size_t complete_type(const char *p, size_t n, unsigned depth)
{
        size_t at = 1;

        if (n == 0 || depth > 64)
                return 0;
        if (is_basic(p[0]) || p[0] == 'v')
                return 1;
        if (p[0] == 'a' && n > 1 && p[1] == '{') {
                size_t n_value = 0;

                if (n < 3 || !is_basic(p[2]))
                        return 0;
                n_value = complete_type(p + 3, n - 3, depth + 2);
                return n_value > 0 && 3 + n_value < n && p[3 + n_value] == '}' ? n_value + 4 : 0;
        }
        if (p[0] == 'a') {
                at = complete_type(p + 1, n - 1, depth + 1);
                return at > 0 ? at + 1 : 0;
        }
        if (p[0] != '(')
                return 0;
        while (at < n && p[at] != ')') {
                size_t n_member = complete_type(p + at, n - at, depth + 1);

                if (n_member == 0)
                        return 0;
                at += n_member;
        }
        return at > 1 && at < n ? at + 1 : 0;
}

bool wire_signature_is_valid(const char *untrusted, size_t n)
{
        size_t at = 0;

        if (n > 255)
                return false;
        while (at < n) {
                size_t n_type = complete_type(untrusted + at, n - at, 0);

                if (n_type == 0)
                        return false;
                at += n_type;
        }
        return true;
}

static bool value_is_valid(Field field, const char *text, size_t n)
{
        switch (field) {
        case FIELD_PATH:
                return bus_path_is_valid(text, n);
        case FIELD_INTERFACE:
        case FIELD_ERROR_NAME:
                return bus_interface_is_valid(text, n);
        case FIELD_MEMBER:
                return bus_member_is_valid(text, n);
        case FIELD_DESTINATION:
        case FIELD_SENDER:
                return bus_name_is_well_known(text, n) || bus_name_is_unique(text, n);
        case FIELD_SIGNATURE:
                return wire_signature_is_valid(text, n);
        case FIELD_REPLY_SERIAL:
        case FIELD_UNIX_FDS:
        case _FIELD_MAX:
        default:
                return false;
        }
}

static void set_text(WireHeader *header, Field field, const char *text)
{
        switch (field) {
        case FIELD_PATH:
                header->path = text;
                break;
        case FIELD_INTERFACE:
                header->interface = text;
                break;
        case FIELD_MEMBER:
                header->member = text;
                break;
        case FIELD_ERROR_NAME:
                header->error_name = text;
                break;
        case FIELD_DESTINATION:
                header->destination = text;
                break;
        case FIELD_SENDER:
                header->sender = text;
                break;
        case FIELD_SIGNATURE:
                header->signature = text;
                break;
        case FIELD_REPLY_SERIAL:
        case FIELD_UNIX_FDS:
        case _FIELD_MAX:
        default:
                break; /* no texts: value_is_valid() has refused them */
        }
}

static bool is_zero(const uint8_t *p, size_t n)
{
        while (n > 0 && p[n - 1] == 0)
                n--;
        return n == 0;
}

static int scan_number(Scan *scan, WireHeader *header, Field field)
{
        uint32_t value = 0;

        if (scan->end - scan->at < 4)
                return WIRE_BAD_FIELD;
        value = read_u32(scan->bytes + scan->at, scan->big_endian);
        scan->at += 4;
        if (field == FIELD_UNIX_FDS) {
                header->n_fds = value;
                return value <= WIRE_MAX_FDS ? 0 : WIRE_BAD_VALUE;
        }
        header->reply_serial = value;
        header->has_reply_serial = true;
        return value != 0 ? 0 : WIRE_BAD_VALUE;
}

static int scan_text(Scan *scan, WireHeader *header, Field field, char type)
{
        size_t n_length = type == 'g' ? 1 : 4, left = scan->end - scan->at, n = 0;
        const char *text = NULL;

        if (left < n_length + 1)
                return WIRE_BAD_FIELD;
        n = type == 'g' ? scan->bytes[scan->at] : read_u32(scan->bytes + scan->at, scan->big_endian);
        if (n > left - n_length - 1 || scan->bytes[scan->at + n_length + n] != '\0')
                return WIRE_BAD_FIELD;
        text = (const char *)scan->bytes + scan->at + n_length;
        scan->at += n_length + n + 1;
        if (!value_is_valid(field, text, n))
                return WIRE_BAD_VALUE;
        set_text(header, field, text);
        return 0;
}

/* A field of a bus newer than this program: skipped when it is one plain value. */
static int skip_unknown(Scan *scan, char type)
{
        size_t left = scan->end - scan->at, n = 0;

        if (type == 'y')
                n = 1;
        else if (type == 'u' || type == 'i')
                n = 4;
        else if ((type == 's' || type == 'o') && left >= 4)
                n = (size_t)read_u32(scan->bytes + scan->at, scan->big_endian) + 5;
        else if (type == 'g' && left >= 1)
                n = (size_t)scan->bytes[scan->at] + 2;
        if (n == 0 || n > left)
                return WIRE_BAD_FIELD;
        scan->at += n;
        return 0;
}

/* One (yv) of the array: code, signature of one letter, value. */
static int scan_field(Scan *scan, WireHeader *header)
{
        size_t aligned = (scan->at + 7) & ~(size_t)7;
        uint8_t code = 0;
        char type = 0;

        if (aligned > scan->end || scan->end - aligned < 4 || !is_zero(scan->bytes + scan->at, aligned - scan->at))
                return WIRE_BAD_FIELD;
        code = scan->bytes[aligned];
        type = (char)scan->bytes[aligned + 2];
        if (scan->bytes[aligned + 1] != 1 || scan->bytes[aligned + 3] != '\0' || code == 0)
                return WIRE_BAD_FIELD;
        scan->at = aligned + 4; /* which is aligned for all values of one letter met here */
        if (code >= _FIELD_MAX)
                return scan->from == WIRE_FROM_BUS ? skip_unknown(scan, type) : WIRE_BAD_FIELD;
        if (type != field_types[code] || (scan->seen & 1u << code) != 0)
                return WIRE_BAD_FIELD;
        scan->seen |= 1u << code;
        return type == 'u' ? scan_number(scan, header, code) : scan_text(scan, header, code, type);
}

static int check_fields(const WireHeader *header, WireFrom from)
{
        static const char local_path[] = "/org/freedesktop/DBus/Local", local[] = "org.freedesktop.DBus.Local";
        bool complete = true;

        if (header->type == WIRE_CALL)
                complete = header->path != NULL && header->member != NULL;
        else if (header->type == WIRE_SIGNAL)
                complete = header->path != NULL && header->interface != NULL && header->member != NULL;
        else if (header->type == WIRE_RETURN)
                complete = header->has_reply_serial;
        else if (header->type == WIRE_ERROR)
                complete = header->has_reply_serial && header->error_name != NULL;
        if (!complete)
                return WIRE_MISSING_FIELD;
        if (header->path != NULL && strcmp(header->path, local_path) == 0)
                return WIRE_BAD_LOCAL;
        if (header->interface != NULL && strcmp(header->interface, local) == 0)
                return WIRE_BAD_LOCAL;
        if (from == WIRE_FROM_CLIENT && header->has_reply_serial && header->type != WIRE_RETURN &&
            header->type != WIRE_ERROR)
                return WIRE_BAD_REPLY_SERIAL;
        return 0;
}

/* What the first 16 bytes say. */
static int scan_fixed(WireHeader *header, size_t *ret_n_fields, const uint8_t *bytes, WireFrom from)
{
        uint32_t n_body = 0, n_fields = 0;

        if (bytes[0] != 'l' && bytes[0] != 'B')
                return WIRE_BAD_ENDIAN;
        header->big_endian = bytes[0] == 'B';
        header->type = bytes[1];
        header->flags = bytes[2];
        if (header->type == 0 || (header->type > WIRE_SIGNAL && from == WIRE_FROM_CLIENT))
                return WIRE_BAD_TYPE;
        if (bytes[3] != 1)
                return WIRE_BAD_VERSION;
        n_body = read_u32(bytes + 4, header->big_endian);
        header->serial = read_u32(bytes + 8, header->big_endian);
        n_fields = read_u32(bytes + 12, header->big_endian);
        if (header->serial == 0 || (from == WIRE_FROM_CLIENT && header->serial >= WIRE_FIRST_OWN_SERIAL))
                return WIRE_BAD_SERIAL;
        if (n_fields > WIRE_MAX_HEADER - WIRE_FIXED_BYTES - 8 || n_body > WIRE_MAX_MESSAGE)
                return WIRE_BAD_SIZE;
        header->n_body = n_body;
        header->n_header = (WIRE_FIXED_BYTES + (size_t)n_fields + 7) & ~(size_t)7;
        *ret_n_fields = n_fields;
        return header->n_header + header->n_body <= WIRE_MAX_MESSAGE ? 0 : WIRE_BAD_SIZE;
}

int wire_header_scan(WireHeader *ret_header, const uint8_t *untrusted, size_t n, WireFrom from)
{
        WireHeader header = { 0 };
        Scan scan = { .bytes = untrusted, .at = WIRE_FIXED_BYTES, .from = from };
        size_t n_fields = 0;
        int r;

        if (n < WIRE_FIXED_BYTES)
                return WIRE_MORE;
        r = scan_fixed(&header, &n_fields, untrusted, from);
        if (r != 0)
                return r;
        if (n < header.n_header)
                return WIRE_MORE;
        scan.end = WIRE_FIXED_BYTES + n_fields;
        scan.big_endian = header.big_endian;
        while (scan.at < scan.end) {
                r = scan_field(&scan, &header);
                if (r != 0)
                        return r;
        }
        if (!is_zero(untrusted + scan.end, header.n_header - scan.end))
                return WIRE_BAD_FIELD;
        r = check_fields(&header, from);
        if (r != 0)
                return r;
        header.n_here = n - header.n_header < header.n_body ? n - header.n_header : header.n_body;
        *ret_header = header;
        return 0;
}
