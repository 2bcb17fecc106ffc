/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/slots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int slots_get(const Slots *slots, const char *name)
{
        for (size_t i = 0; name != NULL && i < slots->n_fds; i++)
                if (strcmp(slots->fds[i].slot, name) == 0)
                        return slots->fds[i].fd;
        return -1;
}

int slots_add(Slots *slots, const char *name, int fd)
{
        EngineFd *all = calloc(slots->n_fds + 1, sizeof *all);
        char *copy = strdup(name);

        if (all == NULL || copy == NULL) {
                free(all);
                free(copy);
                return -ENOMEM;
        }
        if (slots->n_fds > 0)
                memcpy(all, slots->fds, slots->n_fds * sizeof *all);
        all[slots->n_fds] = (EngineFd){ .slot = copy, .fd = fd };
        *slots = (Slots){ all, slots->n_fds + 1 };
        return 0;
}

static bool same(const char *a, const char *b)
{
        return a != NULL && strcmp(a, b) == 0;
}

bool slots_used_by_all(const char *name)
{
        static const char *const own[] = { "control", "log", "stdin", "stdout", "stderr" };

        for (size_t i = 0; i < sizeof own / sizeof *own; i++)
                if (same(own[i], name))
                        return true;
        return false;
}

bool slots_used(const Plan *plan, const char *name)
{
        if (slots_used_by_all(name))
                return true;
        for (size_t i = 0; i < plan->n_programs; i++)
                for (size_t k = 0; k < plan->programs[i].n_fds; k++)
                        if (same(plan->programs[i].fds[k].slot, name))
                                return true;
        for (size_t i = 0; i < plan->n_boxes; i++)
                for (size_t k = 0; k < plan->boxes[i].n_mounts; k++)
                        if (same(plan->boxes[i].mounts[k].slot, name))
                                return true;
        return false;
}

int slots_check_stdio(int fd)
{
        struct stat st = { 0 };
        int flags = fcntl(fd, F_GETFL);

        if (flags < 0 || fstat(fd, &st) < 0)
                return -errno;
        if (S_ISDIR(st.st_mode))
                return -EISDIR;
        /* Only a name: it is no stream, and could be opened from inside in every way. */
        if ((flags & O_PATH) != 0)
                return -EBADF;
        if (S_ISREG(st.st_mode) && (flags & O_ACCMODE) == O_RDWR)
                return -EPERM;
        return 0;
}
