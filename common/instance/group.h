/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

/* An instance's control group, where limits of all its processes together are held (cgroups(7), version 2 alone).  It
 * is made in a subtree that was handed to this user; a scope of the service manager's is start/scope.h's. */

/* 0: no limit. */
typedef struct InstanceGroupLimits {
        uint64_t memory; /* bytes; swapping does not get round it */
        uint32_t pids;
        uint32_t cpu; /* percent of one processor */
} InstanceGroupLimits;

/* The group of the calling process, as a path in the file system.  0; -ENOENT: no hierarchy of version 2 is mounted
 * where systemd mounts it; -errno. */
int instance_group_own(Buffer *ret_path);

/* The nearest directory, from the caller's own group upwards, in which groups with memory and processor limits can be
 * made.  0; -EACCES: none was handed to this user; -EOPNOTSUPP: one was, but without these controllers. */
int instance_group_place(Buffer *ret_path);

/* Makes PLACE/oriel-ID with these limits.  A descriptor of it (O_PATH) with its path, or -errno; nothing is left
 * behind then. */
int instance_group_make(const char *place, const char *id, const InstanceGroupLimits *limits, Buffer *ret_path);

/* Kills what is in it, and removes it.  path: as instance_group_make() gave it; anything else is -EINVAL.  0, also when
 * it is gone already; -EBUSY; -errno. */
int instance_group_remove(const char *path);

/* How many processes of it the kernel killed for its memory limit. */
uint64_t instance_group_oom_kills(int group);
