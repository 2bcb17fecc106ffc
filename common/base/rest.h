/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <sys/epoll.h>

/* Rest - what stays in memory while an app runs gives back, once, what only its start needed: when its loop has had
 * nothing to do for a moment, the pages of the program's own file (they come again from the cache when they are
 * needed), free heap, and what lies below the stack.  Then it goes on waiting, from the same piece of the file in every
 * program. */
typedef struct Rest {
        bool taken;
} Rest;

/* As poll(2) and epoll_wait(2). */
int rest_poll(Rest *rest, struct pollfd *polls, nfds_t n, int wait_ms);
int rest_epoll_wait(Rest *rest, int epoll, struct epoll_event *events, int max, int wait_ms);
