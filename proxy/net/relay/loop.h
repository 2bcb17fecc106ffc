/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/rest.h"

/* Loop - one epoll set.  A Watch is a part of the thing that waits; it may be taken out at any time, also while events
 * that were fetched with its own are being handed out: what was freed is freed after them (loop_bury). */

typedef struct Watch Watch;
typedef void (*WatchFunction)(Watch *watch, uint32_t events);

struct Watch {
        int fd; /* -1: not watched */
        uint32_t events;
        WatchFunction on_event;
};

typedef struct Buried {
        struct Buried *next;
        void (*release)(struct Buried *buried);
} Buried;

typedef struct Loop {
        int epoll;
        Buried *buried;
        Rest rest;
} Loop;

int loop_init(Loop *loop);
void loop_clear(Loop *loop);
/* 0 or -errno. */
int loop_add(Loop *loop, Watch *watch, int fd, uint32_t events, WatchFunction on_event);
void loop_change(Loop *loop, Watch *watch, uint32_t events);
/* No event of it is of any use any more, not even that the other side is gone.  The descriptor stays the watch's. */
void loop_silence(Loop *loop, Watch *watch);
/* The descriptor stays open, and is returned. */
int loop_remove(Loop *loop, Watch *watch);
void loop_bury(Loop *loop, Buried *buried, void (*release)(Buried *buried));
/* Waits, hands out, buries.  timeout_ms -1: for ever. */
void loop_run_once(Loop *loop, int timeout_ms);
int64_t loop_now_ms(void);
