/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "base/buffer.h"
#include "instance/instance.h"

/* Instances as a table and as JSON.  Pure. */

typedef struct PsRow {
        const InstanceInfo *info;
        pid_t pid; /* of the app's first process; 0: not known (yet) */
} PsRow;

/* now: seconds since 1970. */
void ps_view_print(const PsRow *rows, gsize n, gint64 now, Buffer *ret_text);

/* An array of {"id","app","profile","instance","state","started","pid","init_pid","display","network"}: started in
 * RFC 3339, UTC; init_pid is the keeper's; what is not known is null. */
void ps_view_json(const PsRow *rows, gsize n, Buffer *ret_text);
