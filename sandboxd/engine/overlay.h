/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/builder.h"

/* Overlays: directories of the host seen through each other, changes kept in a place of their own (overlayfs, since
 * Linux 5.11 in user namespaces).  Every layer is opened once and named to the kernel by its descriptor's number, so a
 * layer's name needs no quoting, is never looked up again, and can't be read in the box's mountinfo. */

/* With PLAN_MOUNT_CREATE the place for changes is this process's alone as long as it lives: -EBUSY where it is
 * another's. The overlay as a detached mount, with its attributes; or -errno.  -ELOOP: its directories lie in each
 * other; -EINVAL: no file system for changes, or one of the host's is mounted below a layer, and would be revealed. */
int overlay_open(Builder *builder, Tree *tree, const PlanMount *mount);
