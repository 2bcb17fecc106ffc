/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the two buses say: the outer one's words go on as they are, the inner one's with the names that the client
 * knows. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route/split-state.h"
#include "wire/body.h"

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

                if (name == NULL || is_own || (side == SPLIT_INNER && split_is_bus(name)) ||
                    (name[0] != ':' && !split_is_bus(name) && split_side_of(split, name) != side))
                        continue;
                name = side == SPLIT_INNER ? split_to_client(&room, name) : name;
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
        reply.serial = split_next_serial(split);
        wire_build(&output->to[SPLIT_CLIENT], &reply, &merge->names);
        calls_remove(&split->calls, 0, call->serial);
        split_free_merge(merge);
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

int split_from_outer(Split *split, const WireHeader *header, const uint8_t *body, SplitOutput *output)
{
        const Call *call = NULL;
        const char *name = NULL;

        if (!split_is_reply(header)) {
                split_forward(output, SPLIT_CLIENT);
                return 0;
        }
        call = calls_find(&split->calls, 0, header->reply_serial);
        if (call == NULL || call->callee != SPLIT_OUTER)
                return 0;
        if (call->kind == PENDING_LIST && header->type == WIRE_RETURN)
                return on_list(split, call, SPLIT_OUTER, header, body, output);
        if (call->kind == PENDING_HELLO && header->type == WIRE_RETURN) {
                name = body != NULL ? wire_first_string(header, body) : NULL;
                split->outer_name = split_is_unique(name) ? strdup(name) : NULL;
                output->close = split->outer_name == NULL;
        }
        split_free_merge(call->data);
        calls_remove(&split->calls, 0, header->reply_serial);
        split_forward(output, SPLIT_CLIENT);
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
                split->inner_name = split_is_unique(name) ? strdup(name) : NULL;
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
                                                                                         : split_to_client(&room, name);
                if (name == NULL)
                        return -ENOMEM;
                wire_put_string(&names, name);
        }
        if (reader.failed || names.failed)
                return names.failed ? -ENOMEM : 0;
        if (is_array)
                wire_write_u32(names.bytes, (uint32_t)names.n - 4, false);
        rebuilt.sender = split_to_client(&sender, header->sender);
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
                return split_is_bus(header->sender) ? on_own_reply(split, header, body, output) : 0;
        call = calls_find(&split->calls, 0, header->reply_serial);
        if (call == NULL || call->callee != SPLIT_INNER)
                return 0;
        kind = call->kind;
        calls_remove(&split->calls, 0, header->reply_serial);
        if (kind == PENDING_OWNER && header->type == WIRE_RETURN && body != NULL)
                return put_owners(split, header, body, output);
        return split_readdress(output, SPLIT_CLIENT, header, bytes, split_to_client(&room, header->sender),
                               split->outer_name);
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

                if (name == NULL ||
                    (i == 0 && (is_own || (name[0] != ':' && split_side_of(split, name) != SPLIT_INNER) ||
                                (!three && name[0] == ':'))))
                        return 0;
                name = is_own ? split->outer_name : split_to_client(&room, name);
                if (name == NULL)
                        return -ENOMEM;
                wire_put_string(&changed, name);
        }
        if (header->destination != NULL)
                rebuilt.destination = split->outer_name;
        wire_build(&output->to[SPLIT_CLIENT], &rebuilt, &changed);
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

int split_from_inner(
        Split *split, const WireHeader *header, const uint8_t *bytes, const uint8_t *body, SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        const char *destination = header->destination;

        if (split_is_reply(header))
                return on_inner_reply(split, header, bytes, body, output);
        /* Before the client has its name it has called nobody. */
        if (split->outer_name == NULL)
                return 0;
        if (split_is_about_names(header))
                return on_inner_names(split, header, body, output);
        if (destination != NULL && destination[0] == ':')
                destination = split->outer_name;
        return split_readdress(output, SPLIT_CLIENT, header, bytes, split_to_client(&room, header->sender),
                               destination);
}
