/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/fault.h"
#include "plan/plan.h"

/* Just before the exec of a program that learns: from now on each of its calls that names a path waits for a word of
 * the front end, which is handed the listener; the descriptor of that channel closes.  The other end is told `listener`
 * with `ask=1` or 0.  0 or a negative error with the fault. */
int notify_begin(const PlanProgram *program, Fault *fault);
