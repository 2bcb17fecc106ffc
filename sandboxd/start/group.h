/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "start/slots.h"

/* The control group that holds a plan's budget: in a subtree that this user was given, else a scope of the service
 * manager's, with this process in it. */

/* Adds the slot "cgroup" where the plan needs one.  *ret_path (malloc): what has to be removed at the end; NULL:
 * nothing.  0; -errno: no group, and so no launch: what `explain` promised would not hold. */
int start_group_make(const Plan *plan, const StartRecord *record, StartSlots *slots, char **ret_path);
