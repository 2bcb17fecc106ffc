/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/dial.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/fd.h"

typedef struct Attempt {
        Watch watch; /* fd -1: not begun, or failed */
        Dial *dial;
        NetAddress address;
} Attempt;

struct Dial {
        Buried buried;
        Loop *loop;
        uint16_t port;
        DialDone done;
        void *data;
        int64_t next_ms, last_ms;
        size_t n, n_begun, n_open;
        Attempt attempts[DIAL_MAX];
};

static void release(Buried *buried)
{
        free((char *)buried - offsetof(Dial, buried));
}

void dial_cancel(Dial *dial)
{
        if (dial == NULL)
                return;
        for (size_t i = 0; i < dial->n_begun; i++)
                (void)fd_close(loop_remove(dial->loop, &dial->attempts[i].watch));
        loop_bury(dial->loop, &dial->buried, release);
}

static void finish(Dial *dial, int fd, const NetAddress *address)
{
        DialDone done = dial->done;
        void *data = dial->data;

        dial_cancel(dial); /* it is freed after the events that are being handed out */
        done(data, fd, address);
}

static void on_attempt(Watch *watch, uint32_t events);

/* 0: it has begun. */
static int begin(Attempt *attempt)
{
        const NetAddress *address = &attempt->address;
        struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(attempt->dial->port) };
        struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(attempt->dial->port) };
        CLEANUP(fd_closep)
        int fd = socket(address->six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        int r;

        memcpy(&six.sin6_addr, address->bytes, sizeof six.sin6_addr);
        memcpy(&four.sin_addr, address->bytes, sizeof four.sin_addr);
        r = fd < 0 ? -1
                   : connect(fd, address->six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four,
                             address->six ? sizeof six : sizeof four);
        if (r < 0 && errno != EINPROGRESS)
                return -errno;
        r = loop_add(attempt->dial->loop, &attempt->watch, fd, EPOLLOUT, on_attempt);
        if (r == 0)
                (void)fd_steal(&fd);
        return r;
}

/* Begins the next that can be begun.  False: the dial is over. */
static bool go_on(Dial *dial)
{
        while (dial->n_begun < dial->n) {
                Attempt *attempt = &dial->attempts[dial->n_begun++];

                if (begin(attempt) == 0) {
                        dial->n_open++;
                        dial->next_ms = loop_now_ms() + DIAL_NEXT_MS;
                        return true;
                }
        }
        if (dial->n_open > 0)
                return true;
        finish(dial, -1, NULL);
        return false;
}

static void on_attempt(Watch *watch, uint32_t events)
{
        Attempt *attempt = (Attempt *)(void *)watch;
        Dial *dial = attempt->dial;
        socklen_t n = sizeof(int);
        int error = 0;

        (void)events;
        if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 && error == 0) {
                int fd = loop_remove(dial->loop, watch);

                finish(dial, fd, &attempt->address);
                return;
        }
        (void)fd_close(loop_remove(dial->loop, watch));
        dial->n_open--;
        (void)go_on(dial);
}

int64_t dial_due(const Dial *dial)
{
        return dial->n_begun < dial->n && dial->next_ms < dial->last_ms ? dial->next_ms : dial->last_ms;
}

void dial_on_time(Dial *dial, int64_t now_ms)
{
        if (dial->last_ms <= now_ms)
                finish(dial, -1, NULL);
        else if (dial->n_begun < dial->n && dial->next_ms <= now_ms)
                (void)go_on(dial);
}

/* The families in turns, each in the order in which the resolver told it; IPv6 first. */
static void arrange(Dial *dial, const NetAddress *addresses, size_t n)
{
        size_t next[2] = { 0, 0 };
        bool six = true;

        while (dial->n < n && dial->n < DIAL_MAX) {
                size_t *at = &next[six];

                while (*at < n && addresses[*at].six != six)
                        (*at)++;
                if (*at < n) {
                        dial->attempts[dial->n].address = addresses[(*at)++];
                        dial->attempts[dial->n].watch.fd = -1;
                        dial->attempts[dial->n++].dial = dial;
                }
                six = !six;
        }
}

void dial_start(
        Loop *loop, const NetAddress *addresses, size_t n, uint16_t port, DialDone done, void *data, Dial **ret_dial)
{
        Dial *dial = calloc(1, sizeof *dial);

        *ret_dial = dial;
        if (dial == NULL) {
                done(data, -1, NULL);
                return;
        }
        dial->loop = loop;
        dial->port = port;
        dial->done = done;
        dial->data = data;
        dial->last_ms = loop_now_ms() + DIAL_LAST_MS;
        arrange(dial, addresses, n);
        (void)go_on(dial);
}
