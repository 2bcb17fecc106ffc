/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

#define STAGED "portal" /* below the instance's directory */

/* In the order of their removal. */
static const char *const names[] = { "bwrapinfo.json", "pid", "info" };

int instance_portal_open(int *ret_fd, const char *user_runtime, bool make)
{
        CLEANUP(fd_closep) int above = open(user_runtime, O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
        struct stat is = { 0 };

        if (above < 0 || (make && mkdirat(above, ".flatpak", 0700) < 0 && errno != EEXIST))
                return -errno;
        fd = openat(above, ".flatpak", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT)
                return -ENOENT;
        if (fd < 0 || fstat(fd, &is) < 0 || is.st_uid != geteuid() || (is.st_mode & 022) != 0)
                return INSTANCE_PORTAL_FOREIGN;
        *ret_fd = fd_steal(&fd);
        return 0;
}

void instance_portal_name(char ret_name[INSTANCE_PORTAL_NAME_SIZE], const char *id)
{
        (void)snprintf(ret_name, INSTANCE_PORTAL_NAME_SIZE, "%lu", strtoul(id, NULL, 16) & 0xffffffffUL);
}

static int open_at(int at, const char *name)
{
        int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

static int write_at(int dir_fd, const char *name, const void *bytes, size_t n)
{
        CLEANUP(fd_closep) int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : fd_write_all(fd, bytes, n);
}

/* The files of the open directory, and it by its name. */
static int remove_open(int dir_fd, int above_fd, const char *name)
{
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
                if (unlinkat(dir_fd, names[i], 0) < 0 && errno != ENOENT)
                        return -errno;
        if (unlinkat(above_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                return errno == EEXIST ? -ENOTEMPTY : -errno;
        return 0;
}

int instance_portal_unstage(int dir_fd)
{
        CLEANUP(fd_closep) int fd = open_at(dir_fd, STAGED);

        if (fd < 0)
                return fd == -ENOENT ? 0 : fd;
        return remove_open(fd, dir_fd, STAGED);
}

/* 0 with its inode's number. */
static int stage(uint64_t *ret_inode, int dir_fd, const void *identity, size_t n_identity, pid_t child_pid)
{
        CLEANUP(fd_closep) int fd = -1;
        char child[40], front[16];
        struct stat is = { 0 };
        int r;

        if (mkdirat(dir_fd, STAGED, 0700) < 0)
                return -errno;
        fd = open_at(dir_fd, STAGED);
        if (fd < 0)
                return fd;
        (void)snprintf(child, sizeof child, "{\"child-pid\": %d}\n", (int)child_pid);
        (void)snprintf(front, sizeof front, "%d", (int)getpid());
        if ((r = write_at(fd, "bwrapinfo.json", child, strlen(child))) < 0 ||
            (r = write_at(fd, "pid", front, strlen(front))) < 0 || (r = write_at(fd, "info", identity, n_identity)) < 0)
                return r;
        if (fstat(fd, &is) < 0)
                return -errno;
        *ret_inode = (uint64_t)is.st_ino;
        return 0;
}

int instance_portal_publish(
        InstanceInfo *info, int instances_fd, int flatpak_fd, const void *identity, size_t n_identity, pid_t child_pid)
{
        CLEANUP(fd_closep) int dir_fd = open_at(instances_fd, info->id);
        char name[INSTANCE_PORTAL_NAME_SIZE];
        int r;

        if (dir_fd < 0)
                return dir_fd;
        if (child_pid <= 0)
                return -EINVAL;
        instance_portal_name(name, info->id);
        r = stage(&info->portal, dir_fd, identity, n_identity, child_pid);
        if (r == 0)
                r = instance_info_write(info, instances_fd);
        if (r == 0 && renameat2(dir_fd, STAGED, flatpak_fd, name, RENAME_NOREPLACE) < 0)
                r = -errno;
        if (r == 0)
                return 0;
        (void)instance_portal_unstage(dir_fd);
        info->portal = 0;
        (void)instance_info_write(info, instances_fd);
        return r;
}

int instance_portal_withdraw(const InstanceInfo *info, int instances_fd, int flatpak_fd)
{
        CLEANUP(fd_closep) int fd = -1;
        char name[INSTANCE_PORTAL_NAME_SIZE];
        struct stat is = { 0 }, instances = { 0 };

        if (info->portal == 0)
                return 0;
        instance_portal_name(name, info->id);
        fd = open_at(flatpak_fd, name);
        if (fd == -ENOENT || fd == -ELOOP || fd == -ENOTDIR)
                return 0; /* gone, or not ours: ours is a directory */
        if (fd < 0)
                return fd;
        if (fstat(fd, &is) < 0 || fstat(instances_fd, &instances) < 0)
                return -errno;
        /* It came from the instance's directory by rename(2), so it is on the same filesystem. */
        if ((uint64_t)is.st_ino != info->portal || is.st_dev != instances.st_dev)
                return 0;
        return remove_open(fd, flatpak_fd, name);
}
