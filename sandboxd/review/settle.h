/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "store/dirs.h"

G_BEGIN_DECLS

/* What is due when an instance is over (review/duty.h): what the run made that the host would run is set aside, as a
 * set of changes for `oriel diff`, `apply` and `discard`; behind a wall the changes are taken over, but those. */

typedef struct ReviewSettlement {
        guint n_aside;     /* set aside, or not taken over */
        Buffer *sentences; /* for the person: lines, each with its newline */
} ReviewSettlement;

/* FALSE with ORIEL_ERROR_NOT_FOUND: nothing is due of that instance; ORIEL_ERROR_DENIED: it lives. */
gboolean review_settle(StoreDirs *dirs, const char *id, ReviewSettlement *settlement, GError **error);

/* The same of all that are over, of which nobody did it. */
void review_settle_all(StoreDirs *dirs, ReviewSettlement *settlement);

G_END_DECLS
