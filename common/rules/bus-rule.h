/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/parse-error.h"

/* BusRule - one thing that a box may or may not do on a bus, in the words of xdg-dbus-proxy and two more:
 *
 *      see, talk, own    NAME
 *      call, broadcast   NAME=FILTER
 *      ask, deny         NAME, or NAME=FILTER
 *      FILTER            [METHOD][@PATH][,arg0=TEXT][,arg0namespace=NAME][,arg0path=PATH]
 *
 * NAME is a well-known name, or NAME.* for that name and every name below it.  METHOD: "*" any; INTERFACE.MEMBER;
 * INTERFACE.* or a word without a dot any member of it.  PATH: an object path, or one that ends in "/ *" (no blank) for
 * it and all below.  The conditions on the first argument mean what they mean in a match rule (D-Bus Specification,
 * "Match Rules"). */
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
        BUS_RULE_ASK,       /* calls to NAME that a person is asked about */
        BUS_RULE_DENY,      /* what nothing else gives: without FILTER the name, with it calls and broadcasts */
        _BUS_RULE_KIND_MAX,
} BusRuleKind;

enum {
        BUS_RULE_BAD_NAME = 1, /* no well-known name; the offset is 0 */
        BUS_RULE_NO_FILTER,    /* call, broadcast: no '='; the offset is that of the end */
        BUS_RULE_BAD_PATH,     /* no object path after '@'; the offset is that of the path */
        BUS_RULE_BAD_ARGUMENT, /* no condition on an argument after ','; the offset is that of the condition */
};

/* What a message does; absent header fields are NULL. */
typedef struct BusAct {
        const char *path, *interface, *member;
        bool read;            /* the first argument was looked at */
        const char *argument; /* NULL: it is no text */
        bool is_path;         /* it is an object path */
} BusAct;

/* 0; a code from above, with *ret_error set; or -ENOMEM. */
int bus_rule_parse(BusRule **ret_rule, ParseError *ret_error, BusRuleKind kind, const char *text);
void bus_rule_free(BusRule *rule);
DEFINE_CLEANUP(BusRule, bus_rule_free)

BusRuleKind bus_rule_kind(const BusRule *rule);
/* Without the ".*". */
const char *bus_rule_name(const BusRule *rule);
bool bus_rule_is_below(const BusRule *rule);
/* A rule of a kind that takes a FILTER, with or without one. */
bool bus_rule_has_filter(const BusRule *rule);
/* Does it have conditions on the first argument? */
bool bus_rule_has_argument(const BusRule *rule);
/* call, broadcast, ask, deny: is this act one that the rule speaks of?  The name is not looked at.  An argument that
 * was not read: unread. */
bool bus_rule_covers_act(const BusRule *rule, const BusAct *act, bool unread);

/* "see" ... "broadcast"; NULL when out of range. */
const char *bus_rule_kind_word(BusRuleKind kind);
const char *bus_access_word(BusAccess access);
