/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/parse-error.h"

/* BusRule - one thing that a box may do on a bus, in the words of xdg-dbus-proxy:
 *
 *      see, talk, own    NAME
 *      call, broadcast   NAME=[METHOD][@PATH]
 *
 * NAME is a well-known name, or NAME.* for that name and every name below it.  METHOD: "*" any; INTERFACE.MEMBER;
 * INTERFACE.* or a word without a dot any member of it.  PATH: an object path, or one that ends in "/ *" (no blank) for
 * it and all below. */
typedef struct BusRule BusRule;

typedef enum BusAccess {
        BUS_ACCESS_NONE,
        BUS_ACCESS_SEE,  /* learn that it exists */
        BUS_ACCESS_TALK, /* see it, and call it */
        BUS_ACCESS_OWN,  /* talk to it, and claim it */
        _BUS_ACCESS_MAX,
} BusAccess;

/* What a rule speaks of.  A call rule allows no broadcast, and neither is a level. */
typedef enum BusRuleKind {
        BUS_RULE_SEE,
        BUS_RULE_TALK,
        BUS_RULE_OWN,
        BUS_RULE_CALL,      /* calls from the box to NAME */
        BUS_RULE_BROADCAST, /* broadcast signals of NAME to the box */
        _BUS_RULE_KIND_MAX,
} BusRuleKind;

enum {
        BUS_RULE_BAD_NAME = 1, /* no well-known name; the offset is 0 */
        BUS_RULE_NO_FILTER,    /* call, broadcast: no '='; the offset is that of the end */
        BUS_RULE_BAD_PATH,     /* no object path after '@'; the offset is that of the path */
};

/* What a message does; absent header fields are NULL. */
typedef struct BusAct {
        const char *path, *interface, *member;
} BusAct;

/* 0; a code from above, with *ret_error set; or -ENOMEM. */
int bus_rule_parse(BusRule **ret_rule, ParseError *ret_error, BusRuleKind kind, const char *text);
void bus_rule_free(BusRule *rule);
DEFINE_CLEANUP(BusRule, bus_rule_free)

BusRuleKind bus_rule_kind(const BusRule *rule);
/* Without the ".*". */
const char *bus_rule_name(const BusRule *rule);
bool bus_rule_is_below(const BusRule *rule);
/* call, broadcast: is this act one that the rule speaks of?  The name is not looked at. */
bool bus_rule_covers_act(const BusRule *rule, const BusAct *act);

/* "see" ... "broadcast"; NULL when out of range. */
const char *bus_rule_kind_word(BusRuleKind kind);
const char *bus_access_word(BusAccess access);
