/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <sys/un.h>

/* Where the warm parts' sockets are: ORIEL_RUNTIME/warm/NAME, beside the manager's. */

#define WARM_DIRECTORY "warm"
#define WARM_ENGINE "engine" /* the resident engine's own */

/* 0 or -ENAMETOOLONG. */
int warm_address(const char *manager, const char *name, struct sockaddr_un *ret_address);

/* A SOCK_SEQPACKET connection that was waited for by nobody, or -errno.  Its peer's credentials come with packets. */
int warm_connect(const char *manager, const char *name);
