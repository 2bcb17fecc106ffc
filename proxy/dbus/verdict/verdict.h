/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "rules/bus-policy.h"
#include "wire/header.h"

/* Verdicts: what becomes of one message.  Pure functions of the header, of what the rules give for the other side, and
 * of whether a reply is awaited; no socket, no memory, no state. */

#define VERDICT_BUS "org.freedesktop.DBus"

typedef enum Verdict {
        VERDICT_PASS,
        VERDICT_ASK,  /* a call that a person must be asked about */
        VERDICT_DROP, /* without a word: a reply that nobody awaits, a signal to where the rules do not lead */
        /* The rest is answered if an answer is wanted, else dropped. */
        VERDICT_HIDDEN,   /* ServiceUnknown: as if nobody had that name */
        VERDICT_NO_OWNER, /* NameHasNoOwner: the same where nothing would be started */
        VERDICT_FALSE,    /* the same, for NameHasOwner */
        VERDICT_DENIED,   /* AccessDenied */
        VERDICT_UNKNOWN,  /* UnknownMethod */
        VERDICT_BAD_ARGS, /* InvalidArgs */
        VERDICT_BAD_RULE, /* MatchRuleInvalid */
        VERDICT_LIMIT,    /* LimitsExceeded */
        VERDICT_INSTEAD,  /* answered in the place of who was called */
        VERDICT_CLOSE,    /* the connection ends */
        _VERDICT_MAX,
} Verdict;

/* The D-Bus error that the answer is, or NULL. */
const char *verdict_error_name(Verdict verdict);

/* What the methods of the bus itself need. */
typedef enum BusMethod {
        BUS_METHOD_NONE,   /* not one that a box may call */
        BUS_METHOD_FREE,   /* nothing */
        BUS_METHOD_HELLO,  /* to be the first */
        BUS_METHOD_MATCH,  /* a match rule without eavesdropping */
        BUS_METHOD_LIST,   /* nothing, but its answer is filtered */
        BUS_METHOD_HAS,    /* arg0 seen */
        BUS_METHOD_OWNER,  /* arg0 seen */
        BUS_METHOD_PERSON, /* arg0 seen: who a name's owner is */
        BUS_METHOD_START,  /* arg0 talked to */
        BUS_METHOD_CLAIM,  /* arg0 owned */
        _BUS_METHOD_MAX,
} BusMethod;

BusMethod verdict_bus_method(const WireHeader *header);
/* Is the first argument needed? */
bool verdict_bus_method_has_name(BusMethod method);
/* The access that arg0 must have. */
BusAccess verdict_bus_method_wants(BusMethod method);
/* The verdict by what the rules give for arg0. */
Verdict verdict_bus_call(BusMethod method, BusAccess visible);

/* The case that is judged. */
typedef struct VerdictCase {
        const BusPolicy *policy;
        const WireHeader *header;
        const BusStanding *standing; /* of the destination, or of the sender of what comes from the bus */
        bool read;                   /* the first argument was looked at; see BusAct */
        const char *argument;
        bool argument_is_path;
        bool reply_awaited; /* the other side called, with this serial, and has no answer yet */
} VerdictCase;

/* Client -> bus, all but calls to the bus itself. */
Verdict verdict_from_client(const VerdictCase *it);
/* Bus -> client, all but NameOwnerChanged of the bus. */
Verdict verdict_from_bus(const VerdictCase *it);
/* Is this the bus's NameOwnerChanged? */
bool verdict_is_owner_changed(const WireHeader *header);
/* NameOwnerChanged of the bus about a name of that access. */
Verdict verdict_owner_changed(const char *name, BusAccess visible, bool sloppy);
