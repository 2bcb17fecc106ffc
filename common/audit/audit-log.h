/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "audit/audit.h"

/* AuditLog - records to lines: numbers them, folds repeats, stops at a size.  Gives bytes and takes times, so that it
 * needs no file and no clock.
 *
 * The first of a kind comes out at once; equal ones within AUDIT_FOLD_MS are counted and come out as one line with n
 * when the time is over or their place is needed.  At AUDIT_LOG_MAX_BYTES one `limit` record says so, and what follows
 * is only counted; audit_log_finish() says how many were dropped. */
typedef struct AuditLog AuditLog;

enum {
        AUDIT_FOLD_MS = 2000,
        AUDIT_LOG_MAX_BYTES = 4 * 1024 * 1024, /* of one instance: 20 000 lines */
};

/* Strings are copied.  NULL when out of memory. */
AuditLog *audit_log_new(const char *sid, const char *profile);
void audit_log_free(AuditLog *log);
DEFINE_CLEANUP(AuditLog, audit_log_free)

/* Adds what is to be written now to *lines. */
void audit_log_add(AuditLog *log, const AuditRecord *record, int64_t now_us, Buffer *lines);

/* Microseconds (same clock) at which audit_log_flush() has something to do; 0: never.  The clock may be set meanwhile:
 * wait AUDIT_FOLD_MS at most. */
int64_t audit_log_due(const AuditLog *log);
void audit_log_flush(AuditLog *log, int64_t now_us, Buffer *lines);

/* All that is still folded, and the count of what the size cost. */
void audit_log_finish(AuditLog *log, int64_t now_us, Buffer *lines);
