/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "audit/audit.h"
#include "base/buffer.h"

/* LogEgress - what went out to which name, added up from audit records.  A connection counts when it has ended.  Pure.
 */
typedef struct LogEgress LogEgress;

LogEgress *log_egress_new(void);
void log_egress_free(LogEgress *egress);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LogEgress, log_egress_free)

void log_egress_add(LogEgress *egress, const AuditRecord *record);
/* A line, or with json an element of one array, for each name; that with the most bytes out first. */
void log_egress_print(const LogEgress *egress, bool json, Buffer *ret_text);
