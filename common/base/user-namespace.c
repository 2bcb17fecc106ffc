/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/user-namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/message.h"

static const char path[] = "/proc/self/ns/user";

UserNamespace user_namespace_own(void)
{
        struct stat is = { 0 };

        return stat(path, &is) < 0 ? (UserNamespace){ 0 } : (UserNamespace){ is.st_dev, is.st_ino };
}

int user_namespace_open(void)
{
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

bool user_namespace_is(const UserNamespace *namespace, int fd)
{
        struct stat is = { 0 };

        /* No other file system has the device number of the kernel's namespaces. */
        return namespace->inode != 0 && fstat(fd, &is) == 0 && is.st_dev == namespace->device &&
               is.st_ino == namespace->inode;
}

int user_namespace_show(int socket)
{
        CLEANUP(message_freep) Message *message = message_new("client");
        CLEANUP(fd_closep) int fd = user_namespace_open();

        if (fd < 0)
                return fd;
        return message == NULL ? -ENOMEM : message_send(socket, message, &fd, 1);
}
