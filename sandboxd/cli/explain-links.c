/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files in what an app may write that are linked elsewhere, too: what it writes there, it writes elsewhere.  A link
 * can't be made into a box from another file system or grant, but one that is there already can't be told from a file.
 * Looking for them takes a walk through all that is granted, too long for a launch. */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/i18n.h"
#include "cli/explain.h"

enum { MAX_ENTRIES = 50000, MAX_DEPTH = 32, MAX_SHOWN = 10 };

typedef struct Walk {
        Buffer *text;
        guint n_entries, n_found;
} Walk;

static void found(Walk *walk, const char *path, const struct stat *is)
{
        if (++walk->n_found > MAX_SHOWN)
                return;
        buffer_add_text(walk->text, "note ");
        buffer_add_escaped(walk->text, path);
        buffer_printf(walk->text,
                      _(": linked elsewhere, too (%lu names): what the app writes there it writes there, too\n"),
                      (unsigned long)is->st_nlink);
}

/* Takes fd. */
static void look_into(Walk *walk, int fd, const char *path, guint depth)
{
        DIR *directory = fdopendir(fd);

        if (directory == NULL)
                (void)fd_close(fd);
        for (struct dirent *entry = directory != NULL ? readdir(directory) : NULL;
             entry != NULL && walk->n_entries < MAX_ENTRIES; entry = readdir(directory)) {
                g_autofree char *child = g_build_filename(path, entry->d_name, NULL);
                struct stat is = { 0 };

                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
                    fstatat(dirfd(directory), entry->d_name, &is, AT_SYMLINK_NOFOLLOW) < 0)
                        continue;
                walk->n_entries++;
                if (S_ISREG(is.st_mode) && is.st_nlink > 1) {
                        found(walk, child, &is);
                } else if (S_ISDIR(is.st_mode) && depth < MAX_DEPTH) {
                        int below = openat(dirfd(directory), entry->d_name,
                                           O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

                        if (below >= 0)
                                look_into(walk, below, child, depth + 1);
                }
        }
        if (directory != NULL)
                (void)closedir(directory);
}

static void look_at(Walk *walk, const char *path)
{
        CLEANUP(fd_closep) int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat is = { 0 };
        int directory;

        if (fd < 0 || fstat(fd, &is) < 0)
                return;
        if (S_ISREG(is.st_mode) && is.st_nlink > 1)
                found(walk, path, &is);
        if (!S_ISDIR(is.st_mode))
                return;
        directory = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory >= 0)
                look_into(walk, directory, path, 0);
}

void explain_links(const Launch *launch, Buffer *ret_text)
{
        Walk walk = { .text = ret_text };
        const Plan *plan = launch->plan;

        for (gsize i = 0; i < plan->n_boxes; i++)
                for (gsize k = 0; k < plan->boxes[i].n_mounts; k++) {
                        const PlanMount *mount = &plan->boxes[i].mounts[k];

                        if (mount->kind == PLAN_MOUNT_BIND && mount->source != NULL &&
                            (mount->flags & PLAN_MOUNT_RW) != 0 && (mount->flags & PLAN_MOUNT_PIN) == 0)
                                look_at(&walk, mount->source);
                }
        if (walk.n_found > MAX_SHOWN)
                buffer_printf(ret_text, _("note %u more files are linked elsewhere, too\n"), walk.n_found - MAX_SHOWN);
        if (walk.n_entries >= MAX_ENTRIES)
                buffer_printf(ret_text, _("note only the first %d files were looked at for links elsewhere\n"),
                              MAX_ENTRIES);
}
