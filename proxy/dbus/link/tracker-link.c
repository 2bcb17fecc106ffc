/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Bytes to and from the tracker.  Simpler than a Link: the other side is the bus, which is believed, and what comes is
 * as much as was asked for. */
#include "link/tracker-link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "link/outbox.h"
#include "route/route.h"
#include "wire/auth.h"

struct TrackerLink {
        int fd;
        bool lost;
        AuthClient auth;
        Outbox out;
        Buffer held;   /* read, but not whole */
        uint64_t drop; /* bytes of a message that is too long to be read */
        Tracker *tracker;
};

static int send_out(TrackerLink *link, Buffer *bytes)
{
        int r = bytes->failed ? -ENOMEM : 0;

        if (r == 0 && bytes->n > 0)
                r = outbox_write(&link->out, link->fd, bytes->bytes, bytes->n, NULL);
        link->lost |= r < 0;
        return r;
}

TrackerLink *tracker_link_new(const BusPolicy *policy, int bus_socket)
{
        CLEANUP(tracker_link_freep) TrackerLink *link = calloc(1, sizeof *link);
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;

        if (link == NULL) {
                fd_close(bus_socket);
                return NULL;
        }
        link->fd = bus_socket;
        link->tracker = tracker_new(policy);
        auth_client_start(&link->auth, &line);
        return link->tracker != NULL && send_out(link, &line) == 0 ? STEAL(link) : NULL;
}

void tracker_link_free(TrackerLink *link)
{
        if (link == NULL)
                return;
        fd_close(link->fd);
        outbox_clear(&link->out);
        buffer_clear(&link->held);
        tracker_free(link->tracker);
        free(link);
}

Tracker *tracker_link_tracker(TrackerLink *link)
{
        return link->tracker;
}

int tracker_link_socket(const TrackerLink *link)
{
        return link->fd;
}

uint32_t tracker_link_wants(const TrackerLink *link)
{
        return EPOLLIN | (outbox_pending(&link->out) > 0 ? EPOLLOUT : 0u);
}

static int begin(TrackerLink *link)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        (void)auth_client_begin(&link->auth, false, &bytes);
        if (tracker_start(link->tracker, &bytes) < 0)
                return -ENOMEM;
        return send_out(link, &bytes);
}

static int feed_auth(TrackerLink *link, size_t *ret_used)
{
        int r = auth_client_feed(&link->auth, link->held.bytes, link->held.n, ret_used);

        return r == AUTH_READY ? begin(link) : r < 0 ? r : 0;
}

/* The message at `at`.  1: done; 0: it is not all there; or -errno. */
static int feed_message(TrackerLink *link, size_t at)
{
        CLEANUP(buffer_clear) Buffer to_bus = BUFFER_INIT;
        const uint8_t *bytes = (const uint8_t *)link->held.bytes + at, *body = NULL;
        size_t n = link->held.n - at;
        WireHeader header = { 0 };
        int r = wire_header_scan(&header, bytes, n, WIRE_FROM_BUS);

        if (r != 0)
                return r == WIRE_MORE ? 0 : -EPROTO;
        if (header.n_body <= ROUTE_MAX_BODY) {
                if (n < header.n_header + header.n_body)
                        return 0;
                body = bytes + header.n_header;
        }
        r = tracker_message(link->tracker, &header, body, &to_bus);
        if (r == 0)
                r = send_out(link, &to_bus);
        if (r < 0)
                return r;
        link->drop = header.n_header + header.n_body;
        return 1;
}

static int process(TrackerLink *link)
{
        size_t at = 0;
        int r = 0;

        if (link->auth.state != AUTH_CLIENT_DONE)
                r = feed_auth(link, &at);
        if (r == 0 && link->auth.state == AUTH_CLIENT_DONE)
                r = 1;
        while (r > 0 && at < link->held.n) {
                size_t left = link->held.n - at, n = left < link->drop ? left : (size_t)link->drop;

                link->drop -= n;
                at += n;
                if (n == 0)
                        r = feed_message(link, at);
        }
        if (r < 0)
                return r;
        if (at == link->held.n) {
                buffer_clear(&link->held);
        } else if (at > 0) {
                memmove(link->held.bytes, link->held.bytes + at, link->held.n - at);
                link->held.n -= at;
        }
        return 0;
}

bool tracker_link_handle(TrackerLink *link, uint32_t events, uint8_t *scratch, size_t n)
{
        FdGroup group = { .n = 0 };
        ssize_t got;

        if ((events & EPOLLOUT) != 0 && outbox_flush(&link->out, link->fd) < 0)
                return false;
        if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0)
                return !link->lost;
        got = fd_group_receive(link->fd, scratch, n, &group);
        fd_group_close(&group);
        if (got == -EAGAIN)
                return !link->lost;
        if (got <= 0)
                return false;
        buffer_add(&link->held, scratch, (size_t)got);
        return !link->held.failed && process(link) == 0 && !link->lost;
}

uint64_t tracker_link_ask(TrackerLink *link)
{
        CLEANUP(buffer_clear) Buffer to_bus = BUFFER_INIT;
        uint64_t ticket = tracker_ask(link->tracker, &to_bus);

        (void)send_out(link, &to_bus);
        return ticket;
}
