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
#include "route/split-state.h"
#include "wire/readdress.h"

#define INNER_PREFIX ":inner."

Split *split_new(const BusPolicy *inner)
{
        Split *split = calloc(1, sizeof *split);

        if (split != NULL)
                split->inner = inner;
        return split;
}

void split_free_merge(Merge *merge)
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
                split_free_merge(split->calls.slots[i].data);
        calls_clear(&split->calls);
        free(split->outer_name);
        free(split->inner_name);
        free(split);
}

uint32_t split_next_serial(Split *split)
{
        if (split->last_serial < WIRE_FIRST_OWN_SERIAL || split->last_serial == UINT32_MAX)
                split->last_serial = WIRE_FIRST_OWN_SERIAL - 1;
        return ++split->last_serial;
}

bool split_is_bus(const char *name)
{
        return name != NULL && strcmp(name, VERDICT_BUS) == 0;
}

bool split_is_reply(const WireHeader *header)
{
        return header->type == WIRE_RETURN || header->type == WIRE_ERROR;
}

bool split_is_unique(const char *name)
{
        return name != NULL && bus_name_is_unique(name, strlen(name));
}

static bool is_inner_unique(const char *name)
{
        return strncmp(name, INNER_PREFIX, sizeof INNER_PREFIX - 1) == 0;
}

SplitSide split_side_of(const Split *split, const char *name)
{
        if (name == NULL || split_is_bus(name))
                return SPLIT_OUTER;
        if (name[0] == ':')
                return is_inner_unique(name) ? SPLIT_INNER : SPLIT_OUTER;
        return bus_policy_visible(split->inner, name) > BUS_ACCESS_NONE ? SPLIT_INNER : SPLIT_OUTER;
}

const char *split_to_client(Buffer *room, const char *name)
{
        if (name == NULL || name[0] != ':')
                return name;
        buffer_printf(room, INNER_PREFIX "%s", name + 1);
        return buffer_text(room);
}

const char *split_to_inner(Buffer *room, const char *name)
{
        if (name == NULL || !is_inner_unique(name))
                return name;
        buffer_printf(room, ":%s", name + sizeof INNER_PREFIX - 1);
        return buffer_text(room);
}

void split_forward(SplitOutput *output, SplitSide side)
{
        output->forward[side] = true;
}

int split_readdress(SplitOutput *output,
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

int split_refuse(Split *split, const WireHeader *header, Verdict verdict, SplitOutput *output)
{
        if (header->type == WIRE_CALL && (header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                answer_put(&output->to[SPLIT_CLIENT], verdict, header,
                           header->destination != NULL ? header->destination : VERDICT_BUS, split->outer_name,
                           split_next_serial(split));
        return output->to[SPLIT_CLIENT].failed ? -ENOMEM : 0;
}

int split_expect(
        Split *split, const WireHeader *header, PendingKind kind, SplitSide side, Merge *merge, SplitOutput *output)
{
        Call call = { .callee = side, .serial = header->serial, .kind = (int)kind, .data = merge };
        int r = 0;

        if ((header->flags & WIRE_NO_REPLY_EXPECTED) == 0)
                r = calls_add(&split->calls, &call);
        if (r == 0)
                return 1;
        split_free_merge(merge);
        if (r == -EEXIST) {
                output->close = true;
                return 0;
        }
        return r == -ENOBUFS ? split_refuse(split, header, VERDICT_LIMIT, output) : r;
}

int split_ask_inner(
        Split *split, PendingKind kind, uint64_t number, const char *member, const char *argument, Buffer *to_inner)
{
        Call call = { .caller = SPLIT_INNER, .callee = number, .serial = split_next_serial(split), .kind = (int)kind };
        int r = calls_add(&split->calls, &call);

        if (r == 0)
                answer_put_bus_call(to_inner, member, argument, call.serial, 0);
        return r == -ENOMEM || to_inner->failed ? -ENOMEM : 0;
}

void split_start(Split *split, Buffer *to_inner)
{
        if (split_ask_inner(split, OWN_HELLO, 0, "Hello", NULL, to_inner) < 0)
                to_inner->failed = true;
}

bool split_is_paused(const Split *split)
{
        return split->said_hello && (split->outer_name == NULL || split->inner_name == NULL);
}

bool split_is_about_names(const WireHeader *header)
{
        return header->type == WIRE_SIGNAL && split_is_bus(header->sender) &&
               strcmp(header->interface, VERDICT_BUS) == 0 &&
               (strcmp(header->member, "NameOwnerChanged") == 0 || strcmp(header->member, "NameAcquired") == 0 ||
                strcmp(header->member, "NameLost") == 0);
}

bool split_needs_body(const Split *split, SplitSide from, const WireHeader *header)
{
        const Call *call = NULL;

        if (from == SPLIT_CLIENT) {
                BusMethod method = header->type == WIRE_CALL && split_is_bus(header->destination)
                                           ? verdict_bus_method(header)
                                           : BUS_METHOD_NONE;

                return method == BUS_METHOD_MATCH || verdict_bus_method_has_name(method);
        }
        if (from == SPLIT_INNER && split_is_about_names(header))
                return true;
        if (!split_is_reply(header))
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
                return split_from_client(split, header, bytes, untrusted_body, output);
        case SPLIT_OUTER:
                return split_from_outer(split, header, untrusted_body, output);
        case SPLIT_INNER:
                return split_from_inner(split, header, bytes, untrusted_body, output);
        case _SPLIT_SIDE_MAX:
        default:
                return 0;
        }
}
