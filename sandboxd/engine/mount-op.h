/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "engine/builder.h"
#include "engine/fault.h"
#include "plan/plan.h"

/* The lines of a mount plan, done.  Most are done by the keeper on a detached tree (build).  Those that belong to the
 * box's own namespaces (proc, mqueue), what lies below such a mount, and what makes a mount of the tree read-only
 * (mount_setattr(2) refuses that inside a detached tree), are done by the box's init once the tree is its root (enter),
 * in the order of the plan. */

/* Does everything that can be done before there is a box: a finished detached tree.  The descriptor or -errno. */
int mount_ops_build(Builder *builder, const PlanBox *box, Fault *ret_fault);

/* Does all lines from the one with number first on, in their order, for a process that is in the box's namespaces
 * already, on a tree that is mounted in its own.  *ret_at: the line that was begun last. */
int mount_ops_run(Builder *builder, const PlanBox *box, size_t first, Tree *tree, size_t *ret_at, Fault *ret_fault);

/* Does the rest.  root: the tree, mounted in this process's mount namespace; it is closed. */
int mount_ops_enter(Builder *builder, const PlanBox *box, int root, Fault *ret_fault);
