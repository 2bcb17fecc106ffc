/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Thin on purpose: what the engine asks of the kernel, in one place to read. */
#include "engine/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

int kernel_openat2(int dir, const char *path, int flags, uint64_t resolve)
{
        struct open_how how = { .flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve };
        long fd;

        /* EAGAIN: a rename elsewhere raced with the walk (openat2(2)); it is the caller's word to try again. */
        do
                fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
        while (fd < 0 && (errno == EINTR || errno == EAGAIN));
        return fd < 0 ? -errno : (int)fd;
}

int kernel_clone_tree(int dir, const char *path)
{
        int flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | (*path == '\0' ? AT_EMPTY_PATH : 0);
        int fd = open_tree(dir, path, (unsigned)flags);

        return fd < 0 ? -errno : fd;
}

int kernel_set_mount(int fd, uint64_t set, bool private, bool recursive)
{
        struct mount_attr attributes = { .attr_set = set, .propagation = private ? MS_PRIVATE : 0 };
        int flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

        return mount_setattr(fd, "", (unsigned)flags, &attributes, sizeof attributes) < 0 ? -errno : 0;
}

int kernel_move_mount(int from_fd, int to_fd)
{
        return move_mount(from_fd, "", to_fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0 ? -errno : 0;
}

int kernel_new_mount(const char *type, const KernelOption *options, uint64_t attributes)
{
        CLEANUP(fd_closep) int fs = fsopen(type, FSOPEN_CLOEXEC);
        int fd;

        if (fs < 0)
                return -errno;
        for (; options != NULL && options->key != NULL; options++)
                if (fsconfig(fs, options->value == NULL ? FSCONFIG_SET_FLAG : FSCONFIG_SET_STRING, options->key,
                             options->value, 0) < 0)
                        return -errno;
        if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -errno;
        fd = fsmount(fs, FSMOUNT_CLOEXEC, (unsigned)attributes);
        return fd < 0 ? -errno : fd;
}

/* CLONE_NEWTIME has the number of a signal and CLONE_INTO_CGROUP is wider than clone(2)'s flags, so only the newer call
 * can tell them. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the kernel writes to it */
static long clone3(uint64_t flags, int cgroup, int *pidfd)
{
        struct clone_args arguments = { .flags = flags,
                                        .pidfd = (uint64_t)(uintptr_t)pidfd,
                                        .exit_signal = SIGCHLD,
                                        .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0 };

        return syscall(SYS_clone3, &arguments, sizeof arguments);
}

static long clone_by_flags(uint64_t flags, int cgroup, int *pidfd)
{
        /* The raw call: its first three arguments are flags, stack and the pidfd's place on x86-64 and arm64 alike.
         * clone3(2) only where it must be: containers' filters know it less. */
        return (flags & (CLONE_NEWTIME | CLONE_INTO_CGROUP)) != 0
                       ? clone3(flags, cgroup, pidfd)
                       : syscall(SYS_clone, flags | SIGCHLD, NULL, pidfd, NULL, NULL);
}

pid_t kernel_fork(uint64_t namespaces, int cgroup, int *ret_pidfd)
{
        uint64_t flags = namespaces | (ret_pidfd != NULL ? CLONE_PIDFD : 0) | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0);
        int pidfd = -1;
        long pid;

        pid = clone_by_flags(flags, cgroup, &pidfd);
        /* A kernel built without time namespaces: a new one begins without offsets, so nothing is lost. */
        if (pid < 0 && errno == EINVAL && (flags & CLONE_NEWTIME) != 0)
                pid = clone_by_flags(flags & ~(uint64_t)CLONE_NEWTIME, cgroup, &pidfd);
        if (pid < 0)
                return -errno;
        if (pid > 0 && ret_pidfd != NULL)
                *ret_pidfd = pidfd;
        return (pid_t)pid;
}

pid_t kernel_vfork(int (*run)(void *argument), void *argument)
{
        enum { STACK_BYTES = 128 * 1024 };
        /* cppcheck-suppress invalidFunctionArg ; an anonymous mapping has no file */
        char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
        pid_t pid;

        if (stack == MAP_FAILED)
                return -errno;
        pid = clone(run, stack + STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, argument);
        pid = pid < 0 ? -errno : pid;
        (void)munmap(stack, STACK_BYTES);
        return pid;
}

int64_t kernel_now_ms(void)
{
        struct timespec now = { 0 };

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool kernel_can_connect(const char *path)
{
        static const int types[] = { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM };
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        if (strlen(path) >= sizeof address.sun_path)
                return false;
        strcpy(address.sun_path, path);
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
                CLEANUP(fd_closep) int fd = socket(AF_UNIX, types[i] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

                /* EAGAIN: so many are waiting to be accepted that it must be listening. */
                if (fd >= 0 && (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN))
                        return true;
                if (errno != EPROTOTYPE)
                        return false;
        }
        return false;
}
