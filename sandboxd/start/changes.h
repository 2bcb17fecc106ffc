/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "plan/plan.h"
#include "start/record.h"
#include "start/slots.h"

/* Where the changes of a workspace are kept apart: ORIEL_STATE/changes/NAME, one directory for each app and workspace.
 *
 *      about          whose it is: texts, each ended by NUL: "1", id of the instance that had it last, app, profile,
 * mode
 *                     ("overlay", "copy"), the workspace
 *      since          its change time (ctime) is when the first of the changes could be made: what the host has of a
 * later time was changed outside meanwhile lock           held with flock(2) while a run has it changes, work  overlay:
 * what the kernel keeps copy, copied   copy: the tree, and by its change time when it was whole settled        what
 * `oriel apply` and `oriel discard` did (review/set.c)
 *
 * The app can write below changes and copy, and nowhere else. */

#define START_CHANGES_DIRECTORY "changes"
#define START_CHANGES_ABOUT "about"
#define START_CHANGES_SINCE "since"
#define START_CHANGES_LOCK "lock"
#define START_CHANGES_COPY "copy"
#define START_CHANGES_COPIED "copied"
#define START_CHANGES_SETTLED "settled"

enum { START_CHANGES_TEXTS = 6, START_CHANGES_ABOUT_MAX = 64 * 1024 };

/* Does the plan have such a workspace? */
bool start_changes_are_kept(const Plan *plan, const StartRecord *record);

/* Makes it for each workspace of the plan that wants one, the copy too.  0; -EBUSY: another run has it; other -errno.
 */
int start_changes_make(const Plan *plan, const StartRecord *record, StartSlots *slots);
