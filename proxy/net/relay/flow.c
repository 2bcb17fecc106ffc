/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/flow.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"

enum { SHARE = 16 /* chunks, before others get their turn */ };

void flow_init(Flow *flow)
{
        *flow = (Flow){ .pipe = { -1, -1 } };
}

static bool take_pipe(Flow *flow, FlowPool *pool)
{
        if (flow->pipe[0] >= 0)
                return true;
        if (pool->n > 0) {
                pool->n--;
                flow->pipe[0] = pool->pipes[pool->n][0];
                flow->pipe[1] = pool->pipes[pool->n][1];
                return true;
        }
        if (pipe2(flow->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
                flow->pipe[0] = flow->pipe[1] = -1;
                return false;
        }
        /* Smaller where the user's pages for pipes are used up (pipe(7)); it works all the same. */
        (void)fcntl(flow->pipe[1], F_SETPIPE_SZ, FLOW_PIPE);
        return true;
}

static void give_pipe(Flow *flow, FlowPool *pool)
{
        if (flow->pipe[0] < 0)
                return;
        if (flow->in_pipe == 0 && pool->n < FLOW_POOL) {
                pool->pipes[pool->n][0] = flow->pipe[0];
                pool->pipes[pool->n][1] = flow->pipe[1];
                pool->n++;
        } else {
                (void)fd_close(flow->pipe[0]);
                (void)fd_close(flow->pipe[1]);
        }
        flow->pipe[0] = flow->pipe[1] = -1;
}

void flow_clear(Flow *flow, FlowPool *pool)
{
        give_pipe(flow, pool);
        buffer_clear(&flow->waiting);
        flow_init(flow);
}

void flow_pool_clear(FlowPool *pool)
{
        while (pool->n > 0) {
                pool->n--;
                (void)fd_close(pool->pipes[pool->n][0]);
                (void)fd_close(pool->pipes[pool->n][1]);
        }
}

bool flow_waits(const Flow *flow)
{
        return flow->at < flow->waiting.n || flow->in_pipe > 0;
}

void flow_add(Flow *flow, const void *bytes, size_t n)
{
        buffer_add(&flow->waiting, bytes, n);
}

static bool is_transient(int error)
{
        return error == EAGAIN || error == EINTR;
}

int flow_write(Flow *flow, FlowPool *pool, int target)
{
        if (flow->waiting.failed)
                return -ENOMEM;
        while (flow->at < flow->waiting.n) {
                ssize_t n = send(target, flow->waiting.bytes + flow->at, flow->waiting.n - flow->at,
                                 MSG_NOSIGNAL | MSG_DONTWAIT);

                if (n < 0)
                        return is_transient(errno) ? 0 : -errno;
                flow->at += (size_t)n;
        }
        if (flow->waiting.n > 0) {
                buffer_clear(&flow->waiting);
                flow->at = 0;
        }
        while (flow->in_pipe > 0) {
                ssize_t n = splice(flow->pipe[0], NULL, target, NULL, flow->in_pipe, SPLICE_F_NONBLOCK | SPLICE_F_MOVE);

                if (n < 0)
                        return is_transient(errno) ? 0 : -errno;
                flow->in_pipe -= (size_t)n;
        }
        give_pipe(flow, pool);
        return 0;
}

/* Bytes that were read, 0 at the end, -EAGAIN, or another -errno. */
static ssize_t read_some(Flow *flow, FlowPool *pool, int source, int target, size_t most)
{
        ssize_t n, sent;

        if (flow->n >= FLOW_SPLICE_AFTER && take_pipe(flow, pool)) {
                n = splice(source, NULL, flow->pipe[1], NULL, most < FLOW_PIPE ? most : FLOW_PIPE,
                           SPLICE_F_NONBLOCK | SPLICE_F_MOVE);
                if (n > 0)
                        flow->in_pipe += (size_t)n;
                else
                        give_pipe(flow, pool);
                return n < 0 ? -errno : n;
        }
        n = recv(source, pool->scratch, most < sizeof pool->scratch ? most : sizeof pool->scratch, MSG_DONTWAIT);
        if (n <= 0)
                return n < 0 ? -errno : 0;
        sent = send(target, pool->scratch, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && !is_transient(errno))
                return -errno;
        sent = sent < 0 ? 0 : sent;
        if (sent < n)
                flow_add(flow, pool->scratch + sent, (size_t)(n - sent));
        return n;
}

int flow_move(Flow *flow, FlowPool *pool, int source, int target, size_t most)
{
        int r = flow_write(flow, pool, target);

        for (int i = 0; i < SHARE && most > 0 && r == 0 && !flow_waits(flow) && !flow->ended; i++) {
                ssize_t n = read_some(flow, pool, source, target, most);

                if (n < 0)
                        return is_transient((int)-n) ? 0 : (int)n;
                flow->ended = n == 0;
                flow->n += (uint64_t)n;
                most -= (size_t)n;
                r = flow_write(flow, pool, target);
        }
        if (r == 0 && flow->ended && !flow->shut && !flow_waits(flow)) {
                flow->shut = true;
                if (shutdown(target, SHUT_WR) < 0 && errno != ENOTCONN)
                        return -errno;
        }
        return r;
}
