/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum {
        MAX_DEPTH = 128, /* of what is copied: descriptors, three a level */
        REMOVE_DEPTH = 64,
        PIECE = 1 << 20,
        MODE_BITS = 0777,
};

static bool is_dot(const char *name)
{
        return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The directory's entries; NULL with errno. */
static DIR *list(int dir)
{
        int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *names = copy < 0 ? NULL : fdopendir(copy);

        if (names == NULL)
                (void)fd_close(copy);
        return names;
}

static int open_directory(int dir, const char *name)
{
        int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        return fd < 0 ? -errno : fd;
}

/* ---- Copying ---- */

typedef struct Copy {
        void (*tick)(void *data);
        void *data;
} Copy;

int tree_copy_bytes(int from, int to)
{
        if (ioctl(to, FICLONE, from) == 0)
                return 0;
        for (;;) {
                ssize_t n = copy_file_range(from, NULL, to, NULL, PIECE, 0);
                char bytes[65536];

                if (n == 0)
                        return 0;
                if (n > 0)
                        continue;
                if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP && errno != EBADF)
                        return -errno;
                n = read(from, bytes, sizeof bytes);
                if (n < 0 && errno == EINTR)
                        continue;
                if (n <= 0)
                        return n < 0 ? -errno : 0;
                if (fd_write_all(to, bytes, (size_t)n) < 0)
                        return -errno;
        }
}

static int copy_file(int from, const char *name, int to, const char *new_name)
{
        CLEANUP(fd_closep) int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        CLEANUP(fd_closep) int out = -1;
        struct stat st;
        int r;

        if (in < 0 || fstat(in, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -ENOTSUP;
        out = openat(to, new_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (out < 0)
                return -errno;
        r = tree_copy_bytes(in, out);
        if (r == 0 && (fchmod(out, st.st_mode & MODE_BITS) < 0 ||
                       futimens(out, (const struct timespec[]){ st.st_atim, st.st_mtim }) < 0))
                r = -errno;
        return r;
}

static int copy_link(int from, const char *name, int to, const char *new_name, const struct stat *st)
{
        char target[PATH_MAX];
        ssize_t n = readlinkat(from, name, target, sizeof target - 1);

        if (n < 0)
                return -errno;
        target[n] = '\0';
        if (symlinkat(target, to, new_name) < 0)
                return -errno;
        (void)utimensat(to, new_name, (const struct timespec[]){ st->st_atim, st->st_mtim }, AT_SYMLINK_NOFOLLOW);
        return 0;
}

static int copy_any(const Copy *copy, int from, const char *name, int to, const char *new_name, unsigned depth);

static int copy_directory(const Copy *copy,
                          int from,
                          const char *name,
                          int to,
                          const char *new_name,
                          const struct stat *st,
                          unsigned depth)
{
        CLEANUP(fd_closep) int in = -1, out = -1;
        const struct dirent *entry;
        DIR *names;
        int r = 0;

        if (depth > MAX_DEPTH)
                return -ELOOP;
        in = open_directory(from, name);
        if (in < 0)
                return in;
        if (mkdirat(to, new_name, 0700) < 0)
                return -errno;
        out = open_directory(to, new_name);
        if (out < 0)
                return out;
        names = list(in);
        if (names == NULL)
                return -errno;
        while (r == 0 && (entry = readdir(names)) != NULL)
                if (!is_dot(entry->d_name)) {
                        r = copy_any(copy, in, entry->d_name, out, entry->d_name, depth + 1);
                        /* It may go while we look. */
                        if (r == -ENOTSUP || r == -ENOENT)
                                r = 0;
                }
        (void)closedir(names);
        if (r == 0 && (fchmod(out, st->st_mode & MODE_BITS) < 0 ||
                       futimens(out, (const struct timespec[]){ st->st_atim, st->st_mtim }) < 0))
                r = -errno;
        return r;
}

static int copy_any(const Copy *copy, int from, const char *name, int to, const char *new_name, unsigned depth)
{
        struct stat st;

        if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        if (copy->tick != NULL)
                copy->tick(copy->data);
        if (S_ISDIR(st.st_mode))
                return copy_directory(copy, from, name, to, new_name, &st, depth);
        if (S_ISLNK(st.st_mode))
                return copy_link(from, name, to, new_name, &st);
        return S_ISREG(st.st_mode) ? copy_file(from, name, to, new_name) : -ENOTSUP;
}

int tree_copy(int from, const char *name, int to, const char *new_name, void (*tick)(void *data), void *data)
{
        return copy_any(&(Copy){ .tick = tick, .data = data }, from, name, to, new_name, 0);
}

/* ---- Removing ---- */

typedef struct Removal {
        int top;        /* where directories that lie too deep are moved to */
        unsigned moved; /* for their names */
        int fault;
} Removal;

static void remove_entry(Removal *removal, int dir, const char *name, unsigned depth);

static void remove_below(Removal *removal, int dir, unsigned depth)
{
        DIR *names = list(dir);
        const struct dirent *entry;

        if (names == NULL) {
                removal->fault = -errno;
                return;
        }
        while ((entry = readdir(names)) != NULL)
                if (!is_dot(entry->d_name))
                        remove_entry(removal, dir, entry->d_name, depth);
        (void)closedir(names);
}

static void remove_entry(Removal *removal, int dir, const char *name, unsigned depth)
{
        CLEANUP(fd_closep) int below = -1;

        if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
                return;
        if (errno != EISDIR && errno != EPERM) {
                removal->fault = -errno;
                return;
        }
        if (unlinkat(dir, name, AT_REMOVEDIR) == 0)
                return;
        if (depth > REMOVE_DEPTH) {
                char place[32];

                do
                        (void)snprintf(place, sizeof place, ".deep-%u", removal->moved++);
                while (faccessat(removal->top, place, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
                if (renameat(dir, name, removal->top, place) < 0)
                        removal->fault = -errno;
                return;
        }
        below = open_directory(dir, name);
        /* One that its owner may not look into. */
        if (below == -EACCES && fchmodat(dir, name, 0700, 0) == 0)
                below = open_directory(dir, name);
        if (below < 0) {
                removal->fault = below;
                return;
        }
        (void)fchmod(below, 0700);
        remove_below(removal, below, depth + 1);
        if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                removal->fault = -errno;
}

int tree_remove(int dir, const char *name)
{
        CLEANUP(fd_closep) int top = -1;
        Removal removal = { .top = -1 };
        unsigned moved;

        if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
                return 0;
        if (errno != EISDIR && errno != EPERM)
                return -errno;
        top = open_directory(dir, name);
        if (top == -EACCES && fchmodat(dir, name, 0700, 0) == 0)
                top = open_directory(dir, name);
        if (top < 0 || fchmod(top, 0700) < 0)
                return top < 0 ? top : -errno;
        removal.top = top;
        do {
                moved = removal.moved;
                removal.fault = 0;
                remove_below(&removal, top, 0);
        } while (removal.moved > moved);
        if (removal.fault < 0)
                return removal.fault;
        return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

int tree_is_empty(int dir, const char *name)
{
        CLEANUP(fd_closep) int fd = open_directory(dir, name);
        const struct dirent *entry;
        DIR *names = fd < 0 ? NULL : list(fd);
        int empty = 1;

        if (names == NULL)
                return fd < 0 ? fd : -errno;
        while (empty == 1 && (entry = readdir(names)) != NULL)
                if (!is_dot(entry->d_name))
                        empty = 0;
        (void)closedir(names);
        return empty;
}
