/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "names/fake-names.h"
#include "names/net-policy.h"
#include "relay/loop.h"

/* Relay - connections from the box to where the policy lets them go.
 *
 * The way of a connection; each state is left for the next or for the end:
 *
 * TALKING   on the proxy port: the program is saying where it wants to go.  The other way knows it from the address.
 * ASKING    a person is asked; the answer, or its time, ends it.
 * LOOKING   the name is looked up outside, once.
 * DIALING   one address after the other of those that the policy lets this name lead to.
 * OPEN      bytes go both ways.  The first ones of the program are held back until they are no TLS hello or one whose
 *           name is the name that was judged; on port 443 they must be one.
 *           never: another look at the name, another address. */
typedef struct Relay Relay;

enum {
        RELAY_TALK_MS = 60000,
        RELAY_ASK_MS = 60000,
        RELAY_DIAL_MS = 5000,       /* until the next address is tried */
        RELAY_DIAL_LAST_MS = 60000, /* of the last */
        RELAY_MAX_ASKED = 32,       /* open questions */
};

/* mediator: to the front end, or -1.  All are borrowed, for the relay's life.  NULL when out of memory. */
Relay *relay_new(Loop *loop, const NetPolicy *policy, const FakeNames *names, int mediator);
void relay_free(Relay *relay);
DEFINE_CLEANUP(Relay, relay_free)

/* Connections that stand at once; more are left in the listeners' queues. */
void relay_set_room(Relay *relay, size_t n);
bool relay_is_full(const Relay *relay);

/* An accepted connection; takes fd.  proxy: it will say where it wants to go. */
void relay_take(Relay *relay, int fd, bool proxy);
/* A name that has no address: one line of the log. */
void relay_report_name(Relay *relay, const char *name);
/* An answer lies in the mediator's socket; false: that is closed. */
bool relay_on_mediator(Relay *relay);
/* The time until something is due, or -1. */
int64_t relay_on_time(Relay *relay);
