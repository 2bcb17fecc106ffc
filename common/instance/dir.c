/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An instance's directory: made, read, judged alive, removed.  Every name is relative to a directory held by
 * descriptor, and none is followed: the directory is ours alone (0700), but a mistake elsewhere must not become a wrong
 * unlink. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/group.h"
#include "instance/instance.h"
#include "instance/portal.h"

static const char *const known_names[] = { INSTANCE_INFO, INSTANCE_INFO_NEW, INSTANCE_CONTROL,
                                           INSTANCE_LOCK, INSTANCE_XPRA,     INSTANCE_WAYLAND };

/* A description of our own of the `instances` directory: flock(2) belongs to the description, not to the process. */
static int lock_instances(int instances_fd, int operation)
{
        CLEANUP(fd_closep) int fd = openat(instances_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return -errno;
        while (flock(fd, operation) < 0)
                if (errno != EINTR)
                        return -errno;
        return fd_steal(&fd);
}

static int open_dir(int instances_fd, const char *id)
{
        int fd;

        if (!instance_id_is_valid(id))
                return -EINVAL;
        fd = openat(instances_fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

static int take_lock(int dir_fd)
{
        CLEANUP(fd_closep)
        int fd = openat(dir_fd, INSTANCE_LOCK, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd < 0)
                return -errno;
        while (flock(fd, LOCK_EX) < 0)
                if (errno != EINTR)
                        return -errno;
        return fd_steal(&fd);
}

int instance_dir_make(int instances_fd, const char *id, int *ret_dir_fd, int *ret_lock_fd)
{
        CLEANUP(fd_closep) int guard = -1, dir_fd = -1, lock_fd = -1;

        if (!instance_id_is_valid(id))
                return -EINVAL;
        guard = lock_instances(instances_fd, LOCK_SH);
        if (guard < 0)
                return guard;
        if (mkdirat(instances_fd, id, 0700) < 0)
                return -errno;
        dir_fd = open_dir(instances_fd, id);
        lock_fd = dir_fd < 0 ? dir_fd : take_lock(dir_fd);
        if (lock_fd < 0) {
                /* Perhaps for want of descriptors: removing needs one. */
                guard = fd_close(guard);
                (void)instance_dir_remove(instances_fd, id);
                return lock_fd;
        }
        *ret_dir_fd = fd_steal(&dir_fd);
        *ret_lock_fd = fd_steal(&lock_fd);
        return 0;
}

/* 0: nobody holds it; -EBUSY; other -errno: not known. */
static int is_free(int instances_fd, const char *id)
{
        CLEANUP(fd_closep) int dir_fd = open_dir(instances_fd, id), fd = -1;

        if (dir_fd < 0)
                return dir_fd == -ENOENT ? 0 : dir_fd;
        fd = openat(dir_fd, INSTANCE_LOCK, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOENT ? 0 : -errno;
        if (flock(fd, LOCK_SH | LOCK_NB) < 0)
                return errno == EWOULDBLOCK ? -EBUSY : -errno;
        return 0;
}

bool instance_dir_is_alive(int instances_fd, const char *id)
{
        return is_free(instances_fd, id) < 0;
}

static void remove_group(int instances_fd, const char *id)
{
        InstanceInfo info = { 0 };

        if (instance_info_read(&info, instances_fd, id) < 0)
                return;
        if (info.cgroup != NULL)
                (void)instance_group_remove(info.cgroup);
        instance_info_clear(&info);
}

int instance_dir_remove(int instances_fd, const char *id)
{
        CLEANUP(fd_closep) int dir_fd = open_dir(instances_fd, id);

        if (dir_fd < 0)
                return dir_fd == -ENOENT ? 0 : dir_fd;
        remove_group(instances_fd, id);
        for (size_t i = 0; i < sizeof known_names / sizeof *known_names; i++)
                if (unlinkat(dir_fd, known_names[i], 0) < 0 && errno != ENOENT)
                        return -errno;
        (void)instance_portal_unstage(dir_fd); /* what is left of it, rmdir(2) tells */
        if (unlinkat(instances_fd, id, AT_REMOVEDIR) < 0 && errno != ENOENT)
                return errno == EEXIST ? -ENOTEMPTY : -errno;
        return 0;
}

/* Without a readable `info` it can't be told what is ours. */
static void withdraw_portal(int instances_fd, int flatpak_fd, const char *id)
{
        InstanceInfo info = { 0 };

        if (flatpak_fd < 0 || instance_info_read(&info, instances_fd, id) < 0)
                return;
        (void)instance_portal_withdraw(&info, instances_fd, flatpak_fd);
        instance_info_clear(&info);
}

int instance_dir_reap(int instances_fd, int flatpak_fd, const char *id)
{
        CLEANUP(fd_closep) int guard = lock_instances(instances_fd, LOCK_EX);
        int r;

        if (guard < 0)
                return guard;
        r = is_free(instances_fd, id);
        if (r < 0)
                return r;
        withdraw_portal(instances_fd, flatpak_fd, id);
        return instance_dir_remove(instances_fd, id);
}

size_t instance_dir_reap_all(int instances_fd, int flatpak_fd)
{
        int copy = openat(instances_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *directory = copy < 0 ? NULL : fdopendir(copy);
        size_t n = 0;

        if (directory == NULL) {
                (void)fd_close(copy);
                return 0;
        }
        for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
                if (instance_id_is_valid(entry->d_name) &&
                    instance_dir_reap(instances_fd, flatpak_fd, entry->d_name) == 0)
                        n++;
        (void)closedir(directory);
        return n;
}

int instance_info_read(InstanceInfo *ret_info, int instances_fd, const char *id)
{
        CLEANUP(fd_closep) int dir_fd = open_dir(instances_fd, id), fd = -1;
        CLEANUP(freep) char *bytes = NULL;
        InstanceInfo info = { 0 };
        struct stat st;
        size_t n = 0;
        int r;

        if (dir_fd < 0)
                return dir_fd;
        fd = openat(dir_fd, INSTANCE_INFO, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EINVAL;
        r = fd_read_all(fd, INSTANCE_INFO_MAX, &bytes, &n);
        if (r < 0)
                return r == -EFBIG ? -EINVAL : r;
        r = instance_info_parse(&info, bytes, n);
        if (r < 0)
                return r;
        if (strcmp(info.id, id) != 0) {
                instance_info_clear(&info);
                return -EINVAL;
        }
        *ret_info = info;
        return 0;
}

int instance_info_write(const InstanceInfo *info, int instances_fd)
{
        CLEANUP(fd_closep) int dir_fd = open_dir(instances_fd, info->id), fd = -1;
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        int r;

        if (dir_fd < 0)
                return dir_fd;
        instance_info_print(info, &bytes);
        if (bytes.failed)
                return -ENOMEM;
        fd = openat(dir_fd, INSTANCE_INFO_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        r = fd_write_all(fd, bytes.bytes, bytes.n);
        if (r == 0 && renameat(dir_fd, INSTANCE_INFO_NEW, dir_fd, INSTANCE_INFO) < 0)
                r = -errno;
        if (r < 0)
                (void)unlinkat(dir_fd, INSTANCE_INFO_NEW, 0);
        return r;
}

uint64_t instance_process_start(pid_t pid)
{
        CLEANUP(fd_closep) int fd = -1;
        CLEANUP(freep) char *text = NULL;
        char path[40];
        const char *p;
        size_t n = 0;

        (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || fd_read_all(fd, 4096, &text, &n) < 0)
                return 0;
        /* The name, field 2, is the process's own choice and may hold anything: the last ')' ends it. */
        p = strrchr(text, ')');
        for (int field = 2; p != NULL && field < 22; field++)
                p = strchr(p + 1, ' ');
        return p == NULL ? 0 : (uint64_t)strtoumax(p + 1, NULL, 10);
}
