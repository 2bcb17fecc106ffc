/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors that travel with messages. */
#include "link/fds.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"

void fd_group_close(FdGroup *group)
{
        while (group->n > 0)
                fd_close(group->fds[--group->n]);
}

static void take_control(struct msghdr *message, FdGroup *group)
{
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
                size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

                if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || n > WIRE_MAX_FDS - group->n)
                        continue;
                memcpy(group->fds + group->n, CMSG_DATA(c), n * sizeof(int));
                group->n += n;
        }
}

ssize_t fd_group_receive(int socket, void *bytes, size_t n, FdGroup *ret_group)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(WIRE_MAX_FDS * sizeof(int))];
        } control;
        struct iovec iov = { .iov_base = bytes, .iov_len = n };
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
        };
        ssize_t got;

        ret_group->n = 0;
        do
                got = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        while (got < 0 && errno == EINTR);
        if (got < 0)
                return -errno;
        if (message.msg_controllen > 0)
                take_control(&message, ret_group);
        if ((message.msg_flags & MSG_CTRUNC) != 0) {
                fd_group_close(ret_group);
                return -EPROTO;
        }
        return got;
}

ssize_t fd_group_send(int socket, const void *bytes, size_t n, FdGroup *group)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(WIRE_MAX_FDS * sizeof(int))];
        } control;
        struct iovec iov = { .iov_base = (void *)bytes, .iov_len = n };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };
        ssize_t sent;

        if (group != NULL && group->n > 0) {
                struct cmsghdr *c = &control.align;

                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(group->n * sizeof(int));
                memset(&control, 0, message.msg_controllen);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(group->n * sizeof(int));
                memcpy(CMSG_DATA(c), group->fds, group->n * sizeof(int));
        }
        do
                sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
        if (sent < 0)
                return -errno;
        if (group != NULL && sent > 0)
                fd_group_close(group);
        return sent;
}
