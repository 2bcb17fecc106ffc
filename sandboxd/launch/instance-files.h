/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "launch/slots.h"

G_BEGIN_DECLS

/* What an instance has on disk before it starts: its directory with info, lock and control socket, its two logs. */

/* Makes them, and adds the slots control, instances, lock, log, audit.  ORIEL_ERROR_USAGE: the id is taken, choose
 * another.  Nothing is left behind on failure. */
gboolean instance_files_make(StoreDirs *dirs, const Launch *launch, LaunchSlots *slots, GError **error);

/* After a later failure: as if it had never been. */
void instance_files_remove(StoreDirs *dirs, const char *id);

G_END_DECLS
