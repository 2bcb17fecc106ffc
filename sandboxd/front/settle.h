/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan/plan.h"

/* When nothing of the instance runs any more: `oriel settle ID`, where the plan has a guard.  It has the caller's
 * terminal, and may ask; this waits for it. */
void front_settle(const PlanGuard *guards, size_t n_guards, const char *id, bool ask);
