/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host/segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

int segment_new(uint64_t bytes)
{
        CLEANUP(fd_closep) int fd = memfd_create("oriel-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);

        if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0 ||
            fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
                return -errno;
        return fd_steal(&fd);
}
