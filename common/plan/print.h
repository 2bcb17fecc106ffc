/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "plan/plan.h"

/* The plan as text for people, golden tests and reviews: one line per mount and program, foreign text escaped, no
 * secret in it (slots are named, not shown).  Both print a plan that passed plan_check(). */
void plan_print(const Plan *plan, Buffer *ret_text);

/* The same as JSON. */
void plan_print_json(const Plan *plan, Buffer *ret_text);
