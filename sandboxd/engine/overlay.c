/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/kernel.h"
#include "engine/source.h"

enum {
        NAMES_BYTES = 256, /* the longest value of fsconfig(2) */
        LOCK_TRIES = 25,
        MOMENT_NS = 20 * 1000 * 1000,
};

typedef struct Layers {
        int lowers[PLAN_MAX_LOWERS];
        size_t n_lowers;
        int upper, work; /* -1: read-only */
        int memory;      /* the tmpfs that upper and work are in, or -1 */
} Layers;

static void layers_clear(Layers *layers)
{
        for (size_t i = 0; i < layers->n_lowers; i++)
                (void)fd_close(layers->lowers[i]);
        (void)fd_close(layers->upper);
        (void)fd_close(layers->work);
        (void)fd_close(layers->memory);
}

static int open_layer(const char *path, const char *root, bool create)
{
        CLEANUP(fd_closep) int fd = source_open_path(path, root, create);
        struct stat st = { 0 };

        if (fd >= 0 && fstat(fd, &st) < 0)
                return -errno;
        return fd >= 0 && !S_ISDIR(st.st_mode) ? -ENOTDIR : fd_steal(&fd);
}

/* A place for changes that end with the instance.  What the overlay shows at its top is the upper's own. */
static int open_memory(Layers *layers, uint64_t size)
{
        struct stat top = { 0 };

        layers->memory =
                size == PLAN_SIZE_KERNEL ? builder_contract_tmpfs(0700, size) : builder_tmpfs(0700, size, false);
        if (layers->memory < 0)
                return layers->memory;
        if (fstat(layers->lowers[layers->n_lowers - 1], &top) < 0 || mkdirat(layers->memory, "upper", 0700) < 0 ||
            mkdirat(layers->memory, "work", 0700) < 0 || fchmodat(layers->memory, "upper", top.st_mode & 07777, 0) < 0)
                return -errno;
        layers->upper = kernel_openat2(layers->memory, "upper", O_PATH | O_DIRECTORY, 0);
        if (layers->upper < 0)
                return layers->upper;
        layers->work = kernel_openat2(layers->memory, "work", O_PATH | O_DIRECTORY, 0);
        return layers->work < 0 ? layers->work : 0;
}

/* Two runs at once on one place for changes would each see half of the other's.  Held by a descriptor that stays open
 * as long as this process lives.  most: how often to look again, a moment later. */
static int take_alone(const PlanMount *mount, unsigned most)
{
        CLEANUP(fd_closep) int dir = -1, fd = -1;
        char above[PATH_MAX];
        const char *slash = strrchr(mount->work, '/');
        unsigned tries = 0;

        if ((size_t)(slash - mount->work) >= sizeof above)
                return -ENAMETOOLONG;
        memcpy(above, mount->work, (size_t)(slash - mount->work));
        above[slash - mount->work] = '\0';
        dir = source_open_path(above, mount->source_root, true);
        if (dir < 0)
                return dir;
        fd = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0)
                return -errno;
        while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
                const struct timespec moment = { .tv_nsec = MOMENT_NS };

                if (errno != EWOULDBLOCK)
                        return -errno;
                /* A keeper that ends closes one descriptor after the other: who waited for its end may be here before
                 * it came to this one. */
                if (tries++ == most)
                        return -EBUSY;
                (void)nanosleep(&moment, NULL);
        }
        (void)fd_steal(&fd);
        return 0;
}

static int open_layers(const PlanMount *mount, Layers *layers)
{
        bool create = (mount->flags & PLAN_MOUNT_CREATE) != 0, optional = (mount->flags & PLAN_MOUNT_OPTIONAL) != 0;

        for (; mount->lowers != NULL && mount->lowers[layers->n_lowers] != NULL; layers->n_lowers++) {
                int fd;

                if (layers->n_lowers == PLAN_MAX_LOWERS)
                        return -E2BIG;
                fd = open_layer(mount->lowers[layers->n_lowers], NULL, false);
                if (fd < 0)
                        return fd;
                layers->lowers[layers->n_lowers] = fd;
        }
        if ((mount->flags & PLAN_MOUNT_RW) == 0)
                return 0;
        if (mount->source == NULL)
                return open_memory(layers, mount->size);
        if (create) {
                int r = take_alone(mount, optional ? 1 : LOCK_TRIES);

                if (r == -EBUSY && optional)
                        return open_memory(layers, mount->size);
                if (r < 0)
                        return r;
        }
        layers->upper = open_layer(mount->source, mount->source_root, create);
        if (layers->upper < 0)
                return layers->upper;
        layers->work = open_layer(mount->work, mount->source_root, create);
        return layers->work < 0 ? layers->work : 0;
}

/* The numbers of the layers as paths, below /proc/self/fd; the kernel wants the topmost first. */
static int create(const Layers *layers, uint64_t attributes)
{
        char lowers[NAMES_BYTES], upper[16], work[16];
        const KernelOption options[] = { { "userxattr", NULL },
                                         { "lowerdir", lowers },
                                         { layers->upper < 0 ? NULL : "upperdir", upper },
                                         { "workdir", work },
                                         { NULL, NULL } };
        size_t n = 0;

        for (size_t i = layers->n_lowers; i-- > 0;) {
                int more = snprintf(lowers + n, sizeof lowers - n, "%s%d", n > 0 ? ":" : "", layers->lowers[i]);

                if (more < 0 || (size_t)more >= sizeof lowers - n)
                        return -E2BIG;
                n += (size_t)more;
        }
        (void)snprintf(upper, sizeof upper, "%d", layers->upper);
        (void)snprintf(work, sizeof work, "%d", layers->work);
        return kernel_new_mount("overlay", options, attributes);
}

/* A layer of memory must be part of this mount namespace on older kernels, as what is mounted onto must (builder.h). */
static int create_hung(Builder *builder, Tree *tree, const Layers *layers, uint64_t attributes)
{
        bool hang = layers->memory >= 0 && builder->staging;
        int fd = hang ? -EINVAL : create(layers, attributes), r;

        if (fd != -EINVAL || layers->memory < 0)
                return fd;
        r = builder_hang(builder, tree, layers->memory);
        return r < 0 ? r : create(layers, attributes);
}

int overlay_open(Builder *builder, Tree *tree, const PlanMount *mount)
{
        CLEANUP(layers_clear) Layers layers = { .upper = -1, .work = -1, .memory = -1 };
        CLEANUP(fd_closep) int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int r = open_layers(mount, &layers), fd;

        if (r < 0)
                return r;
        if (before < 0 || chdir("/proc/self/fd") < 0)
                return -errno;
        fd = create_hung(builder, tree, &layers, source_attributes(mount));
        /* The kernel leaves in it a directory of mode 0, which its owner could not remove later with all else. */
        if (fd >= 0 && (mount->flags & PLAN_MOUNT_CREATE) != 0)
                r = fchmodat(layers.work, "work", 0700, 0);
        if ((fchdir(before) < 0 || r < 0) && fd >= 0) {
                (void)fd_close(fd);
                fd = -errno;
        }
        return fd;
}
