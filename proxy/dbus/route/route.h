/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "route/notices.h"
#include "route/tracker.h"
#include "rules/bus-policy.h"
#include "verdict/verdict.h"
#include "wire/header.h"

/* Route - one client's connection to one bus: what has been learnt on it, and what becomes of each message.  Messages
 * in, messages out; no socket.  Bytes of its own (answers, questions, rewritten messages) come out in a RouteOutput;
 * their serials are WIRE_FIRST_OWN_SERIAL and above towards the bus. */
typedef struct Route Route;

enum {
        /* Bodies that are read whole: first arguments, and the list of names.  A bus with 4000 names of 255 bytes. */
        ROUTE_MAX_BODY = 1024 * 1024,
};

/* What the routes of one bus share; borrowed. */
typedef struct RouteBus {
        const BusPolicy *policy;
        Tracker *tracker; /* may be NULL: see tracker_is_needed() */
        bool sloppy;      /* NameOwnerChanged of all unique names passes */
        /* Messages that pass are looked at once more (guard.h). */
        bool guarded;
        Notices *notices;    /* guarded: not NULL */
        const char *address; /* guarded: of the accessibility bus, or NULL */
} RouteBus;

typedef struct RouteOutput {
        bool forward; /* the message goes on as it is, but for a patch */
        bool patched; /* of it, the number at that place of the body is to be another, in its own byte order */
        size_t patch_at;
        uint32_t patch_number;
        bool guarded; /* it did not pass though a rule lets it: guard.h */
        Verdict verdict;
        const char *name;     /* that it was about: arg0, destination or sender; of the message, or NULL */
        BusAccess has, wants; /* of arg0, where it decided */
        const BusRule *rule;  /* VERDICT_ASK: that asks */
        Buffer to_bus, to_client;
} RouteOutput;

/* NULL when out of memory. */
Route *route_new(const RouteBus *bus);
void route_free(Route *route);
DEFINE_CLEANUP(Route, route_free)

/* Of the body, the bytes that must be there for the verdict. */
size_t route_needs_body(const Route *route, WireFrom from, const WireHeader *header);

enum {
        ROUTE_WAIT = 1, /* nothing happened: the tracker must be asked, and the message given again, now as fresh */
};

/* body: header->n_here bytes, at least route_needs_body() of them; NULL if that is 0, or more than ROUTE_MAX_BODY.
 * fresh: the tracker has answered a question that was put after the message had come.  *output is filled anew, its
 * buffers are added to; to_bus and to_client are to be sent in the message's place, or after it if it is forwarded.  0,
 * ROUTE_WAIT (never if fresh), or -ENOMEM. */
int route_client_message(
        Route *route, const WireHeader *header, const uint8_t *untrusted_body, bool fresh, RouteOutput *output);
int route_bus_message(Route *route, const WireHeader *header, const uint8_t *body, bool fresh, RouteOutput *output);

/* The answer to a call whose verdict was VERDICT_ASK, which waits elsewhere: it is to be sent to the bus now (forward),
 * or output says what is.  0 or -ENOMEM. */
int route_answered(Route *route, const WireHeader *header, bool allow, RouteOutput *output);

/* The names are still being learnt: no client message may be judged now. */
bool route_is_paused(const Route *route);
