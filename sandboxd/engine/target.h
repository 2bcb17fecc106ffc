/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "engine/builder.h"

/* Where a line of the plan goes to: a name in a directory of the tree, there or not yet.
 *
 * A path of the plan is text; what stands on its way in the tree may be the host's (/etc), or an app's (the persistent
 * home, where an earlier run may have left links).  So it is walked a component at a time, by descriptor, in the tree
 * only: ".." and absolute links stay inside, magic links are never followed, and MountTrust says which links are, and
 * where something may be made. */
typedef struct Target {
        int fd;             /* O_PATH of what is there, or -1 */
        int parent;         /* O_PATH of the directory; -1 where fd was found at once */
        MountTrust trust;   /* of parent; undefined where parent is -1 */
        mode_t type;        /* S_IFMT part of what is there */
        bool top;           /* it is the top of the tree */
        const char *failed; /* which part of the way failed, where that is told (tree->contract): "parents", "link" */
        char name[NAME_MAX + 1]; /* in parent */
} Target;

/* Finds dest.  make: missing parents are made (0755) where that may be done; else a missing parent is -ENOENT like a
 * missing object is fd -1.  -ELOOP: a link that is not followed. */
int target_find(const Builder *builder, const Tree *tree, const char *dest, bool make, Target *ret_target);

/* The same, and makes an empty directory (0755) or file where nothing is; then fd is always valid.  -ENOTDIR, -EISDIR:
 * something of the other kind is there; -ENOENT: it must not be made there. */
int target_make(const Builder *builder, const Tree *tree, const char *dest, bool directory, Target *ret_target);

/* target_make() for what is mounted there: by bubblewrap's contract no link leads to it. */
int target_make_mount_point(
        const Builder *builder, const Tree *tree, const char *dest, bool directory, Target *ret_target);

void target_clear(Target *target);
