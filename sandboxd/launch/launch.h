/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "launch/prepare.h"

G_BEGIN_DECLS

/* From a request to a running instance: plans it, makes the instance's directory, fills the plan's slots, seals the
 * plan, and executes oriel-engine, which is the front end from then on: so the caller's limits, umask, cgroup and
 * terminal reach the app by inheritance.
 *
 * Returns only on failure (*error set, nothing left behind), or with request->no_wait: then a child of init has become
 * the front end, *ret_id (may be NULL; 9 bytes) is the instance's id, and TRUE is returned. */
gboolean launch_run(StoreDirs *dirs, const LaunchRequest *request, char *ret_id, GError **error);

G_END_DECLS
