/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Authentication ends here, on both sides: the client authenticates to AuthServer, the proxy authenticates to the bus
 * by AuthClient, and no byte passes between the two.  So it can't matter that proxy and bus read a line differently
 * (CVE-2018-6560).  Bytes in, bytes out; no socket.
 *
 * Who the client is the kernel has said before (SO_PEERCRED); the identity that it claims in AUTH EXTERNAL is not
 * compared, since a client in a user namespace of its own claims the uid that it has there. */

enum {
        AUTH_MAX_LINE = 16 * 1024, /* the same as dbus-daemon's */
        AUTH_MAX_LINES = 64,       /* of one client, before BEGIN */
        AUTH_GUID_LENGTH = 32,
};

enum {
        AUTH_READY = 1, /* AuthClient: the bus said OK; auth_client_begin() may be called */
        AUTH_DONE,      /* what follows is messages */
};

typedef struct AuthServer {
        enum { AUTH_SERVER_NUL, AUTH_SERVER_AUTH, AUTH_SERVER_DATA, AUTH_SERVER_BEGIN, AUTH_SERVER_DONE } state;
        unsigned n_lines;
        bool fds; /* the client asked for descriptors to be passed, and may */
} AuthServer;

/* Reads whole lines; *ret_used of the n bytes are done with, the rest is to be given again with more.  guid: the bus's.
 * 0, AUTH_DONE, -EPROTO (close), or -ENOMEM. */
int auth_server_feed(
        AuthServer *auth, const char *guid, const char *untrusted, size_t n, size_t *ret_used, Buffer *answer);

typedef struct AuthClient {
        enum { AUTH_CLIENT_DATA, AUTH_CLIENT_OK, AUTH_CLIENT_WAIT, AUTH_CLIENT_AGREE, AUTH_CLIENT_DONE } state;
        char guid[AUTH_GUID_LENGTH + 1]; /* from AUTH_READY on */
} AuthClient;

/* What is to be sent first. */
void auth_client_start(AuthClient *auth, Buffer *line);
/* As auth_server_feed(), with AUTH_READY besides. */
int auth_client_feed(AuthClient *auth, const char *bytes, size_t n, size_t *ret_used);
/* What is to be sent before the first message.  0, or AUTH_DONE when the bus has nothing more to say to it. */
int auth_client_begin(AuthClient *auth, bool fds, Buffer *lines);
