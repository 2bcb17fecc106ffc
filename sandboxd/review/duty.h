/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "store/dirs.h"

G_BEGIN_DECLS

/* ReviewDuty - what is to be done when an instance is over, as its launch wrote it down (start/guards.h). */

typedef struct ReviewGuard {
        char *path;
        gboolean wall;
        guint32 classes;
        GHashTable *kept; /* paths: read-only while it ran */
} ReviewGuard;

typedef struct ReviewDuty {
        char *id, *app, *profile;
        gint64 since_ns;
        GPtrArray *guards; /* ReviewGuard* */
} ReviewDuty;

/* Ids of instances with a duty, living ones too. */
char **review_duties_list(StoreDirs *dirs);

/* NULL: there is none, or it can't be read. */
ReviewDuty *review_duty_read(StoreDirs *dirs, const char *id);
/* For whoever does it: a descriptor to hold; -1: another does, or there is none. */
int review_duty_lock(StoreDirs *dirs, const char *id);
void review_duty_free(ReviewDuty *duty);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReviewDuty, review_duty_free)

G_END_DECLS
