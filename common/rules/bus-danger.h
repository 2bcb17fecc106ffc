/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* Names on a bus that are as good as no box: who may call them has what the box forbids - other programs started
 * without one, every file, every secret, other windows - by asking somebody who has it.  The planner says so of a
 * profile that gives one, and nothing that is learnt from a run offers them. */
typedef struct BusDanger {
        const char *bus;  /* "session", "system"; NULL: both */
        const char *name; /* and all below, if below */
        bool below;
        const char *interface; /* of a method, or its beginning; NULL: whatever is called */
        const char *reason;    /* N_(), after "whoever may call it" */
} BusDanger;

/* The row for this call, or for any call that the name would answer (method: NULL); NULL: there is none.  name: a name
 * or a pattern "NAME.*", which has the dangers of all that it covers; method: INTERFACE.MEMBER. */
const BusDanger *bus_danger_find(bool system, const char *name, const char *method);

extern const BusDanger bus_dangers[]; /* ends with a name of NULL */
