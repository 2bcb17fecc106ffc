/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/set.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "base/own.h"
#include "base/tree.h"
#include "ids/instance-id.h"
#include "review/places.h"

enum { SETTLED_MAX = 64 * 1024 * 1024, LOCK_TRIES = 50, LOCK_MOMENT_US = 20 * 1000 };

void review_set_free(ReviewSet *set)
{
        if (set == NULL)
                return;
        g_free(set->name);
        g_free(set->id);
        g_free(set->app);
        g_free(set->profile);
        g_free(set->source);
        (void)fd_close(set->place);
        (void)fd_close(set->upper);
        (void)fd_close(set->lower);
        (void)fd_close(set->lock);
        g_clear_pointer(&set->settled, g_hash_table_unref);
        g_free(set);
}

gint64 review_ctime(const struct stat *st)
{
        return (gint64)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

static gint64 time_of(int place, const char *name)
{
        struct stat st;

        return fstatat(place, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? review_ctime(&st) : 0;
}

static gboolean is_locked(int place)
{
        CLEANUP(fd_closep) int fd = openat(place, REVIEW_LOCK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

        return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0;
}

/* "1" and five texts, each with its NUL. */
static gboolean read_about(ReviewSet *set)
{
        CLEANUP(freep) char *bytes = NULL;
        const char *texts[REVIEW_ABOUT_TEXTS];
        gsize n = 0, at = 0;

        if (own_file_read(&bytes, &n, set->place, REVIEW_ABOUT, (gint64)geteuid(), REVIEW_ABOUT_MAX) != 0)
                return FALSE;
        for (gsize i = 0; i < REVIEW_ABOUT_TEXTS; i++) {
                if (at >= n)
                        return FALSE;
                texts[i] = bytes + at;
                at += strlen(bytes + at) + 1;
        }
        if (at != n || !g_str_equal(texts[0], "1") || !instance_id_is_valid(texts[1]) || *texts[5] != '/')
                return FALSE;
        set->id = g_strdup(texts[1]);
        set->app = g_strdup(texts[2]);
        set->profile = g_strdup(texts[3]);
        set->copy = g_str_equal(texts[4], "copy");
        set->source = g_strdup(texts[5]);
        return TRUE;
}

/* Lines "lower-ino lower-ctime upper-ino upper-ctime path NUL". */
static void read_settled(ReviewSet *set)
{
        CLEANUP(freep) char *bytes = NULL;
        gsize n = 0;

        if (own_file_read(&bytes, &n, set->place, REVIEW_SETTLED, (gint64)geteuid(), SETTLED_MAX) != 0)
                return;
        for (char *at = bytes; at < bytes + n; at += strlen(at) + 1) {
                guint64 numbers[4];
                char *end = at;
                gsize i = 0;

                for (; i < G_N_ELEMENTS(numbers) && g_ascii_isdigit(*end); i++) {
                        numbers[i] = g_ascii_strtoull(end, &end, 10);
                        end += *end == ' ' ? 1 : 0;
                }
                if (i == G_N_ELEMENTS(numbers) && *end != '\0') {
                        ReviewSettled *settled = g_new(ReviewSettled, 1);

                        *settled = (ReviewSettled){ .lower_ino = numbers[0],
                                                    .lower_ctime_ns = (gint64)numbers[1],
                                                    .upper_ino = numbers[2],
                                                    .upper_ctime_ns = (gint64)numbers[3] };
                        g_hash_table_replace(set->settled, g_strdup(end), settled);
                }
        }
}

static ReviewSet *open_set(int all, const char *name)
{
        g_autoptr(ReviewSet) set = g_new0(ReviewSet, 1);

        set->place = set->upper = set->lower = set->lock = -1;
        set->name = g_strdup(name);
        set->settled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        if (own_dir_step(&set->place, all, name, geteuid(), FALSE) != 0 || !read_about(set))
                return NULL;
        set->upper = openat(set->place, set->copy ? REVIEW_COPY : REVIEW_CHANGES,
                            O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (set->upper < 0)
                return NULL;
        set->lower = open(set->source, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        set->since_ns = time_of(set->place, REVIEW_SINCE);
        set->copied_ns = set->copy ? time_of(set->place, REVIEW_COPIED) : 0;
        set->busy = is_locked(set->place);
        read_settled(set);
        return g_steal_pointer(&set);
}

static int compare_sources(gconstpointer a, gconstpointer b)
{
        const ReviewSet *const *first = a, *const *second = b;

        return strcmp((*first)->source, (*second)->source);
}

GPtrArray *review_sets_list(StoreDirs *dirs, GError **error)
{
        g_autoptr(GPtrArray) sets = g_ptr_array_new_with_free_func((GDestroyNotify)review_set_free);
        g_autoptr(GError) local = NULL;
        CLEANUP(fd_closep) int all = store_dirs_open_below(dirs, STORE_DIR_STATE, REVIEW_DIRECTORY, FALSE, &local);
        int copy = all < 0 ? -1 : openat(all, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *names = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;

        if (all < 0 && !g_error_matches(local, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                g_propagate_error(error, g_steal_pointer(&local));
                return NULL;
        }
        if (names == NULL)
                (void)fd_close(copy);
        while (names != NULL && (entry = readdir(names)) != NULL) {
                ReviewSet *set = *entry->d_name != '.' ? open_set(all, entry->d_name) : NULL;

                if (set != NULL)
                        g_ptr_array_add(sets, set);
        }
        if (names != NULL)
                (void)closedir(names);
        g_ptr_array_sort(sets, compare_sources);
        return g_steal_pointer(&sets);
}

gboolean review_set_lock(ReviewSet *set, GError **error)
{
        set->lock = openat(set->place, REVIEW_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        /* A run may be over, and its keeper still on its way out. */
        for (guint tries = 0; set->lock >= 0 && tries < LOCK_TRIES; tries++) {
                if (flock(set->lock, LOCK_EX | LOCK_NB) == 0)
                        return TRUE;
                g_usleep(LOCK_MOMENT_US);
        }
        if (set->lock < 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", set->source, g_strerror(errno));
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_DENIED,
                            _("%s: a run is still changing it\nWait for its end, or: oriel stop %s"), set->source,
                            set->id);
        return FALSE;
}

/* ---- Settled ---- */

static void stat_both(const ReviewSet *set, const char *path, ReviewSettled *ret_settled)
{
        struct stat st;
        CLEANUP(fd_closep)
        int lower = review_open_at(set->lower, path, O_PATH), upper = review_open_at(set->upper, path, O_PATH);

        *ret_settled = (ReviewSettled){ 0 };
        if (lower >= 0 && fstat(lower, &st) == 0) {
                ret_settled->lower_ino = st.st_ino;
                ret_settled->lower_ctime_ns = review_ctime(&st);
        }
        if (upper >= 0 && fstat(upper, &st) == 0) {
                ret_settled->upper_ino = st.st_ino;
                ret_settled->upper_ctime_ns = review_ctime(&st);
        }
}

gboolean review_set_settle(ReviewSet *set, const char *path, GError **error)
{
        CLEANUP(fd_closep)
        int fd = openat(set->place, REVIEW_SETTLED, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
                        0600);
        g_autofree ReviewSettled *settled = g_new0(ReviewSettled, 1);
        g_autofree char *line = NULL;
        int r = fd < 0 ? -errno : 0;

        stat_both(set, path, settled);
        line = g_strdup_printf(
                "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT " %s",
                settled->lower_ino, settled->lower_ctime_ns, settled->upper_ino, settled->upper_ctime_ns, path);
        if (r == 0)
                r = fd_write_all(fd, line, strlen(line) + 1);
        if (r < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", REVIEW_SETTLED, g_strerror(-r));
                return FALSE;
        }
        g_hash_table_replace(set->settled, g_strdup(path), g_steal_pointer(&settled));
        return TRUE;
}

gboolean review_set_drop(StoreDirs *dirs, ReviewSet *set, GError **error)
{
        CLEANUP(fd_closep) int all = store_dirs_open_below(dirs, STORE_DIR_STATE, REVIEW_DIRECTORY, FALSE, error);
        int r = all < 0 ? -1 : tree_remove(all, set->name);

        if (all < 0)
                return FALSE;
        if (r < 0)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, "%s: %s", set->source, g_strerror(-r));
        return r == 0;
}
