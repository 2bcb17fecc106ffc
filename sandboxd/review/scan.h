/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "protect/protect.h"
#include "review/duty.h"

G_BEGIN_DECLS

/* What a run made in a directory that the host would run: found by name and by change time (ctime), which no process
 * can set.  It reads names, and the few files that tell whether a repository is harmless; it follows nothing. */

typedef enum ReviewVerdict {
        REVIEW_ASIDE, /* to be set aside: git, an editor, a shell ... would run it unasked */
        REVIEW_SHOWN, /* a person runs it, by building */
        REVIEW_LOOK,  /* it was read-only inside, and is another now: changed outside, most likely */
} ReviewVerdict;

typedef struct ReviewFound {
        ReviewVerdict verdict;
        char *path; /* below the guard's */
        ProtectClass class;
} ReviewFound;

/* ReviewFound*, by path.  fd: of the guard's directory. */
GPtrArray *review_scan(const ReviewDuty *duty, const ReviewGuard *guard, int fd);

G_END_DECLS
