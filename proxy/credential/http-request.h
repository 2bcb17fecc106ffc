/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "ids/net-credential.h"

/* HttpRequests - what a program says to a server in HTTP/1.1, request after request; to those that a credential covers
 * its header is added, in the place of any of that name.  Read strictly: what could be understood in two ways is
 * refused.  Nothing is decoded; bodies pass as they are.  Behind a request that upgrades the rest passes as it is, and
 * gets no secret any more.  Pure. */

enum { HTTP_HEAD_MAX_BYTES = 64 * 1024, HTTP_REQUEST_MAX_RULES = 16 };

typedef struct HttpRule {
        NetCredential credential;
        const char *secret; /* borrowed */
} HttpRule;

typedef struct HttpRequests {
        const char *host; /* whom they are for; borrowed */
        uint16_t port;
        const HttpRule *rules; /* of that host and port; borrowed */
        size_t n_rules;
        int state;
        uint64_t left; /* of a body or chunk */
        size_t n_line; /* of a line of a chunked body: bytes that it has so far */
        bool line_empty;
        Buffer head;
        const HttpRule *added; /* to the last request; NULL: none was */
        size_t n_added;
} HttpRequests;

/* Adds to out what the server is to get.  False: that is no request, and nothing more of it may go. */
bool http_requests_feed(HttpRequests *requests, const void *untrusted, size_t n, Buffer *out);
void http_requests_clear(HttpRequests *requests);
