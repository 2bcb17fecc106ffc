/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The session manager, from outside: is it there, and how it is started on demand. */

#define START_MANAGER_SOCKET "manager" /* below ORIEL_RUNTIME */

/* A connection (SOCK_SEQPACKET, close-on-exec, with a deadline of some seconds for each call), or -errno: -ENOENT and
 * -ECONNREFUSED mean that none runs. */
int start_manager_connect(const char *path);

/* Forks it off: in a session of its own, away from the caller's terminal, directory and descriptors, with the caller's
 * environment.  0 as soon as it was executed; -errno. */
int start_manager_spawn(const char *program);
