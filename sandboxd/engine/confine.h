/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "engine/fault.h"
#include "plan/plan.h"

/* A program's last confinements, in the process that becomes it, right before execve(2). */

/* Memory is writable or executable.  -EOPNOTSUPP before Linux 6.3. */
int confine_mdwe(Fault *fault);

/* Loads the program's own filter, or the built-in one of its profile. */
int confine_seccomp(const PlanProgram *program, Fault *fault);

/* Lowers limits; never raises one. */
int confine_limits(const PlanLimit *limits, size_t n_limits, Fault *fault);
