/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/profile.h"
#include "store/dirs.h"

G_BEGIN_DECLS

/* StoreCatalog - all profiles that can be found by a name: the user's ($XDG_CONFIG_HOME/oriel/profiles), the system's
 * (/etc/oriel/profiles), the shipped ones (PREFIX/share/oriel/profiles), and which one a word means.  A file hides
 * those of the same name ("apps/firefox") in the places after its own. */
typedef struct StoreCatalog StoreCatalog;

typedef enum StoreOrigin {
        STORE_ORIGIN_USER,
        STORE_ORIGIN_SYSTEM,
        STORE_ORIGIN_SHIPPED,
        STORE_ORIGIN_FILE,    /* --profile ./file: anyone may have written it */
        STORE_ORIGIN_PROGRAM, /* oriel run ./program: base/gui and the program's directory */
        _STORE_ORIGIN_MAX,
} StoreOrigin;

const char *store_origin_word(StoreOrigin origin);

/* One profile.  Owned by the catalog. */
typedef struct StoreEntry {
        StoreOrigin origin;
        char *name;       /* "apps/firefox"; of a FILE or PROGRAM: its canonical path */
        char *path;       /* of the file; "" for a PROGRAM */
        char *id;         /* [Application] name=, or org.oriel.run.NAME */
        gboolean has_id;  /* id stands in the file */
        char *command;    /* base name of command=, or NULL */
        char **aliases;   /* never NULL */
        Profile *profile; /* this file alone; NULL where error is set */
        GError *error;    /* why it can't be read */
} StoreEntry;

/* system_dir: "/etc/oriel"; prefix: "/usr"; either may be NULL: that place is empty.  Reads every profile found; a
 * broken one keeps its error, which is raised only when it is asked for. */
StoreCatalog *store_catalog_new(StoreDirs *dirs, const char *system_dir, const char *prefix, GError **error);
void store_catalog_free(StoreCatalog *catalog);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreCatalog, store_catalog_free)

/* Those that are not hidden, by origin, then name. */
guint store_catalog_size(const StoreCatalog *catalog);
const StoreEntry *store_catalog_get(const StoreCatalog *catalog, guint i);

/* APP of `oriel run`: id, alias, desktop-file id, last element of the id, base name of command=; without regard to
 * case.  A word with '/' is a program's path, relative to cwd.  ORIEL_ERROR_NOT_FOUND names what is near,
 * ORIEL_ERROR_USAGE both of two that match. */
const StoreEntry *store_catalog_find_app(StoreCatalog *catalog, const char *word, const char *cwd, GError **error);

/* --profile P: name ("base/strict", "strict"), id or alias; else, with a '/', a file's path relative to cwd. */
const StoreEntry *store_catalog_find_profile(StoreCatalog *catalog, const char *word, const char *cwd, GError **error);

/* A name in inherits=: "base/NAME" first, then as --profile, but never a path. */
const StoreEntry *store_catalog_find_block(StoreCatalog *catalog, const char *word, GError **error);

G_END_DECLS
