/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/parse-error.h"
#include "plan/plan.h"
#include "start/record.h"

/* StartSlots - the descriptors that go to the engine with a plan, each under its slot's name
 * (docs/theory/messages.md). */

enum { START_SLOT_NAME = 64, START_MAX_SLOTS = PLAN_MAX_SLOTS };

typedef struct StartSlot {
        char name[START_SLOT_NAME];
        int fd;
        bool owned;
} StartSlot;

typedef struct StartSlots {
        StartSlot all[START_MAX_SLOTS];
        size_t n;
} StartSlots;

/* The slots of 0, 1, 2. */
extern const char *const start_stdio_slots[3];

/* Closes what was taken.  CLEANUP(start_slots_clear) StartSlots slots = { .n = 0 }; */
void start_slots_clear(StartSlots *slots);

/* Takes *fd, which is -1 afterwards.  0; -E2BIG for too many or too long a name: *fd is closed. */
int start_slots_take(StartSlots *slots, const char *name, int *fd);
/* 0, 1, 2 of this process. */
int start_slots_borrow(StartSlots *slots, const char *name, int fd);

/* -1 where there is none. */
int start_slots_get(const StartSlots *slots, const char *name);

/* Why a slot could not be filled. */
typedef struct StartSlotFault {
        const char *slot; /* borrowed of the plan */
        ParseError place; /* START_BAD_COOKIES: where */
        char text[512];   /* START_NO_CREDENTIAL: a sentence */
} StartSlotFault;

enum {
        START_NO_CREDENTIAL = 15, /* a secret can't be had */
        START_BAD_COOKIES = 16 /* record->xauthority is no Xauthority file; codes below are own_file_read()'s for it */
};

/* Adds what the plan asks for and nobody has brought yet: the mediators' channels, the two ends of a link, credentials,
 * the cookies; all made now.  environment: the caller's.  0; -ENOENT: a slot that nobody here can fill; other -errno;
 * or, for record->xauthority, a code from above.
 */
int start_slots_fill(StartSlots *slots,
                     const Plan *plan,
                     const StartRecord *record,
                     char *const *environment,
                     StartSlotFault *ret_fault);
