/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The tracker's messages: Hello, then for each name that a rule speaks of a match on its owner's changes and the
 * question who that is now (Setup says in which order), then only changes, and GetId as the question that proves all
 * before it to be known.  All calls are to the bus itself. */
#include "route/tracker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route/answer.h"
#include "route/calls.h"
#include "route/setup.h"
#include "verdict/verdict.h"
#include "wire/body.h"

typedef enum TrackerCall {
        TRACKER_HELLO,
        TRACKER_MATCH,
        TRACKER_OWNER, /* data: the name */
        TRACKER_LIST,
        TRACKER_QUESTION, /* Call.callee: its ticket */
} TrackerCall;

struct Tracker {
        const BusPolicy *policy;
        Names *names;
        Setup setup;
        Calls calls;
        bool greeted;
        uint32_t last_serial;
        uint64_t asked, answered;
};

Tracker *tracker_new(const BusPolicy *policy)
{
        CLEANUP(tracker_freep) Tracker *tracker = calloc(1, sizeof *tracker);

        if (tracker == NULL)
                return NULL;
        tracker->policy = policy;
        tracker->names = names_new(policy);
        return tracker->names != NULL ? STEAL(tracker) : NULL;
}

void tracker_free(Tracker *tracker)
{
        if (tracker == NULL)
                return;
        for (size_t i = 0; i < tracker->calls.n_slots; i++)
                free(tracker->calls.slots[i].data);
        calls_clear(&tracker->calls);
        setup_clear(&tracker->setup);
        names_free(tracker->names);
        free(tracker);
}

static uint32_t next_serial(Tracker *tracker)
{
        if (++tracker->last_serial == 0)
                tracker->last_serial = 1;
        return tracker->last_serial;
}

static int expect(Tracker *tracker, TrackerCall kind, uint64_t ticket, const char *name, uint32_t *ret_serial)
{
        CLEANUP(freep) char *copy = name != NULL ? strdup(name) : NULL;
        Call call = { .callee = ticket, .serial = next_serial(tracker), .kind = kind, .data = copy };
        int r = name != NULL && copy == NULL ? -ENOMEM : calls_add(&tracker->calls, &call);

        if (r < 0)
                return r;
        copy = NULL; /* the call's */
        *ret_serial = call.serial;
        return 0;
}

static void put_match(Buffer *to_bus, const char *name, bool below, uint32_t serial, uint8_t flags)
{
        CLEANUP(buffer_clear) Buffer rule = BUFFER_INIT;

        buffer_printf(&rule,
                      "type='signal',sender='" VERDICT_BUS "',path='/org/freedesktop/DBus',interface='" VERDICT_BUS
                      "',member='NameOwnerChanged',%s='%s'",
                      below ? "arg0namespace" : "arg0", name);
        if (buffer_text(&rule) != NULL)
                answer_put_bus_call(to_bus, "AddMatch", buffer_text(&rule), serial, flags);
        else
                to_bus->failed = true;
}

static int put_step(Tracker *tracker, const SetupStep *step, Buffer *to_bus)
{
        static const TrackerCall kinds[] = {
                [SETUP_MATCH] = TRACKER_MATCH,
                [SETUP_OWNER] = TRACKER_OWNER,
                [SETUP_LIST] = TRACKER_LIST,
        };
        uint32_t serial = 0;
        int r;

        if (step->kind == SETUP_OWNER && !step->found)
                put_match(to_bus, step->name, false, next_serial(tracker), WIRE_NO_REPLY_EXPECTED);
        r = expect(tracker, kinds[step->kind], 0, step->kind == SETUP_OWNER ? step->name : NULL, &serial);
        if (r < 0)
                return r;
        if (step->kind == SETUP_MATCH)
                put_match(to_bus, step->name, true, serial, 0);
        else if (step->kind == SETUP_OWNER)
                answer_put_bus_call(to_bus, "GetNameOwner", step->name, serial, 0);
        else
                answer_put_bus_call(to_bus, "ListNames", NULL, serial, 0);
        return 0;
}

static int put_steps(Tracker *tracker, Buffer *to_bus)
{
        SetupStep step = { 0 };
        int r = 0;

        while (r == 0 && setup_next(&tracker->setup, &step))
                r = put_step(tracker, &step, to_bus);
        return r;
}

int tracker_start(Tracker *tracker, Buffer *to_bus)
{
        uint32_t serial = 0;
        int r = expect(tracker, TRACKER_HELLO, 0, NULL, &serial);

        if (r < 0)
                return r;
        answer_put_bus_call(to_bus, "Hello", NULL, serial, 0);
        setup_start(&tracker->setup, tracker->policy);
        r = put_steps(tracker, to_bus);
        return to_bus->failed ? -ENOMEM : r;
}

static void learn_list(Tracker *tracker, const WireHeader *header, const uint8_t *body)
{
        WireReader reader = { 0 };
        uint32_t n = 0;

        if (header->type != WIRE_RETURN || body == NULL || header->signature == NULL ||
            strcmp(header->signature, "as") != 0)
                return;
        reader = wire_reader(header, body);
        n = wire_read_u32(&reader);
        while (!reader.failed && reader.at < 4 + (size_t)n) {
                const char *name = wire_read_string(&reader);

                if (name != NULL)
                        setup_found(&tracker->setup, name);
        }
}

/* No room for another peer: it stays hidden. */
static void set_owner(Tracker *tracker, const char *name, const char *owner)
{
        (void)names_set_owner(tracker->names, name, owner);
}

static int on_answer(Tracker *tracker, const WireHeader *header, const uint8_t *body, Buffer *to_bus)
{
        const Call *found = calls_find(&tracker->calls, 0, header->reply_serial);
        CLEANUP(freep) char *name = NULL;
        Call call = { 0 };

        if (found == NULL)
                return 0;
        call = *found;
        name = call.data;
        calls_remove(&tracker->calls, 0, call.serial);
        switch ((TrackerCall)call.kind) {
        case TRACKER_HELLO:
                tracker->greeted = header->type == WIRE_RETURN;
                return tracker->greeted ? 0 : -EPROTO;
        case TRACKER_QUESTION:
                /* The bus answers its calls in their order. */
                if (call.callee > tracker->answered)
                        tracker->answered = call.callee;
                return 0;
        case TRACKER_OWNER:
                set_owner(tracker, name,
                          header->type == WIRE_RETURN && body != NULL ? wire_first_string(header, body) : NULL);
                break;
        case TRACKER_LIST:
                learn_list(tracker, header, body);
                break;
        case TRACKER_MATCH:
        default:
                break;
        }
        tracker->setup.n_waiting--;
        return put_steps(tracker, to_bus);
}

static void on_owner_changed(Tracker *tracker, const WireHeader *header, const uint8_t *body)
{
        WireReader reader = { 0 };
        const char *name = NULL, *owner = NULL;

        if (body == NULL || header->signature == NULL || strcmp(header->signature, "sss") != 0)
                return;
        reader = wire_reader(header, body);
        name = wire_read_string(&reader);
        wire_read_string(&reader);
        owner = wire_read_string(&reader);
        if (!reader.failed && name[0] != ':')
                set_owner(tracker, name, owner[0] != '\0' ? owner : NULL);
}

int tracker_message(Tracker *tracker, const WireHeader *header, const uint8_t *body, Buffer *to_bus)
{
        int r = 0;

        /* What is not the bus's own: somebody writes to us, who have nothing to say. */
        if (header->sender != NULL && strcmp(header->sender, VERDICT_BUS) != 0)
                return 0;
        if (header->type == WIRE_RETURN || header->type == WIRE_ERROR)
                r = on_answer(tracker, header, body, to_bus);
        else if (verdict_is_owner_changed(header))
                on_owner_changed(tracker, header, body);
        return to_bus->failed ? -ENOMEM : r;
}

bool tracker_is_ready(const Tracker *tracker)
{
        return tracker == NULL || (tracker->greeted && setup_is_done(&tracker->setup));
}

bool tracker_is_needed(const BusPolicy *policy)
{
        bool below = false;

        return bus_policy_name(policy, 0, &below) != NULL;
}

uint64_t tracker_ask(Tracker *tracker, Buffer *to_bus)
{
        uint32_t serial = 0;

        /* One question that nobody has sent on yet would do for several who ask, but each is cheap, and rare. */
        if (expect(tracker, TRACKER_QUESTION, tracker->asked + 1, NULL, &serial) < 0)
                to_bus->failed = true;
        else
                answer_put_bus_call(to_bus, "GetId", NULL, serial, 0);
        return ++tracker->asked;
}

uint64_t tracker_answered(const Tracker *tracker)
{
        return tracker->answered;
}

const Peer *tracker_peer(const Tracker *tracker, const char *unique)
{
        return tracker != NULL ? names_peer(tracker->names, unique) : NULL;
}

const Peer *tracker_owner(const Tracker *tracker, const char *name)
{
        return tracker != NULL ? names_owner(tracker->names, name) : NULL;
}

void tracker_learn(Tracker *tracker, const char *name, const char *unique)
{
        if (tracker != NULL)
                names_learn(tracker->names, name, unique);
}
