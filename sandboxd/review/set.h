/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/stat.h>

#include "store/dirs.h"

G_BEGIN_DECLS

/* ReviewSet - the changes that an app's runs made to one workspace that is kept apart (start/changes.h has the files).
 * Two directories that are held by descriptor: what the app left (upper), and the person's own (lower).  What is below
 * upper is hostile, and what is below lower may be: nothing is followed in either. */
typedef struct ReviewSet {
        char *name;          /* of its directory */
        char *id;            /* of the instance that had it last */
        char *app, *profile; /* profile: "" for none */
        char *source;        /* path of the workspace */
        gboolean copy;       /* upper is whole, and not only what differs */
        gboolean busy;       /* a run has it now */
        gint64 since_ns, copied_ns;
        int place, upper, lower; /* lower -1: the workspace is gone */
        int lock;                /* -1: not taken */
        GHashTable *settled;     /* path → ReviewSettled* */
} ReviewSet;

/* What upper and lower were when a path was applied or discarded: as long as they are that, it is settled. */
typedef struct ReviewSettled {
        guint64 lower_ino, upper_ino;
        gint64 lower_ctime_ns, upper_ctime_ns;
} ReviewSettled;

void review_set_free(ReviewSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReviewSet, review_set_free)

gint64 review_ctime(const struct stat *st);

/* All that can be read, by source; never NULL but with *error. */
GPtrArray *review_sets_list(StoreDirs *dirs, GError **error);

/* Those of a word: an instance's id, an app's id or its last part, a profile's name, the path of a workspace (with a
 * '/', or "."); several of one instance come together.  ORIEL_ERROR_NOT_FOUND; ORIEL_ERROR_USAGE: of several instances.
 */
GPtrArray *review_sets_find(StoreDirs *dirs, const char *word, GError **error);

/* From here on no run begins on it; FALSE with ORIEL_ERROR_DENIED where one has it. */
gboolean review_set_lock(ReviewSet *set, GError **error);

/* Notes that this path is settled as it is now, on disk too. */
gboolean review_set_settle(ReviewSet *set, const char *path, GError **error);

/* Removes all that is kept, and the set with it. */
gboolean review_set_drop(StoreDirs *dirs, ReviewSet *set, GError **error);

G_END_DECLS
