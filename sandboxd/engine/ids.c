/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/ids.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/kernel.h"
#include "engine/namespace.h"

bool ids_are_subordinate(const Plan *plan)
{
        return plan->boxes[0].n_uids > 0 || plan->boxes[0].n_gids > 0;
}

/* ---- The host's ids ---- */

enum { MAX_WORDS = 2 + 3 * (PLAN_MAX_RANGES + 1) };

static void add_numbers(char words[MAX_WORDS][16], size_t *n, PlanRange range)
{
        (void)snprintf(words[(*n)++], 16, "%" PRIu32, range.inside);
        (void)snprintf(words[(*n)++], 16, "%" PRIu32, range.outside);
        (void)snprintf(words[(*n)++], 16, "%" PRIu32, range.count);
}

/* In the child: becomes the helper, which has nothing of ours but the numbers.  Never looked up in a PATH: it is
 * privileged. */
static _Noreturn void become(const char *name, char *const *argv)
{
        static const char *const places[] = { "/usr/bin", "/bin", "/run/wrappers/bin" };
        char *const envp[] = { NULL };
        int null = open("/dev/null", O_RDWR | O_CLOEXEC);

        for (int i = 0; i < 3 && null >= 0; i++)
                (void)dup2(null, i);
        for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
                char path[64];

                (void)snprintf(path, sizeof path, "%s/%s", places[i], name);
                (void)execve(path, argv, envp);
        }
        _exit(errno == ENOENT ? 127 : 126);
}

static int run(const char *name, pid_t keeper, PlanRange own, const PlanRange *ranges, size_t n_ranges)
{
        char words[MAX_WORDS][16], *argv[MAX_WORDS + 2] = { (char *)name };
        size_t n = 0;
        int status = 0;
        pid_t pid;

        (void)snprintf(words[n++], sizeof words[0], "%d", (int)keeper);
        add_numbers(words, &n, own);
        for (size_t i = 0; i < n_ranges; i++)
                add_numbers(words, &n, ranges[i]);
        for (size_t i = 0; i < n; i++)
                argv[i + 1] = words[i];
        pid = kernel_fork(0, -1, NULL);
        if (pid == 0)
                become(name, argv);
        if (pid < 0)
                return (int)pid;
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -errno;
        if (!WIFEXITED(status) || WEXITSTATUS(status) == 126)
                return -EACCES;
        return WEXITSTATUS(status) == 0 ? 0 : WEXITSTATUS(status) == 127 ? -ENOENT : -EPERM;
}

int ids_serve_keeper(int socket, const Plan *plan, pid_t keeper, uid_t uid, gid_t gid, const char **ret_step)
{
        const PlanBox *box = &plan->boxes[0];
        char byte = 0;
        int r;

        *ret_step = "keeper";
        if (read(socket, &byte, 1) != 1)
                return -ECHILD;
        *ret_step = "newuidmap";
        r = run("newuidmap", keeper, (PlanRange){ 0, uid, 1 }, box->uids, box->n_uids);
        if (r < 0)
                return r;
        *ret_step = "newgidmap";
        r = run("newgidmap", keeper, (PlanRange){ 0, gid, 1 }, box->gids, box->n_gids);
        return r < 0 ? r : fd_write_all(socket, &byte, 1);
}

int ids_ask(int socket, Fault *fault)
{
        char byte = 0;

        /* No answer: whoever would give one has failed, and says so itself. */
        if (fd_write_all(socket, &byte, 1) < 0 || read(socket, &byte, 1) != 1)
                return fault_set(fault, -ECHILD, "subordinate ids", NULL);
        return 0;
}

/* ---- A box's ---- */

static void add_map(Buffer *text, uint32_t own, const PlanRange *ranges, size_t n)
{
        buffer_printf(text, "%" PRIu32 " 0 1\n", own);
        for (size_t i = 0; i < n; i++)
                buffer_printf(text, "%" PRIu32 " %" PRIu32 " %" PRIu32 "\n", ranges[i].inside, ranges[i].outside,
                              ranges[i].count);
}

/* The whole map in one write (user_namespaces(7)). */
static int write_map(int proc, const char *pid, const char *name, const Buffer *text)
{
        CLEANUP(fd_closep) int fd = -1;
        char path[64];
        ssize_t n;

        (void)snprintf(path, sizeof path, "%s/%s", pid, name);
        fd = openat(proc, path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
                return -errno;
        n = write(fd, text->bytes, text->n);
        return n < 0 ? -errno : (size_t)n == text->n ? 0 : -EIO;
}

/* In the child, which stays outside and has the ids: the parent says when it is inside. */
static _Noreturn void map_parent(int proc, const char *pid, const PlanBox *box, int go)
{
        CLEANUP(buffer_clear) Buffer uids = BUFFER_INIT, gids = BUFFER_INIT;
        char byte;
        int r;

        add_map(&uids, box->uid, box->uids, box->n_uids);
        add_map(&gids, box->gid, box->gids, box->n_gids);
        if (read(go, &byte, 1) != 1 || uids.failed || gids.failed)
                _exit(EIO);
        r = write_map(proc, pid, "uid_map", &uids);
        if (r == 0)
                r = write_map(proc, pid, "gid_map", &gids);
        _exit(-r);
}

static int enter_with_ranges(int proc, const PlanBox *box, Fault *fault)
{
        CLEANUP(fd_closep) int reading = -1, writing = -1;
        char self[32] = "", byte = 0;
        int ends[2], status = 0;
        pid_t pid;

        if (readlinkat(proc, "self", self, sizeof self - 1) < 0 || pipe2(ends, O_CLOEXEC) < 0)
                return fault_set(fault, -errno, "uid map", box->name);
        reading = ends[0];
        writing = ends[1];
        pid = kernel_fork(0, -1, NULL);
        if (pid == 0) {
                (void)fd_close(writing);
                map_parent(proc, self, box, reading);
        }
        if (pid < 0)
                return fault_set(fault, (int)pid, "fork", box->name);
        if (unshare(CLONE_NEWUSER) < 0)
                (void)fault_set(fault, -errno, "user namespace", box->name);
        else
                (void)fd_write_all(writing, &byte, 1);
        writing = fd_close(writing);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
        if (fault->error != 0)
                return -fault->error;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                return fault_set(fault, WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO, "id map", box->name);
        return 0;
}

int ids_enter(int proc, const PlanBox *box, Fault *fault)
{
        if (box->n_uids > 0 || box->n_gids > 0)
                return enter_with_ranges(proc, box, fault);
        if (unshare(CLONE_NEWUSER) < 0)
                return fault_set(fault, -errno, "user namespace", box->name);
        return namespace_write_maps(proc, box->uid, 0, box->gid, 0, fault);
}
