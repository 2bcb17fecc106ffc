/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "base/parse-error.h"

/* Match rules ("type='signal',sender='org.example.Notes'"): read as the bus reads them, and written again in one
 * spelling.  The bus gets our spelling, so nothing can hide between two readings of one text (CVE-2026-34080). */

enum {
        MATCH_RULE_MAX = 4096, /* bytes; dbus-daemon takes 1024 */
};

enum {
        MATCH_RULE_EAVESDROP = 1, /* asks for the messages of others, whatever the value */
        MATCH_RULE_TOO_LONG,
        MATCH_RULE_BAD_KEY,   /* none, or one that is not known */
        MATCH_RULE_DUPLICATE, /* the same key twice, or path and path_namespace */
        MATCH_RULE_BAD_VALUE, /* not of the form that its key wants, or a quote without an end */
};

/* Adds the one spelling of the rule to *text.  0 (the caller looks at text->failed); or a code from above, with
 * *ret_error set: the offset is that of the key or value. */
int match_rule_rewrite(Buffer *text, ParseError *ret_error, const char *untrusted_rule);

/* Adds to *value what a rule in our spelling says for that key ("sender").  false: nothing. */
bool match_rule_get(const char *rule, const char *key, Buffer *value);
/* The rule with another value for that key. */
void match_rule_set(Buffer *text, const char *rule, const char *key, const char *value);
