/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Flow - one direction of a connection: what was read from one socket and not yet written to the other.  While
 * something waits nothing more is read: the sender feels it as a full window.  Long streams go through a pipe and never
 * through memory of ours (splice(2)); pipes are held only while bytes are in them. */
typedef struct Flow {
        Buffer waiting;
        size_t at; /* of waiting: written so far */
        int pipe[2];
        size_t in_pipe;
        bool ended; /* the source said its last */
        bool shut;  /* and the target was told */
        uint64_t n; /* bytes taken from the source */
} Flow;

enum {
        FLOW_CHUNK = 64 * 1024,
        FLOW_SPLICE_AFTER = 256 * 1024, /* shorter ones are cheaper through memory */
        FLOW_PIPE = 1024 * 1024,
        FLOW_POOL = 64, /* pipes kept for the next stream */
};

typedef struct FlowPool {
        int pipes[FLOW_POOL][2];
        size_t n;
        char scratch[FLOW_CHUNK];
} FlowPool;

void flow_init(Flow *flow);
void flow_clear(Flow *flow, FlowPool *pool);
void flow_pool_clear(FlowPool *pool);

/* Has it bytes for the target? */
bool flow_waits(const Flow *flow);
/* Bytes of ours, or held back, for the target. */
void flow_add(Flow *flow, const void *bytes, size_t n);

/* Moves what can be moved without waiting, a fair share at a time, and reads at most that many bytes.  0, or -errno
 * when one of the two broke. */
int flow_move(Flow *flow, FlowPool *pool, int source, int target, size_t most);
/* The same without reading: only what waits. */
int flow_write(Flow *flow, FlowPool *pool, int target);
