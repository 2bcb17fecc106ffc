/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cache/witness.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "wayland-helpers/globals.h"
#include "xserver-helpers/screen.h"

enum { MAX_PASSWD = 4 * 1024 * 1024 };

static int64_t nanoseconds(const struct timespec *time)
{
        return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static void look_at_path(Witness *witness)
{
        struct stat is;

        if (lstat(witness->name, &is) < 0)
                return;
        witness->there = true;
        witness->mode = is.st_mode;
        witness->uid = is.st_uid;
        witness->names_ns = S_ISDIR(is.st_mode) ? nanoseconds(&is.st_ctim) : 0;
        /* Another file of the same kind is as good: those of /etc are replaced whenever something in them changes. */
        if (witness->kind == WITNESS_PLACE && !S_ISDIR(is.st_mode) && !S_ISLNK(is.st_mode))
                return;
        witness->dev = is.st_dev;
        witness->ino = is.st_ino;
        /* A link's text can't be changed, but its inode's number can be another link's next. */
        if (witness->kind == WITNESS_NAMES || (witness->kind == WITNESS_PLACE && !S_ISLNK(is.st_mode)))
                return;
        witness->size = (uint64_t)is.st_size;
        witness->mtime_ns = nanoseconds(&is.st_mtim);
        witness->ctime_ns = nanoseconds(&is.st_ctim);
}

static void look_at_text(Witness *witness)
{
        int fd = open(witness->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        ssize_t n = fd < 0 ? -1 : read(fd, witness->text, WITNESS_TEXT_SIZE - 1);

        (void)fd_close(fd);
        witness->there = n >= 0;
        witness->text[n < 0 ? 0 : n] = '\0';
}

static void look_at_abstract(Witness *witness)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        size_t n = strlen(witness->name);
        int fd = -1;

        if (n + 1 > sizeof address.sun_path)
                return;
        fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        memcpy(address.sun_path + 1, witness->name, n);
        witness->there = fd >= 0 && (connect(fd, (const struct sockaddr *)&address,
                                             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n)) == 0 ||
                                     errno == EAGAIN);
        (void)fd_close(fd);
}

static void look_at_host(Witness *witness)
{
        struct utsname name;

        witness->there = uname(&name) == 0;
        if (witness->there)
                (void)snprintf(witness->text, sizeof witness->text, "%s", name.nodename);
}

/* "NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL"; what does not fit is as good as not there. */
static void look_at_user(Witness *witness)
{
        CLEANUP(fd_closep) int fd = open(WITNESS_PASSWD, O_RDONLY | O_CLOEXEC);
        CLEANUP(freep) char *text = NULL;
        const uid_t uid = getuid();
        size_t n = 0;

        if (fd < 0 || fd_read_all(fd, MAX_PASSWD, &text, &n) < 0)
                return;
        for (char *line = text, *next = NULL; line != NULL && !witness->there; line = next) {
                char *fields[7] = { 0 }, *end = NULL, *rest = line;
                size_t i = 0;

                next = strchr(line, '\n');
                if (next != NULL)
                        *next++ = '\0';
                while (i < 7 && (fields[i] = strsep(&rest, ":")) != NULL)
                        i++;
                if (i == 7 && strtoul(fields[2], &end, 10) == uid && *end == '\0')
                        witness->there = snprintf(witness->text, sizeof witness->text, "%s:%s", fields[0], fields[5]) <
                                         (int)sizeof witness->text;
        }
}

/* The number, and after it the file with the cookie, if there is one. */
static void look_at_screen(Witness *witness)
{
        const char *authority = strchr(witness->name, ':');
        size_t n = authority != NULL ? (size_t)(authority - witness->name) : 0;
        char number[8] = "";
        ScreenSize size = { 0 };

        if (n == 0 || n >= sizeof number)
                return;
        memcpy(number, witness->name, n);
        witness->there = screen_ask(&size, number, authority[1] != '\0' ? authority + 1 : NULL) == 0;
        if (witness->there)
                (void)snprintf(witness->text, sizeof witness->text, "%ux%u %u", size.width, size.height, size.dpi);
}

static void look_at_compositor(Witness *witness)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;

        witness->there = wayland_globals_ask(&names, witness->name) == 0 &&
                         wayland_globals_have(&names, WAYLAND_CONTEXT_MANAGER);
}

void witness_look(Witness *ret_witness, WitnessKind kind, const char *name)
{
        static void (*const looks[])(Witness * witness) = {
                [WITNESS_PLACE] = look_at_path,         [WITNESS_CONTENT] = look_at_path,
                [WITNESS_TEXT] = look_at_text,          [WITNESS_ABSTRACT] = look_at_abstract,
                [WITNESS_HOST] = look_at_host,          [WITNESS_USER] = look_at_user,
                [WITNESS_NAMES] = look_at_path,         [WITNESS_SCREEN] = look_at_screen,
                [WITNESS_WAYLAND] = look_at_compositor,
        };
        _Static_assert(sizeof looks / sizeof *looks == _WITNESS_MAX, "each kind is asked in its way");

        memset(ret_witness, 0, offsetof(Witness, text));
        ret_witness->text[0] = '\0';
        ret_witness->kind = kind;
        ret_witness->name = name;
        looks[kind](ret_witness);
}

bool witness_same(const Witness *a, const Witness *b)
{
        return a->kind == b->kind && (a->kind != WITNESS_NAMES || a->names_ns == b->names_ns) && a->there == b->there &&
               a->dev == b->dev && a->ino == b->ino && a->mode == b->mode && a->uid == b->uid && a->size == b->size &&
               a->mtime_ns == b->mtime_ns && a->ctime_ns == b->ctime_ns && strcmp(a->text, b->text) == 0 &&
               strcmp(a->name, b->name) == 0;
}
