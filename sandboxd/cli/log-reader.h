/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "audit/audit.h"
#include "base/cleanup.h"
#include "store/dirs.h"

/* LogReader - the records of one instance's audit log, in order; more may come while the instance lives. */
typedef struct LogReader LogReader;

/* ORIEL_ERROR_NOT_FOUND where that instance has no log. */
LogReader *log_reader_open(StoreDirs *dirs, const char *id, GError **error);
void log_reader_free(LogReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(LogReader, log_reader_free)

/* The next whole line that is a record; false: none yet.  Lines that are none are skipped.  Clear the record with
 * audit_record_clear(). */
bool log_reader_next(LogReader *reader, AuditRecord *ret_record, AuditStamp *ret_stamp);
