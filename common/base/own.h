/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Directories and files that are one user's alone, reached from a directory that is held by descriptor.  No symbolic
 * link is followed, no FIFO waited for, and what another user owns or may write is not used. */

enum {
        OWN_FOREIGN = 1, /* it belongs to another user */
        OWN_WRITABLE,    /* others may write to it */
        OWN_KIND,        /* it is not a regular file */
};

enum { OWN_ANYBODY = -1 };

/* The directory name of parent; make: made 0700 where it is missing.  Looser bits than 0700 are taken away.
 * 0 with *ret_fd (close-on-exec); -errno; OWN_FOREIGN, OWN_WRITABLE. */
int own_dir_step(int *ret_fd, int parent, const char *name, uid_t uid, bool make);

/* All of a regular file of at most max bytes; one NUL follows.  owner: the uid that it must have, or OWN_ANYBODY:
 * whoever it belongs to, and symlinks are followed (places that only root or the packager writes).
 * 0, -errno, -EFBIG, or a code from above. */
int own_file_read(char **ret_bytes, size_t *ret_n, int at, const char *name, int64_t owner, size_t max);
