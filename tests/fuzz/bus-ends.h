/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus-model.h"

/* End - a peer's end of a socket to the mediator, which it reads and writes in pieces: the lines of authentication,
 * then messages. */
typedef struct End {
        int fd; /* -1: none */
        Buffer in, out;
        size_t n_sent;    /* of out */
        size_t n_used;    /* of in */
        bool is_bus;      /* it serves, and so answers lines */
        unsigned n_lines; /* of the other side, that are still to come before messages */
        bool passes_fds;
        bool closed;     /* by the other side */
        struct EndMark { /* descriptors that go with a byte of out */
                size_t at, n;
        } marks[64];
        size_t n_marks;
        size_t n_fds_came, n_fds_due; /* descriptors that came; those that the messages that came declare */
} End;

/* Both ends of a new socket: the peer's into *end, the other is returned. */
int end_open(End *end, bool is_bus);
void end_close(End *end);
/* A client's first lines. */
void end_authenticate(End *end, bool fds, bool in_two_steps);
void end_put(End *end, const Buffer *message, size_t n_fds);
/* Writes up to n bytes of what waits, reads up to n of what came.  true: some. */
bool end_write(End *end, size_t n);
bool end_read(End *end, size_t n);
/* The next whole message, borrowed until the next read; false: none.  It is over the line, or abort(). */
bool end_next(End *end, ModelMessage *ret, const uint8_t **ret_bytes, size_t *ret_n);
/* What the mediator is not to blame for. */
size_t end_memory(const End *end);
