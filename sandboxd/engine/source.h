/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "engine/slots.h"
#include "plan/plan.h"

/* Sources of binds: a host path, resolved once, to an O_PATH descriptor. */

/* The descriptor, or -errno.  With source_root, nothing below it may be a symbolic link, and with PLAN_MOUNT_CREATE
 * missing directories below it are made, 0700.  With a slot: the object of that descriptor. */
int source_open(const PlanMount *mount, const Slots *slots);

/* What the bind's mounts get set, over whatever they have already (MOUNT_ATTR_*). */
uint64_t source_attributes(const PlanMount *mount);
