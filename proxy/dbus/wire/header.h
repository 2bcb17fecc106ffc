/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* WireHeader - the header of one D-Bus message, read in place: nothing is copied, nothing allocated, and the body is
 * not looked at.  A scanned header's strings point into the scanned bytes and end in NUL there. */

enum {
        WIRE_FIXED_BYTES = 16, /* enough to know how long the header is */
        /* The specification bounds only the whole message; headers of real programs stay below 1 KiB, though some put
         * long texts into object paths. */
        WIRE_MAX_HEADER = 256 * 1024,
        WIRE_MAX_MESSAGE = 128 * 1024 * 1024, /* specification, "Message Format" */
        WIRE_MAX_FDS = 253,                   /* SCM_MAX_FD of the kernel: more can't travel with one message */
};

/* Serials from here on are the proxy's own, on connections that it shares with a client. */
#define WIRE_FIRST_OWN_SERIAL UINT32_C(0xffff0000)

typedef enum WireType {
        WIRE_CALL = 1,
        WIRE_RETURN,
        WIRE_ERROR,
        WIRE_SIGNAL,
} WireType;

typedef enum WireFlag {
        WIRE_NO_REPLY_EXPECTED = 1 << 0,
        WIRE_NO_AUTO_START = 1 << 1,
} WireFlag;

/* A client is checked more strictly than the bus: what a bus sends may be newer than this program. */
typedef enum WireFrom {
        WIRE_FROM_CLIENT,
        WIRE_FROM_BUS,
} WireFrom;

enum {
        WIRE_MORE = 1, /* not yet all bytes of the header */
        WIRE_BAD_ENDIAN,
        WIRE_BAD_TYPE,
        WIRE_BAD_VERSION,
        WIRE_BAD_SERIAL, /* 0, or a client uses one of ours */
        WIRE_BAD_SIZE,
        WIRE_BAD_FIELD, /* unknown, of the wrong type, twice, or over the end */
        WIRE_BAD_VALUE, /* no name, path or signature */
        WIRE_MISSING_FIELD,
        WIRE_BAD_LOCAL,        /* ...DBus.Local: made by libraries, never sent */
        WIRE_BAD_REPLY_SERIAL, /* a client's call or signal that says it is a reply */
};

typedef struct WireHeader {
        bool big_endian;
        uint8_t type, flags; /* type: WireType; from a bus perhaps another */
        uint32_t serial, reply_serial, n_fds;
        bool has_reply_serial;
        size_t n_header;       /* with its padding */
        size_t n_body, n_here; /* of the body; and what of it stood behind the scanned header */
        const char *path, *interface, *member, *error_name, *destination, *sender, *signature; /* NULL: absent */
} WireHeader;

/* 0, or a code from above; *ret_header is set with 0 only. */
int wire_header_scan(WireHeader *ret_header, const uint8_t *untrusted, size_t n, WireFrom from);

/* "a(ss)" and the like: complete types only (specification, "Type System"). */
bool wire_signature_is_valid(const char *untrusted, size_t n);
