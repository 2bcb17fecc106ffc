/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cache/entry.h"
#include "ids/instance-id.h"
#include "plan/plan.h"
#include "start/files.h"

/* Remembered - a launch whose plan was found among the remembered ones, and still holds. */
typedef struct Remembered {
        CacheEntry entry; /* borrows from bytes */
        char *bytes;
        char *manager; /* path of the manager's socket; NULL: it is not asked */
        int state;     /* ORIEL_STATE */
        /* Made for this launch: */
        Plan *plan;
        char id[INSTANCE_ID_SIZE];
        StartSlots slots;
        int instances, logs; /* of the slots of the same names */
        int lock;            /* of what remembered_list() made */
} Remembered;

/* argv and environment as main() got them, prefix: where this program is installed.  0; or -errno for anything that is
 * not as it was, or can't be told: then the launch is to be planned. */
int remembered_open(Remembered *ret_remembered, char *const *argv, char *const *environment, const char *prefix);

/* Makes everything that must be new for each launch: id, files, cookies, channels; a manager, too.  0; or -errno as
 * above: nothing is left of it. */
int remembered_make(Remembered *remembered, const char *prefix);

/* For an instance that runs already, in a parked box: the directory by which it is found.  0; or -errno. */
int remembered_list(Remembered *remembered, int *ret_control);
void remembered_clear(Remembered *remembered);
