/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/slots.h"
#include "plan/plan.h"

/* Sources of binds and layers: a host path, resolved once, to an O_PATH descriptor. */

/* The object of a bind's slot, or what its source is; O_PATH, or -errno. */
int source_open(const PlanMount *mount, const Slots *slots);
/* What the host has there.  With top, nothing below it may be a symbolic link, and with create missing directories
 * below it are made, 0700. */
int source_open_path(const char *path, const char *top, bool create);

/* What the bind's mounts get set, over whatever they have already (MOUNT_ATTR_*). */
uint64_t source_attributes(const PlanMount *mount);
