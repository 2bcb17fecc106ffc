/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The probe's main program: reads the bait, makes each attempt in a child (which the filter may kill), prints verdicts.
 * usage: probe strict|sealed|kernel|tty|nested|owner <BAIT; probe lurk SECONDS */

#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BAIT_MAX = 128, FILE_MAX = 1024 * 1024 };

static struct {
        char *key, *value;
} baits[BAIT_MAX];
static size_t n_baits;

static void read_baits(void)
{
        char line[4096];

        while (n_baits < BAIT_MAX && fgets(line, sizeof line, stdin) != NULL) {
                char *equals = strchr(line, '=');

                line[strcspn(line, "\n")] = '\0';
                if (equals == NULL)
                        continue;
                *equals = '\0';
                baits[n_baits].key = strdup(line);
                baits[n_baits++].value = strdup(equals + 1);
        }
}

const char *bait_nth(const char *key, size_t i)
{
        for (size_t at = 0; at < n_baits; at++) {
                if (strcmp(baits[at].key, key) == 0 && i-- == 0)
                        return baits[at].value;
        }
        return NULL;
}

const char *bait(const char *key)
{
        return bait_nth(key, 0);
}

long bait_number(const char *key)
{
        return bait(key) == NULL ? -1 : strtol(bait(key), NULL, 0);
}

Verdict verdict(Verdict result, char *detail, const char *format, ...)
{
        va_list list;

        va_start(list, format);
        vsnprintf(detail, DETAIL_MAX, format, list);
        va_end(list);
        return result;
}

Verdict by_result(long result, char *detail)
{
        static const int refusals[] = { EPERM,       EACCES, ENOSYS, ESRCH, ENOENT,  EAFNOSUPPORT,   ECONNREFUSED,
                                        ENETUNREACH, EROFS,  EXDEV,  ENXIO, ENOTDIR, EPROTONOSUPPORT };

        if (result >= 0)
                return verdict(OPEN, detail, "it answered %ld", result);
        for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
                if (errno == refusals[i])
                        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
        }
        return verdict(OPEN, detail, "the kernel looked at the arguments: %s", strerrorname_np(errno));
}

char *read_file(const char *path, size_t *ret_n)
{
        static char bytes[FILE_MAX + 1];
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        size_t n = 0;
        ssize_t got = 0;

        if (fd < 0)
                return NULL;
        while (n < FILE_MAX && (got = read(fd, bytes + n, FILE_MAX - n)) > 0)
                n += (size_t)got;
        close(fd);
        if (got < 0)
                return NULL;
        bytes[n] = '\0';
        if (ret_n != NULL)
                *ret_n = n;
        return bytes;
}

/* The child's answer comes back as "VERDICT DETAIL" on a pipe; a child that says nothing was killed. */
static void attempt(const Attempt *row, size_t syscall_index)
{
        static const char *const words[] = {
                [REFUSED] = "refused", [WORKS] = "works", [OPEN] = "OPEN", [ABSENT] = "absent"
        };
        char answer[DETAIL_MAX + 1] = "";
        int ends[2] = { -1, -1 }, status = 0;
        ssize_t n = 0;
        pid_t pid;

        if (pipe2(ends, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
                printf("%s\t%s\tOPEN\tthe probe itself failed: %s\n", row->name, row->rows, strerrorname_np(errno));
                return;
        }
        if (pid == 0) {
                char detail[DETAIL_MAX] = "";
                char verdict_byte;

                alarm(10);
                verdict_byte = (char)(row->try != NULL ? row->try(detail) : syscall_attempt(syscall_index, detail));
                if (write(ends[1], &verdict_byte, 1) != 1 || write(ends[1], detail, strlen(detail)) < 0)
                        _exit(1);
                _exit(0);
        }
        close(ends[1]);
        for (size_t at = 0; at < DETAIL_MAX && (n = read(ends[0], answer + at, DETAIL_MAX - at)) > 0;)
                at += (size_t)n;
        close(ends[0]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                ;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
                printf("%s\t%s\trefused\tkilled by SIGSYS\n", row->name, row->rows);
        else if (WIFSIGNALED(status))
                printf("%s\t%s\tOPEN\tthe attempt ended by signal %d\n", row->name, row->rows, WTERMSIG(status));
        else
                printf("%s\t%s\t%s\t%s\n", row->name, row->rows,
                       words[(unsigned char)answer[0] <= ABSENT ? answer[0] : OPEN], answer + 1);
        fflush(stdout);
}

/* What shows within a few milliseconds that a box is whole; for launches that were disturbed. */
static const char *const sealed[] = {
        "capabilities",
        "no-new-privs",
        "seccomp-filter",
        "signal-state",
        "personality",
        "own-session",
        "namespace-limit",
        "proc-and-sys-doors",
        "see-host-process",
        "signal-host-process",
        "see-other-processes",
        "proc-others-root-and-cwd",
        "ptrace-init",
        "climb-to-owning-namespace",
        "inherited-descriptors",
        "walk-through-descriptors",
        "secret-files",
        "home-is-empty",
        "write-system-directories",
        "devices",
        "mounts-nosuid-nodev",
        "mounts-read-only",
        "environment-allow-list",
        "key-in-session-keyring",
        "interfaces",
        "host-abstract-socket",
        "host-path-socket",
        "sysv-shared-memory",
};

static void attempt_sealed(void)
{
        const Attempt *const tables[] = { process_attempts, door_attempts, file_attempts, socket_attempts };

        for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
                for (const Attempt *row = tables[t]; row->name != NULL; row++)
                        for (size_t i = 0; i < sizeof sealed / sizeof *sealed; i++)
                                if (strcmp(row->name, sealed[i]) == 0)
                                        attempt(row, 0);
}

static void attempt_all(const Attempt *table)
{
        for (; table->name != NULL; table++)
                attempt(table, 0);
}

static void attempt_syscalls(void)
{
        for (size_t i = 0; i < n_syscall_attempts(); i++) {
                Attempt row = syscall_attempt_at(i);

                attempt(&row, i);
        }
}

int main(int argc, char **argv)
{
        const char *mode = argc > 1 ? argv[1] : "strict";

        if (strcmp(mode, "again") == 0)
                return probe_again();

        setvbuf(stdout, NULL, _IOLBF, 0);
        if (strcmp(mode, "lurk") == 0)
                return lurk(argc > 2 ? argv[2] : "1");
        if (strcmp(mode, "tty") == 0) {
                attempt_all(terminal_attempts);
                return 0;
        }
        read_baits();
        if (strcmp(mode, "owner") == 0)
                nested_as_owner();
        if (strcmp(mode, "nested") == 0 || strcmp(mode, "owner") == 0) {
                attempt_all(nested_attempts);
                return 0;
        }
        if (strcmp(mode, "sealed") == 0) {
                attempt_sealed();
                return 0;
        }
        attempt_syscalls();
        attempt_all(child_attempts);
        attempt_all(door_attempts);
        if (strcmp(mode, "kernel") == 0)
                return 0;
        attempt_all(process_attempts);
        attempt_all(file_attempts);
        attempt_all(socket_attempts);
        return 0;
}
