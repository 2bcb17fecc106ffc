/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "pair/post.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

enum {
        DROPPED_MAX = 4096, /* a half that is sound sends none */
        DESCRIPTORS_MAX = 8,
};

typedef struct Waiting {
        struct Waiting *next;
        int fd;
        size_t n;
        _Alignas(Letter) uint8_t bytes[];
} Waiting;

struct Post {
        int socket, fault;
        LetterFrom self;
        uint64_t dropped;
        size_t n_waiting;
        Waiting *first, *last;
        _Alignas(Letter) uint8_t bytes[LETTER_BYTES_MAX + 1];
};

Post *post_new(int *socket, LetterFrom self)
{
        Post *post = calloc(1, sizeof *post);

        if (post == NULL)
                return NULL;
        post->self = self;
        post->socket = fd_steal(socket);
        (void)fcntl(post->socket, F_SETFL, fcntl(post->socket, F_GETFL) | O_NONBLOCK);
        (void)fd_set_cloexec(post->socket, true);
        return post;
}

static void drop_first(Post *post)
{
        Waiting *waiting = post->first;

        post->first = waiting->next;
        if (post->first == NULL)
                post->last = NULL;
        post->n_waiting--;
        (void)fd_close(waiting->fd);
        free(waiting);
}

void post_free(Post *post)
{
        if (post == NULL)
                return;
        while (post->first != NULL)
                drop_first(post);
        (void)fd_close(post->socket);
        free(post);
}

int post_socket(const Post *post)
{
        return post->socket;
}

bool post_waits(const Post *post)
{
        return post->first != NULL;
}

int post_fault(const Post *post)
{
        return post->fault;
}

uint64_t post_dropped(const Post *post)
{
        return post->dropped;
}

/* 0, -EAGAIN, or a fault. */
static int send_now(const Post *post, const void *bytes, size_t n, int fd)
{
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(sizeof(int))];
        } control = { 0 };
        struct iovec part = { .iov_base = (void *)(uintptr_t)bytes, .iov_len = n };
        struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

        if (fd >= 0) {
                packet.msg_control = control.bytes;
                packet.msg_controllen = sizeof control.bytes;
                control.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fd),
                                                   .cmsg_level = SOL_SOCKET,
                                                   .cmsg_type = SCM_RIGHTS };
                memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
        }
        while (sendmsg(post->socket, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                if (errno != EINTR)
                        return errno == EAGAIN || errno == ETOOMANYREFS ? -EAGAIN : -EPIPE;
        return 0;
}

void post_flush(Post *post)
{
        while (post->first != NULL && post->fault == 0) {
                int r = send_now(post, post->first->bytes, post->first->n, post->first->fd);

                if (r == -EAGAIN)
                        return;
                if (r < 0)
                        post->fault = r;
                else
                        drop_first(post);
        }
}

static bool is_motion(const Letter *letter)
{
        return letter->type == LETTER_POINTER && letter->is.pointer.button == 0;
}

/* A pointer that moves on: where it was no longer matters. */
static bool replaces_last(const Post *post, const Letter *letter)
{
        const Letter *last = post->last != NULL ? (const void *)post->last->bytes : NULL;

        return last != NULL && is_motion(letter) && is_motion(last) && last->slot == letter->slot;
}

static void wait_with(Post *post, const Letter *letter, size_t n, int fd)
{
        Waiting *waiting = NULL;

        if (replaces_last(post, letter)) {
                memcpy(post->last->bytes, letter, n);
                return;
        }
        if (post->n_waiting < POST_WAITING_MAX)
                waiting = malloc(sizeof *waiting + n);
        if (waiting == NULL) {
                post->fault = -ENOBUFS;
                (void)fd_close(fd);
                return;
        }
        *waiting = (Waiting){ .fd = fd, .n = n };
        memcpy(waiting->bytes, letter, n);
        if (post->last != NULL)
                post->last->next = waiting;
        else
                post->first = waiting;
        post->last = waiting;
        post->n_waiting++;
}

void post_send(Post *post, const Letter *letter, int fd)
{
        size_t n = letter_size(letter->type);
        int r = -EAGAIN;

        if (post->fault == 0 && post->first == NULL)
                r = send_now(post, letter, n, fd);
        if (post->fault != 0 || r != -EAGAIN) {
                (void)fd_close(fd);
                if (r < 0 && r != -EAGAIN)
                        post->fault = r;
                return;
        }
        wait_with(post, letter, n, fd);
}

/* One packet; its first descriptor, all others are closed. */
static ssize_t receive(const Post *post, uint8_t *bytes, size_t room, int *ret_fd, size_t *ret_n_fds)
{
        union {
                struct cmsghdr header;
                char bytes[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
        } control = { 0 };
        struct iovec part = { .iov_base = bytes, .iov_len = room };
        struct msghdr packet = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes
        };
        ssize_t n = recvmsg(post->socket, &packet, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);

        if (n < 0)
                return -errno;
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&packet); c != NULL; c = CMSG_NXTHDR(&packet, c)) {
                size_t n_fds = c->cmsg_type == SCM_RIGHTS ? (c->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

                for (size_t i = 0; i < n_fds; i++) {
                        int fd = -1;

                        memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
                        if ((*ret_n_fds)++ == 0)
                                *ret_fd = fd;
                        else
                                (void)fd_close(fd);
                }
        }
        if ((packet.msg_flags & MSG_CTRUNC) != 0)
                (*ret_n_fds) += DESCRIPTORS_MAX;
        return n;
}

int post_receive(Post *post, Letter *ret_letter, int *ret_fd)
{
        *ret_fd = -1;
        while (post->fault == 0) {
                size_t n_fds = 0;
                ssize_t n = receive(post, post->bytes, sizeof post->bytes, ret_fd, &n_fds);

                if (n == -EAGAIN)
                        return 0;
                if (n == -EINTR || n == -ECONNRESET)
                        continue;
                if (n <= 0 && n_fds == 0) {
                        post->fault = -EPIPE;
                        break;
                }
                if (letter_check(ret_letter, post->bytes, (size_t)n,
                                 post->self == LETTER_FROM_AGENT ? LETTER_FROM_DAEMON : LETTER_FROM_AGENT, n_fds) == 0)
                        return 1;
                *ret_fd = fd_close(*ret_fd);
                if (++post->dropped > DROPPED_MAX)
                        post->fault = -EPROTO;
        }
        return 0;
}
