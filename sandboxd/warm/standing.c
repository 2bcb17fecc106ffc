/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/standing.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { WHICH_PERSONALITY = -1 };

#ifndef PR_GET_MDWE
#define PR_GET_MDWE 66 /* Linux 6.3 */
#endif

static void add_number(Buffer *buffer, int64_t number)
{
        buffer_add(buffer, &number, sizeof number);
}

static void add_object(Buffer *buffer, const char *path)
{
        struct stat st = { 0 };

        if (stat(path, &st) < 0) {
                add_number(buffer, -errno);
                return;
        }
        add_number(buffer, (int64_t)st.st_dev);
        add_number(buffer, (int64_t)st.st_ino);
}

static void add_text(Buffer *buffer, const char *path)
{
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        char bytes[4096];
        ssize_t n = fd < 0 ? -errno : read(fd, bytes, sizeof bytes);

        add_number(buffer, n < 0 ? -errno : n);
        if (n > 0)
                buffer_add(buffer, bytes, (size_t)n);
}

static void add_ids(Buffer *buffer)
{
        uid_t uids[3] = { 0 };
        gid_t gids[3] = { 0 }, *groups;
        int n = getgroups(0, NULL);

        (void)getresuid(&uids[0], &uids[1], &uids[2]);
        (void)getresgid(&gids[0], &gids[1], &gids[2]);
        buffer_add(buffer, uids, sizeof uids);
        buffer_add(buffer, gids, sizeof gids);
        add_number(buffer, n);
        groups = n > 0 ? calloc((size_t)n, sizeof *groups) : NULL;
        if (groups != NULL && getgroups(n, groups) == n)
                buffer_add(buffer, groups, (size_t)n * sizeof *groups);
        free(groups);
}

void standing_add(Buffer *buffer)
{
        static const char *const objects[] = {
                "/proc/self/ns/user",   "/proc/self/ns/mnt",  "/proc/self/ns/pid",
                "/proc/self/ns/net",    "/proc/self/ns/ipc",  "/proc/self/ns/uts",
                "/proc/self/ns/cgroup", "/proc/self/ns/time", "/",
        };
        static const char *const texts[] = { "/proc/self/cgroup", "/proc/self/attr/current", "/proc/self/oom_score_adj",
                                             "/proc/self/coredump_filter", "/proc/self/sessionid" };
        static const int questions[] = { PR_GET_NO_NEW_PRIVS, PR_GET_SECCOMP,     PR_GET_SECUREBITS,
                                         PR_GET_TIMERSLACK,   PR_GET_THP_DISABLE, PR_GET_MDWE };

        add_ids(buffer);
        for (size_t i = 0; i < sizeof objects / sizeof *objects; i++)
                add_object(buffer, objects[i]);
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
                add_text(buffer, texts[i]);
        for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
                add_number(buffer, prctl(questions[i], 0, 0, 0, 0));
        add_number(buffer, sched_getscheduler(0));
        add_number(buffer, personality((unsigned long)WHICH_PERSONALITY & 0xffffffff));
}
