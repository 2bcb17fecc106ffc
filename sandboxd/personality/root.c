/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bubblewrap's mounts are done in the order of its words, each on what the ones before it left: also onto the root
 * itself, also read-only and then no more.  So they are done on a tree that is mounted:
 *
 *      base      a tmpfs that nobody is shown; also holds the contents of files that are bound
 *      base/old  the host's root
 *      base/new  the command's
 *
 * This process looks up sources from the host's root, as if nothing had happened to it, and targets by descriptors that
 * lie in the new one; no ".." or link of the new root leads out of it, since the host's is not above it.  Then the new
 * root is all that is left. */
#include "personality/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/builder.h"
#include "engine/kernel.h"
#include "engine/mount-op.h"
#include "engine/namespace.h"
#include "personality/report.h"

static _Noreturn void give_up(const Session *session, const char *what)
{
        report_and_exit(session->command, errno, "%s", what);
}

/* As root without a user namespace mounts are shared with the host: nothing done here may be seen there. */
static void make_slave(const Session *session)
{
        bool own = session->command->unshare[BWRAP_NS_USER] || session->command->fds[BWRAP_FD_USERNS] >= 0;

        if (!own && mount(NULL, "/", NULL, MS_SLAVE | MS_REC | MS_SILENT, NULL) < 0)
                give_up(session, "Failed to make / slave");
}

static int open_base(const Session *session)
{
        Fault fault = { 0 };
        int base = builder_contract_tmpfs(0755, PLAN_SIZE_KERNEL);

        if (base < 0) {
                errno = -base;
                give_up(session, "Failed to mount tmpfs");
        }
        if (mkdirat(base, "new", 0755) < 0)
                give_up(session, "Creating newroot failed");
        if (mkdirat(base, "old", 0755) < 0)
                give_up(session, "Creating oldroot failed");
        if (namespace_attach_root(base, &fault) < 0) {
                report_fault(session->command, &fault);
                _exit(PERSONALITY_FAILED);
        }
        return base;
}

/* The new root as a mount of its own; the host's root is this process's again afterwards. */
static int open_new(const Session *session, int base, int host, int here)
{
        CLEANUP(fd_closep) int place = -1;
        int fd, r;

        if (fchdir(base) < 0 || syscall(SYS_pivot_root, ".", "old") < 0)
                give_up(session, "pivot_root");
        fd = kernel_clone_tree(base, "new");
        place = openat(base, "new", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = fd < 0 ? fd : place < 0 ? -errno : kernel_move_mount(fd, place);
        if (r < 0) {
                errno = -r;
                give_up(session, "setting up newroot bind");
        }
        if (fchdir(host) < 0 || chroot(".") < 0)
                give_up(session, "chdir oldroot");
        /* Relative sources start where the caller is; it may be nowhere. */
        if (here >= 0)
                (void)!fchdir(here);
        return fd;
}

static void leave_host(const Session *session, int base, int new)
{
        Fault fault = { 0 };

        if (fchdir(base) < 0 || chroot(".") < 0)
                give_up(session, "chdir base_path");
        if (namespace_pivot(new, &fault) < 0) {
                report_fault(session->command, &fault);
                _exit(PERSONALITY_FAILED);
        }
}

void root_build(Session *session)
{
        CLEANUP(fd_closep) int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), base = -1;
        CLEANUP(fd_closep) int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        CLEANUP(builder_clear) Builder builder = { 0 };
        CLEANUP(tree_clear) Tree tree = { .root = -1, .entered = true, .contract = true };
        const PlanBox *box = &session->plan->plan->boxes[0];
        Fault fault = { 0 };
        size_t at = 0;

        if (host < 0)
                give_up(session, "can't open /");
        make_slave(session);
        base = open_base(session);
        tree.root = open_new(session, base, host, here);
        tree.follow_last = session->follow_last;
        builder_init(&builder, &session->slots, false, false);
        builder.files_fd = fcntl(base, F_DUPFD_CLOEXEC, 0);
        builder.files_staged = true;
        /* The first line is the root itself. */
        if (mount_ops_run(&builder, box, 1, &tree, &at, &fault) < 0) {
                report_mount(session, &tree, at, &fault);
                _exit(PERSONALITY_FAILED);
        }
        leave_host(session, base, tree.root);
}
