/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

#include "audit/audit.h"
#include "base/cleanup.h"

/* Report - what the relay decided, told to the front end: `audit` messages (docs/theory/messages.md).  The first of a
 * kind, and what moved REPORT_LARGE bytes, is sent at once; repeats within two seconds are one message with a count and
 * the bytes of all.  What comes too fast is only counted: the box decides how often it asks, and must not be able to
 * fill a log or stop the relay. */
typedef struct Report Report;

enum {
        REPORT_FOLD_MS = 2000,
        REPORT_KEPT = 64,
        REPORT_BURST = 256,
        REPORT_PER_SECOND = 32,
        REPORT_LARGE = 1024 * 1024
};

/* socket: SOCK_SEQPACKET, not blocking, not closed; -1: nobody is told.  NULL when out of memory. */
Report *report_new(int socket);
void report_free(Report *report);
DEFINE_CLEANUP(Report, report_free)

/* event and trust are set here; texts are copied. */
void report_add(Report *report, const AuditRecord *record, int64_t now_ms);
/* Sends what is due; the time until something is, or -1. */
int64_t report_flush(Report *report, int64_t now_ms);
