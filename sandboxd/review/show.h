/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "review/walk.h"

G_BEGIN_DECLS

/* Changes as text. */

/* As `git diff` writes them, for `git apply` and patch(1) to read; what can't be said so stands in lines beginning with
 * '#'.  raw: files' lines as they are; else (a terminal) with what could move its cursor escaped.  The insides of git
 * directories are told by one line each, unless git_too. */
void review_show_patch(
        const ReviewSet *set, const ReviewChanges *changes, gboolean git_too, gboolean raw, Buffer *ret_text);

/* One line for each: a letter, the path, lines added and removed; then what is in conflict, what the host would run,
 * and the sum. */
void review_show_list(const ReviewSet *set, const ReviewChanges *changes, Buffer *ret_text);

/* An object for the set, with its changes where there are any to show. */
void review_show_json(const ReviewSet *set, const ReviewChanges *changes, Buffer *ret_text);

/* Inside of a git directory, and nothing that is protected: too much to show one by one. */
gboolean review_is_git_inside(const ReviewChange *change);

/* "changed outside meanwhile"; NULL for none. */
const char *review_conflict_words(ReviewConflict conflict);

G_END_DECLS
