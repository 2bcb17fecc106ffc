/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/mount-op.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/kernel.h"
#include "engine/overlay.h"
#include "engine/source.h"
#include "engine/target.h"

typedef int (*MountOp)(Builder *builder, Tree *tree, const PlanMount *mount, Fault *ret_fault);

enum { MAX_CONTENT = PLAN_MAX_BYTES };

/* What is mounted at the top is the root from now on. */
static int raise_root(Tree *tree, int mount)
{
        int fd = fcntl(mount, F_DUPFD_CLOEXEC, 0);

        if (fd < 0)
                return -errno;
        (void)fd_close(tree->root);
        tree->root = fd;
        return 0;
}

/* The step that failed.  bubblewrap's callers are told which kind of thing could not be made. */
static const char *point_step(const Tree *tree, const Target *target, bool directory)
{
        return target->failed != NULL ? target->failed : tree->contract && directory ? "directory" : "mount point";
}

/* Mounts a detached mount at dest, making the mount point where that may be done. */
static int
place(Builder *builder, Tree *tree, const PlanMount *mount, int fd, bool directory, MountTrust trust, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        int r = target_make_mount_point(builder, tree, mount->dest, directory, &target);

        if (r < 0)
                return fault_set(fault, r, point_step(tree, &target, directory), mount->dest);
        r = builder_attach(builder, tree, fd, target.fd, trust);
        if (r == 0 && target.top)
                r = raise_root(tree, fd);
        return r < 0 ? fault_set(fault, r, "mount", mount->dest) : 0;
}

static int is_directory(int fd)
{
        struct stat st = { 0 };

        if (fstat(fd, &st) < 0)
                return -errno;
        return S_ISDIR(st.st_mode) ? 1 : 0;
}

/* As target_find(), but a link at dest itself is what is found. */
static int find_itself(const Builder *builder, const Tree *tree, const char *dest, Target *ret_target)
{
        const char *slash = strrchr(dest, '/');
        char parent[PATH_MAX];
        struct stat st = { 0 };
        int r, fd;

        if (slash == NULL || slash[1] == '\0' || (size_t)(slash - dest) >= sizeof parent)
                return target_find(builder, tree, dest, false, ret_target);
        memcpy(parent, dest, (size_t)(slash - dest));
        parent[slash - dest] = '\0';
        r = target_find(builder, tree, *parent == '\0' ? "/" : parent, false, ret_target);
        if (r < 0 || ret_target->fd < 0)
                return r;
        fd = kernel_openat2(ret_target->fd, slash + 1, O_PATH | O_NOFOLLOW,
                            RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
        (void)fd_close(ret_target->fd);
        ret_target->fd = fd;
        if (fd < 0)
                return fd;
        if (fstat(fd, &st) < 0)
                return -errno;
        ret_target->type = st.st_mode & S_IFMT;
        return 0;
}

static bool is_writable(int fd)
{
        char path[32];

        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        return access(path, W_OK) == 0;
}

/* What is at dest onto itself: a mount point can't be renamed or removed.  A link too, which leads where it led. */
static int pin(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        CLEANUP(fd_closep) int fd = -1;
        int r = find_itself(builder, tree, mount->dest, &target);

        if (r == 0 && target.fd < 0)
                r = -ENOENT;
        if (r == -ENOENT && (mount->flags & PLAN_MOUNT_OPTIONAL) != 0)
                return 0;
        if (r < 0)
                return fault_set(fault, r, "pin", mount->dest);
        if ((mount->flags & PLAN_MOUNT_GUARD) != 0 && !is_writable(target.fd))
                return 0;
        fd = builder_clone(builder, tree, target.fd, "");
        r = fd < 0 ? fd : kernel_set_mount(fd, source_attributes(mount), true, true);
        if (r == 0)
                r = builder_attach(builder, tree, fd, target.fd, TRUST_HOST);
        return r < 0 ? fault_set(fault, r, "pin", mount->dest) : 0;
}

static int op_bind(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(fd_closep) int source = -1, fd = -1;
        const char *object = mount->source != NULL ? mount->source : mount->slot;
        bool home = mount->source_root != NULL && (mount->flags & PLAN_MOUNT_RW) != 0;
        int r, directory;

        if ((mount->flags & PLAN_MOUNT_PIN) != 0)
                return pin(builder, tree, mount, fault);
        source = source_open(mount, builder->slots);
        if (source == -ENOENT && (mount->flags & PLAN_MOUNT_OPTIONAL) != 0)
                return 0;
        if (source < 0)
                return fault_set(fault, source, "bind", object);
        directory = is_directory(source);
        fd = directory < 0 ? directory : kernel_clone_tree(source, "");
        r = fd < 0 ? fd
                   : kernel_set_mount(fd, source_attributes(mount), (mount->flags & PLAN_MOUNT_AS_HOST) == 0, true);
        if (r < 0)
                return fault_set(fault, r, "bind", object);
        r = place(builder, tree, mount, fd, directory == 1, home ? TRUST_HOME : TRUST_HOST, fault);
        /* The app put something else in its way, in a home of its own. */
        if ((r == -ELOOP || r == -ENOTDIR || r == -EISDIR) && (mount->flags & PLAN_MOUNT_OPTIONAL) != 0)
                r = 0;
        return r;
}

static int op_tmpfs(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(fd_closep)
        int fd = tree->contract ? builder_contract_tmpfs(mount->mode, mount->size)
                                : builder_tmpfs(mount->mode, mount->size, (mount->flags & PLAN_MOUNT_NOEXEC) != 0);

        if (fd < 0)
                return fault_set(fault, fd, "tmpfs", mount->dest);
        return place(builder, tree, mount, fd, true, TRUST_OURS, fault);
}

static int op_shared(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(fd_closep) int fd = builder_shared(builder, tree, mount);
        int r = fd < 0 ? fd : kernel_set_mount(fd, source_attributes(mount), true, false);

        if (r < 0)
                return fault_set(fault, r, "shared tmpfs", mount->dest);
        return place(builder, tree, mount, fd, true, TRUST_OURS, fault);
}

static int op_overlay(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        bool writable = (mount->flags & PLAN_MOUNT_RW) != 0;
        CLEANUP(fd_closep) int fd = overlay_open(builder, tree, mount);

        if (fd < 0)
                return fault_set(fault, fd, "overlay", mount->dest);
        return place(builder, tree, mount, fd, true, writable ? TRUST_HOME : TRUST_HOST, fault);
}

/* The kernel's side of a file system; its other side waits under its name for the program that serves it.  The device
 * is opened here, since both must belong to one user namespace, and everyone below that may use what is mounted. */
static int op_fuse(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(fd_closep) int device = open("/dev/fuse", O_RDWR | O_CLOEXEC), fd = -1;
        char number[16];
        const KernelOption options[] = { { "fd", number },    { "rootmode", "40000" }, { "user_id", "0" },
                                         { "group_id", "0" }, { "allow_other", NULL }, { NULL, NULL } };
        int r;

        if (device < 0)
                return fault_set(fault, -errno, "open", "/dev/fuse");
        (void)snprintf(number, sizeof number, "%d", device);
        fd = kernel_new_mount("fuse", options, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
        r = fd < 0 ? fd : slots_add(builder->slots, mount->slot, device);
        if (r < 0)
                return fault_set(fault, r, "fuse", mount->dest);
        (void)fd_steal(&device);
        return place(builder, tree, mount, fd, true, TRUST_HOST, fault);
}

static int op_devpts(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        static const KernelOption options[] = {
                { "newinstance", NULL }, { "ptmxmode", "0666" }, { "mode", "0620" }, { NULL, NULL }
        };
        CLEANUP(fd_closep) int fd = kernel_new_mount("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

        if (fd < 0)
                return fault_set(fault, fd, "devpts", mount->dest);
        return place(builder, tree, mount, fd, true, TRUST_HOST, fault);
}

static int op_directory(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        int r = target_find(builder, tree, mount->dest, true, &target);

        if (r < 0 && target.failed != NULL)
                return fault_set(fault, r, target.failed, mount->dest);
        if (r == 0 && target.fd >= 0)
                r = target.type == S_IFDIR ? 0 : -ENOTDIR;
        else if (r == 0)
                r = target.trust == TRUST_HOST                                               ? -ENOENT
                    : mkdirat(target.parent, target.name, (mode_t)(mount->mode & 07777)) < 0 ? -errno
                                                                                             : 0;
        return r < 0 ? fault_set(fault, r, "directory", mount->dest) : 0;
}

static int op_symlink(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        char parent[PATH_MAX], text[PATH_MAX];
        const char *slash = strrchr(mount->dest, '/');
        ssize_t n;
        int r;

        /* The last component must not be followed: find the directory, then look at the name. */
        if (slash == NULL || slash[1] == '\0' || (size_t)(slash - mount->dest) >= sizeof parent)
                return fault_set(fault, -EINVAL, "symlink", mount->dest);
        memcpy(parent, mount->dest, (size_t)(slash - mount->dest));
        parent[slash - mount->dest] = '\0';
        r = target_make(builder, tree, *parent == '\0' ? "/" : parent, true, &target);
        /* In a home that an app wrote to there may be anything on the way. */
        if ((r == -ENOTDIR || r == -ELOOP) && (mount->flags & PLAN_MOUNT_OPTIONAL) != 0)
                return 0;
        if (r < 0)
                return fault_set(fault, r, tree->contract ? "parents" : "symlink", mount->dest);
        r = tree_may_make(tree, target.fd);
        if (r == 0 && symlinkat(mount->source, target.fd, slash + 1) < 0)
                r = -errno;
        /* What is there already may be the same. */
        if (r < 0) {
                n = readlinkat(target.fd, slash + 1, text, sizeof text - 1);
                if (n >= 0)
                        text[n] = '\0';
                r = n >= 0 && strcmp(text, mount->source) == 0 ? 0 : n >= 0 || errno == EINVAL ? -EEXIST : r;
        }
        if (r == -EEXIST && (mount->flags & PLAN_MOUNT_OPTIONAL) != 0)
                r = 0;
        return r < 0 ? fault_set(fault, r, "symlink", mount->dest) : 0;
}

/* What a file will hold: the plan's bytes, or all that can be read from a slot. */
typedef struct Content {
        const char *bytes;
        size_t n;
        int fd; /* -1: bytes */
} Content;

static int write_content(int file, const Content *content)
{
        char part[16384];
        ssize_t got = 0;
        int r = content->fd < 0 ? fd_write_all(file, content->bytes, content->n) : 0;

        while (content->fd >= 0 && r == 0 && (got = read(content->fd, part, sizeof part)) != 0)
                r = got > 0 ? fd_write_all(file, part, (size_t)got) : errno == EINTR ? 0 : -errno;
        return r;
}

/* The file itself, with its content, in a directory that is ours.  Portals read /.flatpak-info through /proc/PID/root;
 * while a mount namespace is torn down a bind over an empty file is gone before the file is, and an empty file would
 * name another application. */
static int write_in_place(Target *target, const Content *content, mode_t mode)
{
        CLEANUP(fd_closep)
        int fd = openat(target->parent, target->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        int r = fd < 0 ? -errno : write_content(fd, content);

        if (r < 0)
                return r;
        if (fchmod(fd, mode) < 0)
                return -errno;
        target->fd = kernel_openat2(target->parent, target->name, O_PATH | O_NOFOLLOW, 0);
        return target->fd < 0 ? target->fd : 0;
}

/* A file of the hidden tmpfs, mounted over dest. */
static int bind_content(Builder *builder, Tree *tree, const PlanMount *mount, const Content *content, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        CLEANUP(fd_closep) int file = -1, fd = -1;
        char name[16] = "";
        int r;

        file = builder_new_file(builder, tree, mount->mode & 07777, name);
        r = file < 0 ? file : write_content(file, content);
        if (r < 0)
                return fault_set(fault, r, "file", mount->dest);
        r = target_make_mount_point(builder, tree, mount->dest, false, &target);
        if (r < 0)
                return fault_set(fault, r, point_step(tree, &target, false), mount->dest);
        fd = builder_file(builder, tree, name);
        r = fd < 0 ? fd : kernel_set_mount(fd, source_attributes(mount), true, false);
        if (r == 0)
                r = builder_attach(builder, tree, fd, target.fd, TRUST_HOST);
        return r < 0 ? fault_set(fault, r, "file", mount->dest) : 0;
}

/* A file for the app to have and to change, in a home of its own where there is none. */
static int
offer_file(const Builder *builder, const Tree *tree, const PlanMount *mount, const Content *content, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        int r = target_find(builder, tree, mount->dest, true, &target);

        if (r == 0 && target.fd < 0)
                r = target.trust == TRUST_HOST ? -ENOENT
                                               : write_in_place(&target, content, (mode_t)(mount->mode & 07777));
        if (r == -ELOOP || r == -ENOTDIR || r == -EEXIST)
                r = 0;
        return r < 0 ? fault_set(fault, r, "file", mount->dest) : 0;
}

static int put_file(Builder *builder, Tree *tree, const PlanMount *mount, const Content *content, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        CLEANUP(fd_closep) int fd = -1;
        int r = tree->contract ? 0 : target_find(builder, tree, mount->dest, true, &target);

        if (r == 0 && (tree->contract || target.fd >= 0 || target.trust != TRUST_OURS))
                return bind_content(builder, tree, mount, content, fault);
        if (r == 0)
                r = write_in_place(&target, content, (mode_t)(mount->mode & 07777));
        if (r == 0 && (mount->flags & PLAN_MOUNT_RW) == 0) {
                fd = builder_clone(builder, tree, target.fd, "");
                r = fd < 0 ? fd : kernel_set_mount(fd, source_attributes(mount), true, false);
                if (r == 0)
                        r = builder_attach(builder, tree, fd, target.fd, TRUST_HOST);
        }
        return r < 0 ? fault_set(fault, r, "file", mount->dest) : 0;
}

/* The content goes to what dest is, made where nothing is; nothing is mounted. */
static int
overwrite(const Builder *builder, const Tree *tree, const PlanMount *mount, const Content *content, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        CLEANUP(fd_closep) int fd = -1;
        char path[32];
        int r = target_find(builder, tree, mount->dest, true, &target);

        if (r < 0)
                return fault_set(fault, r, target.failed != NULL ? target.failed : "create file", mount->dest);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", target.fd);
        fd = target.fd >= 0 ? open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
                            : openat(target.parent, target.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                                     (mode_t)(mount->mode & 07777));
        if (fd < 0)
                return fault_set(fault, -errno, "create file", mount->dest);
        r = write_content(fd, content);
        return r < 0 ? fault_set(fault, r, "file", mount->dest) : 0;
}

static int op_file(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(freep) char *read_bytes = NULL;
        Content content = { mount->content == NULL ? "" : mount->content, mount->n_content, -1 };
        int r = 0;

        if (mount->slot != NULL && (mount->flags & PLAN_MOUNT_AS_HOST) != 0) {
                content.fd = slots_get(builder->slots, mount->slot);
        } else if (mount->slot != NULL) {
                int slot = slots_get(builder->slots, mount->slot);

                /* A memfd may serve several boxes: each reads it from its start. */
                (void)lseek(slot, 0, SEEK_SET);
                r = slot < 0 ? -EBADF : fd_read_all(slot, MAX_CONTENT, &read_bytes, &content.n);
                content.bytes = read_bytes;
        }
        if (r < 0)
                return fault_set(fault, r, "file", mount->dest);
        if ((mount->flags & PLAN_MOUNT_OPTIONAL) != 0)
                return offer_file(builder, tree, mount, &content, fault);
        return (mount->flags & PLAN_MOUNT_IN_PLACE) != 0 ? overwrite(builder, tree, mount, &content, fault)
                                                         : put_file(builder, tree, mount, &content, fault);
}

static int op_mask(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        CLEANUP(fd_closep) int fd = -1;
        int r = target_find(builder, tree, mount->dest, false, &target);

        if (r == -ENOENT || (r == 0 && target.fd < 0))
                return 0;
        if (r == 0) {
                fd = builder_empty(builder, tree, target.type == S_IFDIR);
                r = fd < 0 ? fd : kernel_set_mount(fd, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC, true, false);
        }
        if (r == 0)
                r = builder_attach(builder, tree, fd, target.fd, TRUST_HOST);
        return r < 0 ? fault_set(fault, r, "mask", mount->dest) : 0;
}

/* For what the box's init mounts: only the place. */
static int op_mount_point(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        int r = target_make(builder, tree, mount->dest, true, &target);

        return r < 0 ? fault_set(fault, r, "mount point", mount->dest) : 0;
}

static int op_chmod(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        char path[32];
        int r = target_find(builder, tree, mount->dest, false, &target);

        if (r == 0)
                r = target.fd < 0 ? -ENOENT : tree_may_make(tree, target.fd) < 0 ? -EPERM : 0;
        if (r == 0) {
                (void)snprintf(path, sizeof path, "/proc/self/fd/%d", target.fd);
                r = chmod(path, (mode_t)mount->mode) < 0 ? -errno : 0;
        }
        return r < 0 ? fault_set(fault, r, "mode", mount->dest) : 0;
}

static int enter_new(Builder *builder,
                     Tree *tree,
                     const PlanMount *mount,
                     const char *type,
                     const KernelOption *options,
                     Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        CLEANUP(fd_closep) int fd = -1;
        int r = target_make_mount_point(builder, tree, mount->dest, true, &target);

        if (r < 0)
                return fault_set(fault, r, point_step(tree, &target, true), mount->dest);
        fd = kernel_new_mount(type, options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        r = fd < 0 ? fd : kernel_move_mount(fd, target.fd);
        if (r == 0 && target.top)
                r = raise_root(tree, fd);
        return r < 0 ? fault_set(fault, r, type, mount->dest) : 0;
}

/* The parts of /proc through which the machine is set.  They belong to the host's root and no mode lets another user
 * write, so this does something only where that root is the caller. */
static int guard_proc(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        static const char *const parts[] = { "sys", "sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi" };
        CLEANUP(target_clear) Target proc = { .fd = -1, .parent = -1 };
        int r = target_find(builder, tree, mount->dest, false, &proc);

        if (r < 0)
                return fault_set(fault, r, "proc", mount->dest);
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
                CLEANUP(fd_closep) int part = kernel_openat2(proc.fd, parts[i], O_PATH | O_NOFOLLOW, 0), fd = -1;

                if (part < 0)
                        continue;
                fd = kernel_clone_tree(part, "");
                r = fd < 0 ? fd : kernel_set_mount(fd, MOUNT_ATTR_RDONLY, true, true);
                if (r == 0)
                        r = kernel_move_mount(fd, part);
                if (r < 0)
                        return fault_set(fault, r, "proc", parts[i]);
        }
        return 0;
}

static int enter_proc(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        KernelOption options[3] = { 0 };
        size_t n = 0;
        int r;

        if ((mount->flags & PLAN_MOUNT_PIDS_ONLY) != 0)
                options[n++] = (KernelOption){ "subset", "pid" };
        if ((mount->flags & PLAN_MOUNT_HIDE_PIDS) != 0)
                options[n++] = (KernelOption){ "hidepid", "invisible" };
        r = enter_new(builder, tree, mount, "proc", options, fault);
        return r < 0 || !builder->root_caller ? r : guard_proc(builder, tree, mount, fault);
}

static int enter_mqueue(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        return enter_new(builder, tree, mount, "mqueue", NULL, fault);
}

static int enter_read_only(Builder *builder, Tree *tree, const PlanMount *mount, Fault *fault)
{
        CLEANUP(target_clear) Target target = { .fd = -1, .parent = -1 };
        int r = target_find(builder, tree, mount->dest, false, &target);

        if (r == 0)
                r = target.fd < 0 ? -ENOENT : kernel_set_mount(target.fd, MOUNT_ATTR_RDONLY, false, false);
        return r < 0 ? fault_set(fault, r, "read-only", mount->dest) : 0;
}

/* kind → by the keeper; by the init.  A kind with an enter function is late. */
static const struct {
        MountOp build, enter;
} ops[] = {
        [PLAN_MOUNT_BIND] = { op_bind, NULL },       [PLAN_MOUNT_TMPFS] = { op_tmpfs, NULL },
        [PLAN_MOUNT_SHARED] = { op_shared, NULL },   [PLAN_MOUNT_PROC] = { op_mount_point, enter_proc },
        [PLAN_MOUNT_DEVPTS] = { op_devpts, NULL },   [PLAN_MOUNT_MQUEUE] = { op_mount_point, enter_mqueue },
        [PLAN_MOUNT_DIR] = { op_directory, NULL },   [PLAN_MOUNT_FILE] = { op_file, NULL },
        [PLAN_MOUNT_SYMLINK] = { op_symlink, NULL }, [PLAN_MOUNT_MASK] = { op_mask, NULL },
        [PLAN_MOUNT_RO] = { NULL, enter_read_only }, [PLAN_MOUNT_OVERLAY] = { op_overlay, NULL },
        [PLAN_MOUNT_CHMOD] = { op_chmod, NULL },     [PLAN_MOUNT_FUSE] = { op_fuse, NULL },
};
static_assert(sizeof ops / sizeof *ops == _PLAN_MOUNT_MAX, "every kind of mount has its row");

static bool lies_below(const char *path, const char *top)
{
        size_t n = strlen(top);

        return strncmp(path, top, n) == 0 && path[n] == '/';
}

/* Below a mount that the init makes? */
static bool is_below_late(const PlanBox *box, size_t i)
{
        for (size_t k = 0; k < i; k++)
                if ((box->mounts[k].kind == PLAN_MOUNT_PROC || box->mounts[k].kind == PLAN_MOUNT_MQUEUE) &&
                    lies_below(box->mounts[i].dest, box->mounts[k].dest))
                        return true;
        return false;
}

int mount_ops_build(Builder *builder, const PlanBox *box, Fault *fault)
{
        CLEANUP(tree_clear) Tree tree = { .root = -1 };
        size_t i = 0;
        int r = tree_begin(builder, box, &tree, &i);

        if (r < 0)
                return fault_set(fault, r, "root", box->name);
        for (; i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];

                if (mount->kind >= _PLAN_MOUNT_MAX)
                        return fault_set(fault, -EINVAL, "mount", mount->dest);
                if (ops[mount->kind].build == NULL || is_below_late(box, i))
                        continue;
                r = ops[mount->kind].build(builder, &tree, mount, fault);
                if (r < 0)
                        return r;
        }
        r = tree_finish(builder, &tree);
        return r < 0 ? fault_set(fault, r, "root", box->name) : r;
}

int mount_ops_enter(Builder *builder, const PlanBox *box, int root, Fault *fault)
{
        CLEANUP(tree_clear) Tree tree = { .root = root, .entered = true };

        for (size_t i = 0; i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];
                MountOp op = ops[mount->kind].enter;
                int r;

                if (op == NULL && is_below_late(box, i))
                        op = ops[mount->kind].build;
                r = op == NULL ? 0 : op(builder, &tree, mount, fault);
                if (r < 0)
                        return r;
        }
        return 0;
}

/* bubblewrap's rule: what is closed to group or others lies in directories that are, too. */
static mode_t parent_mode(const PlanMount *mount)
{
        bool makes = mount->kind == PLAN_MOUNT_TMPFS || mount->kind == PLAN_MOUNT_DIR || mount->kind == PLAN_MOUNT_FILE;

        return !makes ? 0755
                      : 0755 & ~((mount->mode & 0070) == 0 ? 0050u : 0u) & ~((mount->mode & 0007) == 0 ? 0005u : 0u);
}

int mount_ops_run(Builder *builder, const PlanBox *box, size_t first, Tree *tree, size_t *ret_at, Fault *fault)
{
        for (size_t i = first; i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];
                MountOp op = ops[mount->kind].enter != NULL ? ops[mount->kind].enter : ops[mount->kind].build;
                int r;

                *ret_at = i;
                tree->parent_mode = parent_mode(mount);
                r = op(builder, tree, mount, fault);
                if (r < 0)
                        return r;
        }
        return 0;
}
