/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "link/endpoint.h"

#include <errno.h>
#include <string.h>

#include "base/fd.h"

void endpoint_clear(Endpoint *endpoint)
{
        fd_close(endpoint->fd);
        outbox_clear(&endpoint->out);
        buffer_clear(&endpoint->held);
        for (size_t i = 0; i < endpoint->n_groups; i++)
                fd_group_close(&endpoint->groups[i]);
}

static int forgive(Endpoint *endpoint, int r)
{
        if (r != -EPIPE && r != -ECONNRESET)
                return r;
        endpoint->deaf = true;
        outbox_clear(&endpoint->out);
        return 0;
}

int endpoint_send(Endpoint *endpoint, const void *bytes, size_t n, FdGroup *fds)
{
        if (endpoint->deaf || n == 0)
                return 0;
        return forgive(endpoint, outbox_write(&endpoint->out, endpoint->fd, bytes, n, fds));
}

int endpoint_flush(Endpoint *endpoint)
{
        return forgive(endpoint, outbox_flush(&endpoint->out, endpoint->fd));
}

bool endpoint_has_fds(const Endpoint *endpoint, const WireHeader *header, bool allowed)
{
        return header->n_fds == 0 || (allowed && endpoint->n_groups > 0 && endpoint->groups[0].n == header->n_fds);
}

void endpoint_drop_group(Endpoint *endpoint)
{
        fd_group_close(&endpoint->groups[0]);
        endpoint->n_groups--;
        memmove(endpoint->groups, endpoint->groups + 1, endpoint->n_groups * sizeof *endpoint->groups);
}

/* Descriptors must belong to a message whose first bytes came, too: one that waits in .held. */
static int check_stray(const Endpoint *endpoint)
{
        if (endpoint->n_groups == 0)
                return 0;
        return endpoint->held.n == 0 || endpoint->left > 0 || endpoint->state == ENDPOINT_AUTH ? -EPROTO : 0;
}

int endpoint_resume(Endpoint *endpoint, EndpointProcess process, void *link, unsigned side)
{
        Buffer *held = &endpoint->held;
        size_t used = 0;
        int r = process(link, side, (uint8_t *)held->bytes, held->n, &used);

        if (r < 0)
                return r;
        if (used == held->n) {
                buffer_clear(held);
        } else if (used > 0) {
                memmove(held->bytes, held->bytes + used, held->n - used);
                held->n -= used;
        }
        return check_stray(endpoint);
}

static int
process_fresh(Endpoint *endpoint, uint8_t *bytes, size_t n, EndpointProcess process, void *link, unsigned side)
{
        size_t used = 0;
        int r;

        if (endpoint->held.n > 0) {
                buffer_add(&endpoint->held, bytes, n);
                return endpoint->held.failed ? -ENOMEM : endpoint_resume(endpoint, process, link, side);
        }
        r = process(link, side, bytes, n, &used);
        if (r == 0 && used < n)
                buffer_add(&endpoint->held, bytes + used, n - used);
        if (r < 0 || endpoint->held.failed)
                return r < 0 ? r : -ENOMEM;
        return check_stray(endpoint);
}

int endpoint_read(
        Endpoint *endpoint, uint8_t *scratch, size_t n_scratch, EndpointProcess process, void *link, unsigned side)
{
        FdGroup group = { .n = 0 };
        ssize_t n = fd_group_receive(endpoint->fd, scratch, n_scratch, &group);

        if (n == -EAGAIN)
                return 0;
        if (n == 0 || n == -ECONNRESET) {
                endpoint->ended = true;
                return 0;
        }
        if (n < 0)
                return (int)n;
        if (group.n > 0) {
                if (endpoint->n_groups == ENDPOINT_MAX_GROUPS) {
                        fd_group_close(&group);
                        return -EPROTO;
                }
                endpoint->groups[endpoint->n_groups++] = group;
        }
        return process_fresh(endpoint, scratch, (size_t)n, process, link, side);
}
