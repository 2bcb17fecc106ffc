/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Both directories at once, name by name.  Of an overlay only what the app touched is in upper, and a character device
 * 0:0 stands for what it removed; where a directory is opaque, and everywhere in a copy, what is missing in upper was
 * removed too.
 *
 * Conflicts.  Nobody but the kernel sets a file's change time (ctime), and each change, a rename over it too, sets it:
 * what the host has of a later time than `since` was changed outside meanwhile.  The same tells in a copy what was
 * changed inside, by `copied`.  What was removed outside and changed inside is an ordinary new file: it is in nobody's
 * way. */
#include "review/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "review/content.h"

enum {
        MAX_CHANGES = 500 * 1000,
        MAX_DEPTH = 200, /* descriptors: two a level */
        MAX_RENAMES = 5000,
        RENAME_BYTES = 64 * 1024 * 1024,
};

typedef struct Walk {
        const ReviewSet *set;
        ReviewChanges *found;
        const char *git; /* path of what looks like a git directory by another name, if we are in one; else NULL */
} Walk;

static void change_free(gpointer data)
{
        ReviewChange *change = data;

        g_free(change->path);
        g_free(change->from);
        g_free(change);
}

void review_changes_free(ReviewChanges *changes)
{
        if (changes == NULL)
                return;
        g_ptr_array_unref(changes->all);
        g_free(changes);
}

static const ReviewSettled *settled_at(const Walk *walk, const char *path)
{
        return g_hash_table_lookup(walk->set->settled, path);
}

static ReviewConflict conflict_of(const Walk *walk, const char *path, const struct stat *old, gboolean existed)
{
        const ReviewSettled *settled = settled_at(walk, path);

        if (old == NULL || review_ctime(old) <= walk->set->since_ns ||
            (settled != NULL && settled->lower_ino == old->st_ino && settled->lower_ctime_ns == review_ctime(old)))
                return REVIEW_NO_CONFLICT;
        return existed ? REVIEW_CHANGED_OUTSIDE : REVIEW_ADDED_OUTSIDE;
}

static void
add(Walk *walk, ReviewKind kind, const char *path, const struct stat *old, const struct stat *new, gboolean existed)
{
        ReviewChange *change;

        if (walk->found->all->len >= MAX_CHANGES) {
                walk->found->whole = FALSE;
                return;
        }
        change = g_new0(ReviewChange, 1);
        change->kind = kind;
        change->path = g_strdup(path);
        if (old != NULL)
                change->old = *old;
        if (new != NULL)
                change->new = *new;
        /* A directory's own time changes with what is in it. */
        if (old == NULL || !S_ISDIR(old->st_mode) || (new != NULL && !S_ISDIR(new->st_mode)))
                change->conflict = conflict_of(walk, path, old, existed);
        change->protected = protect_find(path, PROTECT_ALL);
        if (change->protected == NULL && walk->git != NULL && protect_is_git_name(path + strlen(walk->git)))
                change->protected = &protect_git_directory;
        g_ptr_array_add(walk->found->all, change);
}

static gboolean has_mark(int fd, const char *name)
{
        char value[2] = "";

        return fd >= 0 && fgetxattr(fd, name, value, sizeof value) == 1 && *value == 'y';
}

static int open_directory(int dir, const char *name)
{
        return dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Names of both, sorted, each once; upper may be -1 (all is gone), lower too. */
static void add_names(GHashTable *names, int dir, gboolean *whole)
{
        int copy = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;

        if (list == NULL) {
                (void)fd_close(copy);
                *whole = *whole && dir < 0;
                return;
        }
        while ((entry = readdir(list)) != NULL)
                if (!g_str_equal(entry->d_name, ".") && !g_str_equal(entry->d_name, ".."))
                        g_hash_table_add(names, g_strdup(entry->d_name));
        (void)closedir(list);
}

static int compare_names(gconstpointer a, gconstpointer b)
{
        const char *const *first = a, *const *second = b;

        return strcmp(*first, *second);
}

static void walk_directory(Walk *walk, int upper, int lower, const char *above, gboolean all, guint depth);

/* Below a directory of one side alone, or of both; the directory itself is told of where it has nothing else to tell.
 */
static void walk_below(Walk *walk,
                       int upper,
                       int lower,
                       const char *name,
                       const char *path,
                       const struct stat *old,
                       const struct stat *new,
                       gboolean all,
                       guint depth)
{
        gboolean in_upper = new != NULL &&S_ISDIR(new->st_mode), in_lower = old != NULL &&S_ISDIR(old->st_mode);
        CLEANUP(fd_closep) int up = in_upper ? open_directory(upper, name) : -1;
        CLEANUP(fd_closep) int down = in_lower ? open_directory(lower, name) : -1;
        guint n = walk->found->all->len;
        gboolean opaque = all || (in_upper && has_mark(up, "user.overlay.opaque"));

        if ((in_upper && up < 0) || (in_lower && down < 0) || depth >= MAX_DEPTH ||
            has_mark(up, "user.overlay.redirect")) {
                walk->found->whole = FALSE;
                return;
        }
        if (in_upper && in_lower) {
                if ((old->st_mode & 0777) != (new->st_mode & 0777))
                        add(walk, REVIEW_CHANGED, path, old, new, TRUE);
                walk_directory(walk, up, down, path, opaque, depth + 1);
        } else if (in_upper) {
                walk_directory(walk, up, -1, path, TRUE, depth + 1);
                if (walk->found->all->len == n)
                        add(walk, REVIEW_ADDED, path, NULL, new, FALSE);
        } else {
                walk_directory(walk, -1, down, path, TRUE, depth + 1);
                add(walk, REVIEW_DELETED, path, old, NULL, TRUE);
        }
}

/* In a copy: only what the app made of it counts, not what became of the host's. */
static gboolean is_untouched(const Walk *walk, const char *path, int lower, const char *name, const struct stat *raw)
{
        const ReviewSettled *settled = settled_at(walk, path);

        if (settled != NULL && settled->upper_ino == (raw != NULL ? raw->st_ino : 0) &&
            settled->upper_ctime_ns == (raw != NULL ? review_ctime(raw) : 0))
                return TRUE;
        if (!walk->set->copy)
                return FALSE;
        if (raw != NULL)
                return review_ctime(raw) <= walk->set->copied_ns;
        return content_birth_at(lower, name) > walk->set->since_ns;
}

static void walk_entry(Walk *walk, int upper, int lower, const char *above, const char *name, gboolean all, guint depth)
{
        g_autofree char *path = *above == '\0' ? g_strdup(name) : g_strconcat(above, "/", name, NULL);
        struct stat st_old, st_new;
        const struct stat *old = lower >= 0 && fstatat(lower, name, &st_old, AT_SYMLINK_NOFOLLOW) == 0 ? &st_old : NULL;
        const struct stat *raw = upper >= 0 && fstatat(upper, name, &st_new, AT_SYMLINK_NOFOLLOW) == 0 ? &st_new : NULL;
        const struct stat *new = raw;
        gboolean old_dir = old != NULL && S_ISDIR(old->st_mode), new_dir;

        if (new == NULL && !all)
                return; /* nobody touched it */
        if (new != NULL && S_ISCHR(new->st_mode) && new->st_rdev == makedev(0, 0))
                new = NULL;
        new_dir = new != NULL &&S_ISDIR(new->st_mode);
        if (old == NULL && new == NULL)
                return;
        if (!old_dir && !new_dir && is_untouched(walk, path, lower, name, raw))
                return;
        if (old_dir && new == NULL && walk->set->copy &&content_birth_at(lower, name) > walk->set->since_ns)
                return;
        if (old_dir || new_dir) {
                /* A file that took a directory's place, or the other way about: two changes of one name. */
                if (old != NULL && new != NULL && old_dir != new_dir) {
                        if (old_dir)
                                walk_below(walk, -1, lower, name, path, old, NULL, TRUE, depth);
                        else
                                add(walk, REVIEW_DELETED, path, old, NULL, TRUE);
                        if (new_dir)
                                walk_below(walk, upper, -1, name, path, NULL, new, TRUE, depth);
                        else
                                add(walk, REVIEW_ADDED, path, NULL, new, FALSE);
                        return;
                }
                walk_below(walk, upper, lower, name, path, old, new, all, depth);
                return;
        }
        if (old == NULL)
                add(walk, REVIEW_ADDED, path, NULL, new, FALSE);
        else if (new == NULL)
                add(walk, REVIEW_DELETED, path, old, NULL, TRUE);
        else if (!content_is_same(lower, old, upper, new, name))
                add(walk, REVIEW_CHANGED, path, old, new, content_birth_at(lower, name) <= walk->set->since_ns);
}

/* git takes any directory with these three for a repository. */
static gboolean looks_like_git(int upper, int lower)
{
        static const char *const names[] = { "HEAD", "objects", "refs" };

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                if ((upper < 0 || faccessat(upper, names[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0) &&
                    (lower < 0 || faccessat(lower, names[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0))
                        return FALSE;
        return TRUE;
}

static void walk_directory(Walk *walk, int upper, int lower, const char *above, gboolean all, guint depth)
{
        g_autofree char *git =
                looks_like_git(upper, lower) ? g_strconcat(above, *above != '\0' ? "/" : "", NULL) : NULL;
        const char *git_around = walk->git;
        g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GPtrArray) sorted = g_ptr_array_new();
        GHashTableIter iter;
        gpointer name;

        if (git != NULL)
                walk->git = git;
        add_names(names, upper, &walk->found->whole);
        if (all)
                add_names(names, lower, &walk->found->whole);
        g_hash_table_iter_init(&iter, names);
        while (g_hash_table_iter_next(&iter, &name, NULL))
                g_ptr_array_add(sorted, name);
        g_ptr_array_sort(sorted, compare_names);
        for (guint i = 0; i < sorted->len; i++)
                walk_entry(walk, upper, lower, above, sorted->pdata[i], all, depth);
        walk->git = git_around;
}

static int compare_paths(gconstpointer a, gconstpointer b)
{
        const ReviewChange *const *first = a, *const *second = b;
        int order = strcmp((*first)->path, (*second)->path);

        /* What is gone stands before what came in its place. */
        return order != 0 ? order : (int)((*first)->kind == REVIEW_ADDED) - (int)((*second)->kind == REVIEW_ADDED);
}

ReviewChanges *review_walk(const ReviewSet *set)
{
        Walk walk = { .set = set, .found = g_new0(ReviewChanges, 1) };

        walk.found->all = g_ptr_array_new_with_free_func(change_free);
        walk.found->whole = TRUE;
        walk_directory(&walk, set->upper, set->lower, "", set->copy, 0);
        g_ptr_array_sort(walk.found->all, compare_paths);
        return walk.found;
}

gboolean review_is_at_or_below(const char *path, const char *top)
{
        gsize n = strlen(top);

        return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/' || n == 0);
}

/* ---- Renames ---- */

static gboolean may_be_renamed(const struct stat *st)
{
        return S_ISREG(st->st_mode) && st->st_size > 0 && st->st_size <= RENAME_BYTES;
}

void review_find_renames(const ReviewSet *set, ReviewChanges *changes)
{
        g_autoptr(GHashTable) sizes =
                g_hash_table_new(g_direct_hash, g_direct_equal); /* size → GSList of removed ones */
        guint n = 0;
        GHashTableIter iter;
        gpointer list;

        for (guint i = 0; i < changes->all->len && n < MAX_RENAMES; i++) {
                ReviewChange *change = changes->all->pdata[i];
                gpointer key = GSIZE_TO_POINTER((gsize)change->old.st_size);

                if (change->kind != REVIEW_DELETED || !may_be_renamed(&change->old) || change->protected != NULL ||
                    change->conflict != REVIEW_NO_CONFLICT)
                        continue;
                g_hash_table_insert(sizes, key, g_slist_append(g_hash_table_lookup(sizes, key), change));
                n++;
        }
        for (guint i = 0; n > 0 && i < changes->all->len; i++) {
                ReviewChange *change = changes->all->pdata[i];
                gpointer key = GSIZE_TO_POINTER((gsize)change->new.st_size);

                if (change->kind != REVIEW_ADDED || !may_be_renamed(&change->new) || change->protected != NULL ||
                    change->conflict != REVIEW_NO_CONFLICT)
                        continue;
                for (GSList *at = g_hash_table_lookup(sizes, key); at != NULL; at = at->next) {
                        ReviewChange *gone = at->data;

                        if (!content_is_equal(set->lower, gone->path, set->upper, change->path))
                                continue;
                        change->kind = REVIEW_RENAMED;
                        change->from = g_strdup(gone->path);
                        change->old = gone->old;
                        gone->kind = _REVIEW_KIND_MAX; /* told of already */
                        g_hash_table_insert(sizes, key, g_slist_remove(g_hash_table_lookup(sizes, key), gone));
                        break;
                }
        }
        g_hash_table_iter_init(&iter, sizes);
        while (g_hash_table_iter_next(&iter, NULL, &list))
                g_slist_free(list);
        for (guint i = changes->all->len; i-- > 0;)
                if (((ReviewChange *)changes->all->pdata[i])->kind == _REVIEW_KIND_MAX)
                        g_ptr_array_remove_index(changes->all, i);
}
