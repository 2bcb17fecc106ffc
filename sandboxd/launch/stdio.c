/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"

void launch_guard_stdio(void)
{
        int fd = -1;

        do
                fd = open("/dev/null", O_PATH);
        while (fd >= 0 && fd <= STDERR_FILENO);
        (void)fd_close(fd);
}
