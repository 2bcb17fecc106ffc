/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "base/own.h"
#include "base/tree.h"

#define COPY_NEW START_CHANGES_COPY ".new"
#define ABOUT_NEW START_CHANGES_ABOUT ".new"

enum {
        QUIET_MS = 700, /* a copy that takes longer says so */
        LOCK_TRIES = 25,
        MOMENT_NS = 20 * 1000 * 1000,
};

/* NAME, where the mount's root is STATE/changes/NAME; else NULL. */
static const char *name_of(const PlanMount *mount, const StartRecord *record)
{
        size_t n = strlen(record->state_above);
        const char *rest = mount->source_root;

        if (rest == NULL || strncmp(rest, record->state_above, n) != 0)
                return NULL;
        rest += n;
        n = strlen("/oriel/" START_CHANGES_DIRECTORY "/");
        if (strncmp(rest, "/oriel/" START_CHANGES_DIRECTORY "/", n) != 0)
                return NULL;
        return strchr(rest + n, '/') == NULL && rest[n] != '\0' ? rest + n : NULL;
}

static int open_place(int *ret_fd, const StartRecord *record, const char *name)
{
        CLEANUP(fd_closep) int above = open(record->state_above, O_PATH | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(fd_closep) int state = -1, all = -1;
        int r = above < 0 ? -errno : own_dir_step(&state, above, "oriel", geteuid(), true);

        if (r == 0)
                r = own_dir_step(&all, state, START_CHANGES_DIRECTORY, geteuid(), true);
        if (r == 0)
                r = own_dir_step(ret_fd, all, name, geteuid(), true);
        return r > 0 ? -EPERM : r;
}

/* A file of ours, made or made anew; its times are now. */
static int write_file(int place, const char *name, const void *bytes, size_t n)
{
        CLEANUP(fd_closep)
        int fd = openat(place, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

        return fd < 0 ? -errno : fd_write_all(fd, bytes, n);
}

static int write_about(int place, const Plan *plan, const StartRecord *record, const PlanMount *mount)
{
        const char *const texts[START_CHANGES_TEXTS] = { "1",
                                                         plan->id,
                                                         record->app,
                                                         record->profile != NULL ? record->profile : "",
                                                         mount->kind == PLAN_MOUNT_OVERLAY ? "overlay" : "copy",
                                                         mount->dest };
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        int r;

        for (size_t i = 0; i < START_CHANGES_TEXTS; i++)
                buffer_add(&bytes, texts[i], strlen(texts[i]) + 1);
        r = bytes.failed ? -ENOMEM : write_file(place, ABOUT_NEW, bytes.bytes, bytes.n);
        return r == 0 && renameat(place, ABOUT_NEW, place, START_CHANGES_ABOUT) < 0 ? -errno : r;
}

/* ---- The copy ---- */

typedef struct Progress {
        const char *what;
        struct timespec begun;
        bool told;
} Progress;

static void tick(void *data)
{
        Progress *progress = data;
        struct timespec now = { 0 };

        if (progress->told || clock_gettime(CLOCK_MONOTONIC, &now) < 0 ||
            (now.tv_sec - progress->begun.tv_sec) * 1000 + (now.tv_nsec - progress->begun.tv_nsec) / 1000000 < QUIET_MS)
                return;
        progress->told = true;
        if (isatty(STDERR_FILENO) == 1) {
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

                buffer_add_text(&text, "oriel: ");
                buffer_add_text(&text, _("copying "));
                buffer_add_escaped(&text, progress->what);
                buffer_add_text(&text, " ...\n");
                if (!text.failed)
                        (void)fd_write_all(STDERR_FILENO, text.bytes, text.n);
        }
}

static int make_copy(int place, const PlanMount *mount)
{
        Progress progress = { .what = mount->dest };
        int r;

        if (faccessat(place, START_CHANGES_COPY, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                return 0;
        (void)clock_gettime(CLOCK_MONOTONIC, &progress.begun);
        r = tree_remove(place, COPY_NEW);
        if (r == 0)
                r = write_file(place, START_CHANGES_SINCE, "", 0);
        if (r == 0)
                r = tree_copy(AT_FDCWD, mount->dest, place, COPY_NEW, tick, &progress);
        if (r == 0)
                r = write_file(place, START_CHANGES_COPIED, "", 0);
        return r == 0 && renameat(place, COPY_NEW, place, START_CHANGES_COPY) < 0 ? -errno : r;
}

/* ---- All of it ---- */

/* A keeper that ends closes one descriptor after the other: who waited for its end may be here before. */
static int take_lock(int *ret_fd, int place)
{
        CLEANUP(fd_closep) int fd = openat(place, START_CHANGES_LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd < 0)
                return -errno;
        for (unsigned tries = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; tries++) {
                const struct timespec moment = { .tv_nsec = MOMENT_NS };

                if (errno != EWOULDBLOCK)
                        return -errno;
                if (tries == LOCK_TRIES)
                        return -EBUSY;
                (void)nanosleep(&moment, NULL);
        }
        *ret_fd = fd_steal(&fd);
        return 0;
}

static int make_one(const Plan *plan, const StartRecord *record, const PlanMount *mount, StartSlots *slots)
{
        CLEANUP(fd_closep) int place = -1, lock = -1;
        int r = open_place(&place, record, name_of(mount, record));

        if (r == 0)
                r = take_lock(&lock, place);
        if (r < 0)
                return r;
        if (mount->kind != PLAN_MOUNT_OVERLAY)
                r = make_copy(place, mount);
        else if (tree_is_empty(place, START_CHANGES_DIRECTORY) != 0)
                /* Nothing was changed yet: what is there now is what the run starts from. */
                r = write_file(place, START_CHANGES_SINCE, "", 0);
        if (r == 0)
                r = write_about(place, plan, record, mount);
        /* The engine takes an overlay's itself, for as long as the keeper lives; here it is let go. */
        return r == 0 && mount->kind != PLAN_MOUNT_OVERLAY ? start_slots_take(slots, "lock-copy", &lock) : r;
}

bool start_changes_are_kept(const Plan *plan, const StartRecord *record)
{
        for (size_t i = 0; i < plan->n_boxes; i++)
                for (size_t j = 0; j < plan->boxes[i].n_mounts; j++)
                        if (name_of(&plan->boxes[i].mounts[j], record) != NULL)
                                return true;
        return false;
}

int start_changes_make(const Plan *plan, const StartRecord *record, StartSlots *slots)
{
        int r = 0;

        for (size_t i = 0; i < plan->n_boxes && r == 0; i++)
                for (size_t j = 0; j < plan->boxes[i].n_mounts && r == 0; j++)
                        if (name_of(&plan->boxes[i].mounts[j], record) != NULL)
                                r = make_one(plan, record, &plan->boxes[i].mounts[j], slots);
        return r;
}
