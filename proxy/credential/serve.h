/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* Serves until the mediator's channel closes: `serve` with host, port and two descriptors, a stream on which the
 * program in the box begins TLS, and a connection to the server; answers `told` for the log (docs/theory/messages.md).
 * A thread for each connection; at most CREDENTIAL_MAX_CONNECTIONS.
 *
 * state: of credential_make().  0, or -errno with a sentence. */
enum { CREDENTIAL_MAX_CONNECTIONS = 128 };

int credential_serve(int link, int ready_fd, char *state, size_t n, Buffer *error);
