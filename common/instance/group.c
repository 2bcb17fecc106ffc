/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "instance/group.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "ids/instance-id.h"

#define PREFIX "oriel-"
static const char controllers[] = "+cpu +memory +pids\n";

enum {
        MAX_FILE = 65536, /* cgroup.procs of a crowded group; what is asked of it is whether it is empty */
        TRIES = 100,      /* ms until a killed group is empty */
};

static bool is_cgroup2(int fd)
{
        struct statfs fs = { 0 };

        return fstatfs(fd, &fs) == 0 && (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
}

/* A file's text (malloc), or NULL. */
static char *read_file(int directory, const char *name)
{
        CLEANUP(fd_closep) int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        char *text = NULL;
        size_t n = 0;

        return fd >= 0 && fd_read_all(fd, MAX_FILE, &text, &n) == 0 ? text : NULL;
}

static int write_file(int group, const char *name, const char *text)
{
        CLEANUP(fd_closep) int fd = openat(group, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

        /* Not fd_write_all(): a value is one write(2). */
        if (fd < 0 || write(fd, text, strlen(text)) < 0)
                return -errno;
        return 0;
}

static int open_mount(const char **ret_path)
{
        static const char *const places[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
                int fd = open(places[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

                if (fd >= 0 && is_cgroup2(fd)) {
                        *ret_path = places[i];
                        return fd;
                }
                (void)fd_close(fd);
        }
        return -ENOENT;
}

int instance_group_own(Buffer *ret_path)
{
        const char *mount = NULL;
        CLEANUP(fd_closep) int top = open_mount(&mount);
        CLEANUP(freep) char *text = NULL;

        if (top < 0)
                return top;
        text = read_file(AT_FDCWD, "/proc/self/cgroup");
        if (text == NULL)
                return -ENOENT;
        for (const char *line = text; *line != '\0';) {
                size_t length = strcspn(line, "\n");

                if (strncmp(line, "0::/", 4) == 0) {
                        buffer_add_text(ret_path, mount);
                        if (length > 4)
                                buffer_add(ret_path, line + 3, length - 3);
                        return buffer_text(ret_path) == NULL ? -ENOMEM : 0;
                }
                line += length + (line[length] == '\n' ? 1 : 0);
        }
        return -ENOENT;
}

/* Is a word in a line of words? */
static bool has_word(const char *text, const char *word)
{
        size_t n = strlen(word);

        for (const char *at = text == NULL ? NULL : strstr(text, word); at != NULL; at = strstr(at + n, word))
                if ((at == text || at[-1] == ' ') && strchr(" \n", at[n]) != NULL)
                        return true;
        return false;
}

static bool has_controllers(int group, const char *file)
{
        CLEANUP(freep) char *text = read_file(group, file);

        return text != NULL && has_word(text, "memory") && has_word(text, "cpu") && has_word(text, "pids");
}

/* 0: a group with limits can be made in it; -EOPNOTSUPP: one without. */
static int judge(int group)
{
        CLEANUP(freep) char *processes = NULL;

        if (faccessat(group, ".", W_OK, 0) < 0 || faccessat(group, "cgroup.procs", W_OK, 0) < 0 ||
            faccessat(group, "cgroup.subtree_control", W_OK, 0) < 0)
                return -EACCES;
        if (has_controllers(group, "cgroup.subtree_control"))
                return 0;
        /* They can be switched on only where no process is (cgroups(7), "no internal processes"). */
        processes = read_file(group, "cgroup.procs");
        return has_controllers(group, "cgroup.controllers") && processes != NULL && *processes == '\0' ? 0
                                                                                                       : -EOPNOTSUPP;
}

int instance_group_place(Buffer *ret_path)
{
        CLEANUP(buffer_clear) Buffer own = BUFFER_INIT;
        int r = instance_group_own(&own), best = -EACCES;

        if (r < 0)
                return r == -ENOENT ? -EACCES : r;
        for (;;) {
                const char *path = buffer_text(&own);
                CLEANUP(fd_closep) int group = path == NULL ? -1 : open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
                char *slash;

                if (group < 0 || !is_cgroup2(group))
                        return best;
                r = judge(group);
                if (r == 0) {
                        buffer_add_text(ret_path, own.bytes);
                        return buffer_text(ret_path) == NULL ? -ENOMEM : 0;
                }
                if (r == -EACCES)
                        return best;
                best = r;
                slash = strrchr(own.bytes, '/');
                if (slash == own.bytes)
                        return best;
                *slash = '\0';
        }
}

static int set_limits(int group, const InstanceGroupLimits *limits)
{
        char text[64];
        int r = 0;

        if (limits->memory != 0) {
                (void)snprintf(text, sizeof text, "%" PRIu64 "\n", limits->memory);
                r = write_file(group, "memory.max", text);
                /* A kernel without swap has no such file. */
                if (r == 0 && (r = write_file(group, "memory.swap.max", "0\n")) == -ENOENT)
                        r = 0;
        }
        if (r == 0 && limits->pids != 0) {
                (void)snprintf(text, sizeof text, "%" PRIu32 "\n", limits->pids);
                r = write_file(group, "pids.max", text);
        }
        if (r == 0 && limits->cpu != 0) {
                (void)snprintf(text, sizeof text, "%" PRIu64 " 100000\n", (uint64_t)limits->cpu * 1000);
                r = write_file(group, "cpu.max", text);
        }
        return r;
}

int instance_group_make(const char *place, const char *id, const InstanceGroupLimits *limits, Buffer *ret_path)
{
        CLEANUP(fd_closep) int parent = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC), group = -1;
        bool any = limits->memory != 0 || limits->pids != 0 || limits->cpu != 0;
        char name[sizeof PREFIX + INSTANCE_ID_SIZE];
        int r = 0;

        if (parent < 0)
                return -errno;
        if (!is_cgroup2(parent) || !instance_id_is_valid(id))
                return -EINVAL;
        (void)snprintf(name, sizeof name, PREFIX "%s", id);
        if (any && !has_controllers(parent, "cgroup.subtree_control"))
                r = write_file(parent, "cgroup.subtree_control", controllers);
        if (r < 0)
                return r;
        if (mkdirat(parent, name, 0700) < 0)
                return -errno;
        group = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = group < 0 ? -errno : set_limits(group, limits);
        if (r == 0) {
                buffer_printf(ret_path, "%s/%s", place, name);
                r = buffer_text(ret_path) == NULL ? -ENOMEM : 0;
        }
        if (r < 0) {
                (void)unlinkat(parent, name, AT_REMOVEDIR);
                return r;
        }
        return fd_steal(&group);
}

int instance_group_remove(const char *path)
{
        const char *name = strrchr(path, '/');
        const struct timespec pause = { .tv_nsec = 1000000 };
        CLEANUP(fd_closep) int group = -1;

        if (name == NULL || strncmp(name + 1, PREFIX, sizeof PREFIX - 1) != 0 ||
            !instance_id_is_valid(name + sizeof PREFIX))
                return -EINVAL;
        group = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (group < 0)
                return errno == ENOENT ? 0 : -errno;
        if (!is_cgroup2(group))
                return -EINVAL;
        /* Before Linux 5.14 there is no such file; the keeper's end has ended them all the same. */
        (void)write_file(group, "cgroup.kill", "1\n");
        for (int i = 0; i < TRIES; i++) {
                if (rmdir(path) == 0 || errno == ENOENT)
                        return 0;
                if (errno != EBUSY)
                        return -errno;
                (void)nanosleep(&pause, NULL);
        }
        return -EBUSY;
}

uint64_t instance_group_oom_kills(int group)
{
        CLEANUP(freep) char *text = group < 0 ? NULL : read_file(group, "memory.events");
        const char *at;

        if (text == NULL)
                return 0;
        at = strstr(text, "oom_kill ");
        return at == NULL ? 0 : strtoull(at + strlen("oom_kill "), NULL, 10);
}
