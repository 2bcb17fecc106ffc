/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan/plan.h"
#include "start/record.h"

/* What is to be looked at when an instance is over, ORIEL_STATE/guards/ID, written before it begins: whoever comes
 * after a kill -9 finds it.  Texts, each ended by NUL:
 *
 *      "1", application id, profile
 *      of each guard "pPATH", then "w" for a wall, "cCLASS" for each class, "kPATH" for what was kept read-only in it
 *
 * Its change time (ctime) is when the first of what the run makes could be made. */

#define START_GUARDS_DIRECTORY "guards"

enum { START_GUARDS_MAX = 4 * 1024 * 1024 };

/* 0, also where the plan has none; -errno. */
int start_guards_write(const Plan *plan, const StartRecord *record);
