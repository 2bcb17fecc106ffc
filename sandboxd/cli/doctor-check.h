/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/doctor-facts.h"

/* What `oriel doctor` judges: one row of the table in doctor-check.c each. */

typedef enum DoctorState {
        DOCTOR_THERE,
        DOCTOR_PARTLY, /* works, but not as well as it could */
        DOCTOR_MISSING,
        _DOCTOR_STATE_MAX,
} DoctorState;

typedef struct DoctorFinding {
        DoctorState state;
        char *found;      /* what is there, as foreign text; NULL: nothing to say */
        const char *mend; /* N_(): in place of the row's own, or NULL */
} DoctorFinding;

typedef struct DoctorCheck {
        const char *name;  /* "user-namespaces": for JSON, never changes */
        const char *title; /* N_() */
        DoctorFinding (*check)(const DoctorFacts *facts);
        bool essential;   /* without it no app runs */
        bool tested;      /* this release was run on a host where it is there */
        const char *cost; /* N_(): what does not work without it */
        const char *mend; /* N_(): a command, or what to do */
} DoctorCheck;

extern const DoctorCheck doctor_checks[]; /* ends with a NULL name */

const char *doctor_state_word(DoctorState state);
