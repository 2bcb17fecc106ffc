/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One attempt for each system call that a box refuses.  The arguments are such that an unfiltered kernel answers
 * something else than EPERM or ENOSYS, wherever the caller's right lets it get so far, and changes nothing. */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probe.h"

/* Numbers that Debian 12's headers do not have yet; the same on every architecture. */
enum {
        NR_CACHESTAT = 451,
        NR_STATMOUNT = 457,
        NR_LISTMOUNT = 458,
        NR_LSM_SET_SELF_ATTR = 460,
        NR_OPEN_TREE_ATTR = 467,
        NR_LISTNS = 470,
        NR_BEYOND = 600, /* no kernel has it */
};

typedef struct Row {
        const char *name, *rows;
        long number;
        long arguments[6];
} Row;

static const Row rows[] = {
        /* Newer than many filters: the ways to mount without mount(2) (CVE-2021-41133). */
        { "clone3", "CVE-2021-41133", SYS_clone3, { -1, 88 } },
        { "open_tree", "CVE-2021-41133", SYS_open_tree, { AT_FDCWD, (long)"/", 1 } },
        { "move_mount", "CVE-2021-41133", SYS_move_mount, { -1, (long)"", -1, (long)"", 4 | 64 } },
        { "fsopen", "CVE-2021-41133", SYS_fsopen, { (long)"tmpfs", 0 } },
        { "fsconfig", "CVE-2021-41133", SYS_fsconfig, { -1, 0, 0, 0, 0 } },
        { "fsmount", "CVE-2021-41133", SYS_fsmount, { -1, 0, 0 } },
        { "fspick", "CVE-2021-41133", SYS_fspick, { AT_FDCWD, (long)"/", 0 } },
        { "mount_setattr", "CVE-2021-41133", SYS_mount_setattr, { AT_FDCWD, (long)"/", 0, -1, 32 } },
        { "open_tree_attr", "CVE-2021-41133", NR_OPEN_TREE_ATTR, { AT_FDCWD, (long)"/", 1, -1, 32 } },
        { "listmount", "CVE-2021-41133", NR_LISTMOUNT, { -1, 0, 0, 0 } },
        { "statmount", "CVE-2021-41133", NR_STATMOUNT, { -1, 0, 0, 0 } },
        { "listns", "CVE-2021-41133", NR_LISTNS, { -1, 0, 0, 0 } },
        { "unknown-syscall", "CVE-2021-41133", NR_BEYOND, { 0 } },
        /* Mounts, roots and namespaces. */
        { "mount", "nested-namespace", SYS_mount, { -1, -1, -1, 0, 0 } },
        { "umount2", "nested-namespace", SYS_umount2, { -1, 2 } },
        { "pivot_root", "nested-namespace", SYS_pivot_root, { -1, -1 } },
        { "chroot", "CVE-2016-10123", SYS_chroot, { -1 } },
        { "setns", "nested-namespace", SYS_setns, { -1, 0 } },
        { "unshare-user", "nested-namespace", SYS_unshare, { CLONE_NEWUSER } },
        { "unshare-mount", "nested-namespace", SYS_unshare, { CLONE_NEWNS } },
        /* Keys of the host's session, and the wide doors into the kernel. */
        { "add_key", "keyring", SYS_add_key, { (long)"user", (long)"x", (long)"x", 1, -3 } },
        { "request_key", "keyring", SYS_request_key, { (long)"user", (long)"x", 0, 0 } },
        { "keyctl", "keyring", SYS_keyctl, { 0, -3, 0 } },
        { "io_uring_setup", "io_uring", SYS_io_uring_setup, { 1, -1 } },
        { "io_uring_enter", "io_uring", SYS_io_uring_enter, { -1, 0, 0, 0, 0, 0 } },
        { "io_uring_register", "io_uring", SYS_io_uring_register, { -1, 0, 0, 0 } },
        { "bpf", "kernel-surface", SYS_bpf, { 0, -1, 32 } },
        { "perf_event_open", "kernel-surface", SYS_perf_event_open, { -1, 0, -1, -1, 0 } },
        { "userfaultfd", "kernel-surface", SYS_userfaultfd, { O_CLOEXEC } },
        { "userfaultfd-user-mode", "kernel-surface", SYS_userfaultfd, { O_CLOEXEC | 1 } },
        { "fanotify_init", "kernel-surface", SYS_fanotify_init, { 0x200, 0 } },
        { "kexec_load", "kernel-surface", SYS_kexec_load, { 0, 0, 0, -1 } },
        { "kexec_file_load", "kernel-surface", SYS_kexec_file_load, { -1, -1, 0, 0, 0 } },
        { "init_module", "kernel-surface", SYS_init_module, { -1, 0, -1 } },
        { "finit_module", "kernel-surface", SYS_finit_module, { -1, -1, 0 } },
        { "delete_module", "kernel-surface", SYS_delete_module, { -1, 0 } },
        { "swapon", "kernel-surface", SYS_swapon, { -1, 0 } },
        { "swapoff", "kernel-surface", SYS_swapoff, { -1 } },
        { "quotactl", "kernel-surface", SYS_quotactl, { 0x800002U << 8, -1, 0, -1 } },
        { "quotactl_fd", "kernel-surface", SYS_quotactl_fd, { -1, 0x800002U << 8, 0, -1 } },
        { "acct", "kernel-surface", SYS_acct, { -1 } },
        { "syslog", "kernel-surface", SYS_syslog, { 3, -1, 1 } },
        { "reboot", "kernel-surface", SYS_reboot, { 0 } },
        { "sethostname", "kernel-surface", SYS_sethostname, { -1, 1 } },
        { "setdomainname", "kernel-surface", SYS_setdomainname, { -1, 1 } },
        { "vhangup", "kernel-surface", SYS_vhangup, { 0 } },
        { "open_by_handle_at", "kernel-surface", SYS_open_by_handle_at, { AT_FDCWD, -1, 0 } },
        { "move_pages", "kernel-surface", SYS_move_pages, { 0, 1, -1, 0, -1, 0 } },
        { "migrate_pages", "kernel-surface", SYS_migrate_pages, { 0, 64, -1, -1 } },
        { "mbind", "kernel-surface", SYS_mbind, { 0, 4096, 99, 0, 0, 0 } },
        { "set_mempolicy", "kernel-surface", SYS_set_mempolicy, { 99, 0, 0 } },
        { "vmsplice", "kernel-surface", SYS_vmsplice, { -1, -1, 1, 0 } },
#ifdef __x86_64__
        { "modify_ldt", "kernel-surface", SYS_modify_ldt, { 99, 0, 0 } },
        { "uselib", "kernel-surface", SYS_uselib, { -1 } },
        { "iopl", "kernel-surface", SYS_iopl, { 3 } },
        { "ioperm", "kernel-surface", SYS_ioperm, { 0, 1, 1 } },
#endif
        { "personality-other", "kernel-surface", SYS_personality, { 0x0040000 } }, /* ADDR_NO_RANDOMIZE */
};

/* The second and third calling conventions of x86-64 walk round a filter that only knows the first. */
#ifdef __x86_64__
enum { I386_GETPID = 20, X32_BIT = 0x40000000 };

static sigjmp_buf no_i386;

static void on_segv(int number)
{
        siglongjmp(no_i386, number);
}

static Verdict try_i386(char *detail)
{
        long result = I386_GETPID;

        signal(SIGSEGV, on_segv);
        if (sigsetjmp(no_i386, 1) != 0)
                return verdict(ABSENT, detail, "this kernel runs no 32-bit programs");
        __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
        if (result >= 0)
                return verdict(OPEN, detail, "getpid by int 0x80 answered %ld", result);
        return verdict(REFUSED, detail, "%s", strerrorname_np((int)-result));
}

static Verdict try_x32(char *detail)
{
        return by_result(syscall(X32_BIT | SYS_getpid), detail);
}
#endif

/* Every number beyond those that this program knows: a new system call must not be open before someone thought of it.
 */
static Verdict try_newer(char *detail)
{
        for (long number = NR_LISTNS + 1; number < NR_BEYOND; number++) {
                if (syscall(number, -1L, -1L, -1L, -1L, -1L, -1L) >= 0 || (errno != ENOSYS && errno != EPERM))
                        return verdict(OPEN, detail, "system call %ld: %s", number, strerrorname_np(errno));
        }
        return verdict(REFUSED, detail, "all of %d to %d", NR_LISTNS + 1, NR_BEYOND - 1);
}

/* A tracer turns a harmless call into a forbidden one after the filter saw it (Linux < 4.8, CVE-2017-5206). */
#ifdef __x86_64__
static Verdict try_traced(char *detail)
{
        struct user_regs_struct registers;
        int status = 0;
        pid_t pid = fork();

        if (pid == 0) {
                if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
                        _exit(100 + (errno == EPERM));
                raise(SIGSTOP);
                syscall(SYS_getppid);
                _exit(0);
        }
        if (pid < 0 || waitpid(pid, &status, 0) < 0)
                return verdict(OPEN, detail, "the probe itself failed: %s", strerrorname_np(errno));
        if (WIFEXITED(status))
                return verdict(REFUSED, detail, "ptrace is refused altogether");
        for (int stops = 0; stops < 2; stops++) {
                ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
                waitpid(pid, &status, 0);
                if (!WIFSTOPPED(status) || ptrace(PTRACE_GETREGS, pid, NULL, &registers) < 0)
                        return verdict(REFUSED, detail, "the traced child ended (status %d)", status);
                if (stops == 0) {
                        registers.orig_rax = SYS_io_uring_setup;
                        registers.rdi = 1;
                        registers.rsi = (unsigned long long)-1;
                        ptrace(PTRACE_SETREGS, pid, NULL, &registers);
                }
        }
        kill(pid, SIGKILL);
        errno = (int)-(long long)registers.rax;
        return by_result((long long)registers.rax >= 0 ? (long)registers.rax : -1, detail);
}
#endif

static const Attempt more[] = {
#ifdef __x86_64__
        { "i386-abi", "second-abi", try_i386 },
        { "x32-abi", "second-abi", try_x32 },
        { "tracer-changes-syscall", "CVE-2017-5206", try_traced },
#endif
        { "newer-syscalls", "CVE-2021-41133", try_newer },
};

enum { N_ROWS = sizeof rows / sizeof *rows, N_MORE = sizeof more / sizeof *more };

size_t n_syscall_attempts(void)
{
        return N_ROWS + N_MORE;
}

Attempt syscall_attempt_at(size_t i)
{
        return i < N_ROWS ? (Attempt){ rows[i].name, rows[i].rows, NULL } : more[i - N_ROWS];
}

Verdict syscall_attempt(size_t i, char *detail)
{
        if (i >= N_ROWS)
                return more[i - N_ROWS].try(detail);
        const long *a = rows[i].arguments;

        return by_result(syscall(rows[i].number, a[0], a[1], a[2], a[3], a[4], a[5]), detail);
}
