/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "plan/plan.h"

/* Engine and front end in this process: clones the keeper, and stays until the instance is over.  given: among them the
 * front end's own (control, instances, logs, audit, flatpak, front-NAME).  manager: path of its socket, or NULL;
 * asked: its parked boxes were asked already.  Returns the exit status of `oriel run`. */
int program_run(const Plan *plan, const EngineFd *given, size_t n_fds, const char *manager, bool asked, bool verbose);
