/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A hostile client and a hostile bus, all the way to the verdict: the first byte says who speaks in which order, then
 * come messages as they would on the socket.  And the authentication, on the same bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "route/route.h"
#include "route/split.h"
#include "wire/auth.h"
#include "wire/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void add(BusPolicy *policy, BusRuleKind kind, const char *text)
{
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;

        if (bus_rule_parse(&rule, NULL, kind, text) == 0)
                bus_policy_add(policy, &rule);
}

/* What comes out must be whole messages. */
static void check(Buffer *buffer)
{
        size_t at = 0;

        while (at < buffer->n) {
                WireHeader header = { 0 };

                if (wire_header_scan(&header, (const uint8_t *)buffer->bytes + at, buffer->n - at, WIRE_FROM_BUS) != 0)
                        abort();
                at += header.n_header + header.n_body;
        }
        if (at != buffer->n)
                abort();
        buffer_clear(buffer);
}

static void say_hello(Route *route, RouteOutput *output)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader hello = { .type = WIRE_CALL,
                             .serial = 1,
                             .path = "/",
                             .interface = VERDICT_BUS,
                             .member = "Hello",
                             .destination = VERDICT_BUS };
        WireHeader header = { 0 };

        wire_build(&bytes, &hello, NULL);
        if (!bytes.failed && wire_header_scan(&header, (const uint8_t *)bytes.bytes, bytes.n, WIRE_FROM_CLIENT) == 0)
                route_client_message(route, &header, (const uint8_t *)bytes.bytes + bytes.n, true, output);
        check(&output->to_bus);
}

/* It gets what the client's connection got, too: whatever comes must not end it. */
static void tell_tracker(Tracker *tracker, const WireHeader *header, const uint8_t *body, Buffer *to_bus)
{
        if (tracker_message(tracker, header, body, to_bus) == 0)
                tracker_ask(tracker, to_bus);
}

static void converse(const uint8_t *data, size_t n, unsigned order)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        CLEANUP(tracker_freep) Tracker *tracker = NULL;
        CLEANUP(notices_freep) Notices *notices = NULL;
        CLEANUP(route_freep) Route *route = NULL;
        RouteOutput output = { 0 };

        if (policy == NULL)
                return;
        add(policy, BUS_RULE_TALK, "a.b");
        add(policy, BUS_RULE_OWN, "c.d.*");
        add(policy, BUS_RULE_CALL, "e.f=i.j.M@/x/*");
        add(policy, BUS_RULE_TALK, "org.freedesktop.*");
        tracker = tracker_new(policy);
        notices = notices_new();
        if (tracker == NULL || notices == NULL)
                return;
        route = route_new(&(RouteBus){ .policy = policy,
                                       .tracker = tracker,
                                       .sloppy = (order & 1) != 0,
                                       .guarded = (order & 2) != 0,
                                       .notices = notices,
                                       .address = "unix:path=/a" });
        if (route == NULL)
                return;
        say_hello(route, &output);
        for (unsigned i = 0; n > 0; i++) {
                WireFrom from = (order >> (1 + i % 7) & 1) != 0 ? WIRE_FROM_BUS : WIRE_FROM_CLIENT;
                WireHeader header = { 0 };
                const uint8_t *body = NULL;

                if (wire_header_scan(&header, data, n, from) != 0 || header.n_body > n - header.n_header)
                        break;
                if (route_needs_body(route, from, &header) > 0)
                        body = data + header.n_header;
                if (from == WIRE_FROM_CLIENT)
                        route_client_message(route, &header, body, true, &output);
                else
                        route_bus_message(route, &header, body, true, &output);
                tell_tracker(tracker, &header, body, &output.to_bus);
                if (output.patched && (body == NULL || output.patch_at + 4 > header.n_here))
                        abort();
                if (output.verdict >= _VERDICT_MAX || (output.forward && output.verdict != VERDICT_PASS))
                        abort();
                check(&output.to_bus);
                check(&output.to_client);
                data += header.n_header + header.n_body;
                n -= header.n_header + header.n_body;
        }
}

/* The same messages between one client and two buses: whatever is made up for a side is whole messages, a new header
 * with its body behind it is one, too. */
static void converse_split(const uint8_t *data, size_t n, unsigned order)
{
        CLEANUP(bus_policy_freep) BusPolicy *inner = bus_policy_new();
        CLEANUP(split_freep) Split *split = NULL;
        SplitOutput output = { 0 };
        Buffer start = BUFFER_INIT;

        if (inner == NULL)
                return;
        add(inner, BUS_RULE_TALK, "a.b");
        split = split_new(inner);
        if (split == NULL)
                return;
        split_start(split, &start);
        check(&start);
        for (unsigned i = 0; n > 0; i++) {
                SplitSide from = (SplitSide)((order >> (2 * (i % 4)) & 3) % _SPLIT_SIDE_MAX);
                WireHeader header = { 0 };
                const uint8_t *body = NULL;

                if (wire_header_scan(&header, data, n, from == SPLIT_CLIENT ? WIRE_FROM_CLIENT : WIRE_FROM_BUS) != 0 ||
                    header.n_body > n - header.n_header)
                        break;
                if (split_needs_body(split, from, &header))
                        body = data + header.n_header;
                if (split_message(split, from, &header, data, body, &output) < 0 || output.close)
                        break;
                if (output.rebuilt && output.forward[output.body_to])
                        abort();
                if (output.rebuilt)
                        buffer_add(&output.to[output.body_to], data + header.n_header, header.n_body);
                for (SplitSide to = 0; to < _SPLIT_SIDE_MAX; to++)
                        check(&output.to[to]);
                data += header.n_header + header.n_body;
                n -= header.n_header + header.n_body;
        }
        for (SplitSide to = 0; to < _SPLIT_SIDE_MAX; to++)
                buffer_clear(&output.to[to]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        CLEANUP(buffer_clear) Buffer answer = BUFFER_INIT;
        AuthServer server = { 0 };
        AuthClient client = { 0 };
        size_t used = 0;

        if (n == 0)
                return 0;
        auth_server_feed(&server, "0123456789abcdef0123456789abcdef", (const char *)data, n, &used, &answer);
        if (used > n)
                abort();
        auth_client_feed(&client, (const char *)data, n, &used);
        if (used > n)
                abort();
        converse(data + 1, n - 1, data[0]);
        converse_split(data + 1, n - 1, data[0]);
        return 0;
}
