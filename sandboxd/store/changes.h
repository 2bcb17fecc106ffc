/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What an overlay's place for changes holds against the directory that it lies over: an app wrote it, so names and
 * kinds of files are all that is believed, and no link is followed. */

typedef enum StoreChangeKind {
        STORE_CHANGE_ADDED,
        STORE_CHANGE_CHANGED,
        STORE_CHANGE_REMOVED,  /* a whiteout: it hides what the host has */
        STORE_CHANGE_REPLACED, /* a directory that hides all that the host's has */
} StoreChangeKind;

typedef struct StoreChange {
        StoreChangeKind kind;
        char *path; /* below the overlay; of a directory with '/' at its end */
} StoreChange;

/* StoreChange*, sorted by path; what is in an added or replaced directory is not listed.  *ret_all FALSE: there are
 * more than are listed.  Empty where nothing was changed, or nothing ever ran. */
GPtrArray *store_changes_read(const char *changes, const char *lower, gboolean *ret_all);

G_END_DECLS
