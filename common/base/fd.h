/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* CLEANUP(fd_closep) int fd = -1; closes what is >= 0 and keeps errno. */
void fd_closep(int *fd);

/* Closes fd if >= 0; keeps errno; returns -1, so that fd = fd_close(fd) leaves no stale number. */
int fd_close(int fd);

/* The descriptor; the variable is -1 afterwards. */
static inline int fd_steal(int *fd)
{
        int stolen = *fd;

        *fd = -1;
        return stolen;
}

/* 0 or -errno.  Sets or clears FD_CLOEXEC. */
int fd_set_cloexec(int fd, bool cloexec);

/* Writes all n bytes, also over short writes and EINTR.  0 or -errno. */
int fd_write_all(int fd, const void *bytes, size_t n);

/* Reads fd to its end into *ret_bytes (malloc; one NUL follows that *ret_n does not count).
 * 0, -errno, or -EFBIG when there are more than max bytes. */
int fd_read_all(int fd, size_t max, char **ret_bytes, size_t *ret_n);

/* A memfd with these bytes, sealed against writing, growing, shrinking and more seals (memfd_create(2)); its
 * offset is 0.  The descriptor, or -errno. */
int fd_sealed_memfd(const char *name, const void *bytes, size_t n);

/* First thing in main(): in the place of each of 0, 1, 2 that is closed stands a descriptor that can be neither read
 * nor written, so that no file of ours can come to stand there.  An app is not started with it: EBADF. */
void fd_guard_stdio(void);
