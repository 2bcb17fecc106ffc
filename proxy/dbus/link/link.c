/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Links.  Each side is in one of these states, and they only go down:
 *
 * WAIT       client: the bus has not accepted us yet; nothing is read.
 *                ends      the bus said OK -> AUTH
 * AUTH       lines are read.
 *                ends      client: BEGIN -> MESSAGES; bus: its last line -> MESSAGES
 *                never     a byte of one side's lines reaches the other
 * MESSAGES   messages are read and judged.
 *                ends      the stream's end -> the link is over once the other side took what it was sent; a
 *                          fault -> the link is over
 */
#include "link/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "link/denials.h"
#include "link/endpoint.h"
#include "link/log.h"
#include "link/questions.h"
#include "route/route.h"
#include "wire/auth.h"
#include "wire/body.h"

typedef struct Side {
        Endpoint end;
        Buffer made_up;  /* to it, as soon as the message that is being sent to it is whole */
        bool passing;    /* what is left of the message that comes from it goes on */
        uint64_t ticket; /* of a question to the tracker, for whose answer the next message waits; 0: none */
        size_t n_fresh;  /* of the bytes to be judged, those that had come when that was asked */
} Side;

/* A call that waits for a person's answer. */
typedef struct Asked {
        uint64_t seq; /* 0: free */
        bool allowed; /* answered, and to be sent as soon as no other message is half sent */
        Buffer message;
        FdGroup fds;
} Asked;

struct Link {
        LinkShared *shared;
        const BusOptions *bus;
        const char *via;
        TrackerLink *tracker; /* or NULL */
        Route *route;         /* NULL without --filter */
        RouteOutput output;
        AuthServer auth_server;
        AuthClient auth_client;
        Side sides[_LINK_SIDE_MAX];
        Asked *asked; /* LINK_MAX_ASKED of them, from the first on */
};

/* The bytes being judged: [run, at) go on and are not sent yet. */
typedef struct Chunk {
        uint8_t *bytes;
        size_t n, at, run;
        FdGroup *run_fds; /* go with the run's first byte; or NULL */
} Chunk;

static LinkSide other(LinkSide side)
{
        return side == LINK_CLIENT ? LINK_BUS : LINK_CLIENT;
}

static void forget_asked(Asked *asked)
{
        buffer_clear(&asked->message);
        fd_group_close(&asked->fds);
        *asked = (Asked){ 0 };
}

void link_free(Link *link)
{
        if (link == NULL)
                return;
        for (LinkSide side = 0; side < _LINK_SIDE_MAX; side++) {
                endpoint_clear(&link->sides[side].end);
                buffer_clear(&link->sides[side].made_up);
        }
        for (size_t i = 0; link->asked != NULL && i < LINK_MAX_ASKED; i++) {
                if (link->asked[i].seq != 0 && !link->asked[i].allowed)
                        questions_withdraw(link->shared->questions, link->asked[i].seq);
                forget_asked(&link->asked[i]);
        }
        free(link->asked);
        buffer_clear(&link->output.to_bus);
        buffer_clear(&link->output.to_client);
        route_free(link->route);
        free(link);
}

int link_socket(const Link *link, LinkSide side)
{
        return link->sides[side].end.fd;
}

/* Does this side's next message wait for the tracker? */
static bool waits_for_tracker(const Link *link, const Side *side)
{
        return side->ticket > 0 && tracker_answered(tracker_link_tracker(link->tracker)) < side->ticket;
}

/* May what comes from this side be judged now? */
static bool is_open(const Link *link, LinkSide from)
{
        const Side *side = &link->sides[from], *to = &link->sides[other(from)];

        if (side->end.state == ENDPOINT_WAIT)
                return false;
        if (side->end.state == ENDPOINT_AUTH)
                return outbox_pending(&side->end.out) == 0;
        if (outbox_pending(&to->end.out) > 0 || waits_for_tracker(link, side))
                return false;
        if (from == LINK_BUS)
                return true;
        /* What the bus sent may fill one turn's share; it alone must not stop a client that writes before it reads. */
        return outbox_pending(&side->end.out) + side->made_up.n < LINK_SCRATCH_BYTES + LINK_MAX_ANSWERS &&
               (link->route == NULL || !route_is_paused(link->route));
}

uint32_t link_wants(const Link *link, LinkSide which)
{
        const Side *side = &link->sides[which];

        if (side->end.ended)
                return 0;
        return (is_open(link, which) ? EPOLLIN : 0u) | (outbox_pending(&side->end.out) > 0 ? EPOLLOUT : 0u);
}

Link *link_new(LinkShared *shared, const LinkBus *bus, int client, int bus_socket)
{
        CLEANUP(link_freep) Link *link = calloc(1, sizeof *link);
        CLEANUP(buffer_clear) Buffer start = BUFFER_INIT;
        Side *side = NULL;

        if (link == NULL) {
                fd_close(client);
                fd_close(bus_socket);
                return NULL;
        }
        link->shared = shared;
        link->bus = bus->options;
        link->via = bus->via;
        link->sides[LINK_CLIENT].end.fd = client;
        link->sides[LINK_BUS].end.fd = bus_socket;
        link->sides[LINK_BUS].end.state = ENDPOINT_AUTH;
        if (bus->options->filter) {
                link->tracker = bus->tracker;
                link->route = route_new(&(RouteBus){
                        .policy = bus->options->policy,
                        .tracker = bus->tracker != NULL ? tracker_link_tracker(bus->tracker) : NULL,
                        .sloppy = bus->options->sloppy,
                        .guarded = bus->notices != NULL,
                        .notices = bus->notices,
                        .address = bus->options->accessibility,
                });
                if (link->route == NULL)
                        return NULL;
        }
        side = &link->sides[LINK_BUS];
        auth_client_start(&link->auth_client, &start);
        if (start.failed || endpoint_send(&side->end, start.bytes, start.n, NULL) < 0)
                return NULL;
        return STEAL(link);
}

/* ---- messages ---- */

static int send_run(Link *link, LinkSide from, Chunk *chunk)
{
        Side *to = &link->sides[other(from)];
        size_t n = chunk->at - chunk->run;
        FdGroup *fds = chunk->run_fds;
        int r = 0;

        if (n > 0)
                r = endpoint_send(&to->end, chunk->bytes + chunk->run, n, fds);
        chunk->run = chunk->at;
        chunk->run_fds = NULL;
        if (fds != NULL) {
                Side *side = &link->sides[from];

                endpoint_drop_group(&side->end);
        }
        return r;
}

/* Is a message from it half sent? */
static bool is_passing(const Side *side)
{
        return side->passing && side->end.left > 0;
}

/* Sends what was made up for this side, unless a message to it is half sent. */
static int send_made_up(Link *link, LinkSide which)
{
        Side *side = &link->sides[which];
        int r = 0;

        if (side->made_up.n == 0 || is_passing(&link->sides[other(which)]))
                return 0;
        r = endpoint_send(&side->end, side->made_up.bytes, side->made_up.n, NULL);
        buffer_clear(&side->made_up);
        return r;
}

static int make_up(Link *link, LinkSide which, Buffer *bytes)
{
        Side *side = &link->sides[which];

        if (bytes->failed)
                return -ENOMEM;
        if (bytes->n == 0)
                return 0;
        buffer_add(&side->made_up, bytes->bytes, bytes->n);
        bytes->n = 0;
        return side->made_up.failed ? -ENOMEM : send_made_up(link, which);
}

/* ---- calls that a person is asked about ---- */

/* Room for one more of this size, or NULL. */
static Asked *room_to_ask(Link *link, size_t n)
{
        Asked *room = NULL;

        if (link->asked == NULL)
                link->asked = calloc(LINK_MAX_ASKED, sizeof *link->asked);
        for (size_t i = 0; link->asked != NULL && i < LINK_MAX_ASKED; i++) {
                n += link->asked[i].message.n;
                if (link->asked[i].seq == 0)
                        room = &link->asked[i];
        }
        return n <= LINK_MAX_ASKED_BYTES ? room : NULL;
}

/* Asks, and keeps the call with what came with it; or the answer is known already, and *output is what it says.  bytes:
 * the whole message. */
static int ask(Link *link, const WireHeader *header, const uint8_t *bytes, RouteOutput *output)
{
        Asked *asked = room_to_ask(link, header->n_header + header->n_body);
        QuestionState state = QUESTION_DENIED;
        Side *side = &link->sides[LINK_CLIENT];
        uint64_t seq = 0;

        if (asked != NULL && link->shared->questions != NULL)
                state = questions_ask(link->shared->questions, link->via, header, output, &seq);
        if (state != QUESTION_ASKED)
                return route_answered(link->route, header, state == QUESTION_ALLOWED, output);
        asked->seq = seq;
        buffer_add(&asked->message, bytes, header->n_header + header->n_body);
        if (header->n_fds > 0) {
                asked->fds = side->end.groups[0];
                side->end.groups[0].n = 0;
        }
        return asked->message.failed ? -ENOMEM : 0;
}

/* What was allowed goes on, behind a whole message. */
static int send_allowed(Link *link)
{
        for (size_t i = 0; link->asked != NULL && i < LINK_MAX_ASKED; i++) {
                Asked *asked = &link->asked[i];
                int r;

                if (!asked->allowed || is_passing(&link->sides[LINK_CLIENT]))
                        continue;
                r = endpoint_send(&link->sides[LINK_BUS].end, asked->message.bytes, asked->message.n, &asked->fds);
                forget_asked(asked);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int answered(Link *link, Asked *asked, bool allow)
{
        RouteOutput output = { 0 };
        WireHeader header = { 0 };
        int r = wire_header_scan(&header, (const uint8_t *)asked->message.bytes, asked->message.n, WIRE_FROM_CLIENT);

        if (r == 0)
                r = route_answered(link->route, &header, allow, &output);
        if (r == 0)
                r = make_up(link, LINK_BUS, &output.to_bus);
        if (r == 0)
                r = make_up(link, LINK_CLIENT, &output.to_client);
        buffer_clear(&output.to_bus);
        buffer_clear(&output.to_client);
        asked->allowed = r == 0 && output.forward;
        if (!asked->allowed)
                forget_asked(asked);
        return r == 0 ? send_allowed(link) : r;
}

bool link_answer(Link *link, uint64_t seq, bool allow)
{
        for (size_t i = 0; link->asked != NULL && i < LINK_MAX_ASKED; i++)
                if (link->asked[i].seq == seq)
                        return answered(link, &link->asked[i], allow) == 0;
        return false;
}

/* bytes: the message, whole if body is not NULL.  0, ROUTE_WAIT, or -errno. */
static int route_message(Link *link, LinkSide from, const WireHeader *header, uint8_t *bytes, uint8_t *body)
{
        RouteOutput *output = &link->output;
        WireFrom wire_from = from == LINK_CLIENT ? WIRE_FROM_CLIENT : WIRE_FROM_BUS;
        bool fresh = link->sides[from].n_fresh > 0;
        int r;

        if (link->route == NULL) {
                output->forward = true;
                output->verdict = VERDICT_PASS;
                return 0;
        }
        if (from == LINK_CLIENT)
                r = route_client_message(link->route, header, body, fresh, output);
        else
                r = route_bus_message(link->route, header, body, fresh, output);
        if (r == 0 && output->patched)
                wire_write_u32(body + output->patch_at, output->patch_number, header->big_endian);
        if (r == 0 && output->verdict == VERDICT_ASK)
                r = ask(link, header, bytes, output);
        if (r != 0)
                return r;
        if (link->bus->log)
                log_message(wire_from, header, output);
        if (from == LINK_CLIENT && output->verdict > VERDICT_DROP && output->verdict < VERDICT_CLOSE &&
            link->shared->denials != NULL)
                denials_add(link->shared->denials, link->via, header, output, link->shared->now_ms);
        return output->verdict == VERDICT_CLOSE ? -EPROTO : 0;
}

/* Judges the message at chunk->at.  1: done; 0: it is not all there; or -errno. */
static int judge_message(Link *link, LinkSide from, Chunk *chunk)
{
        Side *side = &link->sides[from];
        /* Without a filter a client is held to nothing but messages that can be told apart. */
        WireFrom wire_from = from == LINK_CLIENT && link->route != NULL ? WIRE_FROM_CLIENT : WIRE_FROM_BUS;
        uint8_t *bytes = chunk->bytes + chunk->at, *body = NULL;
        size_t n = chunk->n - chunk->at, needs = 0;
        WireHeader header = { 0 };
        int r = wire_header_scan(&header, bytes, n, wire_from);

        if (r != 0)
                return r == WIRE_MORE ? 0 : -EPROTO;
        needs = link->route != NULL ? route_needs_body(link->route, wire_from, &header) : 0;
        if (needs > 0 && needs <= ROUTE_MAX_BODY) {
                if (header.n_here < needs)
                        return 0;
                body = bytes + header.n_header;
        }
        /* The descriptors of the message before go with it, so that those that come first are this one's. */
        r = header.n_fds > 0 ? send_run(link, from, chunk) : 0;
        if (r == 0 && !endpoint_has_fds(&side->end, &header, link->auth_server.fds))
                r = -EPROTO;
        if (r == 0)
                r = route_message(link, from, &header, bytes, body);
        if (r == ROUTE_WAIT) {
                side->ticket = tracker_link_ask(link->tracker);
                side->n_fresh = n;
                return 0;
        }
        if (r == 0 && !link->output.forward)
                r = send_run(link, from, chunk);
        if (r < 0)
                return r;
        side->passing = link->output.forward;
        side->end.left = header.n_header + header.n_body;
        if (header.n_fds > 0 && side->passing)
                chunk->run_fds = &side->end.groups[0];
        else if (header.n_fds > 0)
                endpoint_drop_group(&side->end);
        return 1;
}

/* Moves over bytes of a judged message. */
static int move_over(Link *link, LinkSide from, Chunk *chunk)
{
        Side *side = &link->sides[from];
        size_t left = chunk->n - chunk->at, n = left < side->end.left ? left : (size_t)side->end.left;
        int r = 0;

        chunk->at += n;
        side->end.left -= n;
        side->n_fresh -= n < side->n_fresh ? n : side->n_fresh;
        if (!side->passing)
                chunk->run = chunk->at;
        /* What was made up comes behind a whole message: at once, or now that the run ends with one. */
        if (side->end.left == 0 &&
            (link->output.to_bus.n > 0 || link->output.to_client.n > 0 || link->sides[other(from)].made_up.n > 0)) {
                r = send_run(link, from, chunk);
                if (r == 0)
                        r = make_up(link, LINK_BUS, &link->output.to_bus);
                if (r == 0)
                        r = make_up(link, LINK_CLIENT, &link->output.to_client);
                if (r == 0)
                        r = send_made_up(link, other(from));
        }
        if (side->end.left == 0 && r == 0 && from == LINK_CLIENT && link->asked != NULL) {
                r = send_run(link, from, chunk);
                if (r == 0)
                        r = send_allowed(link);
        }
        return r;
}

/* Judges messages as far as possible; *ret_used bytes are done with. */
static int judge(Link *link, LinkSide from, uint8_t *bytes, size_t n, size_t *ret_used)
{
        Side *side = &link->sides[from];
        Chunk chunk = { .bytes = bytes, .n = n };
        int r = 1;

        while (r > 0 && chunk.at < chunk.n) {
                if (side->end.left > 0) {
                        r = move_over(link, from, &chunk) < 0 ? -EPROTO : 1;
                        continue;
                }
                if (from == LINK_CLIENT && link->route != NULL && route_is_paused(link->route))
                        break;
                r = judge_message(link, from, &chunk);
        }
        if (r >= 0)
                r = send_run(link, from, &chunk);
        *ret_used = chunk.at;
        return r;
}

/* ---- authentication ---- */

static int feed_client(Link *link, const char *untrusted, size_t n, size_t *ret_used)
{
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        Side *client = &link->sides[LINK_CLIENT], *bus = &link->sides[LINK_BUS];
        int r = auth_server_feed(&link->auth_server, link->auth_client.guid, untrusted, n, ret_used, &answer);
        int sent = 0;

        if (r < 0)
                return r;
        if (answer.n > 0)
                sent = endpoint_send(&client->end, answer.bytes, answer.n, NULL);
        if (sent < 0 || r != AUTH_DONE)
                return sent;
        client->end.state = ENDPOINT_MESSAGES;
        if (auth_client_begin(&link->auth_client, link->auth_server.fds, &lines) == AUTH_DONE)
                bus->end.state = ENDPOINT_MESSAGES;
        return lines.failed ? -ENOMEM : endpoint_send(&bus->end, lines.bytes, lines.n, NULL);
}

static int feed_bus(Link *link, const char *bytes, size_t n, size_t *ret_used)
{
        int r = auth_client_feed(&link->auth_client, bytes, n, ret_used);

        if (r == AUTH_READY)
                link->sides[LINK_CLIENT].end.state = ENDPOINT_AUTH;
        if (r == AUTH_DONE)
                link->sides[LINK_BUS].end.state = ENDPOINT_MESSAGES;
        return r < 0 ? r : 0;
}

/* ---- reading ---- */

static int process(void *data, unsigned from, uint8_t *bytes, size_t n, size_t *ret_used)
{
        Link *link = data;
        Side *side = &link->sides[from];
        size_t used = 0, more = 0;
        int r = 0;

        if (side->end.state == ENDPOINT_AUTH && from == LINK_CLIENT)
                r = feed_client(link, (const char *)bytes, n, &used);
        else if (side->end.state == ENDPOINT_AUTH)
                r = feed_bus(link, (const char *)bytes, n, &used);
        if (r == 0 && side->end.state == ENDPOINT_MESSAGES && is_open(link, from))
                r = judge(link, from, bytes + used, n - used, &more);
        *ret_used = used + more;
        return r < 0 ? r : 0;
}

/* What waited because of the other side, or of the set-up, may go on now. */
static int resume(Link *link)
{
        for (LinkSide side = 0; side < _LINK_SIDE_MAX; side++) {
                int r = 0;

                if (link->sides[side].end.held.n > 0 && is_open(link, side))
                        r = endpoint_resume(&link->sides[side].end, process, link, side);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* One side ended: is there still something to deliver to the other? */
static bool is_over(const Link *link)
{
        for (LinkSide side = 0; side < _LINK_SIDE_MAX; side++) {
                const Side *to = &link->sides[other(side)];

                if (!link->sides[side].end.ended)
                        continue;
                /* What is held and may be judged has been: the rest is cut off for good. */
                if (to->end.ended || (outbox_pending(&to->end.out) == 0 && is_open(link, side)))
                        return true;
                if (link->sides[side].end.held.n == 0 && outbox_pending(&to->end.out) == 0)
                        return true;
        }
        return false;
}

bool link_resume(Link *link)
{
        return resume(link) == 0 && !is_over(link);
}

TrackerLink *link_tracker(const Link *link)
{
        return link->tracker;
}

bool link_handle(Link *link, LinkSide which, uint32_t events)
{
        Side *side = &link->sides[which];
        int r = 0;

        if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
                r = endpoint_flush(&side->end);
        if (r == 0 && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && !side->end.ended && is_open(link, which))
                r = endpoint_read(&side->end, link->shared->scratch, LINK_SCRATCH_BYTES, process, link, which);
        if (r == 0)
                r = resume(link);
        return r == 0 && !is_over(link);
}
