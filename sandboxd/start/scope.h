/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "instance/group.h"

/* A scope of the user's service manager (systemd.scope(5)): a control group that it makes, moves a process into, and
 * removes once nobody is in it any more, however that came. */

/* Moves the calling process into a new scope oriel-ID.scope with these limits; returns when it is there.  path: the
 * manager's own socket, $XDG_RUNTIME_DIR/systemd/private.  0; -ECONNREFUSED or -ENOENT: no manager; -EPROTO: it said
 * no; -ETIMEDOUT; other -errno. */
int start_scope(const char *path, const char *id, const InstanceGroupLimits *limits);
