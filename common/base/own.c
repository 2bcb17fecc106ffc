/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"

int own_dir_step(int *ret_fd, int parent, const char *name, uid_t uid, bool make)
{
        CLEANUP(fd_closep) int fd = -1;
        struct stat is = { 0 };

        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT && make) {
                /* Whatever the umask took away comes back: the name is ours, for it was just made. */
                if (mkdirat(parent, name, 0700) < 0 ? errno != EEXIST : fchmodat(parent, name, 0700, 0) < 0)
                        return -errno;
                fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        }
        if (fd < 0 || fstat(fd, &is) < 0)
                return -errno;
        if (is.st_uid != uid)
                return OWN_FOREIGN;
        if ((is.st_mode & 022) != 0)
                return OWN_WRITABLE;
        if ((is.st_mode & 07777) != 0700 && fchmod(fd, 0700) < 0)
                return -errno;
        *ret_fd = fd_steal(&fd);
        return 0;
}

int own_file_read(char **ret_bytes, size_t *ret_n, int at, const char *name, int64_t owner, size_t max)
{
        /* O_NONBLOCK: a FIFO opens at once, and is then seen to be none of ours. */
        int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (owner < 0 ? 0 : O_NOFOLLOW);
        CLEANUP(fd_closep) int fd = openat(at, name, flags);
        struct stat is = { 0 };

        if (fd < 0 || fstat(fd, &is) < 0)
                return -errno;
        if (!S_ISREG(is.st_mode))
                return OWN_KIND;
        if (owner >= 0 && is.st_uid != (uid_t)owner)
                return OWN_FOREIGN;
        if (owner >= 0 && (is.st_mode & 002) != 0)
                return OWN_WRITABLE;
        return fd_read_all(fd, max, ret_bytes, ret_n);
}
