/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <sys/types.h>

#include "instance/instance.h"

/* Where portals look for an instance's processes: $XDG_RUNTIME_DIR/.flatpak/NUMBER, where NUMBER is the instance-id in
 * its /.flatpak-info.
 *
 *      bwrapinfo.json   {"child-pid": N}: pid 1 of the app's box.  A background monitor kills it
 *      pid              the front end's
 *      info             a copy of /.flatpak-info
 *
 * The directory `.flatpak` is Flatpak's too, and any program of the user may put something there.  So ours is made
 * whole inside the instance's own directory, noted in the instance's `info` by its inode, and only then moved over; and
 * only what has that inode is ever removed. */

enum { INSTANCE_PORTAL_NAME_SIZE = 11 }; /* ten digits and NUL */

enum { INSTANCE_PORTAL_FOREIGN = 1 /* not a directory that only this user can write */ };

/* `.flatpak` below the runtime directory, made 0700 where it is missing and make is true.  0 with *ret_fd; -ENOENT;
 * another -errno where it can't be made; INSTANCE_PORTAL_FOREIGN. */
int instance_portal_open(int *ret_fd, const char *user_runtime, bool make);

/* NUMBER of an instance. */
void instance_portal_name(char ret_name[INSTANCE_PORTAL_NAME_SIZE], const char *id);

/* Makes it; info->portal says so afterwards, also on disk.  -EEXIST: something else has that name; other -errno.  What
 * fails leaves nothing. */
int instance_portal_publish(
        InstanceInfo *info, int instances_fd, int flatpak_fd, const void *identity, size_t n_identity, pid_t child_pid);

/* Removes it if it is the one that info->portal names: child-pid first, so that a number that another process got since
 * is not there to be killed.  0, also where there is none of ours; -ENOTEMPTY when something unknown is in it; other
 * -errno. */
int instance_portal_withdraw(const InstanceInfo *info, int instances_fd, int flatpak_fd);

/* The same for one that was not moved over yet.  dir_fd: the instance's directory. */
int instance_portal_unstage(int dir_fd);
