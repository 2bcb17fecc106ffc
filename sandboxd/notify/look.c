/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "notify/look.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

static int open_how(int dir, const char *path, uint64_t flags, uint64_t resolve)
{
        struct open_how how = { .flags = flags | O_CLOEXEC, .resolve = resolve };
        int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);

        return fd < 0 ? -errno : fd;
}

/* ---- The app's memory ---- */

/* Up to n bytes; how many, or -errno.  A page's end may be the end of what there is. */
static ssize_t read_memory(pid_t pid, uint64_t address, void *bytes, size_t n)
{
        struct iovec here = { bytes, n }, there = { (void *)(uintptr_t)address, n };
        ssize_t got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        size_t to_page = 4096 - address % 4096;

        if (got < 0 && errno == EFAULT && to_page < n) {
                here.iov_len = there.iov_len = to_page;
                got = process_vm_readv(pid, &here, 1, &there, 1, 0);
        }
        return got < 0 ? -errno : got;
}

static int read_path(pid_t pid, uint64_t address, char path[PATH_MAX])
{
        ssize_t n = address == 0 ? -EFAULT : read_memory(pid, address, path, PATH_MAX);

        if (n < 0)
                return (int)n;
        return memchr(path, '\0', (size_t)n) == NULL ? -ENAMETOOLONG : *path == '\0' ? -ENOENT : 0;
}

/* A path of the file system; an abstract one is nothing that a profile shows. */
static int read_socket(pid_t pid, uint64_t address, uint64_t n_address, char path[PATH_MAX])
{
        struct sockaddr_un un = { 0 };
        size_t n = n_address < sizeof un ? (size_t)n_address : sizeof un;
        ssize_t got = read_memory(pid, address, &un, n);

        if (got < (ssize_t)offsetof(struct sockaddr_un, sun_path) + 1)
                return got < 0 ? (int)got : -EINVAL;
        if (un.sun_family != AF_UNIX || un.sun_path[0] == '\0')
                return -EAFNOSUPPORT;
        (void)snprintf(path, PATH_MAX, "%.*s", (int)sizeof un.sun_path, un.sun_path);
        return 0;
}

/* ---- Paths ---- */

void look_normalize(char *path)
{
        size_t n = 0;

        for (const char *p = path; *p != '\0';) {
                size_t n_part;

                p += strspn(p, "/");
                n_part = strcspn(p, "/");
                if (n_part == 2 && p[0] == '.' && p[1] == '.') {
                        while (n > 0 && path[--n] != '/')
                                ;
                } else if (n_part > 0 && !(n_part == 1 && *p == '.')) {
                        path[n++] = '/';
                        memmove(path + n, p, n_part);
                        n += n_part;
                }
                p += n_part;
        }
        if (n == 0)
                path[n++] = '/';
        path[n] = '\0';
}

bool look_is_box_own(const char *path, const char *home)
{
        size_t n_home = strlen(home);
        static const char *const own[] = { "/usr", "/lib",  "/lib64",   "/lib32",     "/libx32",
                                           "/bin", "/sbin", "/etc",     "/proc",      "/sys",
                                           "/dev", "/tmp",  "/var/tmp", "/run/oriel", "/.flatpak-info" };

        /* Wherever that lies. */
        if (n_home > 1 && strncmp(path, home, n_home) == 0 && (path[n_home] == '\0' || path[n_home] == '/'))
                return false;
        for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
                size_t n = strlen(own[i]);

                if (strncmp(path, own[i], n) == 0 && (path[n] == '\0' || path[n] == '/'))
                        return true;
        }
        return false;
}

/* In front of a relative path stands the directory that it begins at, as the app's box names it. */
static int make_absolute(pid_t pid, int dir, char path[PATH_MAX])
{
        char link[64], whole[2 * PATH_MAX];
        ssize_t n;

        if (*path != '/') {
                if (dir == AT_FDCWD)
                        (void)snprintf(link, sizeof link, "/proc/%d/cwd", pid);
                else
                        (void)snprintf(link, sizeof link, "/proc/%d/fd/%d", pid, dir);
                n = readlink(link, whole, PATH_MAX - 1);
                if (n <= 0 || *whole != '/')
                        return n < 0 ? -errno : -ENOENT;
                (void)snprintf(whole + n, sizeof whole - (size_t)n, "/%s", path);
                if (strlen(whole) >= PATH_MAX)
                        return -ENAMETOOLONG;
                memcpy(path, whole, strlen(whole) + 1);
        }
        look_normalize(path);
        return 0;
}

/* ---- Comparing ---- */

typedef enum Seen { SEEN_NOT, SEEN_READABLE, SEEN_WRITABLE } Seen;

static Seen see_fd(int fd)
{
        char path[32];
        struct statvfs fs = { 0 };

        if (fd < 0)
                return SEEN_NOT;
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        return fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) == 0 && access(path, W_OK) == 0 ? SEEN_WRITABLE
                                                                                                 : SEEN_READABLE;
}

/* What is to be made is judged by the directory that it would be made in. */
static Seen see(int root, const char *path, bool make)
{
        char above[PATH_MAX];
        CLEANUP(fd_closep)
        int fd = open_how(root, path, O_PATH, root == AT_FDCWD ? 0 : RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        char *slash;

        if (fd != -ENOENT || !make)
                return see_fd(fd);
        (void)snprintf(above, sizeof above, "%s", path);
        slash = strrchr(above, '/');
        slash[slash == above ? 1 : 0] = '\0';
        fd = open_how(root, above, O_PATH | O_DIRECTORY,
                      root == AT_FDCWD ? 0 : RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        return see_fd(fd);
}

static bool is_missing(const Look *look, pid_t pid)
{
        bool write = look->access == NOTIFY_WRITE, make = write;
        char link[64];
        CLEANUP(fd_closep) int root = -1;
        Seen box, host;

        (void)snprintf(link, sizeof link, "/proc/%d/root", pid);
        root = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root < 0)
                return false;
        box = see(root, look->path, make);
        if (box == SEEN_WRITABLE || (box == SEEN_READABLE && !write))
                return false;
        host = see(AT_FDCWD, look->path, make);
        return host > box && (!write || host == SEEN_WRITABLE || box == SEEN_NOT);
}

static NotifyAccess access_of_flags(int flags)
{
        return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0 ? NOTIFY_WRITE : NOTIFY_READ;
}

int look_at(Look *ret_look, const struct seccomp_notif *call, const char *home)
{
        const NotifyCall *row = notify_call_find(call->data.nr);
        pid_t pid = (pid_t)call->pid;
        struct open_how how = { 0 };
        int r;

        if (row == NULL)
                return -ENOSYS;
        *ret_look = (Look){ .access = row->access };
        if (row->access == NOTIFY_CONNECT)
                r = read_socket(pid, call->data.args[row->path], call->data.args[row->flags], ret_look->path);
        else
                r = read_path(pid, call->data.args[row->path], ret_look->path);
        if (r == 0)
                r = make_absolute(pid, row->dir < 0 ? AT_FDCWD : (int)call->data.args[row->dir], ret_look->path);
        if (r < 0)
                return r;
        if (row->access == NOTIFY_OPEN)
                ret_look->open_flags = (int)call->data.args[row->flags];
        else if (row->access == NOTIFY_OPEN2 && read_memory(pid, call->data.args[row->flags], &how, sizeof how) > 0)
                ret_look->open_flags = (int)how.flags;
        if (row->access == NOTIFY_OPEN || row->access == NOTIFY_OPEN2)
                ret_look->access = access_of_flags(ret_look->open_flags);
        ret_look->missing = !look_is_box_own(ret_look->path, home) && is_missing(ret_look, pid);
        return 0;
}
