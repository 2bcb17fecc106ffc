/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "link/fds.h"

/* Outbox - what a socket has not taken yet: bytes, and descriptors that go with certain bytes.  While the socket takes
 * all, nothing is copied and nothing kept. */
typedef struct Outbox {
        Buffer bytes;
        size_t sent;              /* of bytes */
        struct OutboxMark *marks; /* in order */
        size_t n_marks;
} Outbox;

/* Sends, or keeps what the socket does not take; *group (may be NULL) goes with the first byte and is empty afterwards.
 * 0 or -errno. */
int outbox_write(Outbox *outbox, int socket, const void *bytes, size_t n, FdGroup *group);
/* 0, also if something still waits, or -errno. */
int outbox_flush(Outbox *outbox, int socket);
/* Bytes that wait. */
size_t outbox_pending(const Outbox *outbox);
void outbox_clear(Outbox *outbox);
