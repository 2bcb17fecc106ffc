/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One connection's messages.
 *
 * Learning comes before judging: after Hello the client's messages wait until the owners of all names that the rules
 * speak of are known (Tracker), and whoever would be refused by what is not known of a peer waits until the tracker has
 * caught up with the bus.
 *
 * Answers keep the bus's order: while the client waits for something from the bus itself, a refused call is put to the
 * bus as a harmless one with the client's serial (GetId), and its answer is exchanged for ours when it comes; otherwise
 * ours is given at once, and the bus does not hear of it.
 *
 * Nothing a peer or the client sends can end the process: there is no assertion on anything that comes from outside. */
#include "route/route.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ids/bus-name.h"
#include "route/answer.h"
#include "route/calls.h"
#include "route/names.h"
#include "wire/body.h"
#include "wire/match-rule.h"

/* What an answer from the bus's side is for. */
typedef enum CallKind {
        CALL_PLAIN,
        CALL_HELLO,  /* it tells the client's own name */
        CALL_LIST,   /* names are taken out of it */
        CALL_ASKED,  /* none: a person is being asked, and the call has not gone on */
        CALL_ANSWER, /* it is exchanged; data: the Buffer */
} CallKind;

/* Call.callee where it is no peer's id. */
#define CALLEE_NAME UINT64_C(0)
#define CALLEE_BUS UINT64_MAX

struct Route {
        const BusPolicy *policy;
        bool sloppy, said_hello;
        char *client; /* its unique name, once known */
        Tracker *tracker;
        Names *names;    /* peers that wrote to this client, and itself; the tracker has the owners */
        Calls to_bus;    /* of the client */
        Calls to_client; /* of peers */
        size_t n_on_bus; /* of to_bus, those to the bus itself */
        uint32_t last_serial;
};

static const BusStanding no_standing;
static const BusStanding bus_standing = { .level = BUS_ACCESS_TALK, .visible = BUS_ACCESS_TALK };

Route *route_new(const BusPolicy *policy, Tracker *tracker, bool sloppy)
{
        CLEANUP(route_freep) Route *route = calloc(1, sizeof *route);

        if (route == NULL)
                return NULL;
        route->policy = policy;
        route->tracker = tracker;
        route->sloppy = sloppy;
        route->names = names_new(policy);
        return route->names != NULL ? STEAL(route) : NULL;
}

static void free_call_data(const Call *call)
{
        if (call->kind == CALL_ANSWER && call->data != NULL)
                buffer_clear(call->data);
        free(call->data);
}

void route_free(Route *route)
{
        if (route == NULL)
                return;
        for (size_t i = 0; i < route->to_bus.n_slots; i++)
                free_call_data(&route->to_bus.slots[i]);
        calls_clear(&route->to_bus);
        calls_clear(&route->to_client);
        names_free(route->names);
        free(route->client);
        free(route);
}

static uint32_t next_serial(Route *route)
{
        if (route->last_serial < WIRE_FIRST_OWN_SERIAL || route->last_serial == UINT32_MAX)
                route->last_serial = WIRE_FIRST_OWN_SERIAL - 1;
        return ++route->last_serial;
}

static bool is_bus(const char *name)
{
        return name != NULL && strcmp(name, VERDICT_BUS) == 0;
}

static bool is_reply(const WireHeader *header)
{
        return header->type == WIRE_RETURN || header->type == WIRE_ERROR;
}

/* What the names that it owned give a peer, and what it got by writing to this client. */
static const BusStanding *standing_of_peer(const Route *route, const char *unique, BusStanding *room)
{
        const Peer *owner = tracker_peer(route->tracker, unique), *known = names_peer(route->names, unique);

        if (owner == NULL || known == NULL)
                return owner != NULL ? &owner->standing : known != NULL ? &known->standing : &no_standing;
        *room = owner->standing;
        bus_standing_add(room, &known->standing);
        return room;
}

/* The standing of any name; *room may be used. */
static const BusStanding *standing_of(const Route *route, const char *name, BusStanding *room)
{
        if (name == NULL)
                return &no_standing;
        if (is_bus(name))
                return &bus_standing;
        if (name[0] == ':')
                return standing_of_peer(route, name, room);
        bus_policy_look_up(route->policy, name, room);
        return room;
}

/* Might the bus have told the tracker by now that this peer owns more? */
static bool may_know_more(const Route *route, const char *name, bool fresh)
{
        return !fresh && name != NULL && name[0] == ':' && route->tracker != NULL;
}

static BusAccess visible_of(const Route *route, const char *name)
{
        BusStanding room = { 0 };

        return standing_of(route, name, &room)->visible;
}

/* ---- calls under way ---- */

static int add_call(Route *route, const Call *call)
{
        int r = calls_add(&route->to_bus, call);

        if (r == 0 && call->callee == CALLEE_BUS)
                route->n_on_bus++;
        return r;
}

static void remove_call(Route *route, const Call *call)
{
        if (call->callee == CALLEE_BUS)
                route->n_on_bus--;
        free_call_data(call);
        calls_remove(&route->to_bus, 0, call->serial);
}

/* Does this sender answer for the one that was called?  The bus answers for all: that nobody is there, or left.  What
 * has no sender is the bus's own, which puts one into all that it passes on. */
static bool may_answer(const Route *route, const Call *call, const char *sender)
{
        const Peer *peer = NULL;

        if (sender == NULL || is_bus(sender) || call->callee == CALLEE_NAME)
                return true;
        peer = sender[0] == ':' ? names_peer(route->names, sender) : NULL;
        return peer != NULL && peer->id == call->callee;
}

static const Call *awaited_call(const Route *route, const WireHeader *header)
{
        const Call *call = is_reply(header) ? calls_find(&route->to_bus, 0, header->reply_serial) : NULL;

        return call != NULL && call->kind != CALL_ASKED && may_answer(route, call, header->sender) ? call : NULL;
}

/* ---- client -> bus ---- */

/* Keeps the answer until the bus has answered a GetId with the client's serial. */
static int answer_later(Route *route, const WireHeader *header, Buffer *answer, RouteOutput *output)
{
        Buffer *kept = calloc(1, sizeof *kept);
        Call call = { .callee = CALLEE_BUS, .serial = header->serial, .kind = CALL_ANSWER, .data = kept };
        int r = kept != NULL ? add_call(route, &call) : -ENOMEM;

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
        answer_put(&answer, verdict, header, about, route->client, next_serial(route));
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
                r = add_call(route, &call);
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
                output->has = visible_of(route, output->name);
                output->wants = verdict_bus_method_wants(method);
        } else {
                output->name = header->destination;
        }
        verdict = verdict_bus_call(method, output->has);
        if (verdict != VERDICT_PASS && verdict_bus_method_has_name(method) && may_know_more(route, output->name, fresh))
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

static void start_output(RouteOutput *output)
{
        output->forward = false;
        output->verdict = VERDICT_DROP;
        output->name = NULL;
        output->has = output->wants = BUS_ACCESS_NONE;
        output->rule = NULL;
}

/* The first argument, for rules that speak of it. */
static void read_argument(VerdictCase *it, const uint8_t *untrusted_body)
{
        it->read = untrusted_body != NULL;
        it->argument = it->read ? wire_first_text(it->header, untrusted_body, &it->argument_is_path) : NULL;
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
        output->rule = bus_policy_asking(route->policy, it->standing, &act);
        if ((header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                r = add_call(route, &call);
        if (r == -ENOBUFS)
                return refuse(route, header, VERDICT_LIMIT, output);
        output->verdict = r == -EEXIST ? VERDICT_CLOSE : VERDICT_ASK;
        return r == -ENOMEM ? r : 0;
}

int route_answered(Route *route, const WireHeader *header, bool allow, RouteOutput *output)
{
        const Call *call = calls_find(&route->to_bus, 0, header->serial);

        start_output(output);
        output->name = header->destination;
        if (call != NULL)
                remove_call(route, call);
        if (allow)
                return pass_call(route, header, CALL_PLAIN, callee_of(route, header->destination), output);
        return refuse(route, header, VERDICT_DENIED, output);
}

int route_client_message(
        Route *route, const WireHeader *header, const uint8_t *untrusted_body, bool fresh, RouteOutput *output)
{
        BusStanding room = { 0 };
        VerdictCase it = { .policy = route->policy, .header = header };
        Verdict verdict;

        start_output(output);
        output->name = header->destination;
        if (header->type == WIRE_CALL && is_bus(header->destination))
                return on_bus_call(route, header, untrusted_body, fresh, output);
        if (!route->said_hello) {
                output->verdict = VERDICT_CLOSE;
                return 0;
        }
        it.standing = standing_of(route, header->destination, &room);
        if (bus_policy_has_whole(route->policy))
                read_argument(&it, untrusted_body);
        if (is_reply(header))
                it.reply_awaited = take_peer_call(route, header);
        verdict =
                is_bus(header->destination) && header->type == WIRE_SIGNAL ? VERDICT_DENIED : verdict_from_client(&it);
        if (verdict != VERDICT_PASS && !is_reply(header) && may_know_more(route, header->destination, fresh))
                return ROUTE_WAIT;
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

/* ---- bus -> client ---- */

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

                if (name != NULL && visible_of(route, name) >= BUS_ACCESS_SEE)
                        wire_put_string(&kept, name);
        }
        if (reader.failed || kept.failed) {
                output->verdict = VERDICT_DROP;
                return kept.failed ? -ENOMEM : 0;
        }
        n = (uint32_t)kept.n - 4;
        for (unsigned i = 0; i < 4; i++)
                kept.bytes[i] = (char)(n >> (8 * i));
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
        answer_put(&output->to_client, VERDICT_LIMIT, &call, VERDICT_BUS, route->client, next_serial(route));
        return 0;
}

static int on_reply(Route *route, const WireHeader *header, const uint8_t *body, bool fresh, RouteOutput *output)
{
        const Call *call = awaited_call(route, header);
        int r = 0;

        if (call == NULL)
                return 0;
        /* Unique names stand in the list as well. */
        if (call->kind == CALL_LIST && may_know_more(route, ":", fresh))
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
        case CALL_ASKED: /* awaited by nobody: see awaited_call() */
                return 0;
        case CALL_PLAIN:
        default:
                output->forward = true;
                if (header->sender != NULL && header->sender[0] == ':')
                        names_raise(route->names, header->sender, BUS_ACCESS_SEE);
                break;
        }
        remove_call(route, call);
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
                        answer_put_busy(&output->to_bus, header, next_serial(route));
                return 0;
        }
        output->forward = true;
        output->verdict = VERDICT_PASS;
        return 0;
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
        output->has = visible_of(route, name);
        output->wants = BUS_ACCESS_SEE;
        output->verdict = verdict_owner_changed(name, output->has, route->sloppy);
        if (output->verdict != VERDICT_PASS && may_know_more(route, name, fresh))
                return ROUTE_WAIT;
        output->forward = output->verdict == VERDICT_PASS;
        if (name[0] != ':' && owner[0] != '\0') {
                tracker_learn(route->tracker, name, owner);
        } else if (name[0] == ':' && owner[0] == '\0') {
                const Peer *peer = names_peer(route->names, name);

                if (peer != NULL)
                        calls_remove_caller(&route->to_client, peer->id);
                names_gone(route->names, name);
                tracker_gone(route->tracker, name);
        }
        return 0;
}

int route_bus_message(Route *route, const WireHeader *header, const uint8_t *body, bool fresh, RouteOutput *output)
{
        BusStanding room = { 0 };
        VerdictCase it = { .policy = route->policy, .header = header };

        start_output(output);
        output->name = header->sender;
        /* Meant for somebody else: seen only where somebody made the bus hand it out, which no box asks for. */
        if (header->destination != NULL && header->destination[0] == ':' && route->client != NULL &&
            strcmp(header->destination, route->client) != 0)
                return 0;
        if (verdict_is_owner_changed(header))
                return on_owner_changed(route, header, body, fresh, output);
        if (is_reply(header))
                return on_reply(route, header, body, fresh, output);
        it.standing = standing_of(route, header->sender, &room);
        if (bus_policy_has_whole(route->policy))
                read_argument(&it, body);
        output->verdict = verdict_from_bus(&it);
        if (output->verdict != VERDICT_PASS && header->type == WIRE_SIGNAL && header->destination == NULL &&
            may_know_more(route, header->sender, fresh))
                return ROUTE_WAIT;
        if (output->verdict != VERDICT_PASS)
                return 0;
        if (header->type == WIRE_CALL)
                return on_peer_call(route, header, output);
        if (header->destination != NULL && header->sender[0] == ':')
                names_raise(route->names, header->sender, BUS_ACCESS_SEE);
        output->forward = true;
        return 0;
}

/* Does any rule that may speak of this message look into it, or hold it? */
static bool is_looked_into(const Route *route, const char *name)
{
        BusStanding room = { 0 };

        return bus_policy_has_whole(route->policy) &&
               bus_policy_needs_whole(route->policy, standing_of(route, name, &room));
}

bool route_needs_body(const Route *route, WireFrom from, const WireHeader *header)
{
        const Call *call = NULL;

        if (from == WIRE_FROM_CLIENT) {
                BusMethod method = header->type == WIRE_CALL && is_bus(header->destination) ? verdict_bus_method(header)
                                                                                            : BUS_METHOD_NONE;

                return method == BUS_METHOD_MATCH || verdict_bus_method_has_name(method) ||
                       (!is_reply(header) && is_looked_into(route, header->destination));
        }
        if (header->type == WIRE_SIGNAL && header->destination == NULL && !verdict_is_owner_changed(header))
                return is_looked_into(route, header->sender);
        if (verdict_is_owner_changed(header))
                return true;
        call = awaited_call(route, header);
        return call != NULL && call->kind != CALL_PLAIN && call->kind != CALL_ANSWER;
}

bool route_is_paused(const Route *route)
{
        return route->said_hello && !tracker_is_ready(route->tracker);
}
