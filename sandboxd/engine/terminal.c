/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

int terminal_open(int *ret_master, int *ret_slave)
{
        CLEANUP(fd_closep) int master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC), slave = -1;
        struct statfs fs = { 0 };
        int unlocked = 0;

        if (master < 0)
                return -errno;
        /* A file of that name proves nothing. */
        if (fstatfs(master, &fs) < 0)
                return -errno;
        if (fs.f_type != DEVPTS_SUPER_MAGIC)
                return -ENOTTY;
        if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
                return -errno;
        slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (slave < 0)
                return -errno;
        *ret_master = fd_steal(&master);
        *ret_slave = fd_steal(&slave);
        return 0;
}
