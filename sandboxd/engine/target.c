/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/kernel.h"

enum {
        WALK = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        BENEATH = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
        MAX_LINKS = 40, /* as in path_resolution(7) */
};

/* A walk under way: at (no links in it, "" is the top) is done, dir is open there, rest is to do. */
typedef struct Walk {
        const Builder *builder;
        const Tree *tree;
        char at[PATH_MAX], rest[PATH_MAX];
        int dir;
        unsigned n_links;
        bool refuse_last; /* a link as the last component */
} Walk;

void target_clear(Target *target)
{
        target->fd = fd_close(target->fd);
        target->parent = fd_close(target->parent);
}

static int trust_of(const Walk *walk, int fd, MountTrust *ret_trust)
{
        struct statx stx = { 0 };

        if (!walk->tree->contract && statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
                return -errno;
        *ret_trust = tree_trust(walk->tree, stx.stx_mnt_id);
        return 0;
}

/* May this link be followed?  In the host's directories a link of the caller's own user may be an app's: that app had
 * the directory as a writable grant in another box.  Where the caller is root that tells nothing, but what is mounted
 * read-only here is then at least not this app's. */
static bool is_followed(const Walk *walk, int link, uid_t owner)
{
        struct statvfs fs = { 0 };
        MountTrust trust = TRUST_HOME;

        if (trust_of(walk, link, &trust) < 0 || trust == TRUST_HOME)
                return false;
        if (trust == TRUST_OURS || owner != geteuid())
                return true;
        return walk->builder->root_caller && fstatvfs(link, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

/* Opens at again, after it was cut or set to the top. */
static int reopen(Walk *walk)
{
        int fd = kernel_openat2(walk->tree->root, *walk->at == '\0' ? "/" : walk->at, O_PATH | O_DIRECTORY, WALK);

        if (fd < 0)
                return fd;
        (void)fd_close(walk->dir);
        walk->dir = fd;
        return 0;
}

static int go_up(Walk *walk)
{
        char *slash = strrchr(walk->at, '/');

        if (slash != NULL)
                *slash = '\0';
        return reopen(walk);
}

static int follow(Walk *walk, int link)
{
        char text[PATH_MAX], joined[2 * PATH_MAX + 2];
        ssize_t n = readlinkat(link, "", text, sizeof text - 1);

        if (n < 0)
                return -errno;
        text[n] = '\0';
        if (++walk->n_links > MAX_LINKS)
                return -ELOOP;
        (void)snprintf(joined, sizeof joined, "%s/%s", text, walk->rest);
        if (strlen(joined) >= sizeof walk->rest)
                return -ENAMETOOLONG;
        memcpy(walk->rest, joined, strlen(joined) + 1);
        if (text[0] != '/')
                return 0;
        walk->at[0] = '\0';
        return reopen(walk);
}

/* Takes the next component off rest; false at the end. */
static bool next(Walk *walk, char name[NAME_MAX + 1], bool *ret_last, int *ret_error)
{
        const char *p = walk->rest + strspn(walk->rest, "/");
        size_t n = strcspn(p, "/");

        *ret_error = 0;
        if (n == 0)
                return false;
        if (n > NAME_MAX) {
                *ret_error = -ENAMETOOLONG;
                return false;
        }
        memcpy(name, p, n);
        name[n] = '\0';
        p += n + strspn(p + n, "/");
        *ret_last = *p == '\0';
        memmove(walk->rest, p, strlen(p) + 1);
        return true;
}

static int descend(Walk *walk, int fd, const char *name)
{
        size_t n = strlen(walk->at), n_name = strlen(name);

        if (n + n_name + 2 > sizeof walk->at)
                return -ENAMETOOLONG;
        walk->at[n] = '/';
        memcpy(walk->at + n + 1, name, n_name + 1);
        (void)fd_close(walk->dir);
        walk->dir = fd;
        return 0;
}

static int make_directory(const Walk *walk, const char *name)
{
        MountTrust trust = TRUST_HOST;
        int r = trust_of(walk, walk->dir, &trust);

        if (r < 0)
                return r;
        if (trust == TRUST_HOST)
                return -ENOENT;
        return mkdirat(walk->dir, name, walk->tree->parent_mode != 0 ? walk->tree->parent_mode : 0755) < 0 &&
                               errno != EEXIST
                       ? -errno
                       : 0;
}

/* One component.  1: the target is in *ret_target; 0: go on; -errno. */
static int step(Walk *walk, const char *name, bool last, bool make, Target *ret_target)
{
        CLEANUP(fd_closep) int fd = -1;
        struct stat st = { 0 };
        int r;

        if (strcmp(name, ".") == 0)
                return 0;
        if (strcmp(name, "..") == 0)
                return go_up(walk);
        fd = kernel_openat2(walk->dir, name, O_PATH | O_NOFOLLOW, WALK & ~RESOLVE_IN_ROOT);
        if (fd == -ENOENT && !last && make) {
                r = make_directory(walk, name);
                if (r < 0)
                        return r;
                fd = kernel_openat2(walk->dir, name, O_PATH | O_NOFOLLOW, WALK & ~RESOLVE_IN_ROOT);
        }
        if (fd < 0 && !(fd == -ENOENT && last))
                return fd;
        if (fd >= 0 && fstat(fd, &st) < 0)
                return -errno;
        if (fd >= 0 && S_ISLNK(st.st_mode) && last && walk->refuse_last) {
                ret_target->failed = "link";
                return -ELOOP;
        }
        if (fd >= 0 && S_ISLNK(st.st_mode))
                return is_followed(walk, fd, st.st_uid) ? follow(walk, fd) : -ELOOP;
        if (last) {
                r = trust_of(walk, walk->dir, &ret_target->trust);
                if (r < 0)
                        return r;
                ret_target->fd = fd < 0 ? -1 : fd_steal(&fd);
                ret_target->parent = fd_steal(&walk->dir);
                ret_target->type = st.st_mode & S_IFMT;
                memcpy(ret_target->name, name, strlen(name) + 1);
                return 1;
        }
        if (!S_ISDIR(st.st_mode))
                return -ENOTDIR;
        r = descend(walk, fd, name);
        fd = -1;
        return r;
}

static int walk_to(Walk *walk, bool make, Target *ret_target)
{
        char name[NAME_MAX + 1];
        bool last = false;
        int r = 0, error = 0;

        while (r == 0 && next(walk, name, &last, &error))
                r = step(walk, name, last, make, ret_target);
        if (r < 0 && !last && walk->tree->contract)
                ret_target->failed = "parents";
        if (r != 0 || error != 0)
                return r < 0 ? r : error;
        /* It ended in "..", "." or the top: a directory that is open already. */
        ret_target->fd = fd_steal(&walk->dir);
        ret_target->type = S_IFDIR;
        ret_target->top = *walk->at == '\0';
        return 0;
}

/* Nothing is at dest and no link on the way to where the way ends: is that in the last component only?  1: it is, and
 * the target is the name in its directory; 0: no; -errno. */
static int find_parent(const Walk *walk, const char *dest, Target *ret_target)
{
        const char *slash = strrchr(dest, '/'), *name = slash == NULL ? dest : slash + 1;
        char parent[PATH_MAX];
        int fd, r;

        if (slash == NULL || *name == '\0' || strlen(name) > NAME_MAX || strcmp(name, ".") == 0 ||
            strcmp(name, "..") == 0)
                return 0;
        memcpy(parent, dest, (size_t)(slash - dest));
        parent[slash - dest] = '\0';
        fd = kernel_openat2(walk->tree->root, *parent == '\0' ? "/" : parent, O_PATH | O_DIRECTORY, WALK);
        if (fd < 0)
                return 0;
        ret_target->parent = fd;
        memcpy(ret_target->name, name, strlen(name) + 1);
        r = trust_of(walk, fd, &ret_target->trust);
        return r < 0 ? r : 1;
}

static int
find(const Builder *builder, const Tree *tree, const char *dest, bool make, bool refuse_last, Target *ret_target)
{
        Walk walk = { .builder = builder, .tree = tree, .dir = -1, .refuse_last = refuse_last };
        struct stat st = { 0 };
        int r = 0;

        *ret_target = (Target){ .fd = -1, .parent = -1 };
        if (strlen(dest) >= sizeof walk.rest)
                return -ENAMETOOLONG;
        /* Nearly always it is there, with no link on the way. */
        ret_target->fd = kernel_openat2(tree->root, dest, O_PATH, WALK);
        if (ret_target->fd >= 0) {
                if (fstat(ret_target->fd, &st) < 0)
                        return -errno;
                ret_target->type = st.st_mode & S_IFMT;
                ret_target->top = dest[strspn(dest, "/")] == '\0';
                return 0;
        }
        if (ret_target->fd == -ENOENT)
                r = find_parent(&walk, dest, ret_target);
        ret_target->fd = -1;
        if (r != 0)
                return r < 0 ? r : 0;
        memcpy(walk.rest, dest, strlen(dest) + 1);
        r = reopen(&walk);
        if (r == 0)
                r = walk_to(&walk, make, ret_target);
        (void)fd_close(walk.dir);
        return r;
}

int target_find(const Builder *builder, const Tree *tree, const char *dest, bool make, Target *ret_target)
{
        return find(builder, tree, dest, make, false, ret_target);
}

static int make_object(Target *target, bool directory)
{
        CLEANUP(fd_closep) int fd = -1;

        if (target->trust == TRUST_HOST)
                return -ENOENT;
        if (directory) {
                if (mkdirat(target->parent, target->name, 0755) < 0)
                        return -errno;
                target->fd = kernel_openat2(target->parent, target->name, O_PATH | O_DIRECTORY, BENEATH);
        } else {
                fd = openat(target->parent, target->name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
                if (fd < 0)
                        return -errno;
                target->fd = kernel_openat2(target->parent, target->name, O_PATH, BENEATH);
        }
        target->type = directory ? S_IFDIR : S_IFREG;
        return target->fd < 0 ? target->fd : 0;
}

static int
make(const Builder *builder, const Tree *tree, const char *dest, bool directory, bool refuse_last, Target *ret_target)
{
        int r = find(builder, tree, dest, true, refuse_last, ret_target);

        if (r == 0 && ret_target->fd < 0)
                r = make_object(ret_target, directory);
        else if (r == 0 && directory && ret_target->type != S_IFDIR)
                r = -ENOTDIR;
        else if (r == 0 && !directory && ret_target->type == S_IFDIR)
                r = -EISDIR;
        if (r < 0)
                target_clear(ret_target);
        return r;
}

int target_make(const Builder *builder, const Tree *tree, const char *dest, bool directory, Target *ret_target)
{
        return make(builder, tree, dest, directory, false, ret_target);
}

int target_make_mount_point(
        const Builder *builder, const Tree *tree, const char *dest, bool directory, Target *ret_target)
{
        return make(builder, tree, dest, directory, tree->contract && !tree->follow_last, ret_target);
}
