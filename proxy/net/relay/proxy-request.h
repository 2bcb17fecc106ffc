/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "ids/host-name.h"

/* What a program says to a proxy before its own bytes begin: HTTP's CONNECT and absolute form, SOCKS 4a and 5.  Which
 * one is told by the first byte.  Hosts go through the one parser of names; an address stays one.  Pure. */

enum { PROXY_REQUEST_MAX_BYTES = 32 * 1024 };

typedef enum ProxyKind {
        PROXY_CONNECT,
        PROXY_HTTP, /* one request, to be rewritten */
        PROXY_SOCKS4,
        PROXY_SOCKS5,
        _PROXY_KIND_MAX,
} ProxyKind;

typedef enum ProxyParse {
        PROXY_PARSE_MORE,
        PROXY_PARSE_GREETED, /* SOCKS5: n bytes were the greeting; answer it, then read on */
        PROXY_PARSE_DONE,
        PROXY_PARSE_BAD, /* no such request, or no name of a host in it */
} ProxyParse;

typedef struct ProxyRequest {
        ProxyKind kind;
        char host[HOST_NAME_MAX_BYTES + 1];
        bool literal; /* an address, as host_address_read() writes it */
        uint16_t port;
        size_t n;         /* bytes that it took */
        const char *path; /* HTTP: of the target, from its '/' on or empty, in the bytes that were read */
        size_t n_path, n_method, n_line; /* the first line without its end */
} ProxyRequest;

/* greeted: a SOCKS5 greeting was read before.  PROXY_PARSE_BAD leaves the kind where it was known. */
ProxyParse proxy_request_read(ProxyRequest *ret_request, const uint8_t *untrusted, size_t n, bool greeted);

/* The request as its server wants it: origin form, the host that was judged, one request on this connection. */
void proxy_request_rewrite(Buffer *out, const ProxyRequest *request, const uint8_t *bytes);

typedef enum ProxyAnswer {
        PROXY_ANSWER_OK,
        PROXY_ANSWER_DENIED,
        PROXY_ANSWER_NO_HOST,
        PROXY_ANSWER_UNREACHABLE,
        PROXY_ANSWER_BAD,
        _PROXY_ANSWER_MAX,
} ProxyAnswer;

/* why: a sentence for the body of an HTTP refusal. */
void proxy_answer(Buffer *out, ProxyKind kind, ProxyAnswer answer, const char *why);
/* SOCKS5: no authentication is needed. */
void proxy_answer_greeting(Buffer *out);
const char *proxy_kind_word(ProxyKind kind);
