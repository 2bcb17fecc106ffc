/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/fault.h"
#include "plan/plan.h"

/* What a box's own network namespace has beside its loopback.  Called in it, with capabilities over it. */

/* "198.18.0.0/15": every address of it leads here, and the last is the namespace's own.  An IPv6 route where the kernel
 * has no IPv6 is left out. */
int network_add_route(const char *route, Fault *fault);

/* Ports enough for many short connections to one address; proc: a /proc. */
int network_set_ports(int proc, Fault *fault);

/* The listening socket, or a negative errno. */
int network_listen(const PlanListener *listener, Fault *fault);
