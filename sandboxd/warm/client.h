/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "warm/call.h"

/* A launch by a box that was made ahead of it, where there is one (docs/theory/warm.md).  manager: path of the session
 * manager's socket, beside which the warm parts lie. */

enum {
        WARM_NONE = 1, /* there is no box for this launch; nothing of it was started, and nothing will be */
};

/* The box's part of engine_start(), for the plan that the call was made of: ret_instance->parked.  0 or WARM_NONE. */
int warm_take(
        const char *manager, const WarmCall *call, const EngineFd *fds, size_t n_fds, EngineInstance *ret_instance);

/* engine_start(), or warm_take() where that gives a box, which is not tried again for who has asked; without one the
 * resident engine is told of the plan.  manager: or NULL: without. */
int warm_launch(const char *manager,
                bool asked,
                const Plan *plan,
                const EngineFd *fds,
                size_t n_fds,
                EngineInstance *ret_instance,
                const char **ret_step);
