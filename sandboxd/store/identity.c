/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Portals, document stores and permission stores keep what they gave by id alone.  So an id must never pass from one
 * profile to another: not to a second file that claims it, nor to one in a downloaded project, nor from an app that was
 * installed as a Flatpak. */

#include "store/identity.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "ids/app-id.h"
#include "store/entry.h"
#include "store/text.h"

enum { DIGEST_DIGITS = 16, MAX_NAME = 200 /* of a path component, so that it fits NAME_MAX */ };

/* A name of an instance never begins with '@', so the two can't meet. */
static char *digest_name(const char *a, const char *b, const char *c)
{
        g_autofree char *digest = store_text_digest(DIGEST_DIGITS, a, b, c, NULL);

        return g_strconcat("@", digest, NULL);
}

char *store_identity_data_instance(const char *instance, const char *workspace)
{
        if (instance != NULL)
                return g_strdup(instance);
        return workspace != NULL ? digest_name("workspace", workspace, NULL) : NULL;
}

char *store_identity_scope(const char *instance, const char *workspace)
{
        g_autofree char *place = workspace != NULL ? digest_name("workspace", workspace, NULL) : NULL;

        if (instance == NULL)
                return g_steal_pointer(&place);
        return g_strconcat(instance, place, NULL);
}

static gboolean is_path(const StoreEntry *entry)
{
        return entry->origin == STORE_ORIGIN_FILE || entry->origin == STORE_ORIGIN_PROGRAM;
}

char *store_identity_origin_key(const StoreEntry *entry)
{
        g_autofree char *name = g_strdelimit(g_strdup(entry->name), "/", ',');

        /* Names in the catalog hold neither ',' nor '@'. */
        if (is_path(entry) || strlen(name) > MAX_NAME) {
                g_free(name);
                name = digest_name(store_origin_word(entry->origin), entry->name, NULL);
        }
        return g_build_filename(entry->id, name, NULL);
}

/* ID.oriel_NAME; where that is too long, a digest of both. */
static char *derive(const char *id, const char *name)
{
        g_autofree char *digest = digest_name(id, name, NULL);
        CLEANUP(freep) char *derived = NULL;
        int r = app_id_derive(&derived, id, name);

        if (r == -ENAMETOOLONG)
                r = app_id_derive(&derived, id, digest);
        if (r == -ENAMETOOLONG)
                r = app_id_for_run(&derived, digest);
        if (r < 0)
                g_error("no id can be derived from a valid one: %s", g_strerror(-r));
        return g_strdup(derived);
}

char *store_identity_override_id(const StoreEntry *entry)
{
        g_autofree char *name = NULL;

        if (!is_path(entry))
                return g_strdup(entry->id);
        name = digest_name(store_origin_word(entry->origin), entry->name, "");
        return derive(entry->id, name);
}

static gboolean is_flatpak(const StoreCatalog *catalog, const char *id)
{
        const char *const *data = store_dirs_desktop_data(store_catalog_dirs(catalog));
        Witnesses *witnesses = store_dirs_witnesses(store_catalog_dirs(catalog));
        g_autofree char *user = g_build_filename(data[0], "flatpak/app", id, NULL);
        g_autofree char *system = g_build_filename("/var/lib/flatpak/app", id, NULL);

        witnesses_path(witnesses, user, WITNESS_PLACE);
        witnesses_path(witnesses, system, WITNESS_PLACE);
        return access(user, F_OK) == 0 || access(system, F_OK) == 0;
}

/* Does another file of the catalog claim the same id?  Ids made from file names are compared by file name, so that
 * running a plain block reads no other profile. */
static gboolean is_claimed_twice(const StoreCatalog *catalog, const StoreEntry *entry)
{
        for (guint i = 0; i < store_catalog_size(catalog); i++) {
                const StoreEntry *other = store_catalog_peek(catalog, i);

                if (other == entry)
                        continue;
                if (!entry->has_id && strcmp(store_entry_base_name(other), store_entry_base_name(entry)) == 0)
                        return TRUE;
                if (entry->has_id && g_ascii_strcasecmp(store_catalog_get(catalog, i)->id, entry->id) == 0)
                        return TRUE;
        }
        return FALSE;
}

char *store_identity_app_id(const StoreCatalog *catalog, const StoreEntry *entry, const char *data_instance)
{
        const char *instance = data_instance != NULL ? data_instance : "";
        g_autofree char *name = digest_name(store_origin_word(entry->origin), entry->name, instance);

        if (is_path(entry) || is_claimed_twice(catalog, entry) || is_flatpak(catalog, entry->id))
                return derive(entry->id, name);
        return data_instance == NULL ? g_strdup(entry->id) : derive(entry->id, data_instance);
}
