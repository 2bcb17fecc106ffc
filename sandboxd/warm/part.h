/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "plan/plan.h"
#include "warm/identity.h"

/* Part - what is kept warm for one identity: a socket for launches, and boxes parked behind it. */

enum { PART_MAX_BOXES = 2 };

typedef struct ParkedBox {
        pid_t pid; /* 0: none */
        int token;
        uint32_t number; /* never given twice */
} ParkedBox;

typedef struct Part {
        Plan *plan;
        Buffer plan_bytes, identity;
        char name[WARM_NAME_SIZE];
        int listener;               /* -1: not hot yet */
        unsigned n_seen;            /* launches without it */
        unsigned n_failed;          /* boxes that ended before a launch owned them, one after another */
        unsigned target;            /* boxes to have */
        int64_t used_at, refill_at; /* CLOCK_MONOTONIC ms; refill_at 0: nothing to do */
        ParkedBox boxes[PART_MAX_BOXES];
} Part;

/* Takes the plan.  NULL: no memory. */
Part *part_new(Plan *plan);
/* Takes the boxes away that no launch owns, waits for their end, and removes the socket. */
void part_free(Part *part, const char *manager);

/* Opens the socket.  0 or -errno. */
int part_open(Part *part, const char *manager);
/* One box more; taken: as in ParkPlace.  0; -ESTALE where the host's files are not what they were; -errno. */
int part_park(Part *part, uint32_t number, int taken);
void part_drop_boxes(Part *part);
size_t part_n_boxes(const Part *part);
/* A launch owns that box by now, or it has ended: it is not this part's any more.  False: it never was. */
bool part_forget_number(Part *part, uint32_t number);
bool part_forget_pid(Part *part, pid_t pid);
