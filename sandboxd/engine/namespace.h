/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "engine/fault.h"

/* Namespaces, and the first steps in new ones. */

/* A plan's set of PlanNamespace as CLONE_NEW* flags for kernel_fork().  PLAN_NS_USER is not among them: a box enters it
 * by itself. */
uint64_t namespace_clone_flags(uint32_t unshare);

/* Maps one id of the parent user namespace into the caller's own new one.  proc: a directory descriptor of a /proc in
 * which the caller is visible. */
int namespace_write_maps(int proc, uid_t inside, uid_t outside, gid_t inside_group, gid_t outside_group, Fault *fault);

/* How many namespaces can be made in the caller's user namespace and below; nothing there can lift that
 * (user_namespaces(7)).  NONE: no user namespace, and so none at all.  BROWSER: those of PLAN_SECCOMP_LIMITED, of each
 * kind enough for every process of a browser.  SOME: of every kind enough for a day's containers, and too few to use up
 * what the kernel grants the user, so that one box does not stop the others. */
typedef enum NamespaceRoom {
        NAMESPACE_ROOM_NONE,
        NAMESPACE_ROOM_BROWSER,
        NAMESPACE_ROOM_SOME,
        _NAMESPACE_ROOM_MAX,
} NamespaceRoom;

int namespace_limit(int proc, NamespaceRoom room, Fault *fault);

/* The kernel counts inotify instances and watches by user, beyond every namespace: a box could take all, and no program
 * of that user could watch a file any more.  At most half of them in the caller's user namespace and below. */
int namespace_limit_inotify(int proc, Fault *fault);

/* The loopback interface, which is down in a new network namespace; 127.0.0.1 and ::1 come with it. */
int namespace_loopback_up(Fault *fault);

/* Makes a detached tree the caller's root; what was the root is gone afterwards.  In two steps, so that mounts can be
 * added between them: the caller's /proc must be visible while a new one is mounted. */
int namespace_attach_root(int tree, Fault *fault);
int namespace_pivot(int tree, Fault *fault);
