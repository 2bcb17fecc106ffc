/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the client says.  Answers keep the bus's order: while the client waits for something from the bus itself, a
 * refused call is put to the bus as a harmless one with the client's serial (GetId), and its answer is exchanged for
 * ours when it comes; otherwise ours is given at once, and the bus does not hear of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route/answer.h"
#include "route/guard.h"
#include "route/route-state.h"
#include "route/stand-in.h"
#include "wire/body.h"
#include "wire/match-rule.h"

/* Keeps the answer until the bus has answered a GetId with the client's serial. */
static int answer_later(Route *route, const WireHeader *header, Buffer *answer, RouteOutput *output)
{
        Buffer *kept = calloc(1, sizeof *kept);
        Call call = { .callee = CALLEE_BUS, .serial = header->serial, .kind = CALL_ANSWER, .data = kept };
        int r = kept != NULL ? route_add_call(route, &call) : -ENOMEM;

        if (r < 0) {
                free(kept);
                return r;
        }
        *kept = *answer;
        *answer = (Buffer)BUFFER_INIT;
        answer_put_bus_call(&output->to_bus, "GetId", NULL, header->serial, 0);
        return 0;
}

static int refuse(Route *route, const WireHeader *header, Verdict verdict, RouteOutput *output)
{
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;
        const char *about = output->name != NULL ? output->name : VERDICT_BUS;
        int r = -ENOBUFS;

        output->verdict = verdict;
        if (verdict == VERDICT_DROP || verdict == VERDICT_CLOSE || header->type != WIRE_CALL ||
            (header->flags & WIRE_NO_REPLY_EXPECTED) != 0)
                return 0;
        answer_put(&answer, verdict, header, about, route->client, route_next_serial(route));
        if (answer.failed)
                return -ENOMEM;
        if (calls_find(&route->to_bus, 0, header->serial) != NULL) {
                output->verdict = VERDICT_CLOSE;
                return 0;
        }
        if (route->n_on_bus > 0)
                r = answer_later(route, header, &answer, output);
        if (r == -ENOBUFS) {
                buffer_add(&output->to_client, answer.bytes, answer.n);
                r = 0;
        }
        return r;
}

/* A call that goes on, as it is unless rewritten. */
static int pass_call(Route *route, const WireHeader *header, CallKind kind, uint64_t callee, RouteOutput *output)
{
        Call call = { .callee = callee, .serial = header->serial, .kind = kind };
        int r = 0;

        if ((header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                r = route_add_call(route, &call);
        if (r == -EEXIST) {
                /* Which of the two an answer belongs to could not be told: ListNames' might pass as another's. */
                output->verdict = VERDICT_CLOSE;
                return 0;
        }
        if (r == -ENOBUFS)
                return refuse(route, header, VERDICT_LIMIT, output);
        if (r < 0)
                return r;
        output->verdict = VERDICT_PASS;
        output->forward = true;
        return 0;
}

static int on_hello(Route *route, const WireHeader *header, RouteOutput *output)
{
        bool first = !route->said_hello;
        int r;

        if (first && (header->flags & WIRE_NO_REPLY_EXPECTED) != 0) {
                output->verdict = VERDICT_CLOSE; /* its name would never be known */
                return 0;
        }
        r = pass_call(route, header, first ? CALL_HELLO : CALL_PLAIN, CALLEE_BUS, output);
        route->said_hello |= r == 0 && output->forward;
        return r;
}

/* The rule goes on in our spelling. */
static int on_match(Route *route, const WireHeader *header, const uint8_t *untrusted_body, RouteOutput *output)
{
        CLEANUP(buffer_clear) Buffer rule = BUFFER_INIT;
        const char *untrusted_rule = untrusted_body != NULL ? wire_first_string(header, untrusted_body) : NULL;
        int code = untrusted_rule != NULL ? match_rule_rewrite(&rule, NULL, untrusted_rule) : 0;
        int r;

        if (untrusted_rule == NULL)
                return refuse(route, header, VERDICT_BAD_ARGS, output);
        if (code != 0)
                return refuse(route, header, code == MATCH_RULE_EAVESDROP ? VERDICT_DENIED : VERDICT_BAD_RULE, output);
        if (buffer_text(&rule) == NULL)
                return -ENOMEM;
        r = pass_call(route, header, CALL_PLAIN, CALLEE_BUS, output);
        if (r < 0 || !output->forward)
                return r;
        output->forward = false;
        answer_put_bus_call(&output->to_bus, header->member, buffer_text(&rule), header->serial, header->flags);
        return 0;
}

static int
on_bus_call(Route *route, const WireHeader *header, const uint8_t *untrusted_body, bool fresh, RouteOutput *output)
{
        BusMethod method = verdict_bus_method(header);
        Verdict verdict;

        if (method == BUS_METHOD_HELLO)
                return on_hello(route, header, output);
        if (!route->said_hello) {
                output->verdict = VERDICT_CLOSE;
                return 0;
        }
        if (method == BUS_METHOD_MATCH)
                return on_match(route, header, untrusted_body, output);
        if (verdict_bus_method_has_name(method)) {
                output->name = untrusted_body != NULL ? wire_first_string(header, untrusted_body) : NULL;
                if (output->name == NULL)
                        return refuse(route, header, VERDICT_BAD_ARGS, output);
                output->has = route_visible(route, output->name);
                output->wants = verdict_bus_method_wants(method);
        } else {
                output->name = header->destination;
        }
        verdict = verdict_bus_call(method, output->has);
        if (verdict != VERDICT_PASS && verdict_bus_method_has_name(method) &&
            route_may_know_more(route, output->name, fresh))
                return ROUTE_WAIT;
        if (verdict != VERDICT_PASS)
                return refuse(route, header, verdict, output);
        return pass_call(route, header, method == BUS_METHOD_LIST ? CALL_LIST : CALL_PLAIN, CALLEE_BUS, output);
}

/* A reply of the client: the peer that called, with that serial, has no answer yet? */
static bool take_peer_call(Route *route, const WireHeader *header)
{
        Peer *peer = header->destination != NULL && header->destination[0] == ':'
                             ? names_peer(route->names, header->destination)
                             : NULL;

        if (peer == NULL || calls_find(&route->to_client, peer->id, header->reply_serial) == NULL)
                return false;
        calls_remove(&route->to_client, peer->id, header->reply_serial);
        peer->n_calls--;
        return true;
}

static uint64_t callee_of(Route *route, const char *destination)
{
        const Peer *peer = NULL;

        if (destination == NULL)
                return CALLEE_BUS;
        peer = destination[0] == ':' ? names_raise(route->names, destination, BUS_ACCESS_NONE) : NULL;
        return peer != NULL ? peer->id : CALLEE_NAME;
}

/* The call waits until a person has answered; of its answers none is awaited meanwhile. */
static int ask(Route *route, const VerdictCase *it, const uint8_t *untrusted_body, RouteOutput *output)
{
        const WireHeader *header = it->header;
        BusAct act = { .path = header->path,
                       .interface = header->interface,
                       .member = header->member,
                       .read = it->read,
                       .argument = it->argument,
                       .is_path = it->argument_is_path };
        Call call = { .callee = CALLEE_NAME, .serial = header->serial, .kind = CALL_ASKED };
        int r = 0;

        /* Who answers must be told which method, and a call is held only whole. */
        if (header->interface == NULL)
                return refuse(route, header, VERDICT_DENIED, output);
        if (untrusted_body == NULL && header->n_body > 0)
                return refuse(route, header, VERDICT_LIMIT, output);
        output->rule = bus_policy_asking(route->bus.policy, it->standing, &act);
        if ((header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                r = route_add_call(route, &call);
        if (r == -ENOBUFS)
                return refuse(route, header, VERDICT_LIMIT, output);
        output->verdict = r == -EEXIST ? VERDICT_CLOSE : VERDICT_ASK;
        return r == -ENOMEM ? r : 0;
}

/* ---- what is guarded ---- */

/* Who would get what goes to that name: the number that its peer has, or 0. */
static uint64_t server_of(const Route *route, const char *destination)
{
        const Peer *peer = destination[0] == ':' ? tracker_peer(route->bus.tracker, destination)
                                                 : tracker_owner(route->bus.tracker, destination);

        return peer != NULL ? peer->id : 0;
}

/* A notification that takes an earlier one's place, or the end of one: the server's number in place of the client's. */
static int on_notice(Route *route,
                     GuardKind kind,
                     const VerdictCase *it,
                     const uint8_t *untrusted_body,
                     bool asks,
                     bool fresh,
                     RouteOutput *output)
{
        const WireHeader *header = it->header;
        const char *form = kind == GUARD_NOTIFY ? "susssasa{sv}i" : "u";
        WireReader reader = { 0 };
        uint32_t ours = 0, theirs = 0;

        if (untrusted_body == NULL || header->signature == NULL || strcmp(header->signature, form) != 0)
                return refuse(route, header, VERDICT_BAD_ARGS, output);
        reader = wire_reader(header, untrusted_body);
        /* However the bytes came: the same is read of them. */
        if (reader.n > guard_needs_body(header))
                reader.n = guard_needs_body(header);
        if (kind == GUARD_NOTIFY)
                wire_read_string(&reader);
        ours = wire_read_u32(&reader);
        if (reader.failed)
                return refuse(route, header, VERDICT_BAD_ARGS, output);
        /* Another server may have come since, and count anew. */
        if (ours != 0 && !fresh && route->bus.tracker != NULL)
                return ROUTE_WAIT;
        theirs = ours == 0 ? 0 : notices_theirs(route->bus.notices, server_of(route, header->destination), ours);
        output->guarded = kind == GUARD_CLOSE && theirs == 0;
        if (output->guarded)
                return refuse(route, header, VERDICT_DENIED, output);
        if (theirs != ours)
                route_patch(output, reader.at - 4, theirs);
        if (asks)
                return ask(route, it, untrusted_body, output);
        return pass_call(route, header, kind == GUARD_NOTIFY ? CALL_NOTICE : CALL_PLAIN,
                         callee_of(route, header->destination), output);
}

/* The call does not go on; another one does, whose answer is exchanged. */
static int
stand_in(Route *route, GuardKind kind, const WireHeader *header, const uint8_t *untrusted_body, RouteOutput *output)
{
        Call call = { .callee = callee_of(route, header->destination), .serial = header->serial, .kind = CALL_INSTEAD };
        StandIn *made = NULL;
        int r = stand_in_new(&made, kind, header, untrusted_body, route->client, route->bus.address);

        if (r == -EINVAL)
                return refuse(route, header, VERDICT_BAD_ARGS, output);
        output->verdict = kind == GUARD_ADDRESS ? VERDICT_PASS : VERDICT_INSTEAD;
        output->guarded = kind != GUARD_ADDRESS;
        if (r == 0 && (header->flags & WIRE_NO_REPLY_EXPECTED) != 0) {
                stand_in_free(made); /* nobody would hear it */
                return 0;
        }
        call.data = made;
        if (r == 0)
                r = route_add_call(route, &call);
        if (r == 0) {
                stand_in_put_call(&output->to_bus, header);
                return 0;
        }
        stand_in_free(made);
        if (r == -ENOBUFS)
                return refuse(route, header, VERDICT_LIMIT, output);
        if (r != -EEXIST)
                return r;
        output->verdict = VERDICT_CLOSE;
        return 0;
}

/* A rule lets it pass; asks: once a person has said so. */
static int on_guarded(Route *route,
                      GuardKind kind,
                      const VerdictCase *it,
                      const uint8_t *untrusted_body,
                      bool asks,
                      bool fresh,
                      RouteOutput *output)
{
        bool refused = kind == GUARD_REFUSE || (kind == GUARD_ADDRESS && route->bus.address == NULL) ||
                       it->header->destination == NULL || route->client == NULL;

        if (refused) {
                output->guarded = true;
                return refuse(route, it->header, VERDICT_DENIED, output);
        }
        if (kind == GUARD_NOTIFY || kind == GUARD_CLOSE)
                return on_notice(route, kind, it, untrusted_body, asks, fresh, output);
        return stand_in(route, kind, it->header, untrusted_body, output);
}

int route_answered(Route *route, const WireHeader *header, bool allow, RouteOutput *output)
{
        const Call *call = calls_find(&route->to_bus, 0, header->serial);
        bool notice = false;

        route_start_output(output);
        output->name = header->destination;
        if (call != NULL)
                route_remove_call(route, call);
        notice = route->bus.guarded && guard_of_call(header) == GUARD_NOTIFY;
        if (allow)
                return pass_call(route, header, notice ? CALL_NOTICE : CALL_PLAIN,
                                 callee_of(route, header->destination), output);
        return refuse(route, header, VERDICT_DENIED, output);
}

int route_client_message(
        Route *route, const WireHeader *header, const uint8_t *untrusted_body, bool fresh, RouteOutput *output)
{
        BusStanding room = { 0 };
        VerdictCase it = { .policy = route->bus.policy, .header = header };
        GuardKind guard;
        Verdict verdict;

        route_start_output(output);
        output->name = header->destination;
        if (header->type == WIRE_CALL && route_is_bus(header->destination))
                return on_bus_call(route, header, untrusted_body, fresh, output);
        if (!route->said_hello) {
                output->verdict = VERDICT_CLOSE;
                return 0;
        }
        it.standing = route_standing(route, header->destination, &room);
        if (bus_policy_has_whole(route->bus.policy))
                route_read_argument(&it, untrusted_body);
        if (route_is_reply(header))
                it.reply_awaited = take_peer_call(route, header);
        verdict = route_is_bus(header->destination) && header->type == WIRE_SIGNAL ? VERDICT_DENIED
                                                                                   : verdict_from_client(&it);
        if (verdict != VERDICT_PASS && !route_is_reply(header) &&
            route_may_know_more(route, header->destination, fresh))
                return ROUTE_WAIT;
        guard = route->bus.guarded && (verdict == VERDICT_PASS || verdict == VERDICT_ASK) ? guard_of_call(header)
                                                                                          : GUARD_NONE;
        if (guard != GUARD_NONE)
                return on_guarded(route, guard, &it, untrusted_body, verdict == VERDICT_ASK, fresh, output);
        if (verdict == VERDICT_ASK)
                return ask(route, &it, untrusted_body, output);
        if (verdict != VERDICT_PASS)
                return refuse(route, header, verdict, output);
        if (header->type == WIRE_CALL)
                return pass_call(route, header, CALL_PLAIN, callee_of(route, header->destination), output);
        output->verdict = VERDICT_PASS;
        output->forward = true;
        return 0;
}
