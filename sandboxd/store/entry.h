/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/catalog.h"

G_BEGIN_DECLS

/* What the files of the store share about entries and the catalog; no other room includes it. */

/* An entry whose file has not been read. */
StoreEntry *store_entry_new(StoreOrigin origin, const char *name, const char *path);
void store_entry_free(StoreEntry *entry);

/* Fills the entry from its file's text, or sets entry->error. */
void store_entry_parse(StoreEntry *entry, const char *text, gsize n);

/* oriel run ./program.  path: absolute. */
StoreEntry *store_entry_new_program(const char *path, const char *home, GError **error);

/* The last part of its name. */
const char *store_entry_base_name(const StoreEntry *entry);

StoreDirs *store_catalog_dirs(const StoreCatalog *catalog);
const char *store_catalog_system_dir(const StoreCatalog *catalog);
const char *store_catalog_prefix(const StoreCatalog *catalog);
/* As store_catalog_get(), but perhaps not read yet. */
const StoreEntry *store_catalog_peek(const StoreCatalog *catalog, guint i);
/* By its exact name, read; or NULL. */
const StoreEntry *store_catalog_get_named(StoreCatalog *catalog, const char *name);
const StoreEntry *store_catalog_usable(const StoreEntry *entry, GError **error);
/* Takes entry. */
const StoreEntry *store_catalog_add_other(StoreCatalog *catalog, StoreEntry *entry);

/* Base name of the program that the desktop file WORD or WORD.desktop starts, or NULL. */
char *store_desktop_program(const StoreDirs *dirs, const char *word);

G_END_DECLS
