/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "audit/audit.h"
#include "base/buffer.h"

/* Audit records for a person.  Pure. */

/* One line: time (UTC), instance, profile, what was tried on what, and the verdict. */
void log_view_print(const AuditRecord *record, const AuditStamp *stamp, Buffer *ret_text);

/* `oriel why`: the same, by which rule, and what would allow it. */
void log_view_why(const AuditRecord *record, const AuditStamp *stamp, Buffer *ret_text);
