/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/apply.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/tree.h"
#include "review/content.h"
#include "review/places.h"

enum { MODE_BITS = 0777 };

/* The directory that path lies in, opened below dir; *ret_name is its last part.  With like >= 0 what is missing on the
 * way is made, with the modes that the directories have there. */
static int open_above(int dir, const char *path, int like, const char **ret_name)
{
        g_autofree char *above = g_path_get_dirname(path);
        const char *slash = strrchr(path, '/');
        int fd;

        *ret_name = slash == NULL ? path : slash + 1;
        fd = review_open_at(dir, above, O_RDONLY | O_DIRECTORY);
        if (fd != -ENOENT || like < 0)
                return fd;
        for (char *at = above; at != NULL; at = strchr(at + 1, '/')) {
                g_autofree char *part = at == above ? g_strndup(above, strcspn(above, "/"))
                                                    : g_strndup(above, (gsize)(at - above) + 1 + strcspn(at + 1, "/"));
                CLEANUP(fd_closep) int parent = -1, made = -1, model = -1;
                const char *name = NULL;
                struct stat st;

                made = review_open_at(dir, part, O_RDONLY | O_DIRECTORY);
                if (made != -ENOENT)
                        continue;
                parent = open_above(dir, part, -1, &name);
                model = review_open_at(like, part, O_RDONLY | O_DIRECTORY);
                if (parent < 0)
                        return parent;
                if (model < 0 || fstat(model, &st) < 0)
                        return model < 0 ? model : -errno;
                if (mkdirat(parent, name, 0700) < 0 || fchmodat(parent, name, st.st_mode & MODE_BITS, 0) < 0)
                        return -errno;
        }
        return review_open_at(dir, above, O_RDONLY | O_DIRECTORY);
}

/* Is at dir/name what the change was found against? */
static gboolean is_as_found(int dir, const char *name, const struct stat *found)
{
        struct stat now;

        if (fstatat(dir, name, &now, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT && found->st_mode == 0;
        return found->st_mode != 0 && now.st_ino == found->st_ino && now.st_dev == found->st_dev &&
               (S_ISDIR(now.st_mode) || review_ctime(&now) == review_ctime(found));
}

static void temporary_name(char ret_name[32])
{
        (void)g_snprintf(ret_name, 32, ".oriel-%08x%08x", g_random_int(), g_random_int());
}

/* The file as a new one without a name, where that can be, so that nothing is left of a copy that is cut short. */
static int make_unnamed(int dir, int from, const struct stat *st, char ret_name[32])
{
        CLEANUP(fd_closep) int fd = openat(dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
        gboolean named = fd < 0;
        char place[32];
        int r;

        temporary_name(ret_name);
        if (fd < 0)
                fd = openat(dir, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = tree_copy_bytes(from, fd);
        if (r == 0 && (fchmod(fd, st->st_mode & MODE_BITS) < 0 ||
                       futimens(fd, (const struct timespec[]){ st->st_atim, st->st_mtim }) < 0))
                r = -errno;
        (void)g_snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
        if (r == 0 && !named && linkat(AT_FDCWD, place, dir, ret_name, AT_SYMLINK_FOLLOW) < 0)
                r = -errno;
        if (r < 0 && named)
                (void)unlinkat(dir, ret_name, 0);
        return r;
}

/* to/name becomes what from/path is, over what `over` says is there. */
static int
put(int from, const char *path, const struct stat *expected, int to, const char *name, const struct stat *over)
{
        char new_name[32];
        struct stat st;
        int r;

        if (S_ISLNK(expected->st_mode)) {
                gsize n = 0;
                g_autofree char *target = content_read(from, path, &n);

                temporary_name(new_name);
                r = target == NULL ? -EIO : symlinkat(target, to, new_name) < 0 ? -errno : 0;
        } else if (S_ISREG(expected->st_mode)) {
                CLEANUP(fd_closep) int fd = review_open_at(from, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

                if (fd < 0 || fstat(fd, &st) < 0)
                        return fd < 0 ? fd : -errno;
                /* What was shown is what is taken. */
                if (!S_ISREG(st.st_mode) || st.st_ino != expected->st_ino ||
                    review_ctime(&st) != review_ctime(expected))
                        return -ESTALE;
                r = make_unnamed(to, fd, &st, new_name);
        } else
                return -ENOTSUP;
        if (r < 0)
                return r;
        if (!is_as_found(to, name, over))
                r = -ESTALE;
        else if (renameat(to, new_name, to, name) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(to, new_name, 0);
        return r;
}

static int set_mode(int dir, const char *path, mode_t mode)
{
        CLEANUP(fd_closep) int fd = review_open_at(dir, path, O_RDONLY | O_DIRECTORY);

        return fd < 0 ? fd : fchmod(fd, mode & MODE_BITS) < 0 ? -errno : 0;
}

static int remove_at(int dir, const char *path, const struct stat *found)
{
        const char *name = NULL;
        CLEANUP(fd_closep) int above = open_above(dir, path, -1, &name);

        if (above == -ENOENT)
                return 0;
        if (above < 0)
                return above;
        if (!is_as_found(above, name, found))
                return faccessat(above, name, F_OK, AT_SYMLINK_NOFOLLOW) < 0 ? 0 : -ESTALE;
        return unlinkat(above, name, S_ISDIR(found->st_mode) ? AT_REMOVEDIR : 0) < 0 ? -errno : 0;
}

/* Would lower show through in upper at that path: an overlay, and no directory above it hides all that lower has? */
static gboolean shows_through(const ReviewSet *set, const char *path)
{
        for (const char *at = strchr(path, '/'); !set->copy; at = strchr(at + 1, '/')) {
                g_autofree char *part = at == NULL ? NULL : g_strndup(path, (gsize)(at - path));
                CLEANUP(fd_closep)
                int fd = part == NULL ? -1 : review_open_at(set->upper, part, O_RDONLY | O_DIRECTORY);
                char value[2] = "";

                if (at == NULL)
                        return TRUE;
                if (fd < 0 || (fgetxattr(fd, "user.overlay.opaque", value, sizeof value) == 1 && *value == 'y'))
                        return fd == -ENOENT;
        }
        return FALSE;
}

/* What is the person's now need not be kept: the app sees it through the overlay.  It may have more to it: what took
 * the place of something that went has a change of its own. */
static void forget(const ReviewSet *set, const ReviewChange *change)
{
        const char *name = NULL;
        CLEANUP(fd_closep)
        int above = shows_through(set, change->path) ? open_above(set->upper, change->path, -1, &name) : -1;
        struct stat st;

        if (above >= 0 && fstatat(above, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            (change->new.st_mode != 0 ? st.st_ino == change->new.st_ino : S_ISCHR(st.st_mode)))
                (void)unlinkat(above, name, 0);
}

static int apply(ReviewSet *set, const ReviewChange *change)
{
        const char *name = NULL;
        CLEANUP(fd_closep) int above = -1;

        if (change->kind == REVIEW_DELETED)
                return remove_at(set->lower, change->path, &change->old);
        if (S_ISDIR(change->new.st_mode) && change->old.st_mode != 0)
                return set_mode(set->lower, change->path, change->new.st_mode);
        above = open_above(set->lower, change->path, set->upper, &name);
        if (above < 0)
                return above;
        if (!S_ISDIR(change->new.st_mode))
                return put(set->upper, change->path, &change->new, above, name, &change->old);
        if (mkdirat(above, name, 0700) < 0 && errno != EEXIST)
                return -errno;
        return set_mode(set->lower, change->path, change->new.st_mode);
}

int review_apply(ReviewSet *set, const ReviewChange *change)
{
        int r = apply(set, change);

        if (r == 0 && !S_ISDIR(change->new.st_mode))
                forget(set, change);
        return r;
}

/* ---- Discarding ---- */

int review_discard(ReviewSet *set, const ReviewChange *change)
{
        const char *name = NULL;
        CLEANUP(fd_closep) int above = -1;
        struct stat now = { 0 };

        if (S_ISDIR(change->new.st_mode) && S_ISDIR(change->old.st_mode))
                return set_mode(set->upper, change->path, change->old.st_mode);
        above = open_above(set->upper, change->path, set->lower, &name);
        if (above < 0)
                return above;
        /* Where the person has nothing, or lower shows through, there is only something to take away. */
        if (change->old.st_mode == 0 || shows_through(set, change->path))
                return tree_remove(above, name);
        if (S_ISDIR(change->old.st_mode))
                return mkdirat(above, name, 0700) < 0 && errno != EEXIST
                               ? -errno
                               : set_mode(set->upper, change->path, change->old.st_mode);
        if (fstatat(above, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(now.st_mode)) {
                int r = tree_remove(above, name);

                if (r < 0)
                        return r;
                now.st_mode = 0;
        }
        return put(set->lower, change->path, &change->old, above, name, &now);
}
