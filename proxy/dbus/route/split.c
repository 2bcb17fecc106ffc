/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Which of two buses a message belongs to, and how names and answers of both look like those of one.
 *
 * A call is remembered with its side, and only that side's answer is one: neither bus can answer for the other.  What
 * is asked of both buses (the lists of names, matches) goes to the outer one with the client's serial and to the inner
 * one with a serial of ours, and the client gets one answer. */
#include "route/split.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ids/bus-name.h"
#include "route/answer.h"
#include "route/calls.h"
#include "route/route.h"
#include "verdict/verdict.h"
#include "wire/body.h"
#include "wire/match-rule.h"
#include "wire/readdress.h"

#define INNER_PREFIX ":inner."

typedef enum PendingKind {
        PENDING_PLAIN,
        PENDING_HELLO,
        PENDING_LIST,  /* of the outer bus; data: Merge */
        PENDING_OWNER, /* of the inner bus: its answer is a unique name, or several */
        OWN_HELLO,
        OWN_LIST, /* callee: the number of its Merge */
        OWN_MATCH,
} PendingKind;

/* A list of names of both buses, while it is being made. */
typedef struct Merge {
        uint64_t number;
        uint32_t client_serial;
        bool has_outer, has_inner;
        Buffer names; /* the body of an "as", its length still 0 */
} Merge;

struct Split {
        const BusPolicy *inner;
        char *outer_name, *inner_name; /* the client's; NULL: not known yet */
        bool said_hello;
        Calls calls; /* of the client: caller 0, callee the side; ours to the inner bus: caller SPLIT_INNER */
        uint32_t last_serial;
        uint64_t last_merge;
};

Split *split_new(const BusPolicy *inner)
{
        Split *split = calloc(1, sizeof *split);

        if (split != NULL)
                split->inner = inner;
        return split;
}

static void free_merge(Merge *merge)
{
        if (merge != NULL)
                buffer_clear(&merge->names);
        free(merge);
}

void split_free(Split *split)
{
        if (split == NULL)
                return;
        for (size_t i = 0; i < split->calls.n_slots; i++)
                free_merge(split->calls.slots[i].data);
        calls_clear(&split->calls);
        free(split->outer_name);
        free(split->inner_name);
        free(split);
}

static uint32_t next_serial(Split *split)
{
        if (split->last_serial < WIRE_FIRST_OWN_SERIAL || split->last_serial == UINT32_MAX)
                split->last_serial = WIRE_FIRST_OWN_SERIAL - 1;
        return ++split->last_serial;
}

static bool is_bus(const char *name)
{
        return name != NULL && strcmp(name, VERDICT_BUS) == 0;
}

static bool is_reply(const WireHeader *header)
{
        return header->type == WIRE_RETURN || header->type == WIRE_ERROR;
}

static bool is_unique(const char *name)
{
        return name != NULL && bus_name_is_unique(name, strlen(name));
}

static bool is_inner_unique(const char *name)
{
        return strncmp(name, INNER_PREFIX, sizeof INNER_PREFIX - 1) == 0;
}

static SplitSide side_of(const Split *split, const char *name)
{
        if (name == NULL || is_bus(name))
                return SPLIT_OUTER;
        if (name[0] == ':')
                return is_inner_unique(name) ? SPLIT_INNER : SPLIT_OUTER;
        return bus_policy_visible(split->inner, name) > BUS_ACCESS_NONE ? SPLIT_INNER : SPLIT_OUTER;
}

/* A name of the inner bus, as the client knows it; borrowed from *room. */
static const char *to_client_name(Buffer *room, const char *name)
{
        if (name == NULL || name[0] != ':')
                return name;
        buffer_printf(room, INNER_PREFIX "%s", name + 1);
        return buffer_text(room);
}

/* A name that the client uses, as the inner bus knows it; borrowed from *room. */
static const char *to_inner_name(Buffer *room, const char *name)
{
        if (name == NULL || !is_inner_unique(name))
                return name;
        buffer_printf(room, ":%s", name + sizeof INNER_PREFIX - 1);
        return buffer_text(room);
}

static void forward(SplitOutput *output, SplitSide side)
{
        output->forward[side] = true;
}

/* The message goes there with other addresses. */
static int readdress(SplitOutput *output,
                     SplitSide side,
                     const WireHeader *header,
                     const uint8_t *bytes,
                     const char *sender,
                     const char *destination)
{
        wire_readdress(&output->to[side], header, bytes, sender, destination);
        output->body_to = side;
        output->rebuilt = true;
        return output->to[side].failed ? -ENOMEM : 0;
}

static int refuse(Split *split, const WireHeader *header, Verdict verdict, SplitOutput *output)
{
        if (header->type == WIRE_CALL && (header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                answer_put(&output->to[SPLIT_CLIENT], verdict, header,
                           header->destination != NULL ? header->destination : VERDICT_BUS, split->outer_name,
                           next_serial(split));
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

/* Remembers a call of the client.  1: it may go on; 0: it was refused. */
static int
expect(Split *split, const WireHeader *header, PendingKind kind, SplitSide side, Merge *merge, SplitOutput *output)
{
        Call call = { .callee = side, .serial = header->serial, .kind = (int)kind, .data = merge };
        int r = 0;

        if ((header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                r = calls_add(&split->calls, &call);
        if (r == 0)
                return 1;
        free_merge(merge);
        if (r == -EEXIST) {
                output->close = true;
                return 0;
        }
        return r == -ENOBUFS ? refuse(split, header, VERDICT_LIMIT, output) : r;
}

/* A call of ours to the inner bus. */
static int
ask_inner(Split *split, PendingKind kind, uint64_t number, const char *member, const char *argument, Buffer *to_inner)
{
        Call call = { .caller = SPLIT_INNER, .callee = number, .serial = next_serial(split), .kind = (int)kind };
        int r = calls_add(&split->calls, &call);

        if (r == 0)
                answer_put_bus_call(to_inner, member, argument, call.serial, 0);
        return r == -ENOMEM || to_inner->failed ? -ENOMEM : 0;
}

void split_start(Split *split, Buffer *to_inner)
{
        if (ask_inner(split, OWN_HELLO, 0, "Hello", NULL, to_inner) < 0)
                to_inner->failed = true;
}

bool split_is_paused(const Split *split)
{
        return split->said_hello && (split->outer_name == NULL || split->inner_name == NULL);
}

/* ---- client -> ---- */

/* AddMatch, RemoveMatch: to the side of what the rule names; to both where it names nothing. */
static int on_match(Split *split, const WireHeader *header, const uint8_t *untrusted_body, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer rule = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer sender = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer about = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer inner_rule = BUFFER_INIT;
        const char *untrusted = untrusted_body != NULL ? wire_first_string(header, untrusted_body) : NULL;
        bool has_sender, has_about;
        int r;

        /* What can't be read the filter outside refuses, with the right words. */
        if (untrusted == NULL || match_rule_rewrite(&rule, NULL, untrusted) != 0 || buffer_text(&rule) == NULL) {
                r = expect(split, header, PENDING_PLAIN, SPLIT_OUTER, NULL, output);
                if (r > 0)
                        forward(output, SPLIT_OUTER);
                return r < 0 ? r : 0;
        }
        has_sender = match_rule_get(rule.bytes, "sender", &sender);
        has_about = match_rule_get(rule.bytes, "arg0", &about) || match_rule_get(rule.bytes, "arg0namespace", &about);
        if (buffer_text(&sender) == NULL || buffer_text(&about) == NULL)
                return -ENOMEM;
        match_rule_set(&inner_rule, rule.bytes, "sender", to_inner_name(&room, sender.bytes));
        if (buffer_text(&inner_rule) == NULL)
                return -ENOMEM;
        if (has_sender && side_of(split, sender.bytes) == SPLIT_INNER) {
                r = expect(split, header, PENDING_PLAIN, SPLIT_INNER, NULL, output);
                if (r > 0)
                        answer_put_bus_call(&output->to[SPLIT_INNER], header->member, inner_rule.bytes, header->serial,
                                            header->flags);
                return r < 0 ? r : 0;
        }
        r = expect(split, header, PENDING_PLAIN, SPLIT_OUTER, NULL, output);
        if (r <= 0)
                return r;
        forward(output, SPLIT_OUTER);
        /* Of a sender outside nothing comes from inside, but of the bus itself there are two. */
        if (has_sender && !is_bus(sender.bytes))
                return 0;
        if (has_sender && has_about && about.bytes[0] != ':' && side_of(split, about.bytes) == SPLIT_OUTER)
                return 0;
        return ask_inner(split, OWN_MATCH, 0, header->member, inner_rule.bytes, &output->to[SPLIT_INNER]);
}

static int on_list_call(Split *split, const WireHeader *header, SplitOutput *output)
{
        Merge *merge = calloc(1, sizeof *merge);
        int r;

        if (merge == NULL)
                return -ENOMEM;
        merge->number = ++split->last_merge;
        merge->client_serial = header->serial;
        wire_put_u32(&merge->names, 0);
        if ((header->flags & WIRE_NO_REPLY_EXPECTED) != 0) {
                free_merge(merge);
                return 0; /* nobody would hear it */
        }
        r = expect(split, header, PENDING_LIST, SPLIT_OUTER, merge, output);
        if (r <= 0)
                return r;
        forward(output, SPLIT_OUTER);
        return ask_inner(split, OWN_LIST, split->last_merge, header->member, NULL, &output->to[SPLIT_INNER]);
}

/* A method of the bus about a name. */
static int on_name_call(Split *split,
                        const WireHeader *header,
                        const uint8_t *bytes,
                        const uint8_t *untrusted_body,
                        SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        const char *name = untrusted_body != NULL ? wire_first_string(header, untrusted_body) : NULL;
        SplitSide side = side_of(split, name);
        bool asks_owner =
                strcmp(header->member, "GetNameOwner") == 0 || strcmp(header->member, "ListQueuedOwners") == 0;
        WireHeader rebuilt = *header;
        int r = expect(split, header, side == SPLIT_INNER && asks_owner ? PENDING_OWNER : PENDING_PLAIN, side, NULL,
                       output);

        if (r <= 0)
                return r;
        if (side == SPLIT_OUTER || name[0] != ':') {
                forward(output, side);
                return 0;
        }
        /* Methods about unique names have no other argument. */
        (void)bytes;
        name = to_inner_name(&room, name);
        if (name == NULL)
                return -ENOMEM;
        wire_put_string(&body, name);
        rebuilt.signature = "s";
        wire_build(&output->to[SPLIT_INNER], &rebuilt, &body);
        return output->to[SPLIT_INNER].failed ? -ENOMEM : 0;
}

static int on_bus_call(Split *split,
                       const WireHeader *header,
                       const uint8_t *bytes,
                       const uint8_t *untrusted_body,
                       SplitOutput *output)
{
        BusMethod method = verdict_bus_method(header);
        int r;

        if (method == BUS_METHOD_HELLO && !split->said_hello) {
                if ((header->flags & WIRE_NO_REPLY_EXPECTED) != 0) {
                        output->close = true; /* its name would never be known */
                        return 0;
                }
                split->said_hello = true;
                r = expect(split, header, PENDING_HELLO, SPLIT_OUTER, NULL, output);
        } else if (!split->said_hello) {
                output->close = true;
                return 0;
        } else if (method == BUS_METHOD_MATCH) {
                return on_match(split, header, untrusted_body, output);
        } else if (method == BUS_METHOD_LIST) {
                return on_list_call(split, header, output);
        } else if (verdict_bus_method_has_name(method)) {
                return on_name_call(split, header, bytes, untrusted_body, output);
        } else {
                r = expect(split, header, PENDING_PLAIN, SPLIT_OUTER, NULL, output);
        }
        if (r > 0)
                forward(output, SPLIT_OUTER);
        return r < 0 ? r : 0;
}

static int on_client(Split *split,
                     const WireHeader *header,
                     const uint8_t *bytes,
                     const uint8_t *untrusted_body,
                     SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        SplitSide side = side_of(split, header->destination);
        int r = 1;

        if (header->type == WIRE_CALL && is_bus(header->destination))
                return on_bus_call(split, header, bytes, untrusted_body, output);
        if (!split->said_hello) {
                output->close = true;
                return 0;
        }
        if (header->type == WIRE_SIGNAL && header->destination == NULL) {
                forward(output, SPLIT_OUTER);
                if (header->n_fds == 0) /* descriptors go one way only */
                        forward(output, SPLIT_INNER);
                return 0;
        }
        if (header->type == WIRE_CALL)
                r = expect(split, header, PENDING_PLAIN, side, NULL, output);
        if (r <= 0)
                return r;
        if (side == SPLIT_OUTER || header->destination[0] != ':') {
                forward(output, side);
                return 0;
        }
        return readdress(output, side, header, bytes, NULL, to_inner_name(&room, header->destination));
}

/* ---- -> client ---- */

/* Adds what this side's list has of its own. */
static void add_names(Split *split, Merge *merge, SplitSide side, const WireHeader *header, const uint8_t *body)
{
        WireReader reader = { 0 };
        uint32_t n = 0;

        if (header->type != WIRE_RETURN || body == NULL || header->signature == NULL ||
            strcmp(header->signature, "as") != 0)
                return;
        reader = wire_reader(header, body);
        n = wire_read_u32(&reader);
        while (!reader.failed && reader.at < 4 + (size_t)n) {
                CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
                const char *name = wire_read_string(&reader);
                bool is_own = name != NULL && split->inner_name != NULL && side == SPLIT_INNER &&
                              strcmp(name, split->inner_name) == 0;

                if (name == NULL || is_own || (side == SPLIT_INNER && is_bus(name)) ||
                    (name[0] != ':' && !is_bus(name) && side_of(split, name) != side))
                        continue;
                name = side == SPLIT_INNER ? to_client_name(&room, name) : name;
                if (name != NULL)
                        wire_put_string(&merge->names, name);
        }
}

/* The client's call that has this merge, or NULL. */
static const Call *find_merge(const Split *split, uint64_t number)
{
        for (size_t i = 0; i < split->calls.n_slots; i++) {
                const Call *call = &split->calls.slots[i];
                const Merge *merge = call->data;

                if (call->serial != 0 && merge != NULL && merge->number == number)
                        return call;
        }
        return NULL;
}

/* One of the two lists has come. */
static int on_list(Split *split,
                   const Call *call,
                   SplitSide side,
                   const WireHeader *header,
                   const uint8_t *body,
                   SplitOutput *output)
{
        Merge *merge = call->data;
        WireHeader reply = { .type = WIRE_RETURN,
                             .flags = WIRE_NO_REPLY_EXPECTED,
                             .has_reply_serial = true,
                             .reply_serial = call->serial,
                             .destination = split->outer_name,
                             .sender = VERDICT_BUS,
                             .signature = "as" };

        add_names(split, merge, side, header, body);
        merge->has_outer |= side == SPLIT_OUTER;
        merge->has_inner |= side == SPLIT_INNER;
        if (merge->names.failed)
                return -ENOMEM;
        if (!merge->has_outer || !merge->has_inner)
                return 0;
        wire_write_u32(merge->names.bytes, (uint32_t)merge->names.n - 4, false);
        reply.serial = next_serial(split);
        wire_build(&output->to[SPLIT_CLIENT], &reply, &merge->names);
        calls_remove(&split->calls, 0, call->serial);
        free_merge(merge);
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

static int on_outer(Split *split, const WireHeader *header, const uint8_t *body, SplitOutput *output)
{
        const Call *call = NULL;
        const char *name = NULL;

        if (!is_reply(header)) {
                forward(output, SPLIT_CLIENT);
                return 0;
        }
        call = calls_find(&split->calls, 0, header->reply_serial);
        if (call == NULL || call->callee != SPLIT_OUTER)
                return 0;
        if (call->kind == PENDING_LIST && header->type == WIRE_RETURN)
                return on_list(split, call, SPLIT_OUTER, header, body, output);
        if (call->kind == PENDING_HELLO && header->type == WIRE_RETURN) {
                name = body != NULL ? wire_first_string(header, body) : NULL;
                split->outer_name = is_unique(name) ? strdup(name) : NULL;
                output->close = split->outer_name == NULL;
        }
        free_merge(call->data);
        calls_remove(&split->calls, 0, header->reply_serial);
        forward(output, SPLIT_CLIENT);
        return 0;
}

static int on_own_reply(Split *split, const WireHeader *header, const uint8_t *body, SplitOutput *output)
{
        const Call *found = calls_find(&split->calls, SPLIT_INNER, header->reply_serial);
        Call call = { 0 };
        const char *name = NULL;

        if (found == NULL)
                return 0;
        call = *found;
        calls_remove(&split->calls, SPLIT_INNER, call.serial);
        if (call.kind == OWN_HELLO) {
                name = header->type == WIRE_RETURN && body != NULL ? wire_first_string(header, body) : NULL;
                split->inner_name = is_unique(name) ? strdup(name) : NULL;
                output->close = split->inner_name == NULL;
        } else if (call.kind == OWN_LIST) {
                const Call *merge = find_merge(split, call.callee);

                if (merge != NULL)
                        return on_list(split, merge, SPLIT_INNER, header, body, output);
        }
        return 0;
}

/* An answer that is a unique name, or an array of them, in the client's form. */
static int put_owners(Split *split, const WireHeader *header, const uint8_t *body, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer sender = BUFFER_INIT;
        WireReader reader = wire_reader(header, body);
        WireHeader rebuilt = *header;
        bool is_array = header->signature != NULL && strcmp(header->signature, "as") == 0;
        size_t end = is_array ? 4 + (size_t)wire_read_u32(&reader) : header->n_body;

        if (is_array)
                wire_put_u32(&names, 0);
        while (!reader.failed && reader.at < end) {
                CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
                const char *name = wire_read_string(&reader);

                if (name == NULL)
                        break;
                /* The client knows itself by its outer name. */
                name = split->inner_name != NULL && strcmp(name, split->inner_name) == 0 ? split->outer_name
                                                                                         : to_client_name(&room, name);
                if (name == NULL)
                        return -ENOMEM;
                wire_put_string(&names, name);
        }
        if (reader.failed || names.failed)
                return names.failed ? -ENOMEM : 0;
        if (is_array)
                wire_write_u32(names.bytes, (uint32_t)names.n - 4, false);
        rebuilt.sender = to_client_name(&sender, header->sender);
        rebuilt.destination = split->outer_name;
        wire_build(&output->to[SPLIT_CLIENT], &rebuilt, &names);
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

static int
on_inner_reply(Split *split, const WireHeader *header, const uint8_t *bytes, const uint8_t *body, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        const Call *call = NULL;
        int kind;

        if (header->reply_serial >= WIRE_FIRST_OWN_SERIAL)
                return is_bus(header->sender) ? on_own_reply(split, header, body, output) : 0;
        call = calls_find(&split->calls, 0, header->reply_serial);
        if (call == NULL || call->callee != SPLIT_INNER)
                return 0;
        kind = call->kind;
        calls_remove(&split->calls, 0, header->reply_serial);
        if (kind == PENDING_OWNER && header->type == WIRE_RETURN && body != NULL)
                return put_owners(split, header, body, output);
        return readdress(output, SPLIT_CLIENT, header, bytes, to_client_name(&room, header->sender), split->outer_name);
}

/* NameOwnerChanged, NameAcquired and NameLost of the inner bus, of inner names. */
static int on_inner_names(Split *split, const WireHeader *header, const uint8_t *body, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer changed = BUFFER_INIT;
        WireHeader rebuilt = *header;
        WireReader reader = { 0 };
        bool three = strcmp(header->member, "NameOwnerChanged") == 0;

        if (body == NULL || header->signature == NULL || strcmp(header->signature, three ? "sss" : "s") != 0)
                return 0;
        reader = wire_reader(header, body);
        for (unsigned i = 0; i < (three ? 3u : 1u); i++) {
                CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
                const char *name = wire_read_string(&reader);
                bool is_own = name != NULL && split->inner_name != NULL && strcmp(name, split->inner_name) == 0;

                if (name == NULL || (i == 0 && (is_own || (name[0] != ':' && side_of(split, name) != SPLIT_INNER) ||
                                                (!three && name[0] == ':'))))
                        return 0;
                name = is_own ? split->outer_name : to_client_name(&room, name);
                if (name == NULL)
                        return -ENOMEM;
                wire_put_string(&changed, name);
        }
        if (header->destination != NULL)
                rebuilt.destination = split->outer_name;
        wire_build(&output->to[SPLIT_CLIENT], &rebuilt, &changed);
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

static bool is_about_names(const WireHeader *header)
{
        return header->type == WIRE_SIGNAL && is_bus(header->sender) && strcmp(header->interface, VERDICT_BUS) == 0 &&
               (strcmp(header->member, "NameOwnerChanged") == 0 || strcmp(header->member, "NameAcquired") == 0 ||
                strcmp(header->member, "NameLost") == 0);
}

static int
on_inner(Split *split, const WireHeader *header, const uint8_t *bytes, const uint8_t *body, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        const char *destination = header->destination;

        if (is_reply(header))
                return on_inner_reply(split, header, bytes, body, output);
        /* Before the client has its name it has called nobody. */
        if (split->outer_name == NULL)
                return 0;
        if (is_about_names(header))
                return on_inner_names(split, header, body, output);
        if (destination != NULL && destination[0] == ':')
                destination = split->outer_name;
        return readdress(output, SPLIT_CLIENT, header, bytes, to_client_name(&room, header->sender), destination);
}

bool split_needs_body(const Split *split, SplitSide from, const WireHeader *header)
{
        const Call *call = NULL;

        if (from == SPLIT_CLIENT) {
                BusMethod method = header->type == WIRE_CALL && is_bus(header->destination) ? verdict_bus_method(header)
                                                                                            : BUS_METHOD_NONE;

                return method == BUS_METHOD_MATCH || verdict_bus_method_has_name(method);
        }
        if (from == SPLIT_INNER && is_about_names(header))
                return true;
        if (!is_reply(header))
                return false;
        if (from == SPLIT_INNER && header->reply_serial >= WIRE_FIRST_OWN_SERIAL)
                return true;
        call = calls_find(&split->calls, 0, header->reply_serial);
        return call != NULL && call->kind != PENDING_PLAIN;
}

int split_message(Split *split,
                  SplitSide from,
                  const WireHeader *header,
                  const uint8_t *bytes,
                  const uint8_t *untrusted_body,
                  SplitOutput *output)
{
        for (SplitSide side = 0; side < _SPLIT_SIDE_MAX; side++)
                output->forward[side] = false;
        output->rebuilt = output->close = false;
        switch (from) {
        case SPLIT_CLIENT:
                return on_client(split, header, bytes, untrusted_body, output);
        case SPLIT_OUTER:
                return on_outer(split, header, untrusted_body, output);
        case SPLIT_INNER:
                return on_inner(split, header, bytes, untrusted_body, output);
        case _SPLIT_SIDE_MAX:
        default:
                return 0;
        }
}
