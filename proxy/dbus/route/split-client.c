/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the client says, and to which of the two buses. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "route/answer.h"
#include "route/split-state.h"
#include "wire/body.h"
#include "wire/match-rule.h"

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
                r = split_expect(split, header, PENDING_PLAIN, SPLIT_OUTER, NULL, output);
                if (r > 0)
                        split_forward(output, SPLIT_OUTER);
                return r < 0 ? r : 0;
        }
        has_sender = match_rule_get(rule.bytes, "sender", &sender);
        has_about = match_rule_get(rule.bytes, "arg0", &about) || match_rule_get(rule.bytes, "arg0namespace", &about);
        if (buffer_text(&sender) == NULL || buffer_text(&about) == NULL)
                return -ENOMEM;
        match_rule_set(&inner_rule, rule.bytes, "sender", split_to_inner(&room, sender.bytes));
        if (buffer_text(&inner_rule) == NULL)
                return -ENOMEM;
        if (has_sender && split_side_of(split, sender.bytes) == SPLIT_INNER) {
                r = split_expect(split, header, PENDING_PLAIN, SPLIT_INNER, NULL, output);
                if (r > 0)
                        answer_put_bus_call(&output->to[SPLIT_INNER], header->member, inner_rule.bytes, header->serial,
                                            header->flags);
                return r < 0 ? r : 0;
        }
        r = split_expect(split, header, PENDING_PLAIN, SPLIT_OUTER, NULL, output);
        if (r <= 0)
                return r;
        split_forward(output, SPLIT_OUTER);
        /* Of a sender outside nothing comes from inside, but of the bus itself there are two. */
        if (has_sender && !split_is_bus(sender.bytes))
                return 0;
        if (has_sender && has_about && about.bytes[0] != ':' && split_side_of(split, about.bytes) == SPLIT_OUTER)
                return 0;
        return split_ask_inner(split, OWN_MATCH, 0, header->member, inner_rule.bytes, &output->to[SPLIT_INNER]);
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
                split_free_merge(merge);
                return 0; /* nobody would hear it */
        }
        r = split_expect(split, header, PENDING_LIST, SPLIT_OUTER, merge, output);
        if (r <= 0)
                return r;
        split_forward(output, SPLIT_OUTER);
        return split_ask_inner(split, OWN_LIST, split->last_merge, header->member, NULL, &output->to[SPLIT_INNER]);
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
        SplitSide side = split_side_of(split, name);
        bool asks_owner =
                strcmp(header->member, "GetNameOwner") == 0 || strcmp(header->member, "ListQueuedOwners") == 0;
        WireHeader rebuilt = *header;
        int r = split_expect(split, header, side == SPLIT_INNER && asks_owner ? PENDING_OWNER : PENDING_PLAIN, side,
                             NULL, output);

        if (r <= 0)
                return r;
        if (side == SPLIT_OUTER || name[0] != ':') {
                split_forward(output, side);
                return 0;
        }
        /* Methods about unique names have no other argument. */
        (void)bytes;
        name = split_to_inner(&room, name);
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
                r = split_expect(split, header, PENDING_HELLO, SPLIT_OUTER, NULL, output);
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
                r = split_expect(split, header, PENDING_PLAIN, SPLIT_OUTER, NULL, output);
        }
        if (r > 0)
                split_forward(output, SPLIT_OUTER);
        return r < 0 ? r : 0;
}

int split_from_client(Split *split,
                      const WireHeader *header,
                      const uint8_t *bytes,
                      const uint8_t *untrusted_body,
                      SplitOutput *output)
{
        CLEANUP(buffer_clear) Buffer room = BUFFER_INIT;
        SplitSide side = split_side_of(split, header->destination);
        int r = 1;

        if (header->type == WIRE_CALL && split_is_bus(header->destination))
                return on_bus_call(split, header, bytes, untrusted_body, output);
        if (!split->said_hello) {
                output->close = true;
                return 0;
        }
        if (header->type == WIRE_SIGNAL && header->destination == NULL) {
                split_forward(output, SPLIT_OUTER);
                if (header->n_fds == 0) /* descriptors go one way only */
                        split_forward(output, SPLIT_INNER);
                return 0;
        }
        if (header->type == WIRE_CALL)
                r = split_expect(split, header, PENDING_PLAIN, side, NULL, output);
        if (r <= 0)
                return r;
        if (side == SPLIT_OUTER || header->destination[0] != ':') {
                split_forward(output, side);
                return 0;
        }
        return split_readdress(output, side, header, bytes, NULL, split_to_inner(&room, header->destination));
}
