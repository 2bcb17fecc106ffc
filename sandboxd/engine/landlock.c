/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One ruleset for one program.  Rights add up from the root downwards, so a rule can grant more than the one above it
 * and never less: what is read-only below something writable is held by its mount alone. */
#include "engine/landlock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

/* As of Landlock ABI 7; <linux/landlock.h> may be older than the kernel that this runs on. */
typedef struct Ruleset {
        uint64_t files, net, scopes;
} Ruleset;

typedef struct PortRule {
        uint64_t rights, port;
} PortRule;

enum {
        ABI_REFER = 2, /* without it no file can be moved between directories */
        ABI_TRUNCATE = 3,
        ABI_NET = 4,
        ABI_IOCTL_DEV = 5,
        ABI_SCOPES = 6,
        ABI_LOG = 7,
        RULE_NET_PORT = 2,
        LOG_SUBDOMAINS_OFF = 1 << 2,
        SCOPE_ABSTRACT = 1 << 0,
        SCOPE_SIGNAL = 1 << 1,
        NET_BIND_TCP = 1 << 0,
        NET_CONNECT_TCP = 1 << 1,
};
static_assert((int)PLAN_LANDLOCK_ABSTRACT == (int)SCOPE_ABSTRACT, "the plan's words are the kernel's bits");
static_assert((int)PLAN_LANDLOCK_SIGNAL == (int)SCOPE_SIGNAL, "the plan's words are the kernel's bits");

#define EXECUTE ((uint64_t)LANDLOCK_ACCESS_FS_EXECUTE)
#define READ ((uint64_t)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR))
#define REFER ((uint64_t)1 << 13)
#define TRUNCATE ((uint64_t)1 << 14)
#define IOCTL_DEV ((uint64_t)1 << 15)
#define WRITE_FILE ((uint64_t)LANDLOCK_ACCESS_FS_WRITE_FILE | TRUNCATE)
/* All but the making of devices: nothing grants that. */
#define WRITE                                                                                                          \
        (WRITE_FILE | REFER |                                                                                          \
         (uint64_t)(LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
                    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |        \
                    LANDLOCK_ACCESS_FS_MAKE_SYM))
#define DEVICES ((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK))
#define OF_FILES (EXECUTE | WRITE_FILE | IOCTL_DEV | (uint64_t)LANDLOCK_ACCESS_FS_READ_FILE)

static uint64_t files_of_abi(long abi)
{
        uint64_t all = EXECUTE | READ | WRITE | DEVICES | IOCTL_DEV;

        return all & ~(abi < ABI_TRUNCATE ? TRUNCATE : 0) & ~(abi < ABI_IOCTL_DEV ? IOCTL_DEV : 0);
}

/* Is there a later line that makes it read-only? */
static bool is_made_read_only(const PlanBox *box, size_t i)
{
        for (size_t j = i + 1; j < box->n_mounts; j++)
                if (box->mounts[j].kind == PLAN_MOUNT_RO && strcmp(box->mounts[j].dest, box->mounts[i].dest) == 0)
                        return true;
        return false;
}

/* What a mount is there for, beside being read. */
static uint64_t rights_of(const PlanBox *box, size_t i)
{
        const PlanMount *mount = &box->mounts[i];
        bool writable = (mount->flags & PLAN_MOUNT_RW) != 0;
        uint64_t rights = (mount->flags & PLAN_MOUNT_NOEXEC) != 0 ? 0 : EXECUTE;

        switch (mount->kind) {
        case PLAN_MOUNT_BIND:
                rights |= (mount->flags & PLAN_MOUNT_DEVICE) != 0 ? WRITE_FILE | IOCTL_DEV : 0;
                return rights | (writable ? WRITE : 0);
        case PLAN_MOUNT_SHARED:
        case PLAN_MOUNT_OVERLAY:
        case PLAN_MOUNT_FILE:
        case PLAN_MOUNT_FUSE:
                return rights | (writable ? WRITE : 0);
        case PLAN_MOUNT_TMPFS:
                return rights | (is_made_read_only(box, i) ? 0 : WRITE);
        case PLAN_MOUNT_MQUEUE:
                /* mq_open(3) goes by a mount of the kernel's own, which lies below no root. */
                return WRITE | READ;
        case PLAN_MOUNT_PROC:
                return WRITE_FILE;
        case PLAN_MOUNT_DEVPTS:
                return WRITE_FILE | IOCTL_DEV;
        case PLAN_MOUNT_DIR:
        case PLAN_MOUNT_SYMLINK:
        case PLAN_MOUNT_MASK:
        case PLAN_MOUNT_RO:
        case PLAN_MOUNT_CHMOD:
        case _PLAN_MOUNT_MAX:
                break;
        }
        return 0;
}

/* Where something is not to be executed, the root can't say that everything is. */
static uint64_t rights_of_all(const PlanBox *box)
{
        for (size_t i = 0; i < box->n_mounts; i++)
                if ((box->mounts[i].flags & PLAN_MOUNT_NOEXEC) != 0)
                        return READ;
        return READ | EXECUTE;
}

static int add_path(int ruleset, int fd, uint64_t rights)
{
        struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };

        if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0)
                return 0;
        /* It is no directory. */
        rule.allowed_access &= OF_FILES;
        if (errno != EINVAL || rule.allowed_access == 0)
                return -errno;
        return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ? 0 : -errno;
}

static int add_mount(int ruleset, const char *dest, uint64_t rights)
{
        CLEANUP(fd_closep) int fd = open(dest, O_PATH | O_CLOEXEC);

        /* Optional, or below a directory that the box's own user may not search. */
        if (fd < 0)
                return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -errno;
        return add_path(ruleset, fd, rights);
}

static int add_descriptor(int ruleset, int fd, uint64_t handled)
{
        int flags = fcntl(fd, F_GETFL);
        struct stat st = { 0 };
        uint64_t rights = 0;
        int r;

        if (flags < 0 || fstat(fd, &st) < 0 || (!S_ISREG(st.st_mode) && !S_ISCHR(st.st_mode)))
                return 0;
        if ((flags & O_ACCMODE) != O_WRONLY)
                rights |= LANDLOCK_ACCESS_FS_READ_FILE;
        if ((flags & O_ACCMODE) != O_RDONLY)
                rights |= WRITE_FILE;
        if (S_ISCHR(st.st_mode))
                rights |= IOCTL_DEV;
        r = add_path(ruleset, fd, rights & handled);
        /* A memfd is in no tree that could be restricted. */
        return r == -EBADFD ? 0 : r;
}

static int add_files(int ruleset, const PlanBox *box, uint64_t handled)
{
        uint64_t all = rights_of_all(box);
        int r = add_mount(ruleset, "/", all);

        for (size_t i = 0; r == 0 && i < box->n_mounts; i++) {
                uint64_t rights = rights_of(box, i) & handled;

                if ((rights & ~all) != 0)
                        r = add_mount(ruleset, box->mounts[i].dest, rights);
        }
        return r;
}

static int add_ports(int ruleset, const uint32_t *ports, size_t n, uint64_t right)
{
        for (size_t i = 0; i < n; i++) {
                PortRule rule = { .rights = right, .port = ports[i] };

                if (syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) < 0)
                        return -errno;
        }
        return 0;
}

static int fill(int ruleset, const PlanProgram *program, const PlanBox *box, const Ruleset *handled)
{
        int r = handled->files == 0 ? 0 : add_files(ruleset, box, handled->files);

        if (r == 0)
                r = add_ports(ruleset, program->connect_ports, program->n_connect_ports, NET_CONNECT_TCP);
        if (r == 0)
                r = add_ports(ruleset, program->bind_ports, program->n_bind_ports, NET_BIND_TCP);
        return r;
}

static long read_abi(void)
{
        return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

/* What this kernel can hold of what the program asks for. */
static Ruleset handled_of(const PlanProgram *program, long abi)
{
        Ruleset handled = { .scopes = program->landlock & (PLAN_LANDLOCK_ABSTRACT | PLAN_LANDLOCK_SIGNAL) };

        if ((program->landlock & PLAN_LANDLOCK_CONNECT) != 0)
                handled.net |= NET_CONNECT_TCP;
        if ((program->landlock & PLAN_LANDLOCK_BIND) != 0)
                handled.net |= NET_BIND_TCP;
        if ((program->landlock & PLAN_LANDLOCK_FILES) != 0 && abi >= ABI_REFER)
                handled.files = files_of_abi(abi);
        return handled;
}

int landlock_prepare(const PlanProgram *program, const PlanBox *box, int *ret_ruleset, Fault *fault)
{
        CLEANUP(fd_closep) int fd = -1;
        Ruleset handled;
        long abi;
        int r;

        *ret_ruleset = -1;
        if (program->landlock == 0)
                return 0;
        abi = read_abi();
        handled = handled_of(program, abi);
        if ((handled.scopes != 0 && abi < ABI_SCOPES) || (handled.net != 0 && abi < ABI_NET))
                return fault_set(fault, -EOPNOTSUPP, "landlock", NULL);
        if (handled.files == 0 && handled.net == 0 && handled.scopes == 0)
                return 0;
        /* Older kernels know a shorter structure, and refuse none whose further bytes are zero. */
        fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
        if (fd < 0)
                return fault_set(fault, -errno, "landlock", NULL);
        r = fill(fd, program, box, &handled);
        if (r < 0)
                return fault_set(fault, r, "landlock rule", NULL);
        *ret_ruleset = fd_steal(&fd);
        return 0;
}

int landlock_restrict(const PlanProgram *program, int ruleset, const int *fds, size_t n_fds, Fault *fault)
{
        long abi = read_abi();
        uint64_t files = handled_of(program, abi).files;
        int r = 0;

        for (size_t i = 0; r == 0 && files != 0 && i < n_fds; i++)
                r = add_descriptor(ruleset, fds[i], files);
        if (r < 0)
                return fault_set(fault, r, "landlock rule", NULL);
        /* The kernel's log hears of what a program is refused while it is the one that was restricted: none, after the
         * exec.  Domains that the app makes itself could fill it. */
        if (syscall(SYS_landlock_restrict_self, ruleset, abi >= ABI_LOG ? LOG_SUBDOMAINS_OFF : 0) < 0)
                return fault_set(fault, -errno, "landlock", NULL);
        return 0;
}
