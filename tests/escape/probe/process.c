/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Processes: what a program may see of, do to and inherit from those around it, and what it is itself. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* --- others ------------------------------------------------------------------------------------------------------ */

/* Calls look(pid) for every process in /proc but the probe's own family, until one answers OPEN. */
static Verdict for_each_other(Verdict (*look)(const char *pid, char *detail), char *detail)
{
        DIR *proc = opendir("/proc");
        struct dirent *entry;
        int n = 0;

        if (proc == NULL)
                return verdict(REFUSED, detail, "no /proc: %s", strerrorname_np(errno));
        while ((entry = readdir(proc)) != NULL) {
                pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

                if (pid <= 0 || pid == getpid() || pid == getppid())
                        continue;
                n++;
                if (look(entry->d_name, detail) == OPEN) {
                        closedir(proc);
                        return OPEN;
                }
        }
        closedir(proc);
        return verdict(REFUSED, detail, "%d other processes seen", n);
}

/* The box's own init alone, which is pid 1. */
static Verdict look_at_number(const char *pid, char *detail)
{
        return strcmp(pid, "1") == 0 ? REFUSED : verdict(OPEN, detail, "process %s is there", pid);
}

static Verdict try_see_others(char *detail)
{
        return for_each_other(look_at_number, detail);
}

static Verdict look_at_root(const char *pid, char *detail)
{
        char path[4200];

        snprintf(path, sizeof path, "/proc/%s/root%s", pid, bait("host-file"));
        if (access(path, F_OK) == 0)
                return verdict(OPEN, detail, "%s is the host's file", path);
        snprintf(path, sizeof path, "/proc/%s/cwd/.", pid);
        if (access(path, F_OK) == 0)
                return verdict(OPEN, detail, "%s can be entered", path);
        return REFUSED;
}

static Verdict try_proc_root(char *detail)
{
        return for_each_other(look_at_root, detail);
}

static Verdict look_at_files(const char *pid, char *detail)
{
        static const char *const files[] = { "environ", "mem", "fd", "map_files", "fdinfo", "auxv", "maps" };
        char path[300];

        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                if (fd >= 0) {
                        close(fd);
                        return verdict(OPEN, detail, "%s opens", path);
                }
        }
        return REFUSED;
}

static Verdict try_proc_files(char *detail)
{
        return for_each_other(look_at_files, detail);
}

static Verdict look_at_marker(const char *pid, char *detail)
{
        static const char *const files[] = { "cmdline", "environ" };
        char path[300];
        const char *marker;

        for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
                size_t n = 0;
                char *bytes;

                snprintf(path, sizeof path, "/proc/%s/%s", pid, files[i]);
                if ((bytes = read_file(path, &n)) == NULL)
                        continue;
                for (size_t at = 0; (marker = bait_nth("marker", at)) != NULL; at++) {
                        if (memmem(bytes, n, marker, strlen(marker)) != NULL)
                                return verdict(OPEN, detail, "%s holds the marker \"%s\"", path, marker);
                }
        }
        return REFUSED;
}

static Verdict try_proc_markers(char *detail)
{
        return for_each_other(look_at_marker, detail);
}

static Verdict try_see_host_process(char *detail)
{
        char path[300];

        snprintf(path, sizeof path, "/proc/%s/comm", bait("host-pid"));
        char *name = read_file(path, NULL);

        /* The number may be that of a process in here. */
        if (name != NULL && strncmp(name, bait("host-comm"), strlen(bait("host-comm"))) == 0)
                return verdict(OPEN, detail, "%s is the host's process", path);
        return verdict(REFUSED, detail, "not seen");
}

static Verdict try_signal_host(char *detail)
{
        return by_result(kill((pid_t)bait_number("host-pid"), 0), detail);
}

static Verdict try_pidfd_host(char *detail)
{
        return by_result(syscall(SYS_pidfd_open, bait_number("host-pid"), 0), detail);
}

static Verdict try_affinity_host(char *detail)
{
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(0, &set);
        return by_result(sched_setaffinity((pid_t)bait_number("host-pid"), sizeof set, &set), detail);
}

static Verdict try_prlimit_host(char *detail)
{
        struct rlimit limit;

        return by_result(prlimit((pid_t)bait_number("host-pid"), RLIMIT_NOFILE, NULL, &limit), detail);
}

/* Pid 1 of the box is its own init, which built it. */
static Verdict try_ptrace_init(char *detail)
{
        return by_result(ptrace(PTRACE_SEIZE, 1, NULL, NULL), detail);
}

static Verdict try_vm_read_init(char *detail)
{
        char here[16];
        struct iovec local = { here, sizeof here }, remote = { (void *)0x400000, sizeof here };
        ssize_t n = process_vm_readv(1, &local, 1, &remote, 1, 0);

        /* EFAULT: allowed, and nothing is mapped there. */
        return by_result(n, detail);
}

static Verdict try_vm_write_init(char *detail)
{
        char here[16] = { 0 };
        struct iovec local = { here, sizeof here }, remote = { (void *)0x400000, sizeof here };

        return by_result(process_vm_writev(1, &local, 1, &remote, 1, 0), detail);
}

static Verdict try_kcmp_init(char *detail)
{
        return by_result(syscall(SYS_kcmp, 1, getpid(), 0, 0, 0), detail);
}

static Verdict try_pidfd_getfd_init(char *detail)
{
        int pidfd = (int)syscall(SYS_pidfd_open, 1, 0);

        if (pidfd < 0)
                return by_result(-1, detail);
        for (int fd = 0; fd < 64; fd++) {
                long got = syscall(SYS_pidfd_getfd, pidfd, fd, 0);

                if (got >= 0 || (errno != EPERM && errno != EBADF && errno != ENOSYS && errno != ESRCH))
                        return verdict(OPEN, detail, "descriptor %d of pid 1: %s", fd, strerrorname_np(errno));
                if (errno == EBADF)
                        return verdict(OPEN, detail, "pid 1's descriptors can be asked for");
        }
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

static Verdict try_kill_init(char *detail)
{
        /* A signal that pid 1 does not handle is dropped by the kernel; only that the box still stands matters. */
        if (kill(1, SIGKILL) == 0 || errno == EPERM)
                return verdict(REFUSED, detail, "still there after SIGKILL to pid 1");
        return by_result(-1, detail);
}

/* --- its own programs -------------------------------------------------------------------------------------------- */

static Verdict open_for_writing(const char *path, char *detail)
{
        return by_result(open(path, O_WRONLY | O_CLOEXEC), detail);
}

static Verdict try_write_own_program(char *detail)
{
        char path[4096];
        ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

        /* Through the name, since the running file itself is busy. */
        if (n < 0)
                return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
        path[n] = '\0';
        if (chmod(path, 0755) == 0)
                return verdict(OPEN, detail, "chmod of %s", path);
        return by_result(-1, detail);
}

static Verdict try_write_init_program(char *detail)
{
        return open_for_writing("/proc/1/exe", detail);
}

/* --- what it is -------------------------------------------------------------------------------------------------- */

/* The value of a line "KEY:\tVALUE" of /proc/self/status. */
static bool status_value(const char *key, char *value, size_t n)
{
        char *text = read_file("/proc/self/status", NULL);
        char *at = text;

        while (at != NULL && strncmp(at, key, strlen(key)) != 0) {
                at = strchr(at, '\n');
                at = at == NULL ? NULL : at + 1;
        }
        if (at == NULL)
                return false;
        at += strlen(key);
        at += strspn(at, ":\t ");
        snprintf(value, n, "%.*s", (int)strcspn(at, "\n"), at);
        return true;
}

static Verdict try_capabilities(char *detail)
{
        static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
        char value[64] = "";

        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
                if (!status_value(sets[i], value, sizeof value))
                        return verdict(OPEN, detail, "/proc/self/status can't be read");
                if (strspn(value, "0") != strlen(value))
                        return verdict(OPEN, detail, "%s is %s", sets[i], value);
        }
        return verdict(REFUSED, detail, "all five sets are empty");
}

static Verdict try_no_new_privs(char *detail)
{
        return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? verdict(REFUSED, detail, "set")
                                                           : verdict(OPEN, detail, "no_new_privs is not set");
}

static Verdict try_seccomp(char *detail)
{
        char value[16] = "";

        if (!status_value("Seccomp", value, sizeof value) || strcmp(value, "2") != 0)
                return verdict(OPEN, detail, "Seccomp is \"%s\"", value);
        return verdict(REFUSED, detail, "a filter is there");
}

static Verdict try_setuid_program(char *detail)
{
        static const char *const programs[] = { "/usr/bin/su", "/bin/su", "/usr/bin/passwd", "/bin/mount" };
        struct statvfs info;

        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
                if (statvfs(programs[i], &info) == 0 && !(info.f_flag & ST_NOSUID))
                        return verdict(OPEN, detail, "%s lies on a mount without nosuid", programs[i]);
        }
        return verdict(REFUSED, detail, "its file system is nosuid");
}

static Verdict try_set_other_uid(char *detail)
{
        if (setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0)
                return verdict(OPEN, detail, "uid %u, gid %u", getuid(), getgid());
        /* EINVAL: the user namespace has no such id. */
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

static Verdict try_groups(char *detail)
{
        gid_t groups[64];
        int n = getgroups(64, groups);

        for (int i = 0; i < n; i++) {
                if (groups[i] != getgid() && groups[i] != 65534)
                        return verdict(OPEN, detail, "supplementary group %u", groups[i]);
        }
        return verdict(REFUSED, detail, "%d groups", n);
}

static Verdict try_signal_state(char *detail)
{
        sigset_t blocked;
        struct sigaction action;

        sigprocmask(SIG_BLOCK, NULL, &blocked);
        for (int number = 1; number < 32; number++) {
                if (sigismember(&blocked, number) == 1)
                        return verdict(OPEN, detail, "signal %d is blocked", number);
                if (number != SIGKILL && number != SIGSTOP && sigaction(number, NULL, &action) == 0 &&
                    action.sa_handler == SIG_IGN)
                        return verdict(OPEN, detail, "signal %d is ignored", number);
        }
        return verdict(REFUSED, detail, "nothing blocked, nothing ignored");
}

static Verdict try_personality(char *detail)
{
        int value = personality(0xffffffff);

        return value == 0 || value < 0 ? verdict(REFUSED, detail, "%d", value)
                                       : verdict(OPEN, detail, "%#x", (unsigned)value);
}

/* Umask, limits and nice value are the caller's: "caller-umask=022" and so on. */
static Verdict try_caller_state(char *detail)
{
        struct rlimit limit;
        mode_t mask = umask(0);

        if ((long)mask != bait_number("caller-umask"))
                return verdict(OPEN, detail, "umask is %03o", mask);
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || (long)limit.rlim_cur != bait_number("caller-nofile"))
                return verdict(OPEN, detail, "RLIMIT_NOFILE is %llu", (unsigned long long)limit.rlim_cur);
        errno = 0;
        if (getpriority(PRIO_PROCESS, 0) != (int)bait_number("caller-nice"))
                return verdict(OPEN, detail, "nice is %d", getpriority(PRIO_PROCESS, 0));
        return verdict(REFUSED, detail, "as the caller's");
}

static Verdict try_own_session(char *detail)
{
        pid_t session = getsid(0);

        /* 0: the session's leader is outside this pid namespace. */
        if (session == 0 || getpgid(0) == 0)
                return verdict(OPEN, detail, "session %d, process group %d", session, getpgid(0));
        return verdict(REFUSED, detail, "session %d", session);
}

/* --- sysctls and other doors of /proc ---------------------------------------------------------------------------- */

static Verdict try_namespace_limit(char *detail)
{
        int fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);

        if (fd < 0)
                return by_result(-1, detail);
        return by_result(write(fd, "100000", 6), detail);
}

static Verdict try_proc_doors(char *detail)
{
        static const char *const doors[] = { "/proc/sys/kernel/core_pattern",
                                             "/proc/sys/kernel/modprobe",
                                             "/proc/sys/vm/overcommit_memory",
                                             "/proc/sysrq-trigger",
                                             "/proc/sys/fs/binfmt_misc/register",
                                             "/proc/sys/kernel/hostname",
                                             "/proc/kcore",
                                             "/proc/kmsg",
                                             "/proc/irq/default_smp_affinity",
                                             "/sys/kernel/uevent_helper",
                                             "/sys/power/state",
                                             "/sys/fs/cgroup/cgroup.procs" };

        for (size_t i = 0; i < sizeof doors / sizeof *doors; i++) {
                int fd = open(doors[i], (strstr(doors[i], "kcore") || strstr(doors[i], "kmsg") ? O_RDONLY : O_WRONLY) |
                                                O_CLOEXEC | O_NONBLOCK);

                if (fd >= 0)
                        return verdict(OPEN, detail, "%s opens", doors[i]);
        }
        return verdict(REFUSED, detail, "none opens");
}

/* Counted by user beyond every namespace: half must be left to the host. */
static Verdict try_inotify(char *detail)
{
        char *most = read_file("/proc/sys/fs/inotify/max_user_instances", NULL);
        struct rlimit files = { 0 };
        long whole = most == NULL ? 0 : strtol(most, NULL, 10), n = 0;

        if (getrlimit(RLIMIT_NOFILE, &files) < 0 || whole < 2 || (long)files.rlim_cur < whole / 2 + 64)
                return verdict(ABSENT, detail, "%ld instances, %ld files", whole, (long)files.rlim_cur);
        while (n <= whole / 2 && inotify_init1(IN_CLOEXEC) >= 0)
                n++;
        return verdict(n > whole / 2 ? OPEN : REFUSED, detail, "%ld of %ld", n, whole);
}

/* A fork bomb with its fuse out: as many as a box may have, and a few more, at the same time. */
static Verdict try_fork_bomb(char *detail)
{
        enum { ENOUGH = 2100 };
        static pid_t children[ENOUGH];
        int n = 0;

        while (n < ENOUGH && (children[n] = fork()) >= 0) {
                if (children[n] == 0) {
                        prctl(PR_SET_PDEATHSIG, SIGKILL);
                        pause();
                        _exit(0);
                }
                n++;
        }
        for (int i = 0; i < n; i++)
                kill(children[i], SIGKILL);
        for (int i = 0; i < n; i++)
                waitpid(children[i], NULL, 0);
        return verdict(n == ENOUGH ? OPEN : REFUSED, detail, "%d processes", n);
}

/* From one's own namespaces up to those that own them. */
static Verdict try_climb(char *detail)
{
        static const char *const kinds[] = { "user", "mnt", "pid", "net", "ipc", "uts", "cgroup" };

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
                char path[64];

                snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i]);
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                if (fd >= 0 && (ioctl(fd, NS_GET_USERNS) >= 0 || ioctl(fd, NS_GET_PARENT) >= 0))
                        return verdict(OPEN, detail, "the namespace above %s", path);
        }
        return verdict(REFUSED, detail, "%s", strerrorname_np(errno));
}

const Attempt process_attempts[] = {
        { "proc-others-root-and-cwd", "proc", try_proc_root },
        { "proc-others-files", "proc", try_proc_files },
        { "proc-others-markers", "proc leaks", try_proc_markers },
        { "see-other-processes", "pids", try_see_others },
        { "see-host-process", "pids", try_see_host_process },
        { "signal-host-process", "pids", try_signal_host },
        { "pidfd-of-host-process", "pids", try_pidfd_host },
        { "affinity-of-host-process", "pids", try_affinity_host },
        { "prlimit-of-host-process", "pids", try_prlimit_host },
        { "ptrace-init", "CVE-2016-8659 CVE-2026-41163", try_ptrace_init },
        { "process-vm-read-init", "CVE-2016-8659 CVE-2026-41163", try_vm_read_init },
        { "process-vm-write-init", "CVE-2016-8659 CVE-2026-41163", try_vm_write_init },
        { "kcmp-init", "CVE-2016-8659 CVE-2026-41163", try_kcmp_init },
        { "pidfd-getfd-init", "CVE-2016-8659 CVE-2026-41163", try_pidfd_getfd_init },
        { "kill-init", "pids", try_kill_init },
        { "overwrite-own-program", "CVE-2019-5736 CVE-2019-8308 CVE-2019-12499", try_write_own_program },
        { "overwrite-init-program", "CVE-2019-5736 CVE-2019-8308 CVE-2019-12499", try_write_init_program },
        { "capabilities", "CVE-2017-9780 CVE-2022-29162", try_capabilities },
        { "no-new-privs", "CVE-2016-10123", try_no_new_privs },
        { "seccomp-filter", "kernel-surface", try_seccomp },
        { "setuid-program", "CVE-2017-9780 CVE-2022-29162", try_setuid_program },
        { "become-other-uid", "CVE-2017-9780 CVE-2022-29162", try_set_other_uid },
        { "supplementary-groups", "leaks", try_groups },
        { "signal-state", "process-state", try_signal_state },
        { "personality", "process-state", try_personality },
        { "caller-state", "zygote-state", try_caller_state },
        { "own-session", "CVE-2026-97029", try_own_session },
        { "namespace-limit", "namespace-limit", try_namespace_limit },
        { "inotify-leaves-room", "denial", try_inotify },
        { "fork-bomb", "denial", try_fork_bomb },
        { "climb-to-owning-namespace", "nested-namespace", try_climb },
        { 0 },
};

/* A table of their own, since they may be tried as the host's root, too: opening changes nothing. */
const Attempt door_attempts[] = {
        { "proc-and-sys-doors", "proc", try_proc_doors },
        { 0 },
};
