/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "launch/prepare.h"

G_BEGIN_DECLS

/* Turns this process into the front end of the planned instance: makes its files, fills the slots, executes engine (a
 * path).  Returns only on failure, with *error set and nothing left behind; ORIEL_ERROR_USAGE: the id is taken. */
void launch_exec(Launch *launch, const LaunchRequest *request, const char *engine, GError **error);

G_END_DECLS
