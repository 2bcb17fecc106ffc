/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/confine.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

/* Its own memory; pixels are not mapped.  The address sanitizer's counts as well. */
#ifdef __SANITIZE_ADDRESS__
#define DATA_BYTES RLIM_INFINITY
#else
#define DATA_BYTES ((rlim_t)64 * 1024 * 1024)
#endif

enum {
        DESCRIPTORS = 1024, /* of buffers on their way to an agent that does not read */
};

/* Each with what needs it. */
static const int allowed[] = {
        SYS_read,     /* libxcb, the mediator's channel */
        SYS_write,    /* messages for the log */
        SYS_writev,   /* libxcb */
        SYS_recvmsg,  /* both connections */
        SYS_recvfrom, /* base/message.c looks ahead */
        SYS_sendmsg,  /* both connections, with descriptors */
        SYS_sendto,   /* send(2) */
#ifdef SYS_poll
        SYS_poll, /* the loop */
#endif
        SYS_ppoll,          /* libxcb waits with it where there is no poll */
        SYS_close,          /* descriptors of buffers */
        SYS_shutdown,       /* xcb_disconnect */
        SYS_fcntl,          /* their seals, a second one for the other server */
        SYS_memfd_create,   /* host/segment.c */
        SYS_ftruncate,      /* its size */
        SYS_brk,            /* malloc */
        SYS_munmap,         /* malloc */
        SYS_mremap,         /* malloc */
        SYS_madvise,        /* base/rest.c gives back */
        SYS_clock_gettime,  /* where the vDSO has none */
        SYS_gettid,         /* abort() */
        SYS_getpid,         /* abort() */
        SYS_tgkill,         /* abort() */
        SYS_rt_sigprocmask, /* abort() */
        SYS_rt_sigaction,   /* abort() */
        SYS_rt_sigreturn,
        SYS_restart_syscall, /* poll, continued after a stop */
        SYS_futex,           /* libxcb's locks */
        SYS_exit,
        SYS_exit_group,
};

enum {
        HEAD = 4,
        MEMORY = 6,
        ROWS = sizeof allowed / sizeof *allowed,
        N = HEAD + MEMORY + ROWS + 2,
};

static int limit(int resource, rlim_t most)
{
        struct rlimit value = { 0 };

        if (getrlimit(resource, &value) < 0)
                return -errno;
        if (value.rlim_max > most)
                value.rlim_max = most;
        if (value.rlim_cur > value.rlim_max)
                value.rlim_cur = value.rlim_max;
        return setrlimit(resource, &value) < 0 ? -errno : 0;
}

int confine_daemon(void)
{
#ifdef ARCHITECTURE
        struct sock_filter code[N];
        size_t n = 0;
        const struct sock_fprog program = { .len = N, .filter = code };

        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
        /* Memory, but none that runs: the low half of the protection, mmap's and mprotect's third argument. */
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 1, 0);
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 0, 4);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2]));
        code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 1, 0);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES);
        for (size_t i = 0; i < ROWS; i++)
                code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i],
                                                         (uint8_t)(ROWS - i), 0);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
        code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        _Static_assert(ROWS <= UINT8_MAX, "a jump is a byte");
#endif
        if (limit(RLIMIT_CORE, 0) < 0 || limit(RLIMIT_DATA, DATA_BYTES) < 0 || limit(RLIMIT_NOFILE, DESCRIPTORS) < 0)
                return -errno;
        if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
#ifdef ARCHITECTURE
        if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
                return -errno;
#endif
        return 0;
}
