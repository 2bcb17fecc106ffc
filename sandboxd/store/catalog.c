/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The catalog: which files there are, and what each is called.  Names are gathered at once, texts are read when a
 * question needs them: a name ("base/cli") is found without reading any other profile. */

#include "store/catalog.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "ids/app-id.h"
#include "store/entry.h"
#include "store/text.h"

enum {
        MAX_ENTRIES = 4096,
        MAX_DEPTH = 3,                  /* "agents/x/y" */
        MAX_PROFILE_BYTES = 1024 * 1024 /* profile_parse() takes no more */
};

struct StoreCatalog {
        StoreDirs *dirs;
        char *system_dir, *prefix;
        GPtrArray *entries; /* StoreEntry*, sorted, none hidden */
        GHashTable *names;  /* "apps/firefox" → StoreEntry*, borrowed */
        GPtrArray *others;  /* FILE and PROGRAM entries that were asked for */
};

static const char *const origin_words[] = {
        [STORE_ORIGIN_USER] = "user", [STORE_ORIGIN_SYSTEM] = "system",   [STORE_ORIGIN_SHIPPED] = "shipped",
        [STORE_ORIGIN_FILE] = "file", [STORE_ORIGIN_PROGRAM] = "program",
};
G_STATIC_ASSERT(G_N_ELEMENTS(origin_words) == _STORE_ORIGIN_MAX);

const char *store_origin_word(StoreOrigin origin)
{
        return origin_words[origin];
}

/* "firefox-esr", not ".hidden", "notes~" or "notes profile": what an editor leaves beside a profile is none. */
static gboolean is_profile_name(const char *name)
{
        if (!g_ascii_isalnum(*name) || strlen(name) > 128)
                return FALSE;
        for (const char *c = name; *c != '\0'; c++)
                if (!g_ascii_isalnum(*c) && strchr("._+-", *c) == NULL)
                        return FALSE;
        return !g_str_has_suffix(name, ".bak") && !g_str_has_suffix(name, ".orig");
}

static void add_entry(StoreCatalog *catalog, StoreOrigin origin, const char *top, const char *name)
{
        g_autofree char *path = NULL;
        StoreEntry *entry = NULL;

        /* Places are scanned in their order: what is there already hides this one. */
        if (g_hash_table_contains(catalog->names, name) || catalog->entries->len >= MAX_ENTRIES)
                return;
        path = g_build_filename(top, name, NULL);
        entry = store_entry_new(origin, name, path);
        g_ptr_array_add(catalog->entries, entry);
        g_hash_table_insert(catalog->names, entry->name, entry);
}

/* Takes fd.  head: "" or "apps/". */
static void scan(StoreCatalog *catalog, StoreOrigin origin, int fd, const char *top, const char *head, guint depth)
{
        DIR *directory = fdopendir(fd);

        if (directory == NULL) {
                (void)fd_close(fd);
                return;
        }
        for (struct dirent *found = readdir(directory); found != NULL; found = readdir(directory)) {
                int flags = origin == STORE_ORIGIN_USER ? AT_SYMLINK_NOFOLLOW : 0;
                g_autofree char *name = NULL;
                struct stat is = { 0 };

                if (!is_profile_name(found->d_name) || fstatat(dirfd(directory), found->d_name, &is, flags) < 0)
                        continue;
                name = g_strconcat(head, found->d_name, NULL);
                if (found->d_type == DT_LNK || found->d_type == DT_UNKNOWN) {
                        g_autofree char *path = g_build_filename(top, name, NULL);

                        witnesses_path(store_dirs_witnesses(catalog->dirs), path, WITNESS_PLACE);
                }
                if (!S_ISDIR(is.st_mode)) {
                        add_entry(catalog, origin, top, name);
                } else if (depth < MAX_DEPTH && strcmp(name, "trees") != 0) {
                        int open_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (flags != 0 ? O_NOFOLLOW : 0);
                        g_autofree char *next = g_strconcat(name, "/", NULL), *path = g_build_filename(top, name, NULL);
                        int below;

                        witnesses_path(store_dirs_witnesses(catalog->dirs), path, WITNESS_CONTENT);
                        below = openat(dirfd(directory), found->d_name, open_flags);
                        if (below >= 0)
                                scan(catalog, origin, below, top, next, depth + 1);
                }
        }
        (void)closedir(directory);
}

static gboolean scan_user(StoreCatalog *catalog, GError **error)
{
        g_autoptr(GError) local = NULL;
        g_autofree char *top = g_build_filename(store_dirs_path(catalog->dirs, STORE_DIR_CONFIG), "profiles", NULL);
        int fd;

        witnesses_path(store_dirs_witnesses(catalog->dirs), top, WITNESS_CONTENT);
        fd = store_dirs_open_below(catalog->dirs, STORE_DIR_CONFIG, "profiles", FALSE, &local);
        if (fd >= 0) {
                scan(catalog, STORE_ORIGIN_USER, fd, top, "", 1);
                return TRUE;
        }
        if (g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return TRUE;
        g_propagate_error(error, g_steal_pointer(&local));
        return FALSE;
}

static void scan_place(StoreCatalog *catalog, StoreOrigin origin, const char *above, const char *below)
{
        g_autofree char *top = above != NULL ? g_build_filename(above, below, NULL) : NULL;
        int fd;

        if (top == NULL)
                return;
        witnesses_path(store_dirs_witnesses(catalog->dirs), top, WITNESS_CONTENT);
        fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd >= 0)
                scan(catalog, origin, fd, top, "", 1);
}

static int compare_entries(gconstpointer a, gconstpointer b)
{
        const StoreEntry *left = *(StoreEntry *const *)a, *right = *(StoreEntry *const *)b;

        return left->origin != right->origin ? (int)left->origin - (int)right->origin : strcmp(left->name, right->name);
}

StoreCatalog *store_catalog_new(StoreDirs *dirs, const char *system_dir, const char *prefix, GError **error)
{
        g_autoptr(StoreCatalog) catalog = g_new0(StoreCatalog, 1);

        catalog->dirs = dirs;
        catalog->system_dir = g_strdup(system_dir);
        catalog->prefix = g_strdup(prefix);
        catalog->entries = g_ptr_array_new_with_free_func((GDestroyNotify)store_entry_free);
        catalog->others = g_ptr_array_new_with_free_func((GDestroyNotify)store_entry_free);
        catalog->names = g_hash_table_new(g_str_hash, g_str_equal);
        if (!scan_user(catalog, error))
                return NULL;
        scan_place(catalog, STORE_ORIGIN_SYSTEM, system_dir, "profiles");
        scan_place(catalog, STORE_ORIGIN_SHIPPED, prefix, "share/oriel/profiles");
        g_ptr_array_sort(catalog->entries, compare_entries);
        return g_steal_pointer(&catalog);
}

void store_catalog_free(StoreCatalog *catalog)
{
        if (catalog == NULL)
                return;
        g_clear_pointer(&catalog->names, g_hash_table_unref);
        g_clear_pointer(&catalog->entries, g_ptr_array_unref);
        g_clear_pointer(&catalog->others, g_ptr_array_unref);
        g_free(catalog->system_dir);
        g_free(catalog->prefix);
        g_free(catalog);
}

StoreDirs *store_catalog_dirs(const StoreCatalog *catalog)
{
        return catalog->dirs;
}

const char *store_catalog_system_dir(const StoreCatalog *catalog)
{
        return catalog->system_dir;
}

const char *store_catalog_prefix(const StoreCatalog *catalog)
{
        return catalog->prefix;
}

/* Reads and parses the entry's file, once. */
static void load(const StoreCatalog *catalog, StoreEntry *entry)
{
        g_autofree char *below = NULL, *text = NULL;
        gsize n = 0;
        gboolean read = FALSE;

        if (entry->profile != NULL || entry->error != NULL)
                return;
        if (entry->origin == STORE_ORIGIN_USER) {
                below = g_build_filename("profiles", entry->name, NULL);
                read = store_dirs_read(catalog->dirs, STORE_DIR_CONFIG, below, MAX_PROFILE_BYTES, &text, &n,
                                       &entry->error);
        } else {
                witnesses_path(store_dirs_witnesses(catalog->dirs), entry->path, WITNESS_CONTENT);
                read = store_text_read_at(AT_FDCWD, entry->path, entry->path, -1, MAX_PROFILE_BYTES, &text, &n,
                                          &entry->error);
        }
        if (read)
                store_entry_parse(entry, text, n);
}

guint store_catalog_size(const StoreCatalog *catalog)
{
        return catalog->entries->len;
}

const StoreEntry *store_catalog_get(const StoreCatalog *catalog, guint i)
{
        StoreEntry *entry = catalog->entries->pdata[i];

        load(catalog, entry);
        return entry;
}

const StoreEntry *store_catalog_peek(const StoreCatalog *catalog, guint i)
{
        return catalog->entries->pdata[i];
}

const StoreEntry *store_catalog_get_named(StoreCatalog *catalog, const char *name)
{
        StoreEntry *entry = g_hash_table_lookup(catalog->names, name);

        if (entry != NULL)
                load(catalog, entry);
        return entry;
}

/* The entry, or its own fault. */
const StoreEntry *store_catalog_usable(const StoreEntry *entry, GError **error)
{
        if (entry->error == NULL)
                return entry;
        g_propagate_error(error, g_error_copy(entry->error));
        return NULL;
}

const StoreEntry *store_catalog_add_other(StoreCatalog *catalog, StoreEntry *entry)
{
        g_ptr_array_add(catalog->others, entry);
        load(catalog, entry);
        return entry;
}
