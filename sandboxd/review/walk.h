/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "protect/protect.h"
#include "review/set.h"

G_BEGIN_DECLS

typedef enum ReviewKind {
        REVIEW_ADDED,
        REVIEW_DELETED,
        REVIEW_CHANGED, /* content, mode or kind */
        REVIEW_RENAMED, /* a file that is gone, and one with the same content elsewhere */
        _REVIEW_KIND_MAX,
} ReviewKind;

typedef enum ReviewConflict {
        REVIEW_NO_CONFLICT,
        REVIEW_CHANGED_OUTSIDE,
        REVIEW_ADDED_OUTSIDE,
        _REVIEW_CONFLICT_MAX,
} ReviewConflict;

typedef struct ReviewChange {
        ReviewKind kind;
        char *path;           /* below the workspace, no '/' at its end */
        char *from;           /* RENAMED: where it was */
        struct stat old, new; /* st_mode 0: there is none */
        ReviewConflict conflict;
        const ProtectRow *protected; /* NULL: an ordinary file */
} ReviewChange;

typedef struct ReviewChanges {
        GPtrArray *all; /* ReviewChange*, by path */
        gboolean whole; /* FALSE: there are more than are listed, or some can't be read */
} ReviewChanges;

ReviewChanges *review_walk(const ReviewSet *set);
void review_changes_free(ReviewChanges *changes);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReviewChanges, review_changes_free)

/* Joins what was removed and added with the same content. */
void review_find_renames(const ReviewSet *set, ReviewChanges *changes);

/* Is it what the change is of, or in it? */
gboolean review_is_at_or_below(const char *path, const char *top);

G_END_DECLS
