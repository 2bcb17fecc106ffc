/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* TCP to whatever port of an address that leads to this network namespace arrives at one listening socket, which then
 * sees the address and port that were meant as its own end (nftables' tproxy).  Not what is sent to the loopback's
 * addresses or to the namespace's own, the last of each route: there a box speaks to itself. */

/* Called in the namespace, with capabilities over it; port: of a socket with IP_TRANSPARENT.  0, or -errno: this kernel
 * can't, or not here. */
int capture_tcp(uint16_t port, char *const *routes);
