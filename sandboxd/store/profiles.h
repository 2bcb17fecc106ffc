/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/profile.h"
#include "store/catalog.h"
#include "store/dirs.h"

G_BEGIN_DECLS

/* StoreProfile - an entry of the catalog with all its layers, and whose data it runs on.  Later layers win:
 *
 *      blocks named by inherits= (each once, depth first) → the profile → system override → user override
 *      → grants → command line
 *
 * Overrides are found by the entry's id; a profile that was given as a path can claim any id, so it has none but those
 * of its own derived id. */

typedef struct StoreLayer {
        const char *kind; /* "block", "profile", "system override", "user override", "grants", "command line" */
        char *label;      /* file or name */
        Profile *profile; /* of this layer alone */
} StoreLayer;

typedef struct StoreProfile {
        Profile *profile;  /* merged */
        GPtrArray *layers; /* StoreLayer*, first the lowest */
        const StoreEntry *entry;
        char *label;       /* as `ps` shows it: "apps/mousepad", or a path */
        char *app_id;      /* for portals: unique per (profile origin, data instance), never another app's */
        char *instance;    /* --instance=NAME, or NULL */
        char *workspace;   /* canonical path of [Files] workspace, or NULL */
        char *data_key;    /* "ID/apps,mousepad/default": below DATA/apps, stable whatever else is installed */
        char *data_dir;    /* its `home`, as a path */
        char *grants_key;  /* below DATA/grants: data instance and workspace */
        char *profile_dir; /* ${PROFILE_DIR}: where the file lies, or the program; never NULL */
        char **program;    /* PROGRAM: the beginning of its argv, NULL-terminated; else NULL */
} StoreProfile;

typedef struct StoreProfileRequest {
        const StoreEntry *entry;
        const Profile *overlay; /* the command line's layer, or NULL */
        const char *instance;   /* --instance=NAME, or NULL */
        const char *cwd;        /* for a relative workspace */
        const char *home;       /* for ~/ in workspace= */
} StoreProfileRequest;

StoreProfile *store_profile_load(StoreCatalog *catalog, const StoreProfileRequest *request, GError **error);
void store_profile_free(StoreProfile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(StoreProfile, store_profile_free)

/* The text of [Oriel] tree=: "default", "single" (PREFIX/share/oriel/profiles/trees/NAME), or a path relative to
 * profile_dir; and what messages call it.  Empty for a profile with boxes of its own. */
char *store_profile_read_tree(StoreCatalog *catalog, const StoreProfile *profile, char **ret_label, GError **error);

/* Makes the data directory (0700, by descriptor); what the app planted in it is not looked at. */
gboolean store_profile_make_data_dir(StoreDirs *dirs, const StoreProfile *profile, GError **error);

G_END_DECLS
