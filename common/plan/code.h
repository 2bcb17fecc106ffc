/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/buffer.h"
#include "base/parse-error.h"
#include "plan/plan.h"

/* Plans as bytes: "ORLP", version, then length-prefixed fields in little-endian order.  Strict: what does not decode to
 * the last byte is refused, and decode(encode(plan)) equals plan. */

enum { PLAN_CODE_MAGIC = 1, PLAN_CODE_VERSION, PLAN_CODE_SHORT, PLAN_CODE_LONG, PLAN_CODE_RANGE, PLAN_CODE_STRING };

void plan_encode(const Plan *plan, Buffer *ret_bytes);

/* 0; a code from above with *ret_error set; or -ENOMEM. */
int plan_decode(Plan **ret_plan, ParseError *ret_error, const void *bytes, size_t n);
