/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus-ends.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GUID "0123456789abcdef0123456789abcdef"

int end_open(End *end, bool is_bus)
{
        int pair[2] = { -1, -1 };

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
                abort();
        *end = (End){ .fd = pair[0], .is_bus = is_bus, .n_lines = is_bus ? 1 : 0 };
        return pair[1];
}

void end_close(End *end)
{
        if (end->fd >= 0)
                close(end->fd);
        buffer_clear(&end->in);
        buffer_clear(&end->out);
        *end = (End){ .fd = -1 };
}

void end_authenticate(End *end, bool fds, bool in_two_steps)
{
        buffer_add(&end->out, "", 1);
        buffer_add_text(&end->out, in_two_steps ? "AUTH EXTERNAL\r\nDATA\r\n" : "AUTH EXTERNAL 30\r\n");
        if (fds)
                buffer_add_text(&end->out, "NEGOTIATE_UNIX_FD\r\n");
        buffer_add_text(&end->out, "BEGIN\r\n");
        end->n_lines = 1u + in_two_steps + fds;
        end->passes_fds = fds;
}

void end_put(End *end, const Buffer *message, size_t n_fds)
{
        if (n_fds > 0 && end->n_marks < sizeof end->marks / sizeof *end->marks)
                end->marks[end->n_marks++] = (struct EndMark){ end->out.n, n_fds };
        buffer_add(&end->out, message->bytes, message->n);
}

/* Sends n bytes, with descriptors. */
static ssize_t send_with(const End *end, const char *bytes, size_t n, size_t n_fds)
{
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(8 * sizeof(int))];
        } control = { .bytes = "" };
        struct iovec iov = { .iov_base = (void *)bytes, .iov_len = n };
        struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

        if (n_fds > 0) {
                int fds[8];

                for (size_t i = 0; i < n_fds; i++)
                        fds[i] = end->fd;
                message.msg_control = &control;
                message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
                control.align.cmsg_level = SOL_SOCKET;
                control.align.cmsg_type = SCM_RIGHTS;
                control.align.cmsg_len = CMSG_LEN(n_fds * sizeof(int));
                memcpy(CMSG_DATA(&control.align), fds, n_fds * sizeof(int));
        }
        return sendmsg(end->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

bool end_write(End *end, size_t n)
{
        bool any = false;

        while (end->fd >= 0 && n > 0 && end->n_sent < end->out.n) {
                size_t part = end->out.n - end->n_sent < n ? end->out.n - end->n_sent : n, n_fds = 0;
                ssize_t sent;

                if (end->n_marks > 0 && end->marks[0].at == end->n_sent)
                        n_fds = end->marks[0].n;
                if (end->n_marks > (n_fds > 0) && end->marks[n_fds > 0].at - end->n_sent < part)
                        part = end->marks[n_fds > 0].at - end->n_sent;
                sent = send_with(end, end->out.bytes + end->n_sent, part, n_fds);
                if (sent <= 0) {
                        end->closed |= errno == EPIPE || errno == ECONNRESET;
                        break;
                }
                if (n_fds > 0)
                        memmove(end->marks, end->marks + 1, --end->n_marks * sizeof *end->marks);
                end->n_sent += (size_t)sent;
                n -= (size_t)sent;
                any = true;
        }
        if (end->n_sent == end->out.n) {
                buffer_clear(&end->out);
                end->n_sent = 0;
        }
        return any;
}

static void take_fds(End *end, struct msghdr *message)
{
        for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c != NULL; c = CMSG_NXTHDR(message, c)) {
                size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

                for (size_t i = 0; i < n; i++) {
                        int fd;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                        close(fd);
                }
                end->n_fds_came += n;
        }
}

/* The lines that are not messages yet. */
static void read_lines(End *end)
{
        size_t used = 0;

        while (end->n_lines > 0) {
                const char *line = end->in.bytes + used;
                const char *lf = end->in.n > used ? memchr(line, '\n', end->in.n - used) : NULL;

                if (lf == NULL)
                        break;
                used = (size_t)(lf - end->in.bytes) + 1;
                if (!end->is_bus) {
                        end->n_lines--;
                        continue;
                }
                line += *line == '\0';
                if (strncmp(line, "AUTH EXTERNAL", 13) == 0)
                        buffer_add_text(&end->out, "DATA\r\n");
                else if (strncmp(line, "DATA", 4) == 0)
                        buffer_add_text(&end->out, "OK " GUID "\r\n");
                else if (strncmp(line, "NEGOTIATE_UNIX_FD", 17) == 0)
                        buffer_add_text(&end->out, "AGREE_UNIX_FD\r\n");
                else if (strncmp(line, "BEGIN\r\n", 7) == 0)
                        end->n_lines = 0;
                else
                        abort(); /* nothing of a client's lines may reach a bus */
        }
        if (used > 0)
                memmove(end->in.bytes, end->in.bytes + used, end->in.n - used);
        end->in.n -= used;
}

bool end_read(End *end, size_t n)
{
        static char bytes[64 * 1024];
        union {
                struct cmsghdr align;
                char bytes[CMSG_SPACE(253 * sizeof(int))];
        } control;
        struct iovec iov = { .iov_base = bytes, .iov_len = n < sizeof bytes ? n : sizeof bytes };
        struct msghdr message = {
                .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
        };
        ssize_t got;

        if (end->fd < 0)
                return false;
        got = recvmsg(end->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (got == 0 || (got < 0 && errno != EAGAIN))
                end->closed = true;
        if (got <= 0)
                return false;
        take_fds(end, &message);
        buffer_add(&end->in, bytes, (size_t)got);
        read_lines(end);
        return true;
}

bool end_next(End *end, ModelMessage *ret, const uint8_t **ret_bytes, size_t *ret_n)
{
        const uint8_t *bytes;

        /* What was given out last is done with now. */
        end->n_used += *ret_n;
        *ret_n = 0;
        if (end->in.n == 0)
                return false;
        bytes = (const uint8_t *)end->in.bytes + end->n_used;
        *ret_n = end->n_lines == 0 ? model_length(bytes, end->in.n - end->n_used) : 0;
        if (*ret_n == 0 || *ret_n > end->in.n - end->n_used) {
                *ret_n = 0;
                if (end->n_used > 0)
                        memmove(end->in.bytes, end->in.bytes + end->n_used, end->in.n - end->n_used);
                end->in.n -= end->n_used;
                end->n_used = 0;
                if (end->in.n == 0)
                        buffer_clear(&end->in);
                return false;
        }
        *ret_bytes = bytes;
        if (!model_read(ret, *ret_bytes, *ret_n, false))
                abort();
        end->n_fds_due += ret->n_fds;
        return true;
}

size_t end_memory(const End *end)
{
        return end->in.room + end->out.room;
}
