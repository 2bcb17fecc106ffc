/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "store/dirs.h"

G_BEGIN_DECLS

/* Logs of instances, STATE/log: ID.jsonl (audit records) and ID.log (what companions wrote), 0600.  They outlive their
 * instance, so that `oriel why` can answer; number and size are bounded, the oldest go first. */

enum { STORE_LOGS_MAX = 200, STORE_LOGS_MAX_BYTES = 64 * 1024 * 1024 };

typedef enum StoreLogKind {
        STORE_LOG_AUDIT,
        STORE_LOG_TEXT,
        _STORE_LOG_MAX,
} StoreLogKind;

/* The directory itself, made where it is missing.  A new descriptor, or -1 with *error. */
int store_logs_open_directory(StoreDirs *dirs, GError **error);

/* For reading; ORIEL_ERROR_NOT_FOUND where there is none. */
int store_logs_open(StoreDirs *dirs, const char *id, StoreLogKind kind, GError **error);

/* Ids that have a log of that kind, newest first; NULL-terminated, never NULL. */
char **store_logs_list(StoreDirs *dirs, StoreLogKind kind);

/* Removes the empty ones, and the oldest until the bounds hold; a living instance's are kept. */
void store_logs_prune(StoreDirs *dirs, guint max_files, guint64 max_bytes);

G_END_DECLS
