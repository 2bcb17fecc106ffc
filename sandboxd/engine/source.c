/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/kernel.h"

enum { BENEATH = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };

uint64_t source_attributes(const PlanMount *mount)
{
        return MOUNT_ATTR_NOSUID | ((mount->flags & PLAN_MOUNT_DEVICE) != 0 ? 0 : MOUNT_ATTR_NODEV) |
               ((mount->flags & PLAN_MOUNT_RW) != 0 ? 0 : MOUNT_ATTR_RDONLY) |
               ((mount->flags & PLAN_MOUNT_NOEXEC) != 0 ? MOUNT_ATTR_NOEXEC : 0);
}

/* path's part below root, "." for root itself; NULL where it does not lie below. */
static const char *below(const char *path, const char *root)
{
        size_t n = strlen(root);

        while (n > 0 && root[n - 1] == '/')
                n--;
        if (strncmp(path, root, n) != 0 || (path[n] != '/' && path[n] != '\0'))
                return NULL;
        path += n;
        while (*path == '/')
                path++;
        return *path == '\0' ? "." : path;
}

/* Opens rest below root, making each missing directory.  A directory that is there must be ours: a link, or another
 * user's directory, is not taken for it. */
static int create_below(int root, const char *rest)
{
        CLEANUP(fd_closep) int dir = kernel_openat2(root, ".", O_PATH | O_DIRECTORY, BENEATH);
        char name[NAME_MAX + 1];

        while (dir >= 0 && *rest != '\0') {
                size_t n = strcspn(rest, "/");
                struct stat st = { 0 };
                int next;

                if (n >= sizeof name)
                        return -ENAMETOOLONG;
                memcpy(name, rest, n);
                name[n] = '\0';
                rest += n + strspn(rest + n, "/");
                if (mkdirat(dir, name, 0700) < 0 && errno != EEXIST)
                        return -errno;
                next = kernel_openat2(dir, name, O_PATH | O_DIRECTORY, BENEATH);
                if (next < 0)
                        return next;
                (void)fd_close(dir);
                dir = next;
                if (fstat(dir, &st) < 0)
                        return -errno;
                if (st.st_uid != geteuid())
                        return -EPERM;
        }
        return dir < 0 ? dir : fd_steal(&dir);
}

/* A mount namespace's copy cannot clone by a descriptor that is from outside it (open_tree(2)): go by the object's
 * path, and take what is there only if it is the very object. */
static int open_slot(int slot)
{
        CLEANUP(fd_closep) int fd = -1;
        struct stat want = { 0 }, have = { 0 };
        char link[32], path[PATH_MAX];
        ssize_t n;

        if (slot < 0)
                return -EBADF;
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", slot);
        n = readlink(link, path, sizeof path - 1);
        if (n < 0)
                return -errno;
        path[n] = '\0';
        fd = kernel_openat2(AT_FDCWD, path, O_PATH, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        if (fd < 0)
                return fd;
        if (fstat(slot, &want) < 0 || fstat(fd, &have) < 0)
                return -errno;
        if (want.st_dev != have.st_dev || want.st_ino != have.st_ino)
                return -ESTALE;
        return fd_steal(&fd);
}

int source_open_path(const char *path, const char *top, bool create)
{
        CLEANUP(fd_closep) int root = -1;
        const char *rest;

        if (top == NULL)
                return kernel_openat2(AT_FDCWD, path, O_PATH, RESOLVE_NO_MAGICLINKS);
        rest = below(path, top);
        if (rest == NULL)
                return -EINVAL;
        root = kernel_openat2(AT_FDCWD, top, O_PATH | O_DIRECTORY, RESOLVE_NO_MAGICLINKS);
        if (root < 0)
                return root;
        if (create)
                return create_below(root, strcmp(rest, ".") == 0 ? "" : rest);
        return kernel_openat2(root, rest, O_PATH, BENEATH);
}

/* As a path of mount(8) is resolved, which goes through the text of magic links. */
static int open_as_host(const char *path)
{
        CLEANUP(freep) char *real = NULL;
        int fd = kernel_openat2(AT_FDCWD, path, O_PATH, RESOLVE_NO_MAGICLINKS);

        if (fd != -ELOOP)
                return fd;
        real = realpath(path, NULL);
        if (real != NULL)
                return kernel_openat2(AT_FDCWD, real, O_PATH, RESOLVE_NO_MAGICLINKS);
        /* What has no name but that link: a namespace. */
        fd = open(path, O_PATH | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

int source_open(const PlanMount *mount, const Slots *slots)
{
        if (mount->slot != NULL)
                return open_slot(slots_get(slots, mount->slot));
        if ((mount->flags & PLAN_MOUNT_AS_HOST) != 0)
                return open_as_host(mount->source);
        return source_open_path(mount->source, mount->source_root, (mount->flags & PLAN_MOUNT_CREATE) != 0);
}
