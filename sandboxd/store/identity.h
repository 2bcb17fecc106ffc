/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/catalog.h"

G_BEGIN_DECLS

/* Whose data, whose grants, and which id before portals.  A *data instance* is one home: NULL the default one,
 * "NAME" for --instance=NAME, "@DIGEST" for a workspace (what an agent left in one project never acts in another). */

char *store_identity_data_instance(const char *instance, const char *workspace);

/* For what a grant is valid: the data instance, and the workspace too. */
char *store_identity_scope(const char *instance, const char *workspace);

/* "ID/apps,firefox", or "ID/@DIGEST" of a path: two path components. */
char *store_identity_origin_key(const StoreEntry *entry);

/* Whose overrides it takes: its id; of a profile that was given as a path, which may claim any, one derived from it. */
char *store_identity_override_id(const StoreEntry *entry);

/* Before portals: the profile's own id for the default instance of the one profile that holds it, where no Flatpak
 * does; else a derived one.  Different (origin, data instance) always give different ids. */
char *store_identity_app_id(const StoreCatalog *catalog, const StoreEntry *entry, const char *data_instance);

G_END_DECLS
