/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/guards.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/own.h"

static void add(Buffer *bytes, const char *mark, const char *text)
{
        buffer_add_text(bytes, mark);
        buffer_add_text(bytes, text);
        buffer_add_byte(bytes, '\0');
}

static bool is_below(const char *path, const char *top)
{
        size_t n = strlen(top);

        return strncmp(path, top, n) == 0 && path[n] == '/';
}

/* Pins of the app's view that are not for writing; a workspace has inside the path that it has outside. */
static void add_kept(const Plan *plan, const PlanGuard *guard, Buffer *bytes)
{
        for (size_t i = 0; i < plan->n_boxes; i++)
                for (size_t j = 0; j < plan->boxes[i].n_mounts; j++) {
                        const PlanMount *mount = &plan->boxes[i].mounts[j];

                        if ((mount->flags & PLAN_MOUNT_PIN) != 0 && (mount->flags & PLAN_MOUNT_RW) == 0 &&
                            is_below(mount->dest, guard->path))
                                add(bytes, "k", mount->dest);
                }
}

static int write_record(const char *state, const char *id, const Buffer *bytes)
{
        CLEANUP(fd_closep) int top = open(state, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), all = -1, fd = -1;
        int r = top < 0 ? -errno : own_dir_step(&all, top, START_GUARDS_DIRECTORY, geteuid(), true);

        if (r != 0)
                return r > 0 ? -EPERM : r;
        fd = openat(all, id, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        return fd < 0 ? -errno : fd_write_all(fd, bytes->bytes, bytes->n);
}

int start_guards_write(const Plan *plan, const StartRecord *record)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        if (plan->n_guards == 0)
                return 0;
        add(&bytes, "", "1");
        add(&bytes, "", record->app);
        add(&bytes, "", record->profile != NULL ? record->profile : "");
        for (size_t i = 0; i < plan->n_guards; i++) {
                const PlanGuard *guard = &plan->guards[i];

                add(&bytes, "p", guard->path);
                if (guard->wall)
                        add(&bytes, "w", "");
                for (char **class = guard->classes; *class != NULL; class ++)
                        add(&bytes, "c", *class);
                add_kept(plan, guard, &bytes);
        }
        return bytes.failed ? -ENOMEM : write_record(plan->guards[0].state, plan->id, &bytes);
}
