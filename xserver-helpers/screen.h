/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "xserver-helpers/xauthority.h"

/* The size of an X server's screen, all its monitors together, as every new client is told it (X11 protocol,
 * "Connection Setup"): one packet out, one in.  A client library would do the same and load extensions beside. */

enum {
        SCREEN_MAX_SETUP = 64 * 1024, /* a usual answer has 10 KB */
        SCREEN_TIMEOUT_MS = 1000,     /* a server that is busy for longer is as good as mute */
        SCREEN_DPI_LEAST = 30,
        SCREEN_DPI_MOST = 1000,
};

typedef struct ScreenSize {
        unsigned width, height;
        unsigned dpi; /* by its size in millimetres; 0: that says nothing */
} ScreenSize;

/* What a client says first; cookie->n 0: nothing about itself. */
void screen_request(Buffer *ret_bytes, const XauthorityCookie *cookie);

/* From the server's answer: its first screen.  0, -EACCES: it lets this client not in, -EBADMSG. */
int screen_parse(ScreenSize *ret_size, const void *untrusted_bytes, size_t n);

/* Asks the local server of that display number; authority: a file with its cookie, or NULL.  0 or -errno. */
int screen_ask(ScreenSize *ret_size, const char *number, const char *authority);
