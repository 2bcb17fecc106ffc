/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fd.h"

int warm_address(const char *manager, const char *name, struct sockaddr_un *ret_address)
{
        const char *slash = strrchr(manager, '/');
        int n;

        if (slash == NULL)
                return -EINVAL;
        *ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        n = snprintf(ret_address->sun_path, sizeof ret_address->sun_path, "%.*s/" WARM_DIRECTORY "/%s",
                     (int)(slash - manager), manager, name);
        return n < 0 || (size_t)n >= sizeof ret_address->sun_path ? -ENAMETOOLONG : 0;
}

int warm_connect(const char *manager, const char *name)
{
        CLEANUP(fd_closep) int fd = -1;
        struct sockaddr_un address;
        int on = 1, r = warm_address(manager, name, &address);

        if (r < 0)
                return r;
        fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
            connect(fd, (const struct sockaddr *)&address, sizeof address) < 0 || fcntl(fd, F_SETFL, 0) < 0)
                return -errno;
        return fd_steal(&fd);
}
