/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Confine - what the daemon still may once it has its connections: talk on them, and make memory.  Never to open, to
 * connect, to execute, to start a process; limits on memory and descriptors.  0 or -errno. */
int confine_daemon(void);
