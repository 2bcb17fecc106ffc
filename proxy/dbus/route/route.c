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

#include "route/guard.h"
#include "route/route-state.h"
#include "route/stand-in.h"
#include "wire/body.h"

static const BusStanding no_standing;
static const BusStanding bus_standing = { .level = BUS_ACCESS_TALK, .visible = BUS_ACCESS_TALK };

Route *route_new(const RouteBus *bus)
{
        CLEANUP(route_freep) Route *route = calloc(1, sizeof *route);

        if (route == NULL)
                return NULL;
        route->bus = *bus;
        route->names = names_new(bus->policy);
        return route->names != NULL ? STEAL(route) : NULL;
}

static void free_call_data(const Call *call)
{
        if (call->kind == CALL_ANSWER && call->data != NULL)
                buffer_clear(call->data);
        if (call->kind == CALL_INSTEAD)
                stand_in_free(call->data);
        else
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

uint32_t route_next_serial(Route *route)
{
        if (route->last_serial < WIRE_FIRST_OWN_SERIAL || route->last_serial == UINT32_MAX)
                route->last_serial = WIRE_FIRST_OWN_SERIAL - 1;
        return ++route->last_serial;
}

bool route_is_bus(const char *name)
{
        return name != NULL && strcmp(name, VERDICT_BUS) == 0;
}

bool route_is_reply(const WireHeader *header)
{
        return header->type == WIRE_RETURN || header->type == WIRE_ERROR;
}

/* What the names that it owned give a peer, and what it got by writing to this client. */
static const BusStanding *standing_of_peer(const Route *route, const char *unique, BusStanding *room)
{
        const Peer *owner = tracker_peer(route->bus.tracker, unique), *known = names_peer(route->names, unique);

        if (known != NULL && known->left)
                return &no_standing;
        if (owner == NULL || known == NULL)
                return owner != NULL ? &owner->standing : known != NULL ? &known->standing : &no_standing;
        *room = owner->standing;
        bus_standing_add(room, &known->standing);
        return room;
}

/* The standing of any name; *room may be used. */
const BusStanding *route_standing(const Route *route, const char *name, BusStanding *room)
{
        if (name == NULL)
                return &no_standing;
        if (route_is_bus(name))
                return &bus_standing;
        if (name[0] == ':')
                return standing_of_peer(route, name, room);
        bus_policy_look_up(route->bus.policy, name, room);
        return room;
}

/* Might the bus have told the tracker by now that this peer owns more? */
bool route_may_know_more(const Route *route, const char *name, bool fresh)
{
        return !fresh && name != NULL && name[0] == ':' && route->bus.tracker != NULL;
}

BusAccess route_visible(const Route *route, const char *name)
{
        BusStanding room = { 0 };

        return route_standing(route, name, &room)->visible;
}

/* ---- calls under way ---- */

int route_add_call(Route *route, const Call *call)
{
        int r = calls_add(&route->to_bus, call);

        if (r == 0 && call->callee == CALLEE_BUS)
                route->n_on_bus++;
        return r;
}

void route_remove_call(Route *route, const Call *call)
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

        if (sender == NULL || route_is_bus(sender) || call->callee == CALLEE_NAME)
                return true;
        peer = sender[0] == ':' ? names_peer(route->names, sender) : NULL;
        return peer != NULL && peer->id == call->callee;
}

const Call *route_awaited_call(const Route *route, const WireHeader *header)
{
        const Call *call = route_is_reply(header) ? calls_find(&route->to_bus, 0, header->reply_serial) : NULL;

        return call != NULL && call->kind != CALL_ASKED && may_answer(route, call, header->sender) ? call : NULL;
}

void route_start_output(RouteOutput *output)
{
        output->forward = false;
        output->verdict = VERDICT_DROP;
        output->name = NULL;
        output->has = output->wants = BUS_ACCESS_NONE;
        output->rule = NULL;
        output->guarded = output->patched = false;
}

void route_patch(RouteOutput *output, size_t at, uint32_t number)
{
        output->patched = true;
        output->patch_at = at;
        output->patch_number = number;
}

/* The first argument, for rules that speak of it. */
void route_read_argument(VerdictCase *it, const uint8_t *untrusted_body)
{
        it->read = it->header->n_body == 0 || (untrusted_body != NULL && it->header->n_here == it->header->n_body);
        it->argument = it->read && untrusted_body != NULL
                               ? wire_first_text(it->header, untrusted_body, &it->argument_is_path)
                               : NULL;
}

/* Does any rule that may speak of this message look into it, or hold it? */
static bool is_looked_into(const Route *route, const char *name)
{
        BusStanding room = { 0 };

        return bus_policy_has_whole(route->bus.policy) &&
               bus_policy_needs_whole(route->bus.policy, route_standing(route, name, &room));
}

static bool needs_whole(const Route *route, WireFrom from, const WireHeader *header)
{
        const Call *call = NULL;

        if (from == WIRE_FROM_CLIENT) {
                BusMethod method = header->type == WIRE_CALL && route_is_bus(header->destination)
                                           ? verdict_bus_method(header)
                                           : BUS_METHOD_NONE;

                return method == BUS_METHOD_MATCH || verdict_bus_method_has_name(method) ||
                       (!route_is_reply(header) && is_looked_into(route, header->destination));
        }
        if (header->type == WIRE_SIGNAL && header->destination == NULL && !verdict_is_owner_changed(header))
                return is_looked_into(route, header->sender);
        if (verdict_is_owner_changed(header))
                return true;
        call = route_awaited_call(route, header);
        return call != NULL && call->kind != CALL_PLAIN && call->kind != CALL_ANSWER && call->kind != CALL_INSTEAD;
}

size_t route_needs_body(const Route *route, WireFrom from, const WireHeader *header)
{
        size_t n = 0;

        if (needs_whole(route, from, header))
                return header->n_body;
        if (route->bus.guarded)
                n = guard_needs_body(header);
        return n < header->n_body ? n : header->n_body;
}

bool route_is_paused(const Route *route)
{
        return route->said_hello && !tracker_is_ready(route->bus.tracker);
}
