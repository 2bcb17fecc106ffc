/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "route/calls.h"
#include "route/names.h"
#include "route/route.h"

/* What a Route knows, for its own three files: route.c keeps it, route-client.c and route-bus.c judge what comes from
 * either side. */

/* What an answer from the bus's side is for. */
typedef enum CallKind {
        CALL_PLAIN,
        CALL_HELLO,   /* it tells the client's own name */
        CALL_LIST,    /* names are taken out of it */
        CALL_ASKED,   /* none: a person is being asked, and the call has not gone on */
        CALL_ANSWER,  /* it is exchanged; data: the Buffer */
        CALL_NOTICE,  /* it is the number of a notification */
        CALL_INSTEAD, /* it is exchanged, and tells who answers; data: the StandIn */
} CallKind;

/* Call.callee where it is no peer's id. */
#define CALLEE_NAME UINT64_C(0)
#define CALLEE_BUS UINT64_MAX

struct Route {
        RouteBus bus;
        bool said_hello;
        char *client;    /* its unique name, once known */
        Names *names;    /* peers that wrote to this client, and itself; the tracker has the owners */
        Calls to_bus;    /* of the client */
        Calls to_client; /* of peers */
        size_t n_on_bus; /* of to_bus, those to the bus itself */
        uint32_t last_serial;
};

uint32_t route_next_serial(Route *route);
bool route_is_bus(const char *name);
bool route_is_reply(const WireHeader *header);
/* The standing of any name; *room may be used. */
const BusStanding *route_standing(const Route *route, const char *name, BusStanding *room);
BusAccess route_visible(const Route *route, const char *name);
/* Might the bus have told the tracker by now that this peer owns more? */
bool route_may_know_more(const Route *route, const char *name, bool fresh);

int route_add_call(Route *route, const Call *call);
void route_remove_call(Route *route, const Call *call);
/* The client's call that this is an answer to, or NULL. */
const Call *route_awaited_call(const Route *route, const WireHeader *header);

void route_start_output(RouteOutput *output);
/* The number at that place of the body is to be another. */
void route_patch(RouteOutput *output, size_t at, uint32_t number);
/* The first argument, for rules that speak of it. */
void route_read_argument(VerdictCase *it, const uint8_t *untrusted_body);
