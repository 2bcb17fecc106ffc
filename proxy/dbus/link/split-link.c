/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What one read brought is judged message by message and gathered for each side, then sent: one send a side and turn. A
 * body that is longer than a read goes on as it comes.  While a message to the client is half sent, the other bus
 * waits; while a side has not taken what it was sent, nothing is read for it.  So a link holds no more than a read or
 * two, whoever does not read. */
#include "link/split-link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "link/endpoint.h"
#include "link/link.h"
#include "route/route.h"
#include "wire/auth.h"

enum { MADE_KEPT = 4096 };

typedef struct Side {
        Endpoint end;
        bool to[_SPLIT_SIDE_MAX]; /* where what is left of its message goes */
} Side;

struct SplitLink {
        Buffer *gathered; /* to each side, in this turn */
        Split *split;
        SplitOutput output;
        AuthServer auth_server;
        AuthClient auth[_SPLIT_SIDE_MAX]; /* of the buses */
        Side sides[_SPLIT_SIDE_MAX];
};

void split_link_free(SplitLink *link)
{
        if (link == NULL)
                return;
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++) {
                endpoint_clear(&link->sides[side].end);
                buffer_clear(&link->output.to[side]);
        }
        split_free(link->split);
        free(link);
}

int split_link_socket(const SplitLink *link, SplitSide side)
{
        return link->sides[side].end.fd;
}

/* Is a message of another side to this one half sent? */
static bool is_taken(const SplitLink *link, SplitSide to, SplitSide from)
{
        for (SplitSide other = 0; other < _SPLIT_SIDE_MAX; other++)
                if (other != from && link->sides[other].end.left > 0 && link->sides[other].to[to])
                        return true;
        return false;
}

/* May what comes from this side be judged now? */
static bool is_open(const SplitLink *link, SplitSide from)
{
        const Side *side = &link->sides[from];

        if (side->end.state == ENDPOINT_WAIT)
                return false;
        if (side->end.state == ENDPOINT_AUTH)
                return outbox_pending(&side->end.out) == 0;
        for (SplitSide to = 0; to < _SPLIT_SIDE_MAX; to++)
                if (to != from && (from == SPLIT_CLIENT || to == SPLIT_CLIENT) &&
                    (outbox_pending(&link->sides[to].end.out) > 0 || is_taken(link, to, from)))
                        return false;
        /* What is made up for the client is bounded by what it reads. */
        return from != SPLIT_CLIENT ||
               (!split_is_paused(link->split) && outbox_pending(&side->end.out) < LINK_MAX_ANSWERS);
}

uint32_t split_link_wants(const SplitLink *link, SplitSide which)
{
        const Side *side = &link->sides[which];

        if (side->end.ended)
                return 0;
        return (is_open(link, which) ? EPOLLIN : 0u) | (outbox_pending(&side->end.out) > 0 ? EPOLLOUT : 0u);
}

SplitLink *split_link_new(Buffer gathered[_SPLIT_SIDE_MAX], const BusOptions *bus, int client, int outer, int inner)
{
        CLEANUP(split_link_freep) SplitLink *link = calloc(1, sizeof *link);

        if (link == NULL) {
                fd_close(client);
                fd_close(outer);
                fd_close(inner);
                return NULL;
        }
        link->sides[SPLIT_CLIENT].end.fd = client;
        link->sides[SPLIT_OUTER].end.fd = outer;
        link->sides[SPLIT_INNER].end.fd = inner;
        link->gathered = gathered;
        link->split = split_new(bus->inner);
        for (SplitSide side = SPLIT_OUTER; side < _SPLIT_SIDE_MAX && link->split != NULL; side++) {
                CLEANUP(buffer_clear) Buffer start = BUFFER_INIT;

                link->sides[side].end.state = ENDPOINT_AUTH;
                auth_client_start(&link->auth[side], &start);
                if (start.failed || endpoint_send(&link->sides[side].end, start.bytes, start.n, NULL) < 0)
                        return NULL;
        }
        return link->split != NULL ? STEAL(link) : NULL;
}

/* ---- messages ---- */

/* Sends what was gathered. */
static int flush(SplitLink *link)
{
        for (SplitSide to = 0; to < _SPLIT_SIDE_MAX; to++) {
                Buffer *gathered = &link->gathered[to];
                int r = gathered->failed ? -ENOMEM
                                         : endpoint_send(&link->sides[to].end, gathered->bytes, gathered->n, NULL);

                gathered->n = 0;
                gathered->failed = false;
                if (r < 0)
                        return r;
        }
        return 0;
}

static FdGroup *fds_of(Side *side, const WireHeader *header)
{
        return header->n_fds > 0 ? &side->end.groups[0] : NULL;
}

/* The first bytes of a message to a side, with its descriptors. */
static int begin(SplitLink *link, SplitSide to, const void *bytes, size_t n, FdGroup *fds)
{
        Side *side = &link->sides[to];
        int r;

        if (fds == NULL) {
                buffer_add(&link->gathered[to], bytes, n);
                return link->gathered[to].failed ? -ENOMEM : 0;
        }
        r = flush(link);
        return r < 0 ? r : endpoint_send(&side->end, bytes, n, fds);
}

/* What the split made of the message at bytes, whose body follows. */
static int deliver(SplitLink *link, SplitSide from, const WireHeader *header, const uint8_t *bytes)
{
        SplitOutput *output = &link->output;
        Side *side = &link->sides[from];
        int r = 0;

        side->end.left = header->n_body;
        for (SplitSide to = 0; to < _SPLIT_SIDE_MAX && r == 0; to++) {
                Buffer *made = &output->to[to];
                bool rebuilt = output->rebuilt && output->body_to == to;

                side->to[to] = output->forward[to] || rebuilt;
                if (made->n > 0)
                        r = begin(link, to, made->bytes, made->n, rebuilt ? fds_of(side, header) : NULL);
                /* Nearly all are headers; a list of names is given back. */
                if (made->room > MADE_KEPT)
                        buffer_clear(made);
                made->n = 0;
                if (r == 0 && output->forward[to])
                        r = begin(link, to, bytes, header->n_header, fds_of(side, header));
        }
        if (header->n_fds > 0)
                endpoint_drop_group(&side->end);
        return r;
}

/* Judges the message at bytes.  Its header's length; 0: it is not all there; or -errno. */
static ssize_t judge_message(SplitLink *link, SplitSide from, const uint8_t *bytes, size_t n)
{
        Side *side = &link->sides[from];
        const uint8_t *body = NULL;
        WireHeader header = { 0 };
        int r = wire_header_scan(&header, bytes, n, from == SPLIT_CLIENT ? WIRE_FROM_CLIENT : WIRE_FROM_BUS);

        if (r != 0)
                return r == WIRE_MORE ? 0 : -EPROTO;
        if (split_needs_body(link->split, from, &header) && header.n_body <= ROUTE_MAX_BODY) {
                if (n < header.n_header + header.n_body)
                        return 0;
                body = bytes + header.n_header;
        }
        if (!endpoint_has_fds(&side->end, &header, link->auth_server.fds))
                return -EPROTO;
        r = split_message(link->split, from, &header, bytes, body, &link->output);
        if (r == 0 && link->output.close)
                r = -EPROTO;
        if (r == 0)
                r = deliver(link, from, &header, bytes);
        return r < 0 ? r : (ssize_t)header.n_header;
}

static int judge(SplitLink *link, SplitSide from, const uint8_t *bytes, size_t n, size_t *ret_used)
{
        Side *side = &link->sides[from];
        size_t at = 0;
        int r;

        while (at < n) {
                ssize_t used;

                if (side->end.left > 0) {
                        size_t part = n - at < side->end.left ? n - at : (size_t)side->end.left;

                        for (SplitSide to = 0; to < _SPLIT_SIDE_MAX; to++)
                                if (side->to[to])
                                        buffer_add(&link->gathered[to], bytes + at, part);
                        side->end.left -= part;
                        at += part;
                        continue;
                }
                if (from == SPLIT_CLIENT && split_is_paused(link->split))
                        break;
                used = judge_message(link, from, bytes + at, n - at);
                if (used < 0)
                        return (int)used;
                if (used == 0)
                        break;
                at += (size_t)used;
        }
        r = flush(link);
        *ret_used = at;
        return r;
}

/* ---- authentication ---- */

static int feed_client(SplitLink *link, const char *untrusted, size_t n, size_t *ret_used)
{
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;
        int r = auth_server_feed(&link->auth_server, link->auth[SPLIT_OUTER].guid, untrusted, n, ret_used, &answer);
        int sent = r < 0 ? r : endpoint_send(&link->sides[SPLIT_CLIENT].end, answer.bytes, answer.n, NULL);

        if (sent < 0 || r != AUTH_DONE)
                return sent;
        link->sides[SPLIT_CLIENT].end.state = ENDPOINT_MESSAGES;
        for (SplitSide side = SPLIT_OUTER; side < _SPLIT_SIDE_MAX; side++) {
                CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;

                if (auth_client_begin(&link->auth[side], link->auth_server.fds, &lines) == AUTH_DONE)
                        link->sides[side].end.state = ENDPOINT_MESSAGES;
                /* Messages may follow BEGIN before its answer. */
                if (side == SPLIT_INNER)
                        split_start(link->split, &lines);
                sent = lines.failed ? -ENOMEM : endpoint_send(&link->sides[side].end, lines.bytes, lines.n, NULL);
                if (sent < 0)
                        return sent;
        }
        return 0;
}

static int feed_bus(SplitLink *link, SplitSide which, const char *bytes, size_t n, size_t *ret_used)
{
        int r = auth_client_feed(&link->auth[which], bytes, n, ret_used);

        if (r == AUTH_DONE)
                link->sides[which].end.state = ENDPOINT_MESSAGES;
        if (r == AUTH_READY && link->auth[SPLIT_OUTER].state == AUTH_CLIENT_WAIT &&
            link->auth[SPLIT_INNER].state == AUTH_CLIENT_WAIT)
                link->sides[SPLIT_CLIENT].end.state = ENDPOINT_AUTH;
        return r < 0 ? r : 0;
}

/* ---- reading ---- */

static int process(void *data, unsigned from, uint8_t *bytes, size_t n, size_t *ret_used)
{
        SplitLink *link = data;
        Side *side = &link->sides[from];
        size_t used = 0, more = 0;
        int r = 0;

        if (side->end.state == ENDPOINT_AUTH && from == SPLIT_CLIENT)
                r = feed_client(link, (const char *)bytes, n, &used);
        else if (side->end.state == ENDPOINT_AUTH)
                r = feed_bus(link, from, (const char *)bytes, n, &used);
        if (r == 0 && side->end.state == ENDPOINT_MESSAGES && is_open(link, from))
                r = judge(link, from, bytes + used, n - used, &more);
        *ret_used = used + more;
        return r;
}

/* What waited for another side, or for the names, may go on now; and by that, what waited for it. */
static int resume(SplitLink *link)
{
        bool again = true;

        while (again) {
                again = false;
                for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++) {
                        size_t n = link->sides[side].end.held.n;
                        int r = n > 0 && is_open(link, side)
                                        ? endpoint_resume(&link->sides[side].end, process, link, side)
                                        : 0;

                        if (r < 0)
                                return r;
                        again |= link->sides[side].end.held.n < n;
                }
        }
        return 0;
}

/* Any side's end is the end, once the others took what it had sent before. */
static bool is_over(const SplitLink *link)
{
        bool ended = false;

        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++) {
                const Side *one = &link->sides[side];

                if (one->end.ended && one->end.held.n > 0 && one->end.state == ENDPOINT_MESSAGES &&
                    !is_open(link, side))
                        return false;
                ended |= one->end.ended;
        }
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX && ended; side++)
                if (!link->sides[side].end.ended && !link->sides[side].end.deaf &&
                    outbox_pending(&link->sides[side].end.out) > 0)
                        return false;
        return ended;
}

bool split_link_handle(SplitLink *link, SplitSide which, uint32_t events, uint8_t *scratch, size_t n)
{
        Side *side = &link->sides[which];
        int r = 0;

        if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
                r = endpoint_flush(&side->end);
        if (r == 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !side->end.ended && is_open(link, which))
                r = endpoint_read(&side->end, scratch, n, process, link, which);
        if (r == 0)
                r = resume(link);
        /* What a link that failed had gathered is nobody else's. */
        for (SplitSide to = 0; to < _SPLIT_SIDE_MAX && r < 0; to++)
                buffer_clear(&link->gathered[to]);
        return r == 0 && !is_over(link);
}
