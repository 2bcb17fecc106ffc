/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "base/parse-error.h"

/* Xauthority files: who may connect to an X display (Xau(3), xauth(1)).  A box gets a file with one entry, never the
 * person's own file, which may hold the cookies of other displays and hosts. */

enum {
        XAUTHORITY_COOKIE_SIZE = 16,     /* what servers and xauth(1) make for MIT-MAGIC-COOKIE-1 */
        XAUTHORITY_MAX_BYTES = 1 << 20,  /* a file with thousands of stale entries is still smaller */
        XAUTHORITY_MAX_COOKIE_SIZE = 256 /* a cookie of another length than the usual one still works */
};

enum {
        XAUTHORITY_NONE = 1, /* no entry for that display */
        XAUTHORITY_BROKEN,   /* an entry is cut off; the offset is where it begins */
        XAUTHORITY_LONG,     /* more than XAUTHORITY_MAX_BYTES */
};

/* A MIT-MAGIC-COOKIE-1 cookie, borrowed from the parsed bytes. */
typedef struct XauthorityCookie {
        const unsigned char *bytes;
        size_t n;
} XauthorityCookie;

/* The first entry that a client of the local display `number` ("0") on the host `hostname` would send: of family Local
 * with that hostname, or Wild; for that number, or for any.  0, or a code from above with *ret_error set. */
int xauthority_find(XauthorityCookie *ret_cookie,
                    ParseError *ret_error,
                    const void *untrusted_bytes,
                    size_t n,
                    const char *hostname,
                    const char *number);

/* One entry of family Wild: it fits whatever the hostname inside is.  number "": any display. */
void xauthority_write(Buffer *ret_bytes, const char *number, const void *cookie, size_t n_cookie);
