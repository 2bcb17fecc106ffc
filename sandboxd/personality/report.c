/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "personality/report.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/kernel.h"

void report_line(const BwrapCommand *command, int error, const char *format, ...)
{
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;
        CLEANUP(freep) char *text = NULL;
        va_list list;

        va_start(list, format);
        if (vasprintf(&text, format, list) < 0)
                text = NULL;
        va_end(list);
        buffer_printf(&line, "%s%s%s%s\n", bwrap_command_prefix(command, false), text == NULL ? "out of memory" : text,
                      error != 0 ? ": " : "", error != 0 ? strerror(error) : "");
        if (!line.failed)
                (void)fd_write_all(STDERR_FILENO, line.bytes, line.n);
}

void report_fault(const BwrapCommand *command, const Fault *fault)
{
        static const struct {
                const char *step, *words;
        } rows[] = {
                { "uid map", "setting up uid map" },           { "gid map", "setting up gid map" },
                { "setgroups", "error writing to setgroups" }, { "loopback", "loopback: Failed to bring lo up" },
                { "attach root", "Failed to mount tmpfs" },    { "pivot root", "pivot_root(/newroot)" },
                { "leave old root", "umount old root" },
        };
        const char *words = fault->step;

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if (strcmp(rows[i].step, fault->step) == 0)
                        words = rows[i].words;
        report_line(command, fault->error, "%s%s%s", words, fault->object != NULL ? " " : "",
                    fault->object != NULL ? fault->object : "");
}

/* What a mount was refused for, in words that say more than the errno's own. */
static void report_mount_error(const BwrapCommand *command, int error, const char *line)
{
        if (error == ENOSPC)
                report_line(command, 0,
                            "%s: Limit exceeded (ENOSPC). (Hint: Check that /proc/sys/fs/mount-max is sufficient, "
                            "typically 100000)",
                            line);
        else
                report_line(command, error, "%s", line);
}

static void report_symlink(const Session *session, const Tree *tree, const char *dest, const char *path, int error)
{
        CLEANUP(fd_closep) int fd = -1;
        char text[PATH_MAX];
        ssize_t n = -1;

        if (error == EEXIST) {
                fd = kernel_openat2(tree->root, path, O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
                n = fd < 0 ? -1 : readlinkat(fd, "", text, sizeof text - 1);
        }
        if (n >= 0) {
                text[n] = '\0';
                report_line(session->command, 0, "Can't make symlink at %s: existing destination is %s", dest, text);
        } else if (error == EEXIST) {
                report_line(session->command, 0, "Can't make symlink at %s: destination exists and is not a symlink",
                            dest);
        } else {
                report_line(session->command, error, "Can't make symlink at %s", dest);
        }
}

static bool is_no_source(int error)
{
        return error == ENOENT || error == EACCES || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG ||
               error == EBADF;
}

/* A bind's source, as it was given. */
static void report_source(const Session *session, const BwrapOp *op, const PlanMount *mount, int error)
{
        char link[32];
        const char *source = op->source != NULL ? op->source : mount->source;

        if (source == NULL) {
                (void)snprintf(link, sizeof link, "/proc/self/fd/%d", op->fd);
                source = link;
        }
        if (error == ESTALE)
                report_line(session->command, 0, "Race condition binding dirfd");
        else if (is_no_source(error))
                report_line(session->command, error == EBADF ? ENOENT : error, "Can't find source path %s", source);
        else
                report_line(session->command, error, "Can't bind mount /oldroot%s on /newroot%s", source, mount->dest);
}

void report_mount(const Session *session, const Tree *tree, size_t at, const Fault *fault)
{
        const PlanMount *mount = &session->plan->plan->boxes[0].mounts[at];
        const BwrapOp *op = &session->command->ops[session->plan->op_of[at]];
        /* A line of an operation that writes several names its own place. */
        const char *dest = op->kind == BWRAP_DEV || op->kind == BWRAP_PROC ? mount->dest : op->dest;
        const char *step = fault->step;
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;

        if (strcmp(step, "link") == 0) {
                report_line(session->command, 0, "Can't mount on symlink destination %s", dest);
                return;
        }
        if (strcmp(step, "symlink") == 0) {
                report_symlink(session, tree, dest, mount->dest, fault->error);
                return;
        }
        if (strcmp(step, "bind") == 0) {
                report_source(session, op, mount, fault->error);
                return;
        }
        if (strcmp(step, "parents") == 0)
                buffer_printf(&line, "Can't mkdir parents for %s", dest);
        else if (strcmp(step, "directory") == 0)
                buffer_printf(&line, "Can't mkdir %s", dest);
        else if (strcmp(step, "mount point") == 0)
                buffer_printf(&line, "Can't create file at %s", dest);
        else if (strcmp(step, "create file") == 0)
                buffer_printf(&line, "Can't create file %s", dest);
        else if (strcmp(step, "file") == 0)
                buffer_printf(&line, "Can't write data to file %s", dest);
        else if (strcmp(step, "mode") == 0)
                buffer_printf(&line, "Can't chmod %#o %s", mount->mode, dest);
        else if (strcmp(step, "read-only") == 0)
                buffer_printf(&line, "Can't remount readonly on /newroot%s", mount->dest);
        else if (mount->kind == PLAN_MOUNT_OVERLAY)
                buffer_printf(&line, "Can't make overlay mount on /newroot%s%s", mount->dest,
                              fault->error == ELOOP ? ": Overlay directories may not overlap" : "");
        else if (mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_FILE)
                buffer_printf(&line, "Can't bind mount /oldroot%s on /newroot%s",
                              mount->source != NULL ? mount->source : "", mount->dest);
        else
                buffer_printf(&line, "Can't mount %s on /newroot%s", plan_mount_kind_word(mount->kind), mount->dest);
        if (mount->kind == PLAN_MOUNT_OVERLAY && fault->error == ELOOP && strcmp(step, "overlay") == 0)
                report_line(session->command, 0, "%s", buffer_text(&line));
        else
                report_mount_error(session->command, fault->error, buffer_text(&line));
}
