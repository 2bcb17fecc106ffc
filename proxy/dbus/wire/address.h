/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Where a bus listens ("unix:path=/run/user/1000/bus,guid=...;unix:abstract=..."): D-Bus specification, "Server
 * Addresses".  Only sockets of this machine that can be connected to. */
typedef struct WireAddress {
        struct sockaddr_un address;
        socklen_t n_address;
} WireAddress;

enum { WIRE_ADDRESS_OTHER = 1 }; /* well-formed, but of another transport */

/* The first of the list at *text, which is set behind it; runtime_dir (may be NULL) is what unix:runtime=yes means.
 * 0; WIRE_ADDRESS_OTHER; -ENOENT at the list's end; -EINVAL. */
int wire_address_next(WireAddress *ret_address, const char **text, const char *runtime_dir);
