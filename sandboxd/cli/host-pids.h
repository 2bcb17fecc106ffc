/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

/* Pids of a keeper's namespace → the host's, from the NSpid lines of /proc/PID/status (proc_pid_status(5)). */

enum { HOST_PIDS_MAX_DEPTH = 33 }; /* the kernel nests 32 pid namespaces below the first */

typedef struct ProcStatus {
        pid_t pid, parent;
        guint depth;                   /* namespaces that see it, /proc's own included */
        pid_t ns[HOST_PIDS_MAX_DEPTH]; /* its number in each, outermost first */
} ProcStatus;

/* Pure: the text of a status file. */
bool proc_status_parse(ProcStatus *ret_status, const char *text);

/* Pure: of the keeper and all that descends from it.  Keys and values are pids (GINT_TO_POINTER). */
GHashTable *host_pids_map(const ProcStatus *statuses, gsize n, pid_t keeper);

/* The same of this host's /proc; empty where it can't be read. */
GHashTable *host_pids_read(pid_t keeper);
