/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

int fd_close(int fd)
{
        int saved = errno;

        if (fd >= 0)
                (void)close(fd);
        errno = saved;
        return -1;
}

void fd_closep(int *fd)
{
        *fd = fd_close(*fd);
}

int fd_set_cloexec(int fd, bool cloexec)
{
        int flags = fcntl(fd, F_GETFD);

        if (flags < 0)
                return -errno;
        flags = cloexec ? (flags | FD_CLOEXEC) : (flags & ~FD_CLOEXEC);
        return fcntl(fd, F_SETFD, flags) < 0 ? -errno : 0;
}

int fd_write_all(int fd, const void *bytes, size_t n)
{
        const char *p = bytes;

        while (n > 0) {
                ssize_t done = write(fd, p, n);

                if (done < 0 && errno == EINTR)
                        continue;
                if (done < 0)
                        return -errno;
                p += done;
                n -= (size_t)done;
        }
        return 0;
}

int fd_read_all(int fd, size_t max, char **ret_bytes, size_t *ret_n)
{
        CLEANUP(freep) char *bytes = NULL;
        size_t n = 0, room = 0, first = 4096;
        struct stat is = { 0 };

        /* One reading, and one that says that there is no more. */
        if (fstat(fd, &is) == 0 && S_ISREG(is.st_mode) && is.st_size > (off_t)first && (size_t)is.st_size <= max)
                first = (size_t)is.st_size + 2;
        for (;;) {
                ssize_t got;

                if (n + 1 >= room) {
                        size_t more = room == 0 ? first : room * 2;
                        char *grown = realloc(bytes, more);

                        if (grown == NULL)
                                return -ENOMEM;
                        bytes = grown;
                        room = more;
                }
                got = read(fd, bytes + n, room - n - 1);
                if (got < 0 && errno == EINTR)
                        continue;
                if (got < 0)
                        return -errno;
                if (got == 0)
                        break;
                n += (size_t)got;
                if (n > max)
                        return -EFBIG;
        }
        bytes[n] = '\0';
        *ret_bytes = STEAL(bytes);
        *ret_n = n;
        return 0;
}

int fd_sealed_memfd(const char *name, const void *bytes, size_t n)
{
        CLEANUP(fd_closep) int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
        int r;

        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, bytes, n);
        if (r < 0)
                return r;
        if (lseek(fd, 0, SEEK_SET) < 0)
                return -errno;
        if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
                return -errno;
        return fd_steal(&fd);
}

void fd_guard_stdio(void)
{
        int fd = -1;

        do
                fd = open("/dev/null", O_PATH);
        while (fd >= 0 && fd <= STDERR_FILENO);
        (void)fd_close(fd);
}
