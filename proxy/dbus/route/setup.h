/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "rules/bus-policy.h"

/* Setup - the questions by which a new connection learns who owns the names that the rules speak of: for each name one
 * AddMatch on its owner's changes, then its owner; with wildcards all names once, then the owner of each that a rule
 * covers.  The match comes before the question, so no change falls between. */

enum { SETUP_WINDOW = 64 /* questions under way at a time: bounds the bytes that wait */ };

typedef enum SetupKind {
        SETUP_MATCH, /* AddMatch, its answer counted but not used */
        SETUP_OWNER, /* AddMatch, unless the name was found by a wildcard, and GetNameOwner */
        SETUP_LIST,  /* ListNames */
} SetupKind;

typedef struct SetupStep {
        SetupKind kind;
        const char *name; /* borrowed; NULL for SETUP_LIST */
        bool found;       /* SETUP_OWNER: a wildcard's match watches it already */
} SetupStep;

typedef struct Setup {
        const BusPolicy *policy;
        size_t next; /* rule name */
        bool wants_list;
        char **found;
        size_t n_found, next_found;
        size_t n_waiting; /* steps without an answer; the owner counts them down */
} Setup;

void setup_start(Setup *setup, const BusPolicy *policy);
/* The next step, which is then waited for; false: none now. */
bool setup_next(Setup *setup, SetupStep *ret_step);
/* ListNames said that this name is there. */
void setup_found(Setup *setup, const char *name);
/* Nothing waits and nothing is left to do. */
bool setup_is_done(const Setup *setup);
void setup_clear(Setup *setup);
