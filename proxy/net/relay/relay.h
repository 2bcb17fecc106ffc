/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/cleanup.h"
#include "names/fake-names.h"
#include "names/net-policy.h"
#include "relay/budget.h"
#include "relay/loop.h"

/* Relay - connections from the box to where the policy lets them go, and to the box from where its ports lead in.
 *
 * The way of a connection; each state is left for the next or for the end:
 *
 * TALKING   on the proxy port: the program is saying where it wants to go.  The other way knows it from the address.
 * ASKING    a person is asked; the answer, or its time, ends it.
 * LOOKING   the name is looked up outside, once.
 * BEARING   into the box: a socket of its network was asked for.
 * DIALING   the addresses that the policy lets this name lead to, until one answers.
 * OPEN      bytes go both ways.  The first ones of the program are held back until they are no TLS hello or one whose
 *           name is the name that was judged; on port 443 they must be one.
 *           never: another look at the name, another address. */
typedef struct Relay Relay;

enum {
        RELAY_TALK_MS = 60000,
        RELAY_ASK_MS = 60000,
        RELAY_LOOK_MS = 30000,
        RELAY_MAX_ASKED = 32, /* open questions */
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
/* Borrowed; NULL: nothing is bounded. */
void relay_set_budgets(Relay *relay, Budgets *budgets);
/* Where sockets of the box's network come from; borrowed.  0 or -ENOMEM. */
int relay_set_birth(Relay *relay, int channel);
/* Secrets are added to what goes to these rules' hosts; borrowed.  0 or -ENOMEM. */
int relay_set_credentials(Relay *relay, int channel, const char *const *rules, size_t n);
/* An accepted connection to that port of the box; takes fd. */
void relay_take_inbound(Relay *relay, int fd, uint16_t port);
/* A name that has no address: one line of the log. */
void relay_report_name(Relay *relay, const char *name);
/* An answer lies in the mediator's socket; false: that is closed. */
bool relay_on_mediator(Relay *relay);
/* A port of the host's loopback that could not be listened on. */
void relay_report_port(Relay *relay, uint16_t port, const char *why);
/* The time until something is due, or -1. */
int64_t relay_on_time(Relay *relay);
