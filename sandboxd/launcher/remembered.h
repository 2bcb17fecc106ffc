/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan/plan.h"
#include "start/files.h"

/* Remembered - a launch whose plan was found among the remembered ones, and still holds: everything that must be new
 * for each launch (id, files, cookies, channels) has been made. */
typedef struct Remembered {
        Plan *plan;
        StartRecord record; /* borrows from bytes */
        StartSlots slots;
        char *bytes;
        char *manager;       /* path of the manager's socket; NULL: it is not asked */
        int instances, logs; /* of the slots of the same names */
} Remembered;

/* argv and environment as main() got them, prefix: where this program is installed.  0; or -errno for anything that is
 * not as it was, or can't be told: then nothing was made, and the launch is to be planned. */
int remembered_open(Remembered *ret_remembered, char *const *argv, char *const *environment, const char *prefix);
void remembered_clear(Remembered *remembered);
