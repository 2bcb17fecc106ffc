/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/loop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"

enum { BATCH = 128 };

#define SILENT UINT32_MAX

int loop_init(Loop *loop)
{
        *loop = (Loop){ .epoll = epoll_create1(EPOLL_CLOEXEC) };
        return loop->epoll < 0 ? -errno : 0;
}

static void release_all(Loop *loop)
{
        while (loop->buried != NULL) {
                Buried *buried = loop->buried;

                loop->buried = buried->next;
                buried->release(buried);
        }
}

void loop_clear(Loop *loop)
{
        release_all(loop);
        loop->epoll = fd_close(loop->epoll);
}

int loop_add(Loop *loop, Watch *watch, int fd, uint32_t events, WatchFunction on_event)
{
        struct epoll_event event = { .events = events, .data.ptr = watch };

        if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
                return -errno;
        *watch = (Watch){ fd, events, on_event };
        return 0;
}

void loop_change(Loop *loop, Watch *watch, uint32_t events)
{
        struct epoll_event event = { .events = events, .data.ptr = watch };

        if (watch->fd < 0 || watch->events == events || watch->events == SILENT)
                return;
        if (epoll_ctl(loop->epoll, EPOLL_CTL_MOD, watch->fd, &event) == 0)
                watch->events = events;
}

void loop_silence(Loop *loop, Watch *watch)
{
        if (watch->fd >= 0 && watch->events != SILENT)
                (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, watch->fd, NULL);
        watch->events = SILENT;
}

int loop_remove(Loop *loop, Watch *watch)
{
        int fd = watch->fd;

        if (fd >= 0)
                (void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
        watch->fd = -1;
        return fd;
}

void loop_bury(Loop *loop, Buried *buried, void (*release)(Buried *buried))
{
        buried->release = release;
        buried->next = loop->buried;
        loop->buried = buried;
}

void loop_run_once(Loop *loop, int timeout_ms)
{
        struct epoll_event events[BATCH];
        int n = rest_epoll_wait(&loop->rest, loop->epoll, events, BATCH, timeout_ms);

        for (int i = 0; i < n; i++) {
                Watch *watch = events[i].data.ptr;

                if (watch->fd >= 0)
                        watch->on_event(watch, events[i].events);
        }
        release_all(loop);
}

int64_t loop_now_ms(void)
{
        struct timespec now = { 0 };

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
