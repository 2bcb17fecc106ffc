/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <limits.h>
#include <linux/seccomp.h>
#include <stdbool.h>

#include "notify/calls.h"

/* Look - what one call of the app was about, and whether host and box differ about it. */
typedef struct Look {
        char path[PATH_MAX]; /* absolute, without "." and "..", as the app means it */
        NotifyAccess access; /* LOOK, READ, WRITE, EXECUTE or CONNECT */
        int open_flags;      /* of an open, else 0 */
        bool missing;        /* the host has it, and the box does not show it, or not writable */
} Look;

/* Reads the call's path from the app's memory and compares.  0; -ESRCH, -EFAULT, -ENAMETOOLONG, ...: nothing can be
 * said. What it read may be another thing by now: the caller asks the kernel whether the call still waits. */
int look_at(Look *ret_look, const struct seccomp_notif *call, const char *home);

/* "." and ".." and doubled slashes are taken out of an absolute path, in place. */
void look_normalize(char *path);

/* Places that are the same in every box, or its own: what is missing there is meant to be.  The home is none, wherever
 * it lies. */
bool look_is_box_own(const char *path, const char *home);
