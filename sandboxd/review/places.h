/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "start/changes.h"

/* The files of a set, by the names that a launch gives them; private to the room. */
#define REVIEW_DIRECTORY START_CHANGES_DIRECTORY
#define REVIEW_ABOUT START_CHANGES_ABOUT
#define REVIEW_SINCE START_CHANGES_SINCE
#define REVIEW_LOCK START_CHANGES_LOCK
#define REVIEW_CHANGES START_CHANGES_DIRECTORY
#define REVIEW_COPY START_CHANGES_COPY
#define REVIEW_COPIED START_CHANGES_COPIED
#define REVIEW_SETTLED START_CHANGES_SETTLED

enum { REVIEW_ABOUT_TEXTS = START_CHANGES_TEXTS, REVIEW_ABOUT_MAX = START_CHANGES_ABOUT_MAX };

/* Opens below a directory, through no link and no mount's magic: flags as openat(2).  -errno; -EBADF where dir is -1.
 */
int review_open_at(int dir, const char *path, int flags);
