/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "review/walk.h"

G_BEGIN_DECLS

/* Taking changes over, with the rules of `oriel apply`: nothing over what was changed outside meanwhile, and what the
 * host would run unasked only where a person named it. */

/* Whether a path is one of those that are meant. */
typedef gboolean (*ReviewNamed)(const ReviewSet *set, const char *path, gconstpointer data);

typedef struct ReviewTaking {
        gboolean overwrite;
        ReviewNamed is_named;       /* NULL: all are */
        ReviewNamed is_named_alone; /* of what the host would run; NULL: none is */
        gconstpointer data;
        guint done, left;
        Buffer *text; /* a line for each that is left: "PATH: WHY" */
} ReviewTaking;

/* FALSE with *error only where it can't be written down what was done. */
gboolean review_take(ReviewSet *set, const ReviewChanges *changes, ReviewTaking *taking, GError **error);

/* The other way: is_named alone counts. */
gboolean review_put_back(ReviewSet *set, const ReviewChanges *changes, ReviewTaking *taking, GError **error);

/* Removes the set where nothing of it is left. */
gboolean review_tidy(StoreDirs *dirs, ReviewSet *set, GError **error);

G_END_DECLS
