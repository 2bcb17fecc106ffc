/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/changes.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum {
        MAX_CHANGES = 10000,
        MAX_DEPTH = 64, /* descriptors: two a level */
};

typedef struct Reading {
        GPtrArray *found;
        gboolean all;
} Reading;

static void change_free(gpointer data)
{
        StoreChange *change = data;

        g_free(change->path);
        g_free(change);
}

static void add(Reading *reading, StoreChangeKind kind, const char *above, const char *name, gboolean directory)
{
        StoreChange *change = g_new0(StoreChange, 1);

        change->kind = kind;
        change->path = g_strconcat(above, name, directory ? "/" : NULL, NULL);
        g_ptr_array_add(reading->found, change);
}

/* The kernel's marks, as an overlay in a user namespace writes them (userxattr). */
static gboolean has_mark(int dir, const char *name)
{
        char value[2] = "";
        CLEANUP(fd_closep) int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd >= 0 && fgetxattr(fd, name, value, sizeof value) == 1 && *value == 'y';
}

static int open_directory(int dir, const char *name)
{
        return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static void read_directory(Reading *reading, int changes, int lower, const char *above, guint depth);

static void read_entry(Reading *reading, int changes, int lower, const char *above, const char *name, guint depth)
{
        struct stat st, old;
        gboolean is_old = lower >= 0 && fstatat(lower, name, &old, AT_SYMLINK_NOFOLLOW) == 0;
        g_autofree char *below = NULL;
        int dir, under;

        if (fstatat(changes, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return;
        if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0)) {
                if (is_old)
                        add(reading, STORE_CHANGE_REMOVED, above, name, S_ISDIR(old.st_mode));
                return;
        }
        if (!S_ISDIR(st.st_mode) || !is_old || !S_ISDIR(old.st_mode)) {
                add(reading, is_old ? STORE_CHANGE_CHANGED : STORE_CHANGE_ADDED, above, name, S_ISDIR(st.st_mode));
                return;
        }
        dir = open_directory(changes, name);
        under = open_directory(lower, name);
        if (dir >= 0 && has_mark(dir, "user.overlay.opaque"))
                add(reading, STORE_CHANGE_REPLACED, above, name, TRUE);
        else if (dir >= 0 && depth < MAX_DEPTH) {
                below = g_strconcat(above, name, "/", NULL);
                read_directory(reading, dir, under, below, depth + 1);
        } else
                reading->all = FALSE;
        (void)fd_close(dir);
        (void)fd_close(under);
}

static void read_directory(Reading *reading, int changes, int lower, const char *above, guint depth)
{
        int copy = openat(changes, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *names = copy < 0 ? NULL : fdopendir(copy);
        const struct dirent *entry;

        if (names == NULL) {
                (void)fd_close(copy);
                reading->all = FALSE;
                return;
        }
        while ((entry = readdir(names)) != NULL) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                if (reading->found->len >= MAX_CHANGES) {
                        reading->all = FALSE;
                        break;
                }
                read_entry(reading, changes, lower, above, entry->d_name, depth);
        }
        (void)closedir(names);
}

static int compare(gconstpointer a, gconstpointer b)
{
        const StoreChange *const *first = a, *const *second = b;

        return strcmp((*first)->path, (*second)->path);
}

GPtrArray *store_changes_read(const char *changes, const char *lower, gboolean *ret_all)
{
        CLEANUP(fd_closep) int top = open_directory(AT_FDCWD, changes), under = open_directory(AT_FDCWD, lower);
        Reading reading = { .found = g_ptr_array_new_with_free_func(change_free), .all = TRUE };

        if (top >= 0)
                read_directory(&reading, top, under, "", 0);
        g_ptr_array_sort(reading.found, compare);
        *ret_all = reading.all;
        return reading.found;
}
