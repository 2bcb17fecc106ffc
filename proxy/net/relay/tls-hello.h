/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ids/host-name.h"

/* The name that a TLS client says it wants (RFC 6066), from the first bytes that it sends.  With an encrypted hello
 * this is the outer name, which is where the bytes go.  Pure. */

enum { TLS_HELLO_MAX_BYTES = 32 * 1024 /* more is no hello that anyone sends */ };

typedef enum TlsHello {
        TLS_HELLO_MORE,    /* may become one */
        TLS_HELLO_NONE,    /* not TLS */
        TLS_HELLO_NAMED,   /* *name is set */
        TLS_HELLO_UNNAMED, /* a hello without a name */
        TLS_HELLO_BROKEN,  /* begins as TLS, and is not; or its name is no host's, or there are two */
} TlsHello;

TlsHello tls_hello_read(char name[HOST_NAME_MAX_BYTES + 1], const uint8_t *untrusted, size_t n);
