/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program gains by executing others, or by waiting for one that is being made. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

/* Executes path, with a pipe that never speaks as its standard input. */
static pid_t execute(const char *path, const char *argument)
{
        int ends[2] = { -1, -1 };
        pid_t pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();

        if (pid == 0) {
                int null = open("/dev/null", O_RDWR);

                if (dup2(ends[0], 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
                        _exit(1);
                execl(path, path, argument, NULL);
                _exit(127);
        }
        close(ends[0]);
        return pid;
}

static Verdict try_children_privileges(char *detail)
{
        pid_t pid = execute("/proc/self/exe", "again");
        int status = 0;

        if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
                return verdict(OPEN, detail, "the probe itself failed");
        return WEXITSTATUS(status) == 1 ? verdict(REFUSED, detail, "set in what it executes")
                                        : verdict(OPEN, detail, "not set in what it executes");
}

int probe_again(void)
{
        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
}

/* The effective uid of a process, -1: it is gone. */
static long effective_uid(pid_t pid)
{
        char path[64];

        /* A process that is not dumpable is root's in /proc; its status says who it is. */
        snprintf(path, sizeof path, "/proc/%d/status", pid);
        char *text = read_file(path, NULL), *at = text == NULL ? NULL : strstr(text, "\nUid:");

        return at == NULL ? -1 : strtol(strchr(at + 6, '\t'), NULL, 10);
}

/* A program that asks for a password is root's while it waits. */
static Verdict try_setuid_runs(char *detail)
{
        static const char *const programs[] = { "/usr/bin/su", "/usr/bin/passwd", "/usr/bin/chsh" };
        const struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
        struct stat is;

        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
                if (stat(programs[i], &is) < 0 || (is.st_mode & S_ISUID) == 0)
                        continue;
                pid_t pid = execute(programs[i], NULL);

                for (int wait = 0; wait < 15; wait++) {
                        nanosleep(&pause, NULL);
                        if (effective_uid(pid) == 0 && getuid() != 0) {
                                /* Not ours to kill; it ends with its input. */
                                return verdict(OPEN, detail, "%s runs as root", programs[i]);
                        }
                }
                kill(pid, SIGKILL);
                waitpid(pid, NULL, 0);
                return verdict(REFUSED, detail, "%s runs as the caller", programs[i]);
        }
        return verdict(ABSENT, detail, "no setuid program here");
}

static Verdict try_make_device(char *detail)
{
        const char *const path = "/tmp/oriel-device";
        int r = mknod(path, S_IFCHR | 0666, makedev(1, 1)), fd;

        if (r < 0)
                return by_result(-1, detail);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        unlink(path);
        return verdict(OPEN, detail, fd >= 0 ? "made, and opened" : "made");
}

/* What a process keeps over an exec and a fork, beside what the caller's shell sets on purpose. */
static Verdict try_process_state(char *detail)
{
        if (prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0) != 0)
                return verdict(OPEN, detail, "keeps capabilities");
        if ((prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) & 3) != 3)
                return verdict(OPEN, detail, "root is special: securebits %#x", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 7, 0, 0) == 0)
                return verdict(OPEN, detail, "an ambient capability can be raised");
        if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1)
                return verdict(OPEN, detail, "dumpable is %d", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
        return verdict(REFUSED, detail, "canonical");
}

const Attempt child_attempts[] = {
        { "no-new-privs-in-children", "CVE-2016-10123", try_children_privileges },
        { "setuid-program-runs", "CVE-2017-9780 CVE-2022-29162", try_setuid_runs },
        { "make-device", "CVE-2017-9780 CVE-2022-29162", try_make_device },
        { "state-over-exec", "process-state", try_process_state },
        { 0 },
};

/* --- waiting for one that is being made ----------------------------------------------------------------------------
 */

/* Is it, or was it to be had as, a socket that the launcher speaks over? */
static bool is_socket(const char *path)
{
        char target[64] = "";

        return readlink(path, target, sizeof target - 1) > 0 && strncmp(target, "socket:", 7) == 0;
}

/* What a process holds before it became a program of this box: by pidfd_getfd(2), or by a look at its descriptors. */
static bool rob(int pid, char *detail)
{
        int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        bool robbed = false;

        for (int fd = 3; fd < 24 && !robbed; fd++) {
                int got = (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);
                char path[64];

                snprintf(path, sizeof path, "/proc/self/fd/%d", got);
                robbed = got >= 0 && is_socket(path);
                snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
                robbed = robbed || is_socket(path);
                if (robbed)
                        snprintf(detail, DETAIL_MAX, "descriptor %d of process %d is the engine's socket", fd, pid);
                if (got >= 0)
                        close(got);
        }
        if (pidfd >= 0)
                close(pidfd);
        return robbed;
}

/* CVE-2016-8659, CVE-2026-41163: the host starts programs in this box meanwhile; each is the engine's for a moment. */
int lurk(const char *seconds)
{
        time_t end = time(NULL) + strtol(seconds, NULL, 10);
        char detail[DETAIL_MAX] = "nothing taken";
        Verdict found = REFUSED;
        int highest = getpid(), seen = 0;

        while (found == REFUSED && time(NULL) < end) {
                for (int pid = highest + 1; pid < highest + 24 && found == REFUSED; pid++) {
                        if (kill(pid, 0) < 0)
                                continue;
                        for (int tries = 0; tries < 200 && found == REFUSED; tries++)
                                if (rob(pid, detail))
                                        found = OPEN;
                        highest = pid;
                        seen++;
                }
        }
        printf("lurk\tCVE-2016-8659 CVE-2026-41163\t%s\t%s; %d processes seen being made\n",
               found == REFUSED ? "refused" : "OPEN", detail, seen);
        return 0;
}
