/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An entry with its layers.  The order of the layers is the order of who may say more: what is shipped, then the
 * system's administrator, then the person by a file, by an answer, and at last by this one command. */

#include "store/profiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "ids/instance-id.h"
#include "profile/box.h"
#include "store/entry.h"
#include "store/grants.h"
#include "store/identity.h"
#include "store/text.h"

enum {
        MAX_BLOCKS = 64, /* of one profile, all inherits= together */
        MAX_LAYER_BYTES = 1024 * 1024,
};

/* inherits= being followed: way is the chain that led here, done what is merged already. */
typedef struct Inheritance {
        StoreCatalog *catalog;
        GPtrArray *layers;
        GPtrArray *way;
        GHashTable *done;
} Inheritance;

static void layer_free(StoreLayer *layer)
{
        g_free(layer->label);
        profile_free(layer->profile);
        g_free(layer);
}

/* Takes profile. */
static void add_layer(GPtrArray *layers, const char *kind, const char *label, Profile *profile)
{
        StoreLayer *layer = g_new0(StoreLayer, 1);

        layer->kind = kind;
        layer->label = g_strdup(label);
        layer->profile = profile;
        g_ptr_array_add(layers, layer);
}

static void set_circle(GError **error, const GPtrArray *way, const StoreEntry *back)
{
        g_autoptr(GString) chain = g_string_new(NULL);

        for (guint i = 0; i < way->len; i++)
                g_string_append_printf(chain, "%s -> ", ((const StoreEntry *)way->pdata[i])->name);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s: inherits= leads back to itself: %s%s"),
                    ((const StoreEntry *)way->pdata[0])->path, chain->str, back->name);
}

static gboolean add_blocks(Inheritance *inheritance, const StoreEntry *entry, GError **error);

static gboolean add_block(Inheritance *inheritance, const StoreEntry *heir, guint i, const char *name, GError **error)
{
        g_autoptr(GError) local = NULL;
        const StoreEntry *block = store_catalog_find_block(inheritance->catalog, name, &local);

        if (block == NULL) {
                ProfileOrigin origin = profile_origin(heir->profile, PROFILE_ORIEL_INHERITS, i);

                g_propagate_prefixed_error(error, g_steal_pointer(&local), "%s:%u: ", origin.file, origin.line);
                return FALSE;
        }
        if (g_ptr_array_find(inheritance->way, block, NULL)) {
                set_circle(error, inheritance->way, block);
                return FALSE;
        }
        if (g_hash_table_contains(inheritance->done, block))
                return TRUE;
        if (g_hash_table_size(inheritance->done) >= MAX_BLOCKS) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s: inherits more than %d blocks"), heir->path,
                            MAX_BLOCKS);
                return FALSE;
        }
        if (!add_blocks(inheritance, block, error))
                return FALSE;
        g_hash_table_add(inheritance->done, (gpointer)block);
        add_layer(inheritance->layers, "block", block->path, profile_copy(block->profile));
        return TRUE;
}

static gboolean add_blocks(Inheritance *inheritance, const StoreEntry *entry, GError **error)
{
        const char *const *names = profile_get_list(entry->profile, PROFILE_ORIEL_INHERITS);

        g_ptr_array_add(inheritance->way, (gpointer)entry);
        for (guint i = 0; names[i] != NULL; i++)
                if (!add_block(inheritance, entry, i, names[i], error))
                        return FALSE;
        g_ptr_array_set_size(inheritance->way, (int)inheritance->way->len - 1);
        return TRUE;
}

static gboolean add_own(StoreCatalog *catalog, GPtrArray *layers, const StoreEntry *entry, GError **error)
{
        g_autoptr(GPtrArray) way = g_ptr_array_new();
        g_autoptr(GHashTable) done = g_hash_table_new(NULL, NULL);
        Inheritance inheritance = { .catalog = catalog, .layers = layers, .way = way, .done = done };

        if (!add_blocks(&inheritance, entry, error))
                return FALSE;
        add_layer(layers, "profile", *entry->path != '\0' ? entry->path : entry->name, profile_copy(entry->profile));
        return TRUE;
}

/* An override changes what an app may do, never who it is. */
static gboolean check_override(const Profile *profile, const char *path, GError **error)
{
        static const ProfileKey never[] = { PROFILE_APPLICATION_NAME, PROFILE_ORIEL_INHERITS, PROFILE_ORIEL_ALIAS };

        for (guint i = 0; i < G_N_ELEMENTS(never); i++) {
                const ProfileKeyInfo *info = profile_key_info(never[i]);

                if (!profile_is_set(profile, never[i]))
                        continue;
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s:%u: [%s] %s= cannot stand in an override"),
                            path, profile_origin(profile, never[i], 0).line, info->group, info->key);
                return FALSE;
        }
        return TRUE;
}

/* Takes what reading said: no file is no layer. */
static gboolean add_override(GPtrArray *layers,
                             const char *kind,
                             const char *path,
                             gboolean read,
                             char *text,
                             gsize n,
                             GError **fault,
                             GError **error)
{
        g_autofree char *owned = text;
        g_autoptr(Profile) profile = NULL;

        if (!read && g_error_matches(*fault, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                g_clear_error(fault);
                return TRUE;
        }
        if (!read) {
                g_propagate_error(error, g_steal_pointer(fault));
                return FALSE;
        }
        profile = profile_parse(owned, n, path, error);
        if (profile == NULL || !check_override(profile, path, error))
                return FALSE;
        add_layer(layers, kind, path, g_steal_pointer(&profile));
        return TRUE;
}

static gboolean add_overrides(StoreCatalog *catalog, GPtrArray *layers, const char *id, GError **error)
{
        StoreDirs *dirs = store_catalog_dirs(catalog);
        const char *system_dir = store_catalog_system_dir(catalog);
        g_autofree char *below = g_build_filename("overrides", id, NULL);
        g_autofree char *user_path = g_build_filename(store_dirs_path(dirs, STORE_DIR_CONFIG), below, NULL);
        char *text = NULL;
        gsize n = 0;
        GError *fault = NULL;
        gboolean read = FALSE;

        if (system_dir != NULL) {
                g_autofree char *path = g_build_filename(system_dir, below, NULL);

                witnesses_path(store_dirs_witnesses(dirs), path, WITNESS_CONTENT);
                read = store_text_read_at(AT_FDCWD, path, path, -1, MAX_LAYER_BYTES, &text, &n, &fault);
                if (!add_override(layers, "system override", path, read, text, n, &fault, error))
                        return FALSE;
        }
        text = NULL;
        read = store_dirs_read(dirs, STORE_DIR_CONFIG, below, MAX_LAYER_BYTES, &text, &n, &fault);
        return add_override(layers, "user override", user_path, read, text, n, &fault, error);
}

static Profile *merge(const GPtrArray *layers, const Profile *overlay)
{
        Profile *merged = profile_new();

        for (guint i = 0; i < layers->len; i++)
                profile_merge(merged, ((const StoreLayer *)layers->pdata[i])->profile);
        if (overlay != NULL)
                profile_merge(merged, overlay);
        return merged;
}

/* The directory of "PATH[:rw]" as its owner sees it from cwd; NULL for none, or where it can't be resolved (the planner
 * says so). */
static char *workspace_path(Witnesses *witnesses, const Profile *profile, const char *cwd, const char *home)
{
        const char *value = profile_get_string(profile, PROFILE_FILES_WORKSPACE);
        const char *colon = value != NULL ? strrchr(value, ':') : NULL;
        g_autofree char *path = NULL, *full = NULL;
        CLEANUP(freep) char *real = NULL;

        if (value == NULL || *value == '\0' || strcmp(value, "none") == 0)
                return NULL;
        path = colon != NULL && strchr(colon, '/') == NULL ? g_strndup(value, (gsize)(colon - value)) : g_strdup(value);
        if (home != NULL && (strcmp(path, "~") == 0 || g_str_has_prefix(path, "~/")))
                full = g_strconcat(home, path + 1, NULL);
        else
                full = g_canonicalize_filename(path, cwd);
        witnesses_path(witnesses, full, WITNESS_PLACE);
        real = realpath(full, NULL);
        return g_strdup(real);
}

/* Which directory it is, whatever it is called: a project that is moved keeps its state, and one that is put in its
 * place gets none of it.  Numbers of inodes are used again, the time at which one was made is not. */
static char *workspace_identity(const char *path)
{
        struct statx stx = { 0 };

        if (path == NULL)
                return NULL;
        if (statx(AT_FDCWD, path, AT_NO_AUTOMOUNT, STATX_INO | STATX_BTIME, &stx) < 0 ||
            (stx.stx_mask & STATX_INO) == 0)
                return g_strdup(path);
        if ((stx.stx_mask & STATX_BTIME) == 0)
                return g_strdup_printf("%" G_GUINT64_FORMAT " on %u:%u", (guint64)stx.stx_ino, stx.stx_dev_major,
                                       stx.stx_dev_minor);
        return g_strdup_printf("%" G_GUINT64_FORMAT " made %" G_GINT64_FORMAT ".%09u", (guint64)stx.stx_ino,
                               (gint64)stx.stx_btime.tv_sec, stx.stx_btime.tv_nsec);
}

static char *profile_dir(const StoreEntry *entry)
{
        return g_path_get_dirname(*entry->path != '\0' ? entry->path : entry->name);
}

/* Who it is, once the workspace is known. */
static void identify(StoreProfile *profile, const StoreCatalog *catalog)
{
        g_autofree char *place = workspace_identity(profile->workspace);
        g_autofree char *data_instance = store_identity_data_instance(profile->instance, place);
        g_autofree char *scope = store_identity_scope(profile->instance, place);
        g_autofree char *origin_key = store_identity_origin_key(profile->entry);

        profile->app_id = store_identity_app_id(catalog, profile->entry, data_instance);
        profile->data_key = g_build_filename(origin_key, data_instance != NULL ? data_instance : "@default", NULL);
        profile->grants_key = g_build_filename(origin_key, scope != NULL ? scope : "@default", NULL);
        profile->data_dir = g_build_filename(store_dirs_path(store_catalog_dirs(catalog), STORE_DIR_DATA), "apps",
                                             profile->data_key, "home", NULL);
}

static gboolean add_grants(StoreCatalog *catalog, StoreProfile *profile, GError **error)
{
        StoreDirs *dirs = store_catalog_dirs(catalog);
        g_autoptr(GPtrArray) grants = store_grants_read(dirs, profile->grants_key, error);
        g_autofree char *label = NULL;
        g_autoptr(Profile) under = NULL;
        Profile *layer = NULL;

        if (grants == NULL)
                return FALSE;
        if (grants->len == 0)
                return TRUE;
        label = g_build_filename(store_dirs_path(dirs, STORE_DIR_DATA), "grants", profile->grants_key, NULL);
        under = merge(profile->layers, NULL);
        layer = store_grants_layer(grants, under, label, error);
        if (layer == NULL)
                return FALSE;
        add_layer(profile->layers, "grants", label, layer);
        return TRUE;
}

StoreProfile *store_profile_load(StoreCatalog *catalog, const StoreProfileRequest *request, GError **error)
{
        g_autoptr(StoreProfile) profile = g_new0(StoreProfile, 1);
        g_autoptr(Profile) without_grants = NULL;
        g_autofree char *override_id = NULL;

        if (request->instance != NULL && !instance_name_is_valid(request->instance)) {
                g_autofree char *shown = store_text_escape(request->instance);

                g_set_error(
                        error, ORIEL_ERROR, ORIEL_ERROR_USAGE,
                        _("--instance=%s: not a name of an instance\nLetters, digits, \".\", \"_\" and \"-\", at most "
                          "64, and not eight hex digits."),
                        shown);
                return NULL;
        }
        profile->entry = request->entry;
        profile->label = g_strdup(request->entry->name);
        profile->instance = g_strdup(request->instance);
        profile->profile_dir = profile_dir(request->entry);
        profile->layers = g_ptr_array_new_with_free_func((GDestroyNotify)layer_free);
        if (!add_own(catalog, profile->layers, request->entry, error))
                return NULL;
        override_id = store_identity_override_id(request->entry);
        if (!add_overrides(catalog, profile->layers, "global", error) ||
            !add_overrides(catalog, profile->layers, override_id, error))
                return NULL;

        without_grants = merge(profile->layers, request->overlay);
        profile->workspace = workspace_path(store_dirs_witnesses(store_catalog_dirs(catalog)), without_grants,
                                            request->cwd, request->home);
        identify(profile, catalog);
        if (!add_grants(catalog, profile, error))
                return NULL;
        if (request->overlay != NULL)
                add_layer(profile->layers, "command line", "command line", profile_copy(request->overlay));
        profile->profile = merge(profile->layers, NULL);
        if (request->entry->origin == STORE_ORIGIN_PROGRAM) {
                profile->program = g_new0(char *, 2);
                profile->program[0] = g_strdup(request->entry->name);
        }
        return g_steal_pointer(&profile);
}

void store_profile_free(StoreProfile *profile)
{
        if (profile == NULL)
                return;
        g_clear_pointer(&profile->profile, profile_free);
        g_clear_pointer(&profile->layers, g_ptr_array_unref);
        g_free(profile->label);
        g_free(profile->app_id);
        g_free(profile->instance);
        g_free(profile->workspace);
        g_free(profile->data_key);
        g_free(profile->data_dir);
        g_free(profile->grants_key);
        g_free(profile->profile_dir);
        g_strfreev(profile->program);
        g_free(profile);
}

static gboolean is_tree_name(const char *name)
{
        return g_ascii_isalnum(*name) && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(name);
}

/* Takes the path where there is a file. */
static char *read_tree_at(StoreCatalog *catalog, char *path, char **ret_label, GError **error)
{
        g_autofree char *own = path;
        char *text = NULL;
        gsize n = 0;

        witnesses_path(store_dirs_witnesses(store_catalog_dirs(catalog)), own, WITNESS_CONTENT);
        if (!store_text_read_at(AT_FDCWD, own, own, -1, MAX_LAYER_BYTES, &text, &n, error))
                return NULL;
        *ret_label = g_steal_pointer(&own);
        return text;
}

char *store_profile_read_tree(StoreCatalog *catalog, const StoreProfile *profile, char **ret_label, GError **error)
{
        const char *name = profile_get_string(profile->profile, PROFILE_ORIEL_TREE);
        const char *places[] = { store_dirs_path(store_catalog_dirs(catalog), STORE_DIR_CONFIG),
                                 store_catalog_system_dir(catalog) };

        if (profile_n_boxes(profile->profile) > 0) {
                *ret_label = g_strdup("");
                return g_strdup("");
        }
        if (strchr(name, '/') != NULL)
                return read_tree_at(catalog, g_canonicalize_filename(name, profile->profile_dir), ret_label, error);
        for (guint i = 0; i < G_N_ELEMENTS(places) && is_tree_name(name); i++) {
                char *text = places[i] == NULL
                                     ? NULL
                                     : read_tree_at(catalog, g_build_filename(places[i], "profiles/trees", name, NULL),
                                                    ret_label, NULL);

                if (text != NULL)
                        return text;
        }
        if (is_tree_name(name) && store_catalog_prefix(catalog) != NULL)
                return read_tree_at(
                        catalog,
                        g_build_filename(store_catalog_prefix(catalog), "share/oriel/profiles/trees", name, NULL),
                        ret_label, error);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("[Oriel] tree=%s: no such tree"), name);
        return NULL;
}

gboolean store_profile_make_data_dir(StoreDirs *dirs, const StoreProfile *profile, GError **error)
{
        g_autofree char *below = g_build_filename("apps", profile->data_key, NULL);
        g_autofree char *shown = store_text_escape(profile->data_dir);
        CLEANUP(fd_closep) int above = store_dirs_open_below(dirs, STORE_DIR_DATA, below, TRUE, error), home = -1;
        struct stat is = { 0 };

        if (above < 0)
                return FALSE;
        /* Its mode is the app's affair: inside, it is the app's home. */
        if (mkdirat(above, "home", 0700) < 0 && errno != EEXIST) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", shown, g_strerror(errno));
                return FALSE;
        }
        home = openat(above, "home", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (home < 0 || fstat(home, &is) < 0 || is.st_uid != geteuid()) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%s: is not a directory of yours"), shown);
                return FALSE;
        }
        return TRUE;
}
