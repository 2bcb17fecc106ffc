/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the bus says: answers to those who wait for them, names that come and go, and what peers send. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ids/bus-name.h"
#include "route/answer.h"
#include "route/guard.h"
#include "route/route-state.h"
#include "route/stand-in.h"
#include "wire/body.h"

static int learn_client(Route *route, const WireHeader *header, const uint8_t *body)
{
        const char *name = header->type == WIRE_RETURN && body != NULL ? wire_first_string(header, body) : NULL;
        Peer *self = NULL;

        /* What is no name would stand in every answer that is made up. */
        if (name == NULL || !bus_name_is_unique(name, strlen(name)) || route->client != NULL)
                return 0;
        route->client = strdup(name);
        self = route->client != NULL ? names_raise(route->names, name, BUS_ACCESS_TALK) : NULL;
        if (self == NULL)
                return -ENOMEM;
        self->n_calls++; /* never forgotten */
        return 0;
}

/* ListNames' answer with what the client may see. */
static int filter_list(Route *route, const WireHeader *header, const uint8_t *body, RouteOutput *output)
{
        CLEANUP(buffer_clear) Buffer kept = BUFFER_INIT;
        WireReader reader = wire_reader(header, body);
        WireHeader rebuilt = *header;
        uint32_t n = wire_read_u32(&reader);

        wire_put_u32(&kept, 0);
        if (n > reader.n - reader.at)
                reader.failed = true;
        while (!reader.failed && reader.at < 4 + (size_t)n) {
                const char *name = wire_read_string(&reader);

                if (name != NULL && route_visible(route, name) >= BUS_ACCESS_SEE)
                        wire_put_string(&kept, name);
        }
        if (reader.failed || kept.failed) {
                output->verdict = VERDICT_DROP;
                return kept.failed ? -ENOMEM : 0;
        }
        wire_write_u32(kept.bytes, (uint32_t)kept.n - 4, false);
        wire_build(&output->to_client, &rebuilt, &kept);
        output->verdict = VERDICT_PASS;
        return 0;
}

static int on_list(Route *route, const WireHeader *header, const uint8_t *body, RouteOutput *output)
{
        WireHeader call = { .serial = header->reply_serial };

        if (header->type == WIRE_ERROR) {
                output->forward = true;
                output->verdict = VERDICT_PASS;
                return 0;
        }
        if (body != NULL && header->signature != NULL && strcmp(header->signature, "as") == 0)
                return filter_list(route, header, body, output);
        output->verdict = VERDICT_LIMIT;
        answer_put(&output->to_client, VERDICT_LIMIT, &call, VERDICT_BUS, route->client, route_next_serial(route));
        return 0;
}

/* The notification server's answer: the client gets a number of its own. */
static void number_notice(Route *route, const WireHeader *header, const uint8_t *body, RouteOutput *output)
{
        const Peer *server = header->sender != NULL ? tracker_peer(route->bus.tracker, header->sender) : NULL;
        WireReader reader = { 0 };
        uint32_t theirs = 0;

        if (header->type != WIRE_RETURN || body == NULL || header->signature == NULL ||
            strcmp(header->signature, "u") != 0)
                return;
        reader = wire_reader(header, body);
        theirs = wire_read_u32(&reader);
        /* Of one whose name no rule speaks of, no number is known: it gets none that means anything. */
        if (!reader.failed)
                route_patch(output, 0,
                            notices_add(route->bus.notices, server != NULL ? server->id : UINT64_MAX, theirs));
}

/* A signal about one notification reaches only whose it is. */
static int
on_notice(Route *route, const WireHeader *header, const uint8_t *body, bool closes, bool fresh, RouteOutput *output)
{
        const Peer *server = tracker_peer(route->bus.tracker, header->sender);
        WireReader reader = { 0 };
        uint32_t theirs = 0, ours = 0;

        if (body == NULL)
                return 0;
        reader = wire_reader(header, body);
        theirs = wire_read_u32(&reader);
        if (server != NULL && !reader.failed)
                ours = notices_signal(route->bus.notices, server->id, theirs, header->serial, closes);
        if (server == NULL && route_may_know_more(route, header->sender, fresh))
                return ROUTE_WAIT;
        output->forward = ours != 0;
        output->verdict = output->forward ? VERDICT_PASS : VERDICT_DROP;
        output->guarded = !output->forward;
        if (output->forward)
                route_patch(output, 0, ours);
        return 0;
}

static int on_reply(Route *route, const WireHeader *header, const uint8_t *body, bool fresh, RouteOutput *output)
{
        const Call *call = route_awaited_call(route, header);
        int r = 0;

        if (call == NULL)
                return 0;
        /* Unique names stand in the list as well. */
        if (call->kind == CALL_LIST && route_may_know_more(route, ":", fresh))
                return ROUTE_WAIT;
        if (call->kind == CALL_NOTICE && route_may_know_more(route, header->sender, fresh))
                return ROUTE_WAIT;
        switch ((CallKind)call->kind) {
        case CALL_ANSWER: {
                const Buffer *answer = call->data;

                buffer_add(&output->to_client, answer->bytes, answer->n);
                output->verdict = VERDICT_PASS;
                break;
        }
        case CALL_LIST:
                r = on_list(route, header, body, output);
                break;
        case CALL_HELLO:
                r = learn_client(route, header, body);
                output->forward = true;
                break;
        case CALL_NOTICE:
                number_notice(route, header, body, output);
                output->forward = true;
                break;
        case CALL_INSTEAD:
                output->forward = header->type == WIRE_ERROR;
                if (!output->forward)
                        stand_in_put_answer(&output->to_client, call->data, header, route->client,
                                            route_next_serial(route));
                output->verdict = VERDICT_PASS;
                break;
        case CALL_ASKED: /* awaited by nobody: see route_awaited_call() */
                return 0;
        case CALL_PLAIN:
        default:
                output->forward = true;
                if (header->sender != NULL && header->sender[0] == ':')
                        names_raise(route->names, header->sender, BUS_ACCESS_SEE);
                break;
        }
        route_remove_call(route, call);
        if (output->forward)
                output->verdict = VERDICT_PASS;
        return r;
}

/* The peer becomes visible, and its call is remembered. */
static int on_peer_call(Route *route, const WireHeader *header, RouteOutput *output)
{
        Peer *peer = names_raise(route->names, header->sender, BUS_ACCESS_SEE);
        Call call = { .caller = peer != NULL ? peer->id : 0, .serial = header->serial };
        int r = peer != NULL ? 0 : -ENOBUFS;

        if (r == 0 && (header->flags & WIRE_NO_REPLY_EXPECTED) == 0) {
                r = calls_add(&route->to_client, &call);
                if (r == 0)
                        peer->n_calls++;
        }
        if (r == -ENOMEM)
                return r;
        if (r == -ENOBUFS) {
                output->verdict = VERDICT_LIMIT;
                if ((header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                        answer_put_busy(&output->to_bus, header, route_next_serial(route));
                return 0;
        }
        output->forward = true;
        output->verdict = VERDICT_PASS;
        return 0;
}

/* This client was told so.  The tracker keeps what it knows of the peer: other clients have yet to hear what it sent
 * before. */
static void peer_left(Route *route, const char *unique)
{
        Peer *peer = names_peer(route->names, unique);

        if (peer != NULL)
                calls_remove_caller(&route->to_client, peer->id);
        names_gone(route->names, unique);
        if (tracker_peer(route->bus.tracker, unique) == NULL)
                return;
        peer = names_raise(route->names, unique, BUS_ACCESS_NONE);
        if (peer != NULL)
                peer->left = true;
}

static int
on_owner_changed(Route *route, const WireHeader *header, const uint8_t *body, bool fresh, RouteOutput *output)
{
        WireReader reader = { 0 };
        const char *name = NULL, *owner = NULL;

        if (body == NULL || header->signature == NULL || strcmp(header->signature, "sss") != 0)
                return 0;
        reader = wire_reader(header, body);
        name = wire_read_string(&reader);
        wire_read_string(&reader);
        owner = wire_read_string(&reader);
        if (reader.failed)
                return 0;
        output->name = name;
        output->has = route_visible(route, name);
        output->wants = BUS_ACCESS_SEE;
        output->verdict = verdict_owner_changed(name, output->has, route->bus.sloppy);
        if (output->verdict != VERDICT_PASS && route_may_know_more(route, name, fresh))
                return ROUTE_WAIT;
        output->forward = output->verdict == VERDICT_PASS;
        if (name[0] != ':' && owner[0] != '\0') {
                tracker_learn(route->bus.tracker, name, owner);
        } else if (name[0] == ':' && owner[0] == '\0') {
                peer_left(route, name);
        }
        return 0;
}

int route_bus_message(Route *route, const WireHeader *header, const uint8_t *body, bool fresh, RouteOutput *output)
{
        BusStanding room = { 0 };
        VerdictCase it = { .policy = route->bus.policy, .header = header };
        bool closes = false;

        route_start_output(output);
        output->name = header->sender;
        /* Meant for somebody else: seen only where somebody made the bus hand it out, which no box asks for. */
        if (header->destination != NULL && header->destination[0] == ':' && route->client != NULL &&
            strcmp(header->destination, route->client) != 0)
                return 0;
        if (verdict_is_owner_changed(header))
                return on_owner_changed(route, header, body, fresh, output);
        if (route_is_reply(header))
                return on_reply(route, header, body, fresh, output);
        it.standing = route_standing(route, header->sender, &room);
        if (bus_policy_has_whole(route->bus.policy))
                route_read_argument(&it, body);
        output->verdict = verdict_from_bus(&it);
        if (output->verdict != VERDICT_PASS && header->type == WIRE_SIGNAL && header->destination == NULL &&
            route_may_know_more(route, header->sender, fresh))
                return ROUTE_WAIT;
        if (output->verdict != VERDICT_PASS)
                return 0;
        if (header->type == WIRE_CALL)
                return on_peer_call(route, header, output);
        if (route->bus.guarded && guard_is_notice(header, &closes))
                return on_notice(route, header, body, closes, fresh, output);
        if (header->destination != NULL && header->sender[0] == ':')
                names_raise(route->names, header->sender, BUS_ACCESS_SEE);
        output->forward = true;
        return 0;
}
