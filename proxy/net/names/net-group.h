/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* The groups that rules may name: "@npm" stands for the hosts that the thing needs.  Data; where reading and publishing
 * go to hosts of their own, they are groups of their own. */
typedef struct NetGroup {
        const char *name;         /* without the '@' */
        const char *const *rules; /* NULL-terminated, in the form of net_rule_parse() */
} NetGroup;

/* NULL: there is none of that name. */
const NetGroup *net_group_find(const char *name);
/* In order of name; NULL behind the last. */
const NetGroup *net_group_nth(size_t i);
