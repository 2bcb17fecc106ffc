/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/builder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/kernel.h"
#include "engine/overlay.h"
#include "engine/source.h"

enum {
        /* Skeletons hold directories, links and the contents that stand in a plan (PLAN_MAX_BYTES) and nothing else. */
        SKELETON_BYTES = 8 * 1024 * 1024,
        /* Of a tmpfs: one file for each KiB, and so many at least. */
        MIN_FILES = 4096,
};

void builder_init(Builder *builder, Slots *slots, bool root_caller, bool staging)
{
        *builder = (Builder){
                .slots = slots, .root_caller = root_caller, .staging = staging, .staging_fd = -1, .files_fd = -1
        };
}

void builder_clear(Builder *builder)
{
        /* Those that were not staged are detached mounts, which end with their last descriptor; the kernel waits a
         * grace period for that, so they end with the process. */
        for (size_t i = 0; i < builder->n_shared; i++)
                if (builder->shared_staged[i])
                        (void)fd_close(builder->shared[i].fd);
        if (builder->files_staged)
                (void)fd_close(builder->files_fd);
        free(builder->shared);
        free(builder->shared_staged);
        if (builder->staging_fd >= 0 && fchdir(builder->staging_fd) == 0)
                (void)umount2(".", MNT_DETACH);
        (void)fd_close(builder->staging_fd);
        builder_init(builder, NULL, false, false);
}

/* files: how many it may hold; 0: as many as the kernel lets it. */
static int new_tmpfs(uint32_t mode, uint64_t size, uint64_t files, bool noexec)
{
        char mode_text[16], size_text[24], files_text[24];
        KernelOption options[4] = { { "mode", mode_text } };
        size_t n = 1;

        (void)snprintf(mode_text, sizeof mode_text, "%o", mode);
        (void)snprintf(size_text, sizeof size_text, "%" PRIu64, size);
        (void)snprintf(files_text, sizeof files_text, "%" PRIu64, files);
        if (size != PLAN_SIZE_KERNEL)
                options[n++] = (KernelOption){ "size", size_text };
        if (files != 0)
                options[n++] = (KernelOption){ "nr_inodes", files_text };
        return kernel_new_mount("tmpfs", options,
                                MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | (noexec ? MOUNT_ATTR_NOEXEC : 0));
}

int builder_tmpfs(uint32_t mode, uint64_t size, bool noexec)
{
        if (size == 0)
                size = SKELETON_BYTES;
        return new_tmpfs(mode, size, MIN_FILES + size / 1024, noexec);
}

int builder_contract_tmpfs(uint32_t mode, uint64_t size)
{
        return new_tmpfs(mode, size, 0, false);
}

/* Hangs one detached mount below the staging tmpfs. */
static int stage_one(Builder *builder, int fd, bool *staged)
{
        CLEANUP(fd_closep) int place = -1;
        char name[16];
        int r;

        if (*staged)
                return 0;
        (void)snprintf(name, sizeof name, "%u", builder->n_staged++);
        if (mkdirat(builder->staging_fd, name, 0700) < 0)
                return -errno;
        place = openat(builder->staging_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (place < 0)
                return -errno;
        r = kernel_move_mount(fd, place);
        *staged = r == 0;
        return r;
}

/* From now on staged: all that this builder has, and this tree. */
static int stage(Builder *builder, Tree *tree)
{
        int r;

        builder->staging = true;
        if (builder->staging_fd < 0) {
                CLEANUP(fd_closep) int fd = builder_tmpfs(0700, 0, true), top = -1;

                if (fd < 0)
                        return fd;
                top = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
                if (top < 0)
                        return -errno;
                r = kernel_move_mount(fd, top);
                if (r < 0)
                        return r;
                builder->staging_fd = fd_steal(&fd);
        }
        for (size_t i = 0; i < builder->n_shared; i++) {
                r = stage_one(builder, builder->shared[i].fd, &builder->shared_staged[i]);
                if (r < 0)
                        return r;
        }
        if (builder->files_fd >= 0) {
                r = stage_one(builder, builder->files_fd, &builder->files_staged);
                if (r < 0)
                        return r;
        }
        return tree == NULL || tree->entered ? 0 : stage_one(builder, tree->root, &tree->staged);
}

int builder_clone(Builder *builder, Tree *tree, int dir, const char *path)
{
        int fd = kernel_clone_tree(dir, path);

        if (fd != -EINVAL || (builder->staging && (tree == NULL || tree->staged || tree->entered)))
                return fd;
        fd = stage(builder, tree);
        return fd < 0 ? fd : kernel_clone_tree(dir, path);
}

int builder_hang(Builder *builder, Tree *tree, int mount)
{
        bool hangs = false;
        int r = stage(builder, tree);

        return r < 0 ? r : stage_one(builder, mount, &hangs);
}

static int know(Tree *tree, int mount, MountTrust trust)
{
        struct statx stx = { 0 };
        KnownMount *grown;

        if (trust == TRUST_HOST || tree->contract)
                return 0;
        if (statx(mount, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
                return -errno;
        grown = realloc(tree->known, (tree->n_known + 1) * sizeof *grown);
        if (grown == NULL)
                return -ENOMEM;
        tree->known = grown;
        tree->known[tree->n_known++] = (KnownMount){ .id = stx.stx_mnt_id, .trust = trust };
        return 0;
}

MountTrust tree_trust(const Tree *tree, uint64_t mount_id)
{
        if (tree->contract)
                return TRUST_OURS;
        for (size_t i = tree->n_known; i-- > 0;)
                if (tree->known[i].id == mount_id)
                        return tree->known[i].trust;
        return TRUST_HOST;
}

int tree_may_make(const Tree *tree, int directory)
{
        struct statx stx = { 0 };

        if (tree->contract)
                return 0;
        if (statx(directory, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
                return -errno;
        return tree_trust(tree, stx.stx_mnt_id) == TRUST_HOST ? -ENOENT : 0;
}

int builder_attach(Builder *builder, Tree *tree, int mount, int target, MountTrust trust)
{
        int r = know(tree, mount, trust);

        if (r < 0)
                return r;
        r = kernel_move_mount(mount, target);
        if (r != -EINVAL || tree->staged || tree->entered)
                return r;
        r = stage(builder, tree);
        return r < 0 ? r : kernel_move_mount(mount, target);
}

int builder_shared(Builder *builder, Tree *tree, const PlanMount *mount)
{
        CLEANUP(fd_closep) int fd = -1;
        SharedMount *grown;
        bool *grown_staged;

        for (size_t i = 0; i < builder->n_shared; i++)
                if (strcmp(builder->shared[i].name, mount->source) == 0)
                        return builder_clone(builder, tree, builder->shared[i].fd, "");
        fd = builder_tmpfs(mount->mode, mount->size, false);
        if (fd < 0)
                return fd;
        grown = realloc(builder->shared, (builder->n_shared + 1) * sizeof *grown);
        if (grown == NULL)
                return -ENOMEM;
        builder->shared = grown;
        grown_staged = realloc(builder->shared_staged, (builder->n_shared + 1) * sizeof *grown_staged);
        if (grown_staged == NULL)
                return -ENOMEM;
        builder->shared_staged = grown_staged;
        builder->shared_staged[builder->n_shared] = false;
        builder->shared[builder->n_shared++] = (SharedMount){ .name = mount->source, .fd = fd_steal(&fd) };
        if (builder->staging) {
                int r = stage(builder, tree);

                if (r < 0)
                        return r;
        }
        return builder_clone(builder, tree, builder->shared[builder->n_shared - 1].fd, "");
}

/* The tmpfs of contents, made when first needed. */
static int files(Builder *builder, Tree *tree)
{
        if (builder->files_fd < 0) {
                int fd = builder_tmpfs(0755, 0, false);

                if (fd < 0)
                        return fd;
                builder->files_fd = fd;
                if (builder->staging)
                        return stage(builder, tree);
        }
        return 0;
}

int builder_new_file(Builder *builder, Tree *tree, unsigned mode, char ret_name[16])
{
        CLEANUP(fd_closep) int fd = -1;
        int r = files(builder, tree);

        if (r < 0)
                return r;
        (void)snprintf(ret_name, 16, "%u", builder->n_files++);
        fd = openat(builder->files_fd, ret_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
        if (fd < 0)
                return -errno;
        return fchmod(fd, (mode_t)mode) < 0 ? -errno : fd_steal(&fd);
}

int builder_file(Builder *builder, Tree *tree, const char *name)
{
        return builder_clone(builder, tree, builder->files_fd, name);
}

int builder_empty(Builder *builder, Tree *tree, bool directory)
{
        const char *name = directory ? "directory" : "file";
        CLEANUP(fd_closep) int fd = -1;
        int r = files(builder, tree);

        if (r < 0)
                return r;
        if (directory && mkdirat(builder->files_fd, name, 0555) < 0 && errno != EEXIST)
                return -errno;
        if (!directory) {
                fd = openat(builder->files_fd, name, O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0444);
                if (fd < 0)
                        return -errno;
        }
        return builder_clone(builder, tree, builder->files_fd, name);
}

static bool is_top(const PlanBox *box, PlanMountKind kind)
{
        return box->n_mounts > 0 && box->mounts[0].kind == kind && strcmp(box->mounts[0].dest, "/") == 0 &&
               (box->mounts[0].flags & PLAN_MOUNT_PIN) == 0;
}

int tree_begin(Builder *builder, const PlanBox *box, Tree *ret_tree, size_t *ret_first)
{
        CLEANUP(fd_closep) int source = -1, fd = -1;
        Tree tree = { .root = -1 };
        MountTrust trust = TRUST_OURS;
        size_t first = 1;
        int r;

        if (is_top(box, PLAN_MOUNT_TMPFS)) {
                fd = builder_tmpfs(box->mounts[0].mode, box->mounts[0].size, false);
        } else if (is_top(box, PLAN_MOUNT_OVERLAY)) {
                trust = (box->mounts[0].flags & PLAN_MOUNT_RW) != 0 ? TRUST_HOME : TRUST_HOST;
                fd = overlay_open(builder, NULL, &box->mounts[0]);
        } else if (is_top(box, PLAN_MOUNT_BIND)) {
                trust = TRUST_HOST;
                source = source_open(&box->mounts[0], builder->slots);
                if (source < 0)
                        return source;
                fd = kernel_clone_tree(source, "");
                r = fd < 0 ? fd : kernel_set_mount(fd, source_attributes(&box->mounts[0]), true, true);
                if (r < 0)
                        return r;
        } else {
                fd = builder_tmpfs(0755, 0, false);
                first = 0;
        }
        if (fd < 0)
                return fd;
        r = know(&tree, fd, trust);
        if (r < 0)
                return r;
        tree.root = fd_steal(&fd);
        if (builder->staging) {
                r = stage(builder, &tree);
                if (r < 0) {
                        tree_clear(&tree);
                        return r;
                }
        }
        *ret_tree = tree;
        *ret_first = first;
        return 0;
}

int tree_finish(Builder *builder, Tree *tree)
{
        int fd = tree->staged ? builder_clone(builder, tree, tree->root, "") : fd_steal(&tree->root);

        tree_clear(tree);
        return fd;
}

void tree_clear(Tree *tree)
{
        tree->root = fd_close(tree->root);
        free(tree->known);
        tree->known = NULL;
        tree->n_known = 0;
}
