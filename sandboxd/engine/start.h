/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "engine/engine.h"

/* engine_start(), and with staging as on a kernel that refuses to mount onto a detached tree: both ways of building
 * are tested on one kernel. */
int engine_start_as(const Plan *plan,
                    const EngineFd *fds,
                    size_t n_fds,
                    bool staging,
                    EngineInstance *ret_instance,
                    const char **ret_step);
