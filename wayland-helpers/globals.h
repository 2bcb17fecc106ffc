/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* The globals that a Wayland compositor shows to whoever connects to a socket, as every client is told them first
 * (wl_registry): two requests out, one event for each back.  A client library would do the same and load itself
 * beside. */

enum {
        WAYLAND_GLOBALS_MAX_BYTES = 64 * 1024, /* of events; a usual compositor sends 2 KB */
        WAYLAND_GLOBALS_TIMEOUT_MS = 1000,
};

#define WAYLAND_CONTEXT_MANAGER "wp_security_context_manager_v1"

/* What a client says first. */
void wayland_globals_request(Buffer *ret_bytes);

/* The first event of those bytes: how long it is; 0: it is not whole; -EBADMSG, -EPROTO: the compositor says it is our
 * error.  The interface of a global is added to ret_names, ended by NUL; *ret_done: there are no more. */
int wayland_globals_step(Buffer *ret_names, bool *ret_done, const void *untrusted_bytes, size_t n);

/* Asks through the socket of that path.  0 or -errno. */
int wayland_globals_ask(Buffer *ret_names, const char *path);

/* Is that interface among the names? */
bool wayland_globals_have(const Buffer *names, const char *interface);
