/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "wire/header.h"

/* FdGroup - the descriptors of one message: they came together, with its first bytes, and go on together. */
typedef struct FdGroup {
        int fds[WIRE_MAX_FDS];
        size_t n;
} FdGroup;

/* Closes them and empties the group. */
void fd_group_close(FdGroup *group);

/* recvmsg(2): *ret_group gets the descriptors that came (closed on exec), perhaps none.  The number of bytes, 0 at the
 * end, -EAGAIN, -EPROTO when descriptors were cut off, other -errno. */
ssize_t fd_group_receive(int socket, void *bytes, size_t n, FdGroup *ret_group);
/* sendmsg(2) with the group, which is closed and empty once a byte was taken.  group may be NULL or empty. */
ssize_t fd_group_send(int socket, const void *bytes, size_t n, FdGroup *group);
