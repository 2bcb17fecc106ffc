/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/fault.h"
#include "plan/plan.h"

/* What a box's own network namespace has beside its loopback.  Called in it, with capabilities over it. */

/* "198.18.0.0/15": every address of it leads here, and the last is the namespace's own.  An IPv6 route where the kernel
 * has no IPv6 is left out. */
int network_add_route(const char *route, Fault *fault);

/* What a route's words say. */
typedef struct NetworkRoute {
        bool six;
        size_t n, bits; /* bytes of an address */
        uint8_t start[16];
        bool has_own; /* it is wider than one address */
        uint8_t own[16];
} NetworkRoute;

/* 0 or -EINVAL. */
int network_read_route(NetworkRoute *ret_route, const char *text);

/* Ports enough for many short connections to one address; proc: a /proc. */
int network_set_ports(int proc, Fault *fault);

/* The box's listening sockets, by the slots that they become. */
typedef struct NetworkSockets {
        const char *slots[PLAN_MAX_LISTENERS]; /* the plan's */
        int fds[PLAN_MAX_LISTENERS];
        size_t n;
        int birth; /* our end of PLAN_LISTENER_BIRTH; -1: there is none */
} NetworkSockets;

void network_sockets_clear(NetworkSockets *sockets);
/* All of the box's.  0 or a negative errno; what was made is in *sockets either way. */
int network_listen(const PlanBox *box, NetworkSockets *sockets, Fault *fault);

/* Somebody asks at that end for a socket: one is made, in the namespace of whoever calls this, and sent. */
void network_bear(int birth);
