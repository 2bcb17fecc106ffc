/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "review/content.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "review/places.h"

enum { PIECE = 64 * 1024 };

int review_open_at(int dir, const char *path, int flags)
{
        const struct open_how how = { .flags = (guint64)(flags | O_NOFOLLOW | O_CLOEXEC),
                                      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS };
        int fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof how);

        return fd < 0 ? -errno : fd;
}

static int open_file(int dir, const char *path)
{
        return review_open_at(dir, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
}

static gssize read_piece(int fd, char *bytes)
{
        gsize n = 0;

        while (n < PIECE) {
                gssize more = read(fd, bytes + n, PIECE - n);

                if (more < 0 && errno == EINTR)
                        continue;
                if (more < 0)
                        return -1;
                if (more == 0)
                        break;
                n += (gsize)more;
        }
        return (gssize)n;
}

static gboolean same_bytes(int a, int b)
{
        g_autofree char *first = g_malloc(PIECE), *second = g_malloc(PIECE);

        for (;;) {
                gssize n = read_piece(a, first), m = read_piece(b, second);

                if (n < 0 || n != m || memcmp(first, second, (gsize)n) != 0)
                        return FALSE;
                if (n < PIECE)
                        return TRUE;
        }
}

gboolean content_is_equal(int a, const char *path_a, int b, const char *path_b)
{
        CLEANUP(fd_closep) int first = open_file(a, path_a), second = open_file(b, path_b);
        struct stat st_a, st_b;

        return first >= 0 && second >= 0 && fstat(first, &st_a) == 0 && fstat(second, &st_b) == 0 &&
               S_ISREG(st_a.st_mode) && S_ISREG(st_b.st_mode) && st_a.st_size == st_b.st_size &&
               same_bytes(first, second);
}

gboolean content_is_same(int lower, const struct stat *old, int upper, const struct stat *new, const char *name)
{
        g_autofree char *first = NULL, *second = NULL;

        if ((old->st_mode & (S_IFMT | 0777)) != (new->st_mode &(S_IFMT | 0777)))
                return FALSE;
        if (S_ISREG(old->st_mode))
                return old->st_size == new->st_size &&content_is_equal(lower, name, upper, name);
        if (!S_ISLNK(old->st_mode))
                return old->st_rdev == new->st_rdev;
        first = content_read(lower, name, NULL);
        second = content_read(upper, name, NULL);
        return first != NULL && g_strcmp0(first, second) == 0;
}

static char *read_link(int dir, const char *path, gsize *ret_n)
{
        /* A link itself can be opened, as a path (openat(2)); then the empty name is it. */
        CLEANUP(fd_closep) int fd = -1;
        g_autofree char *above = g_path_get_dirname(path), *name = g_path_get_basename(path);
        char text[PATH_MAX];
        gssize n;

        fd = review_open_at(dir, above, O_PATH | O_DIRECTORY);
        n = fd < 0 ? -1 : readlinkat(fd, name, text, sizeof text);
        if (n < 0)
                return NULL;
        if (ret_n != NULL)
                *ret_n = (gsize)n;
        return g_strndup(text, (gsize)n);
}

char *content_read(int dir, const char *path, gsize *ret_n)
{
        CLEANUP(fd_closep) int fd = open_file(dir, path);
        CLEANUP(freep) char *bytes = NULL;
        struct stat st;
        gsize n = 0;
        char *copy;

        if (fd == -ELOOP)
                return read_link(dir, path, ret_n);
        if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > CONTENT_MAX ||
            fd_read_all(fd, CONTENT_MAX, &bytes, &n) < 0)
                return NULL;
        copy = g_malloc(n + 1);
        memcpy(copy, bytes, n);
        copy[n] = '\0';
        if (ret_n != NULL)
                *ret_n = n;
        return copy;
}

gint64 content_birth_at(int dir, const char *name)
{
        struct statx stx;

        if (dir < 0 || statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &stx) < 0 ||
            (stx.stx_mask & STATX_BTIME) == 0)
                return 0;
        return (gint64)stx.stx_btime.tv_sec * 1000000000 + stx.stx_btime.tv_nsec;
}
