/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "start/slots.h"

/* What an instance has on disk before it starts: its directory with info, lock and control socket, its two logs. */

/* Where: Oriel's own directories, held by descriptor (borrowed). */
typedef struct StartPlaces {
        int instances; /* ORIEL_RUNTIME/instances */
        int logs;      /* ORIEL_STATE/log */
} StartPlaces;

#define START_STEP_CHANGES "the place for changes" /* -EBUSY: another run has it */
#define START_STEP_GUARDS "guards"
#define START_STEP_GROUP "control group" /* *ret_step where the plan's budget can't be held */

/* Makes them, and adds the slots control, instances, lock, logs, log and audit where something writes there, flatpak
 * where a portal is granted, cgroup where the plan has a budget. 0; -EEXIST: the id is taken, choose another;
 * INSTANCE_PORTAL_FOREIGN: see there; other -errno with *ret_step (static text).  Nothing is left behind on failure. */
int start_files_make(const StartPlaces *places,
                     const Plan *plan,
                     const StartRecord *record,
                     StartSlots *slots,
                     const char **ret_step);

/* The same for an instance that runs already, in a box that was made ahead, and whose plan has neither logs nor a
 * portal nor a control group: 0 with its control socket and its lock; errors as above. */
int start_files_list(
        const StartPlaces *places, const char *id, const StartRecord *record, int *ret_control, int *ret_lock);

/* After a later failure: as if it had never been. */
void start_files_remove(const StartPlaces *places, const char *id);
