/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Files and whole trees that somebody else made: copied and removed by descriptor, no symbolic link followed, no FIFO
 * waited for. */

/* What is at from/name as to/new_name, which must be free: a regular file (blocks shared where the file system can), a
 * symbolic link, or a directory with all below.  Modes (no setuid, setgid or sticky bits) and times are kept, hard
 * links are not; sockets, FIFOs and devices are left out.  tick (may be NULL) is called for each file.  0; -ENOTSUP
 * where it is none of the three; -ELOOP: too deep; other -errno: what was copied so far stays. */
int tree_copy(int from, const char *name, int to, const char *new_name, void (*tick)(void *data), void *data);

/* The same for one regular file that is open, into one that is open and empty. */
int tree_copy_bytes(int from, int to);

/* What is at dir/name, with all below.  0, also where there is nothing; -errno: some of it is left. */
int tree_remove(int dir, const char *name);

/* Does that directory hold anything?  -errno. */
int tree_is_empty(int dir, const char *name);
