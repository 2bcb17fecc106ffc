/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "review/walk.h"

G_BEGIN_DECLS

/* Puts a change where the person has the workspace, or takes it back.  By descriptors below the two directories; a file
 * comes whole, by rename(2), and only over what the change was found against: -ESTALE where that is another by now. */

/* 0; -ESTALE; -ENOTSUP: a socket, FIFO or device; -ENOTEMPTY: a directory with something in it that was not removed
 * inside; other -errno. */
int review_apply(ReviewSet *set, const ReviewChange *change);

/* What the app sees there is the person's again.  0 or -errno. */
int review_discard(ReviewSet *set, const ReviewChange *change);

G_END_DECLS
