/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/message.h"

/* What a child has from its parent, and a parked box from its launch: umask, nice value, I/O priority, processors,
 * resource limits.  What cannot be handed over has to be equal (warm/standing.h). */

/* Adds the calling process's own. */
void handover_add(Message *message);

/* Takes over what was added, all but the umask; -errno where this process may not (a limit would have to be raised):
 * then some may be taken already. */
int handover_take(const Message *message);
mode_t handover_mask(const Message *message);
