/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* UserNamespace - which one a process is in.  Every box has one of its own, and from inside none above it can be opened
 * (ioctl_ns(2)); so a descriptor of the namespace in which an instance was launched is what only a process outside
 * every box can show. */

typedef struct UserNamespace {
        dev_t device;
        ino_t inode; /* 0: not known, and equal to none */
} UserNamespace;

/* Of the calling process. */
UserNamespace user_namespace_own(void);
/* A descriptor of it, or -errno. */
int user_namespace_open(void);
/* Is fd a descriptor of this one? */
bool user_namespace_is(const UserNamespace *namespace, int fd);

/* First message of a client on a keeper's control socket: `client`, with a descriptor of the client's namespace.  0 or
 * -errno. */
int user_namespace_show(int socket);
