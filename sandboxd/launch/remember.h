/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "launch/prepare.h"
#include "start/record.h"

G_BEGIN_DECLS

/* Writes the plan down, so that the next launch by the same words need not plan (docs/theory/plan-cache.md): below
 * ORIEL_STATE/plans, the oldest go first.  A plan of which anything can't be witnessed is not kept, and neither is a
 * failure told: the launch goes on as it would.  NULL: it was kept; else why not, for --verbose (N_()). */
const char *launch_remember(Launch *launch, const LaunchRequest *request, const StartRecord *record);

G_END_DECLS
