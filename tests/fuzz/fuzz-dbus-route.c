/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Routing without sockets: three clients of one bus that share a tracker, and one client of two buses.  Nothing is
 * under way here, so what becomes of each message is known exactly: it goes on if and only if bus-model.c says so, by
 * the names that the tracker has heard of; only what would be refused waits for the tracker, and only once; answers are
 * to calls that wait, from whom was called, and each is the last. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus-model.h"
#include "bus-script.h"
#include "route/route.h"
#include "route/split.h"
#include "route/tracker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { CLIENTS = 3, PEERS = 4, PENDING_MAX = 64, STEPS_MAX = 400 };

#define LAW(holds)                                                                                                     \
        do {                                                                                                           \
                if (!(holds)) {                                                                                        \
                        (void)fprintf(stderr, "%s:%d: law broken: %s\n", __FILE__, __LINE__, #holds);                  \
                        abort();                                                                                       \
                }                                                                                                      \
        } while (0)

/* A call that waits for its answer. */
typedef struct Pending {
        uint32_t serial; /* 0: free */
        char other[24];  /* who was called, or who calls */
        bool refused;    /* it did not go on: its refusal comes in place of the bus's answer */
        bool list;
        SplitSide side;
} Pending;

typedef struct Client {
        Route *route;
        char unique[24];
        unsigned index;
        uint32_t serial, bus_serial, heard;
        Pending calls[PENDING_MAX], called[PENDING_MAX];
} Client;

typedef struct World {
        Script script;
        uint32_t rules;
        bool sloppy;
        BusPolicy *policy;
        Tracker *tracker;
        Buffer to_tracker; /* what the bus has said to it, and it has not read */
        uint32_t tracker_serial;
        ScriptPeople people;
        uint32_t owned[SCRIPT_UNIQUE_MAX], told[SCRIPT_UNIQUE_MAX];
        int owner[MODEL_N_NAMES];
        Client clients[CLIENTS];
} World;

static bool is_reply(const ModelMessage *message)
{
        return message->type == MODEL_RETURN || message->type == MODEL_ERROR;
}

static int person(const World *world, const char *unique)
{
        for (unsigned i = 0; unique != NULL && i < world->people.n_unique; i++)
                if (strcmp(world->people.unique[i], unique) == 0)
                        return (int)i;
        return -1;
}

static ModelPeer peer_of(const World *world, const Client *client, const char *name)
{
        int i = person(world, name);
        ModelPeer peer = { 0 };

        if (model_is(name, MODEL_BUS)) {
                peer.at_least = BUS_ACCESS_TALK;
        } else if (i >= 0) {
                peer.names = world->told[i];
                if ((client->heard >> i & 1) != 0)
                        peer.at_least = BUS_ACCESS_SEE;
                if (model_is(name, client->unique))
                        peer.at_least = BUS_ACCESS_TALK;
        } else if (model_name(name) >= 0) {
                peer.names = 1u << model_name(name);
        }
        peer.denying = peer.names;
        return peer;
}

static Pending *find(Pending *all, uint32_t serial, const char *other)
{
        for (unsigned i = 0; serial != 0 && i < PENDING_MAX; i++)
                if (all[i].serial == serial && (other == NULL || strcmp(all[i].other, other) == 0))
                        return &all[i];
        return NULL;
}

/* NULL: there is no room. */
static Pending *add(Pending *all, uint32_t serial, const char *other)
{
        for (unsigned i = 0; i < PENDING_MAX; i++)
                if (all[i].serial == 0) {
                        all[i] = (Pending){ .serial = serial };
                        (void)snprintf(all[i].other, sizeof all[i].other, "%s", other != NULL ? other : MODEL_BUS);
                        return &all[i];
                }
        return NULL;
}

/* The only message of a buffer, or none.  It is to be freed by the caller. */
static bool take_only(Buffer *buffer, ModelMessage *ret)
{
        size_t n = model_length((const uint8_t *)buffer->bytes, buffer->n);

        if (buffer->n == 0)
                return false;
        LAW(n == buffer->n && model_read(ret, (const uint8_t *)buffer->bytes, n, false));
        return true;
}

/* ---- the tracker's bus ---- */

static void answer_tracker(World *world, const ModelMessage *call)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        int i = model_name(model_string(call, 0));
        ModelMessage reply = { .type = MODEL_RETURN,
                               .reply = call->serial,
                               .serial = ++world->tracker_serial,
                               .sender = MODEL_BUS,
                               .destination = ":1.9" };

        LAW(model_is_to_bus(call));
        if (model_is(call->member, "GetNameOwner") && i >= 0 && world->owner[i] >= 0) {
                model_put_string(&body, world->people.unique[world->owner[i]], false);
                reply.signature = "s";
        } else if (model_is(call->member, "GetNameOwner")) {
                reply.type = MODEL_ERROR;
                reply.error = MODEL_BUS ".Error.NameHasNoOwner";
        } else if (model_is(call->member, "ListNames")) {
                model_put_number(&names, 0, false);
                for (unsigned k = 0; k < MODEL_N_NAMES; k++)
                        if (world->owner[k] >= 0)
                                model_put_string(&names, model_names[k], false);
                model_put_number(&body, (uint32_t)names.n - 4, false);
                buffer_add(&body, names.bytes + 4, names.n - 4);
                reply.signature = "as";
        } else if (model_is(call->member, "Hello")) {
                model_put_string(&body, ":1.9", false);
                reply.signature = "s";
        }
        reply.body = (const uint8_t *)body.bytes;
        reply.n_body = body.n;
        model_write(&world->to_tracker, &reply);
}

static void answer_all(World *world, Buffer *asked)
{
        for (size_t at = 0; at < asked->n;) {
                ModelMessage call = { 0 };
                size_t n = model_length((const uint8_t *)asked->bytes + at, asked->n - at);

                LAW(n > 0 && model_read(&call, (const uint8_t *)asked->bytes + at, asked->n - at, false));
                answer_tracker(world, &call);
                at += n;
        }
        buffer_clear(asked);
}

/* The tracker reads all that the bus has said. */
static void catch_up(World *world)
{
        CLEANUP(buffer_clear) Buffer asked = BUFFER_INIT;
        uint64_t ticket;

        if (world->tracker == NULL)
                return;
        ticket = tracker_ask(world->tracker, &asked);
        answer_all(world, &asked);
        for (size_t at = 0; at < world->to_tracker.n;) {
                WireHeader header = { 0 };
                const uint8_t *bytes = (const uint8_t *)world->to_tracker.bytes + at;

                LAW(wire_header_scan(&header, bytes, world->to_tracker.n - at, WIRE_FROM_BUS) == 0);
                LAW(tracker_message(world->tracker, &header, bytes + header.n_header, &asked) == 0);
                at += header.n_header + header.n_body;
                answer_all(world, &asked);
        }
        buffer_clear(&world->to_tracker);
        LAW(tracker_answered(world->tracker) == ticket && tracker_is_ready(world->tracker));
        memcpy(world->told, world->owned, sizeof world->told);
}

static void write_owner_changed(Buffer *to, const char *name, const char *owner, uint32_t serial)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage signal = { .type = MODEL_SIGNAL,
                                .serial = serial,
                                .path = "/org/freedesktop/DBus",
                                .interface = MODEL_BUS,
                                .member = "NameOwnerChanged",
                                .sender = MODEL_BUS,
                                .signature = "sss" };

        model_put_string(&body, name, false);
        model_put_string(&body, "", false);
        model_put_string(&body, owner, false);
        signal.body = (const uint8_t *)body.bytes;
        signal.n_body = body.n;
        model_write(to, &signal);
}

/* ---- one message ---- */

/* Lets the route judge it, as often as it takes. */
static void
judge(World *world, Client *client, const Buffer *bytes, WireFrom from, WireHeader *header, RouteOutput *output)
{
        const uint8_t *start = (const uint8_t *)bytes->bytes;
        bool fresh = world->tracker == NULL;
        int r;

        LAW(wire_header_scan(header, start, bytes->n, from) == 0);
        if (script_draw(&world->script, 4) == 0) {
                catch_up(world);
                fresh = true;
        }
        do {
                const uint8_t *body =
                        route_needs_body(client->route, from, header) > 0 ? start + header->n_header : NULL;

                if (from == WIRE_FROM_CLIENT)
                        r = route_client_message(client->route, header, body, fresh, output);
                else
                        r = route_bus_message(client->route, header, body, fresh, output);
                LAW(r == 0 || (r == ROUTE_WAIT && !fresh && output->to_bus.n + output->to_client.n == 0));
                if (r == ROUTE_WAIT)
                        catch_up(world);
                fresh = true;
        } while (r == ROUTE_WAIT);
        LAW(!output->forward || output->verdict == VERDICT_PASS);
}

/* A refusal: at once, or behind what the client waits for from the bus. */
static void check_refusal(Client *client, const ModelMessage *message, RouteOutput *output)
{
        ModelMessage made = { 0 };
        bool wanted = message->type == MODEL_CALL && (message->flags & MODEL_NO_REPLY) == 0;
        Pending *pending;

        if (take_only(&output->to_client, &made)) {
                LAW(wanted && is_reply(&made) && made.reply == message->serial && model_is(made.sender, MODEL_BUS) &&
                    made.serial >= MODEL_OWN_SERIALS && output->to_bus.n == 0);
                return;
        }
        if (take_only(&output->to_bus, &made)) {
                LAW(wanted && model_is_to_bus(&made) && model_is(made.member, "GetId") &&
                    made.serial == message->serial);
                pending = add(client->calls, made.serial, MODEL_BUS);
                LAW(pending != NULL);
                pending->refused = true;
                return;
        }
        LAW(!wanted);
}

static void client_says(World *world, Client *client, const ModelMessage *message)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader header = { 0 };
        RouteOutput output = { 0 };
        ModelMessage made = { 0 };
        bool may, rewritten;

        model_write(&bytes, message);
        judge(world, client, &bytes, WIRE_FROM_CLIENT, &header, &output);
        if (is_reply(message)) {
                Pending *pending = message->destination != NULL
                                           ? find(client->called, message->reply, message->destination)
                                           : NULL;

                may = pending != NULL;
                if (may)
                        pending->serial = 0;
        } else {
                may = model_may_send(world->rules, peer_of(world, client, message->destination),
                                     peer_of(world, client, model_string(message, 0)), message);
        }
        rewritten = model_is_match_call(message) && output.verdict == VERDICT_PASS;
        if (rewritten) {
                LAW(may && !output.forward && take_only(&output.to_bus, &made) && model_is_match_call(&made) &&
                    made.serial == message->serial && made.flags == message->flags && model_string(&made, 0) != NULL &&
                    strstr(model_string(&made, 0), "eavesdrop") == NULL);
        } else if (output.forward) {
                LAW(may && output.to_bus.n + output.to_client.n == 0);
        } else {
                /* A match rule that can't be read is refused, too. */
                LAW(!may || model_is_match_call(message));
                check_refusal(client, message, &output);
        }
        if ((output.forward || rewritten) && message->type == MODEL_CALL && (message->flags & MODEL_NO_REPLY) == 0) {
                Pending *pending = add(client->calls, message->serial, message->destination);

                LAW(pending != NULL);
                pending->list = model_is(message->interface, MODEL_BUS) && model_is_to_bus(message) &&
                                strncmp(message->member, "List", 4) == 0 && !model_is_about_name(message);
        }
        buffer_clear(&output.to_bus);
        buffer_clear(&output.to_client);
}

static bool is_full(const Pending *all)
{
        unsigned n = 0;

        for (unsigned i = 0; i < PENDING_MAX; i++)
                n += all[i].serial != 0;
        return n + 1 >= PENDING_MAX;
}

/* The reply that the bus's side gives to a call of the client. */
static void check_reply(Client *client, const ModelMessage *message, RouteOutput *output)
{
        Pending *pending = find(client->calls, message->reply, NULL);
        ModelMessage made = { 0 };
        bool may = pending != NULL && (message->sender == NULL || model_is(message->sender, MODEL_BUS) ||
                                       (pending->other[0] != ':' && strcmp(pending->other, MODEL_BUS) != 0) ||
                                       model_is(message->sender, pending->other));

        if (!may) {
                LAW(!output->forward && output->to_client.n == 0);
        } else if (pending->refused) {
                LAW(!output->forward && take_only(&output->to_client, &made) && made.reply == message->reply &&
                    made.serial >= MODEL_OWN_SERIALS);
        } else {
                /* What should be a list of names and is not goes nowhere, or on as it is if it is an error. */
                LAW(output->forward || pending->list);
        }
        if (may)
                pending->serial = 0;
}

static void bus_says(World *world, Client *client, const ModelMessage *message)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader header = { 0 };
        RouteOutput output = { 0 };
        int who = person(world, message->sender);
        bool mine = message->destination == NULL || message->destination[0] != ':' ||
                    model_is(message->destination, client->unique);

        model_write(&bytes, message);
        judge(world, client, &bytes, WIRE_FROM_BUS, &header, &output);
        LAW(output.to_bus.n == 0);
        if (!mine) {
                LAW(!output.forward && output.to_client.n == 0);
        } else if (is_reply(message)) {
                check_reply(client, message, &output);
        } else {
                bool may = model_may_hear(world->rules, world->sloppy, peer_of(world, client, message->sender),
                                          peer_of(world, client, model_string(message, 0)), message);

                LAW(output.forward == may && output.to_client.n == 0);
        }
        if (output.forward && who >= 0 && message->destination != NULL)
                client->heard |= 1u << who;
        if (output.forward && message->type == MODEL_CALL && (message->flags & MODEL_NO_REPLY) == 0)
                LAW(add(client->called, message->serial, message->sender) != NULL);
        buffer_clear(&output.to_bus);
        buffer_clear(&output.to_client);
}

/* ---- steps ---- */

static void step_client(World *world, Client *client)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };

        if (is_full(client->calls))
                return;
        script_client_message(&world->script, &world->people, &message, &body);
        message.serial = ++client->serial;
        client_says(world, client, &message);
}

static void step_client_reply(World *world, Client *client)
{
        const Pending *called = &client->called[script_draw(&world->script, 8)];
        ModelMessage message = { .type = MODEL_RETURN };

        message.destination = script_rarely(&world->script, 6)
                                      ? world->people.unique[script_draw(&world->script, world->people.n_unique)]
                                      : called->other;
        if (message.destination[0] == '\0')
                return;
        message.reply = called->serial + (script_rarely(&world->script, 6) ? 1 : 0);
        message.serial = ++client->serial;
        if (message.reply != 0)
                client_says(world, client, &message);
}

static void step_bus(World *world, Client *client)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        ModelMessage message = { 0 };
        unsigned who = script_draw(&world->script, PEERS + 2);
        const char *sender = who < PEERS ? world->people.unique[who] : who == PEERS ? MODEL_BUS : NULL;

        if (is_full(client->called))
                return;
        script_peer_message(&world->script, &world->people, sender,
                            script_rarely(&world->script, 8) ? ":1.77" : client->unique, &message, &body);
        message.serial = ++client->bus_serial;
        if (script_rarely(&world->script, 16))
                message.reply = 1;
        /* A peer that came is no change that anybody has learnt before. */
        bus_says(world, client, &message);
}

static void step_bus_reply(World *world, Client *client)
{
        const Pending *call = &client->calls[script_draw(&world->script, 8)];
        ModelMessage message = { .type = MODEL_RETURN, .destination = client->unique };
        unsigned what = script_draw(&world->script, 8);

        message.sender = what == 0   ? NULL
                         : what == 1 ? world->people.unique[script_draw(&world->script, PEERS)]
                         : what == 2 ? MODEL_BUS
                                     : call->other;
        if (message.sender != NULL && message.sender[0] == '\0')
                return;
        if (script_rarely(&world->script, 3)) {
                message.type = MODEL_ERROR;
                message.error = "i.f.Error";
        }
        message.reply = call->serial + (script_rarely(&world->script, 6) ? 1 : 0);
        message.serial = ++client->bus_serial;
        if (message.reply != 0)
                bus_says(world, client, &message);
}

/* A name changes hands; the tracker will hear of it, and perhaps a client hears it first. */
static void step_owner(World *world, Client *client)
{
        unsigned name = script_draw(&world->script, MODEL_N_NAMES);
        int who = (int)script_draw(&world->script, PEERS + 1) - 1;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader header = { 0 };
        RouteOutput output = { 0 };
        const char *unique = who >= 0 ? world->people.unique[who] : "";
        ModelPeer peer;

        if (world->owner[name] == who)
                return;
        world->owner[name] = who;
        if (who >= 0)
                world->owned[who] |= 1u << name;
        write_owner_changed(&world->to_tracker, model_names[name], unique, ++world->tracker_serial);
        if (script_draw(&world->script, 2) == 0)
                return;
        write_owner_changed(&bytes, model_names[name], unique, ++client->bus_serial);
        judge(world, client, &bytes, WIRE_FROM_BUS, &header, &output);
        peer = peer_of(world, client, model_names[name]);
        LAW(output.forward == (model_visible(world->rules, peer) >= BUS_ACCESS_SEE));
        if (who >= 0 && world->tracker != NULL)
                world->told[who] |= 1u << name;
}

static void open_world(World *world, const uint8_t *data, size_t n)
{
        CLEANUP(buffer_clear) Buffer asked = BUFFER_INIT;
        unsigned how;

        *world = (World){ .script = { data, n } };
        how = script_draw(&world->script, 256);
        world->rules = script_draw(&world->script, 256);
        world->rules |= script_draw(&world->script, 256) << 8;
        world->rules |= (how & 3) << 16;
        world->rules &= ~(UINT32_C(1) << 16); /* questions are for the relay: see fuzz-dbus-peers.c */
        world->sloppy = (how & 4) != 0;
        for (unsigned i = 0; i < MODEL_N_NAMES; i++)
                world->owner[i] = (how & 8) != 0 && i % 3 == 0 ? (int)(i % PEERS) : -1;
        for (unsigned i = 0; i < PEERS + CLIENTS; i++)
                (void)snprintf(world->people.unique[i], sizeof *world->people.unique, ":1.%u", i < PEERS ? 50 + i : i);
        world->people.n_unique = PEERS + CLIENTS;
        for (unsigned i = 0; i < MODEL_N_NAMES; i++)
                if (world->owner[i] >= 0)
                        world->owned[world->owner[i]] |= 1u << i;
        world->policy = model_policy(world->rules);
        if (tracker_is_needed(world->policy)) {
                world->tracker = tracker_new(world->policy);
                LAW(tracker_start(world->tracker, &asked) == 0);
                answer_all(world, &asked);
                catch_up(world);
        }
        for (unsigned i = 0; i < CLIENTS; i++) {
                Client *client = &world->clients[i];
                CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
                ModelMessage hello = { .type = MODEL_CALL,
                                       .serial = ++client->serial,
                                       .path = "/",
                                       .interface = MODEL_BUS,
                                       .member = "Hello",
                                       .destination = MODEL_BUS };
                ModelMessage name = { .type = MODEL_RETURN,
                                      .serial = ++client->bus_serial,
                                      .reply = hello.serial,
                                      .sender = MODEL_BUS,
                                      .signature = "s" };

                client->index = PEERS + i;
                (void)snprintf(client->unique, sizeof client->unique, "%s", world->people.unique[client->index]);
                client->route = route_new(
                        &(RouteBus){ .policy = world->policy, .tracker = world->tracker, .sloppy = world->sloppy });
                client_says(world, client, &hello);
                model_put_string(&body, client->unique, false);
                name.destination = client->unique;
                name.body = (const uint8_t *)body.bytes;
                name.n_body = body.n;
                bus_says(world, client, &name);
                LAW(!route_is_paused(client->route));
        }
}

static void converse(World *world)
{
        for (unsigned steps = 0; world->script.n > 0 && steps < STEPS_MAX; steps++) {
                unsigned what = script_draw(&world->script, 10);
                Client *client = &world->clients[script_draw(&world->script, CLIENTS)];

                if (what < 3)
                        step_client(world, client);
                else if (what < 4)
                        step_client_reply(world, client);
                else if (what < 6)
                        step_bus(world, client);
                else if (what < 8)
                        step_bus_reply(world, client);
                else
                        step_owner(world, client);
        }
}

static void close_world(World *world)
{
        for (unsigned i = 0; i < CLIENTS; i++)
                route_free(world->clients[i].route);
        tracker_free(world->tracker);
        buffer_clear(&world->to_tracker);
        bus_policy_free(world->policy);
}

/* ---- the split ---- */

static bool is_inside(const char *name)
{
        return name != NULL && (model_is_inner(name) || strncmp(name, ":inner.", 7) == 0);
}

/* Where a message of the client goes: a mask of sides. */
static unsigned sides_of(const ModelMessage *message)
{
        if (message->type == MODEL_SIGNAL && message->destination == NULL)
                return 1u << SPLIT_OUTER | 1u << SPLIT_INNER;
        if (!model_is_to_bus(message))
                return 1u << (is_inside(message->destination) ? SPLIT_INNER : SPLIT_OUTER);
        return 1u << (model_is_about_name(message) && is_inside(model_string(message, 0)) ? SPLIT_INNER : SPLIT_OUTER);
}

/* Whole messages, with the body that follows. */
static unsigned went_to(SplitOutput *output, const WireHeader *header, const uint8_t *bytes)
{
        unsigned sides = 0;

        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++) {
                Buffer *made = &output->to[side];

                if (output->rebuilt && output->body_to == side)
                        buffer_add(made, bytes + header->n_header, header->n_body);
                for (size_t at = 0; at < made->n;) {
                        ModelMessage message = { 0 };
                        size_t n = model_length((const uint8_t *)made->bytes + at, made->n - at);

                        LAW(n > 0 && n <= made->n - at &&
                            model_read(&message, (const uint8_t *)made->bytes + at, n, false));
                        LAW(side != SPLIT_CLIENT || message.sender == NULL || message.sender[0] != ':' ||
                            strncmp(message.sender, ":inner.", 7) == 0);
                        at += n;
                }
                if (output->forward[side] || made->n > 0)
                        sides |= 1u << side;
        }
        return sides;
}

static unsigned tell_split(Split *split, SplitSide from, const ModelMessage *message, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        const uint8_t *start;
        WireHeader header = { 0 };
        unsigned sides;

        model_write(&bytes, message);
        start = (const uint8_t *)bytes.bytes;
        LAW(wire_header_scan(&header, start, bytes.n, from == SPLIT_CLIENT ? WIRE_FROM_CLIENT : WIRE_FROM_BUS) == 0);
        LAW(split_message(split, from, &header, start,
                          split_needs_body(split, from, &header) ? start + header.n_header : NULL, output) == 0);
        sides = went_to(output, &header, start);
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++)
                buffer_clear(&output->to[side]);
        return sides;
}

static void split_client(Split *split, Script *script, const ScriptPeople *people, Pending *calls, uint32_t *serial)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        SplitOutput output = { 0 };
        ModelMessage message = { 0 };
        unsigned went;
        bool both;

        if (is_full(calls))
                return;
        script_client_message(script, people, &message, &body);
        message.serial = ++*serial;
        went = tell_split(split, SPLIT_CLIENT, &message, &output);
        LAW(!output.close);
        both = model_is_to_bus(&message) && model_is(message.interface, MODEL_BUS) &&
               (model_is_match_call(&message) ||
                (strncmp(message.member, "List", 4) == 0 && !model_is_about_name(&message)));
        /* What both are asked goes out as two messages, or to one if nothing is there for the other. */
        LAW(both ? (went & 1u << SPLIT_CLIENT) == 0 : went == sides_of(&message));
        if (message.type == MODEL_CALL && (message.flags & MODEL_NO_REPLY) == 0 && !both) {
                Pending *pending = add(calls, message.serial, message.destination);

                LAW(pending != NULL);
                pending->side = went == 1u << SPLIT_INNER ? SPLIT_INNER : SPLIT_OUTER;
        }
}

static void split_reply(Split *split, Script *script, Pending *calls, uint32_t *serial)
{
        SplitSide from = script_draw(script, 2) == 0 ? SPLIT_OUTER : SPLIT_INNER;
        Pending *call = &calls[script_draw(script, 8)];
        SplitOutput output = { 0 };
        ModelMessage message = {
                .type = MODEL_RETURN, .sender = ":1.50", .destination = ":1.3", .reply = call->serial
        };
        bool may = call->serial != 0 && call->side == from;

        if (call->serial == 0)
                return;
        message.serial = ++*serial;
        LAW(tell_split(split, from, &message, &output) == (may ? 1u << SPLIT_CLIENT : 0));
        if (may)
                call->serial = 0;
}

static void split_bus(Split *split, Script *script, const ScriptPeople *people, uint32_t *serial)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        SplitSide from = script_draw(script, 2) == 0 ? SPLIT_OUTER : SPLIT_INNER;
        SplitOutput output = { 0 };
        ModelMessage message = { 0 };
        unsigned went;

        script_peer_message(script, people, script_rarely(script, 4) ? MODEL_BUS : ":1.50", ":1.3", &message, &body);
        message.serial = ++*serial;
        went = tell_split(split, from, &message, &output);
        LAW((went & ~(1u << SPLIT_CLIENT)) == 0);
        /* Of the inner bus's names only those that are inner are told of. */
        LAW(went != 0 || (from == SPLIT_INNER && model_is(message.sender, MODEL_BUS)));
        if (from == SPLIT_INNER && model_is(message.sender, MODEL_BUS) && model_name(model_string(&message, 0)) >= 0)
                LAW((went != 0) == model_is_inner(model_string(&message, 0)));
}

static void converse_split(Script script, const ScriptPeople *people)
{
        CLEANUP(bus_policy_freep) BusPolicy *inner = bus_policy_new();
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        CLEANUP(split_freep) Split *split = NULL;
        CLEANUP(buffer_clear) Buffer start = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer name = BUFFER_INIT;
        SplitOutput output = { 0 };
        Pending calls[PENDING_MAX] = { 0 };
        ModelMessage own = { 0 };
        uint32_t serial = 1, bus_serial = 1;
        ModelMessage hello = { .type = MODEL_CALL,
                               .serial = 1,
                               .path = "/",
                               .interface = MODEL_BUS,
                               .member = "Hello",
                               .destination = MODEL_BUS };
        ModelMessage reply = { .type = MODEL_RETURN, .serial = 1, .sender = MODEL_BUS, .signature = "s" };

        LAW(bus_rule_parse(&rule, NULL, BUS_RULE_TALK, "in.a.*") == 0 && bus_policy_add(inner, &rule) == 0);
        split = split_new(inner);
        split_start(split, &start);
        LAW(take_only(&start, &own));
        model_put_string(&name, ":1.3", false);
        reply.body = (const uint8_t *)name.bytes;
        reply.n_body = name.n;
        LAW(tell_split(split, SPLIT_CLIENT, &hello, &output) == 1u << SPLIT_OUTER && split_is_paused(split));
        reply.reply = own.serial;
        LAW(tell_split(split, SPLIT_INNER, &reply, &output) == 0 && split_is_paused(split));
        reply.reply = 1;
        LAW(tell_split(split, SPLIT_OUTER, &reply, &output) == 1u << SPLIT_CLIENT && !split_is_paused(split));
        for (unsigned steps = 0; script.n > 0 && steps < STEPS_MAX; steps++) {
                unsigned what = script_draw(&script, 4);

                if (what < 2)
                        split_client(split, &script, people, calls, &serial);
                else if (what == 2)
                        split_reply(split, &script, calls, &bus_serial);
                else
                        split_bus(split, &script, people, &bus_serial);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        static World world;

        open_world(&world, data, n);
        converse(&world);
        converse_split((Script){ data, n }, &world.people);
        close_world(&world);
        return 0;
}
