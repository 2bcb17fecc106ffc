/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "engine/engine.h"

/* engine_start(), by a box that was made ahead where there is one (docs/theory/warm.md): then ret_instance->parked.
 * Else the resident engine, if there is one, is told of the plan.  manager: path of the session manager's socket,
 * beside which the warm parts lie; NULL: without. */
int warm_launch(const char *manager,
                const Plan *plan,
                const EngineFd *fds,
                size_t n_fds,
                EngineInstance *ret_instance,
                const char **ret_step);
