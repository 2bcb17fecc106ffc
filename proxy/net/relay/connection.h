/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "ids/host-name.h"
#include "relay/birth.h"
#include "relay/budget.h"
#include "relay/credential-link.h"
#include "relay/dial.h"
#include "relay/flow.h"
#include "relay/lookup.h"
#include "relay/proxy-request.h"
#include "relay/relay.h"
#include "relay/report.h"

/* What the parts of the relay share; its way is told in relay.h. */

typedef enum State { TALKING, ASKING, LOOKING, BEARING, DIALING, OPEN, CLOSED } State;

enum { TO_SERVER, TO_CLIENT };

typedef struct Connection {
        Watch client, server; /* who began it; whom it leads to */
        Buried buried;
        Relay *relay;
        struct Connection *next, **before; /* of relay->waiting, or, when it is open, relay->open */
        State state;
        bool proxy;      /* it says where it wants to go */
        bool greeted;    /* and has begun to, in SOCKS 5 */
        bool literal;    /* host is an address */
        bool inbound;    /* from the host's loopback to the box's */
        bool inbound_6;  /* and to ::1 of it */
        bool credential; /* a secret is added on its way */
        bool checked;    /* what the program said first may go */
        ProxyKind kind;
        const char *via;
        char *host; /* NULL: not known yet */
        uint16_t port;
        NetJudgement judgement;
        Buffer held; /* the program's first bytes: its request, then what may be a TLS hello */
        Flow flows[2];
        Budget *sum, *rate;  /* what may go out, and how much may move a second; NULL: there is no bound */
        uint64_t counted[2]; /* of the flows' bytes */
        int64_t resume_ms;   /* the rate is used up until then; 0: it is not */
        Lookup *lookup;
        Dial *dial;
        int64_t asked; /* number of the question; 0: none */
        int64_t deadline_ms;
} Connection;

/* What a person said of a host and port, for the instance's life. */
typedef struct Answered {
        char *host;
        uint16_t port;
        bool allow;
} Answered;

enum { RELAY_MAX_ANSWERED = 256 };

struct Relay {
        Loop *loop;
        const NetPolicy *policy;
        const FakeNames *names;
        int mediator;
        Resolver *resolver;
        Birth *birth;                /* NULL: nothing leads into the box */
        CredentialLink *credentials; /* NULL: none is added */
        Report *report;
        FlowPool *pool;
        Connection *waiting, *open;
        Budgets *budgets;
        size_t n, room, n_asked, n_paused;
        int64_t due_ms; /* nothing is before */
        int64_t next_question;
        Answered *answered; /* RELAY_MAX_ANSWERED */
        size_t n_answered;
};

/* ---- connection.c: its begin and its end, and what is told of it ---- */

/* In its first state; takes fd.  NULL: fd was closed. */
Connection *connection_new(Relay *relay, int fd, WatchFunction on_client);
/* Sets deadline_ms, and sees that it is looked at. */
void connection_wait(Connection *connection, State state, int64_t ms);
void connection_end(Connection *connection);
/* As a refused or broken connection looks: the program's next call fails at once. */
void connection_reset(Connection *connection);
/* An answer in the proxy's language where it speaks one, else a reset. */
void connection_refuse(Connection *connection, ProxyAnswer answer, const char *why);
/* Tells so, and refuses.  mendable: a line of the profile would allow it. */
void connection_deny(Connection *connection, const char *why, bool mendable);
/* One line of the log.  why NULL: it was allowed.  mend: what line would change it; NULL: none would. */
void connection_tell(Connection *connection, const char *why, const char *mend, const NetAddress *address);
/* Its budget is used up. */
void connection_tell_spent(Connection *connection);
void connection_add_rule(const Connection *connection, Buffer *rule);

/* ---- stream.c: OPEN ---- */

/* server: connected; taken.  address: for the log. */
void stream_open(Connection *connection, int server, const NetAddress *address);
/* Something can be read or written. */
void stream_move(Connection *connection, uint32_t events);
/* Goes on with those whose rate allows it again; the time until the next, or -1. */
int64_t stream_resume(Relay *relay, int64_t now_ms);

/* ---- question.c: ASKING ---- */

/* allowed is called when a person said yes, or had said so before. */
void question_ask(Connection *connection);

/* ---- relay.c ---- */

void relay_look_up(Connection *connection);
