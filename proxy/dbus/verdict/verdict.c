/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verdicts.  The type of a message is asked first and everything else follows from it: that a field is there never
 * makes a message something else (CVE-2026-94422). */
#include "verdict/verdict.h"

#include <stddef.h>
#include <string.h>

static const char *const error_names[] = {
        [VERDICT_PASS] = NULL,
        [VERDICT_ASK] = NULL,
        [VERDICT_DROP] = NULL,
        [VERDICT_HIDDEN] = "org.freedesktop.DBus.Error.ServiceUnknown",
        [VERDICT_NO_OWNER] = "org.freedesktop.DBus.Error.NameHasNoOwner",
        [VERDICT_FALSE] = NULL,
        [VERDICT_DENIED] = "org.freedesktop.DBus.Error.AccessDenied",
        [VERDICT_UNKNOWN] = "org.freedesktop.DBus.Error.UnknownMethod",
        [VERDICT_BAD_ARGS] = "org.freedesktop.DBus.Error.InvalidArgs",
        [VERDICT_BAD_RULE] = "org.freedesktop.DBus.Error.MatchRuleInvalid",
        [VERDICT_LIMIT] = "org.freedesktop.DBus.Error.LimitsExceeded",
        [VERDICT_INSTEAD] = NULL,
        [VERDICT_CLOSE] = NULL,
};
_Static_assert(sizeof error_names == _VERDICT_MAX * sizeof *error_names, "a verdict has no row");

/* The methods of org.freedesktop.DBus that a box may call; all others are denied.  Not here, and why: BecomeMonitor and
 * the Monitoring interface show everybody's messages; UpdateActivationEnvironment runs code outside; ReloadConfig,
 * Properties, Stats and Verbose tell of, or change, the bus as a whole. */
static const struct {
        const char *member;
        BusMethod method;
} methods[] = {
        { "AddMatch", BUS_METHOD_MATCH },
        { "GetAdtAuditSessionData", BUS_METHOD_PERSON },
        { "GetConnectionCredentials", BUS_METHOD_PERSON },
        { "GetConnectionSELinuxSecurityContext", BUS_METHOD_PERSON },
        { "GetConnectionUnixProcessID", BUS_METHOD_PERSON },
        { "GetConnectionUnixUser", BUS_METHOD_PERSON },
        { "GetId", BUS_METHOD_FREE },
        { "GetNameOwner", BUS_METHOD_OWNER },
        { "Hello", BUS_METHOD_HELLO },
        { "ListActivatableNames", BUS_METHOD_LIST },
        { "ListNames", BUS_METHOD_LIST },
        { "ListQueuedOwners", BUS_METHOD_CLAIM },
        { "NameHasOwner", BUS_METHOD_HAS },
        { "ReleaseName", BUS_METHOD_CLAIM },
        { "RemoveMatch", BUS_METHOD_MATCH },
        { "RequestName", BUS_METHOD_CLAIM },
        { "StartServiceByName", BUS_METHOD_START },
};

/* What each kind of method wants of its first argument, and what a box hears about a name that it doesn't see. */
static const struct {
        BusAccess wants;
        Verdict unseen;
} needs[] = {
        [BUS_METHOD_NONE] = { BUS_ACCESS_NONE, VERDICT_DENIED },
        [BUS_METHOD_FREE] = { BUS_ACCESS_NONE, VERDICT_PASS },
        [BUS_METHOD_HELLO] = { BUS_ACCESS_NONE, VERDICT_PASS },
        [BUS_METHOD_MATCH] = { BUS_ACCESS_NONE, VERDICT_PASS },
        [BUS_METHOD_LIST] = { BUS_ACCESS_NONE, VERDICT_PASS },
        [BUS_METHOD_HAS] = { BUS_ACCESS_SEE, VERDICT_FALSE },
        [BUS_METHOD_OWNER] = { BUS_ACCESS_SEE, VERDICT_NO_OWNER },
        [BUS_METHOD_PERSON] = { BUS_ACCESS_SEE, VERDICT_HIDDEN },
        [BUS_METHOD_START] = { BUS_ACCESS_TALK, VERDICT_HIDDEN },
        [BUS_METHOD_CLAIM] = { BUS_ACCESS_OWN, VERDICT_HIDDEN },
};
_Static_assert(sizeof needs == _BUS_METHOD_MAX * sizeof *needs, "a kind of method has no row");

const char *verdict_error_name(Verdict verdict)
{
        return verdict < _VERDICT_MAX ? error_names[verdict] : NULL;
}

BusMethod verdict_bus_method(const WireHeader *header)
{
        if (header->interface == NULL)
                return BUS_METHOD_NONE;
        if (strcmp(header->interface, VERDICT_BUS ".Introspectable") == 0)
                return BUS_METHOD_FREE;
        if (strcmp(header->interface, VERDICT_BUS) != 0)
                return BUS_METHOD_NONE;
        for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
                if (strcmp(header->member, methods[i].member) == 0)
                        return methods[i].method;
        return BUS_METHOD_NONE;
}

BusAccess verdict_bus_method_wants(BusMethod method)
{
        return needs[method].wants;
}

bool verdict_bus_method_has_name(BusMethod method)
{
        return needs[method].wants > BUS_ACCESS_NONE;
}

Verdict verdict_bus_call(BusMethod method, BusAccess visible)
{
        if (visible == BUS_ACCESS_NONE)
                return needs[method].unseen;
        return visible >= needs[method].wants && method != BUS_METHOD_NONE ? VERDICT_PASS : VERDICT_DENIED;
}

static BusDecision decide(const VerdictCase *it, BusRuleKind kind)
{
        const WireHeader *header = it->header;
        BusAct act = { .path = header->path,
                       .interface = header->interface,
                       .member = header->member,
                       .read = it->read,
                       .argument = it->argument,
                       .is_path = it->argument_is_path };

        return bus_policy_decide(it->policy, it->standing, kind, &act);
}

static Verdict judge_call(const VerdictCase *it)
{
        static const Verdict verdicts[] = {
                [BUS_DECISION_NO] = VERDICT_DENIED,
                [BUS_DECISION_ASK] = VERDICT_ASK,
                [BUS_DECISION_YES] = VERDICT_PASS,
        };
        const WireHeader *header = it->header;

        if (header->destination == NULL) {
                /* The bus answers such calls for Peer only; it must not hand any other to those who listen. */
                bool peer = header->interface != NULL && strcmp(header->interface, "org.freedesktop.DBus.Peer") == 0;

                return peer ? VERDICT_PASS : VERDICT_UNKNOWN;
        }
        if (it->standing->visible == BUS_ACCESS_NONE) {
                bool starts = header->destination[0] != ':' && (header->flags & WIRE_NO_AUTO_START) == 0;

                return starts ? VERDICT_HIDDEN : VERDICT_NO_OWNER;
        }
        return verdicts[decide(it, BUS_RULE_CALL)];
}

/* A call rule speaks of calls: a signal to one peer needs talk, and no deny rule that covers it. */
static Verdict judge_signal(const VerdictCase *it)
{
        if (it->header->destination == NULL)
                return VERDICT_PASS;
        if (it->standing->visible == BUS_ACCESS_NONE)
                return VERDICT_HIDDEN;
        return it->standing->level >= BUS_ACCESS_TALK && decide(it, BUS_RULE_SEE) != BUS_DECISION_NO ? VERDICT_PASS
                                                                                                     : VERDICT_DENIED;
}

Verdict verdict_from_client(const VerdictCase *it)
{
        switch (it->header->type) {
        case WIRE_CALL:
                return judge_call(it);
        case WIRE_SIGNAL:
                return judge_signal(it);
        case WIRE_RETURN:
        case WIRE_ERROR:
                return it->reply_awaited ? VERDICT_PASS : VERDICT_DROP;
        default:
                return VERDICT_CLOSE;
        }
}

static Verdict judge_broadcast(const VerdictCase *it)
{
        return decide(it, BUS_RULE_BROADCAST) == BUS_DECISION_YES ? VERDICT_PASS : VERDICT_DROP;
}

Verdict verdict_from_bus(const VerdictCase *it)
{
        const WireHeader *header = it->header;

        switch (header->type) {
        case WIRE_RETURN:
        case WIRE_ERROR:
                return it->reply_awaited ? VERDICT_PASS : VERDICT_DROP;
        case WIRE_CALL:
                /* Peers outside may do to the box what they like, but under their own name. */
                return header->destination != NULL && header->sender != NULL && !header->has_reply_serial
                               ? VERDICT_PASS
                               : VERDICT_DROP;
        case WIRE_SIGNAL:
                if (header->sender == NULL || header->has_reply_serial)
                        return VERDICT_DROP;
                return header->destination != NULL ? VERDICT_PASS : judge_broadcast(it);
        default:
                return VERDICT_DROP;
        }
}

bool verdict_is_owner_changed(const WireHeader *header)
{
        return header->type == WIRE_SIGNAL && !header->has_reply_serial && header->sender != NULL &&
               strcmp(header->sender, VERDICT_BUS) == 0 && strcmp(header->interface, VERDICT_BUS) == 0 &&
               strcmp(header->member, "NameOwnerChanged") == 0;
}

Verdict verdict_owner_changed(const char *name, BusAccess visible, bool sloppy)
{
        return visible >= BUS_ACCESS_SEE || (sloppy && name[0] == ':') ? VERDICT_PASS : VERDICT_DROP;
}
