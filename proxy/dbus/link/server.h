/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "link/options.h"

enum {
        /* Connections of one process, to all its buses: an app that leaks them is refused here, before it fills the
         * user's share of the bus (dbus-broker: 1024 descriptors) and takes the whole session down. */
        SERVER_MAX_LINKS = 256,
        SERVER_CONNECT_TIMEOUT_S = 2, /* a bus whose backlog stays full */
};

/* Listens on every bus's path, says so on the sync descriptor, and serves until that is hung up.  0: it was; -1: *error
 * says why nothing listens; else the number of the signal that asked for the end.  The sockets are removed. */
int server_run(const Options *options, Buffer *error);
