/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The child's way, in stages; each is one function, called once, in this order.
 *
 * JOINED   in the process namespace of --pidns, one or two forks further; the monitor knows its pid.
 * RELEASED others may have looked at it, or have written its id maps.
 * MAPPED   loopback up; the ids of the caller, or 0 where devpts needs an owner.
 * ROOTED   the command's root is the only one (root.c).
 * SETTLED  in the user namespace that the command will see, further ones forbidden.
 * DROPPED  no capability but those to keep; the bounding set the same.
 * PLACED   waited for --block-fd, filter read, umask, directory, session.
 * Then it forks the command and stays as process 1 (reaper.c), or executes the command itself. */
#include "personality/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/kernel.h"
#include "engine/namespace.h"
#include "personality/caps.h"
#include "personality/filter.h"
#include "personality/reaper.h"
#include "personality/report.h"
#include "personality/root.h"

/* Waits for a child that has gone on in another namespace, and ends as it does. */
static void go_on_in_child(const Session *session)
{
        pid_t pid = kernel_fork(0, -1, NULL);

        if (pid < 0)
                report_and_exit(session->command, (int)-pid, "Can't fork for --pidns");
        if (pid > 0)
                _exit(0); /* the monitor is a subreaper */
}

/* JOINED */
static void join_pids(const Session *session)
{
        char byte = 0;

        if (session->command->fds[BWRAP_FD_PIDNS] < 0)
                return;
        if (setns(session->command->fds[BWRAP_FD_PIDNS], CLONE_NEWPID) < 0)
                report_and_exit(session->command, errno, "Setting pidns failed");
        go_on_in_child(session);
        if (session->command->unshare[BWRAP_NS_PID]) {
                if (unshare(CLONE_NEWPID) < 0)
                        report_and_exit(session->command, errno, "unshare pid ns");
                go_on_in_child(session);
        }
        if (send(session->joined[1], &byte, 1, MSG_NOSIGNAL) != 1)
                report_and_exit(session->command, errno, "Can't send pid");
        (void)fd_close(session->joined[1]);
}

/* RELEASED.  The monitor's end instead of its word: it failed, and said so. */
static void wait_for_monitor(const Session *session)
{
        char byte;
        ssize_t n;

        if (session->ready[0] < 0)
                return;
        (void)fd_close(session->ready[1]);
        do
                n = recv(session->ready[0], &byte, 1, 0);
        while (n < 0 && errno == EINTR);
        if (n != 1)
                _exit(PERSONALITY_FAILED);
        (void)fd_close(session->ready[0]);
}

static bool makes_devpts(const PlanBox *box)
{
        for (size_t i = 0; i < box->n_mounts; i++)
                if (box->mounts[i].kind == PLAN_MOUNT_DEVPTS)
                        return true;
        return false;
}

static void write_maps(const Session *session, int proc, uid_t uid, uid_t outside, gid_t gid, gid_t outside_gid)
{
        Fault fault = { 0 };

        if (namespace_write_maps(proc, uid, outside, gid, outside_gid, &fault) == 0)
                return;
        report_fault(session->command, &fault);
        _exit(PERSONALITY_FAILED);
}

/* MAPPED */
static void map_ids(const Session *session, int proc)
{
        const BwrapCommand *command = session->command;
        const PlanBox *box = &session->plan->plan->boxes[0];
        bool root = makes_devpts(box);
        Fault fault = { 0 };

        if (command->unshare[BWRAP_NS_NET] && namespace_loopback_up(&fault) < 0) {
                report_fault(command, &fault);
                _exit(PERSONALITY_FAILED);
        }
        if (command->unshare[BWRAP_NS_USER] && command->fds[BWRAP_FD_USERNS_BLOCK] < 0)
                write_maps(session, proc, root ? 0 : box->uid, session->uid, root ? 0 : box->gid, session->gid);
}

static void set_hostname(const Session *session)
{
        const char *name = session->plan->plan->boxes[0].hostname;

        if (name != NULL && sethostname(name, strlen(name)) < 0)
                report_and_exit(session->command, errno, "Can't set hostname to %s", name);
}

static void limit_userns(const Session *session, int proc)
{
        CLEANUP(fd_closep) int fd = openat(proc, "sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);

        if (fd < 0)
                report_and_exit(session->command, errno, "cannot open /proc/sys/user/max_user_namespaces");
        if (fd_write_all(fd, "1", 1) < 0)
                report_and_exit(session->command, errno, "sysctl user.max_user_namespaces = 1");
}

/* SETTLED.  proc: the host's, which is not to be found any more. */
static void settle_user(const Session *session, int proc)
{
        const BwrapCommand *command = session->command;
        const PlanBox *box = &session->plan->plan->boxes[0];
        bool root = makes_devpts(box);
        uid_t uid = root ? 0 : box->uid;
        gid_t gid = root ? 0 : box->gid;

        if (command->fds[BWRAP_FD_USERNS2] >= 0 && setns(command->fds[BWRAP_FD_USERNS2], CLONE_NEWUSER) < 0)
                report_and_exit(command, errno, "Setting userns2 failed");
        if (command->unshare[BWRAP_NS_USER] && (uid != box->uid || gid != box->gid || command->disable_userns)) {
                if (command->disable_userns)
                        limit_userns(session, proc);
                if (unshare(CLONE_NEWUSER) < 0)
                        report_and_exit(command, errno, "unshare user ns");
                write_maps(session, proc, box->uid, uid, box->gid, gid);
        }
        if ((command->disable_userns || command->assert_userns_disabled) && unshare(CLONE_NEWUSER) == 0)
                report_and_exit(command, 0, "creation of new user namespaces was not disabled as requested");
}

/* DROPPED */
static void drop(const Session *session)
{
        const BwrapCommand *command = session->command;
        const PlanBox *box = &session->plan->plan->boxes[0];
        int cap = 0, r = 0;

        if (command->unshare[BWRAP_NS_USER] || command->fds[BWRAP_FD_USERNS] >= 0)
                r = caps_bound(command->caps, &cap);
        if (r < 0)
                report_and_exit(command, -r, "Dropping capability %d from bounds", cap);
        if (command->fds[BWRAP_FD_USERNS] >= 0 && box->gid != session->gid && setgid(box->gid) < 0)
                report_and_exit(command, errno, "unable to switch to gid %d", (int)box->gid);
        if (command->fds[BWRAP_FD_USERNS] >= 0 && box->uid != session->uid && setuid(box->uid) < 0)
                report_and_exit(command, errno, "unable to switch to uid %d", (int)box->uid);
        /* Root keeps what it has unless it said otherwise. */
        if (session->uid != 0 || command->caps_said)
                r = caps_set(command->caps);
        /* Root may be forbidden this by whoever started it; it keeps what it has then. */
        if (r < 0 && !(r == -EPERM && session->uid == 0))
                report_and_exit(command, -r, "capset failed");
}

static void wait_for_block(const Session *session)
{
        int fd = session->command->fds[BWRAP_FD_BLOCK];
        char byte;

        if (fd < 0)
                return;
        while (read(fd, &byte, 1) < 0 && errno == EINTR)
                continue;
        (void)fd_close(fd);
}

/* Nothing of what the options named goes to the command, but what --sync-fd names. */
static void close_named(const Session *session)
{
        static const BwrapFd named[] = { BWRAP_FD_USERNS_BLOCK, BWRAP_FD_INFO,    BWRAP_FD_JSON_STATUS,
                                         BWRAP_FD_USERNS,       BWRAP_FD_USERNS2, BWRAP_FD_PIDNS };

        for (size_t i = 0; i < sizeof named / sizeof *named; i++)
                (void)fd_close(session->command->fds[named[i]]);
        for (size_t i = 0; i < session->slots.n_fds; i++)
                (void)fd_close(session->slots.fds[i].fd);
}

/* The directory, and PWD that names it. */
static void go_to_directory(const Session *session)
{
        const PlanProgram *program = &session->plan->plan->programs[0];
        const char *at = "/";

        if (program->cwd != NULL) {
                if (chdir(program->cwd) < 0)
                        report_and_exit(session->command, errno, "Can't chdir to %s", program->cwd);
                at = program->cwd;
        } else if (session->cwd != NULL && chdir(session->cwd) == 0) {
                at = session->cwd;
        } else if (program->home != NULL && chdir(program->home) == 0) {
                at = program->home;
        }
        environ = program->envp;
        if (setenv("PWD", at, 1) < 0)
                report_and_exit(session->command, errno, "setenv failed");
}

/* PLACED */
static void take_place(Session *session)
{
        const BwrapCommand *command = session->command;
        PlanProgram *program = &session->plan->plan->programs[0];

        wait_for_block(session);
        if (command->fds[BWRAP_FD_SECCOMP] >= 0)
                filter_read(session, command->fds[BWRAP_FD_SECCOMP]);
        (void)umask(session->mask);
        go_to_directory(session);
        if (command->new_session && setsid() < 0)
                report_and_exit(command, errno, "setsid");
        session->file = program->argv[0];
        if (command->argv0 != NULL)
                program->argv[0] = strdup(command->argv0);
}

void setup_run(Session *session)
{
        CLEANUP(fd_closep) int proc = -1;

        if (session->command->die_with_parent)
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        join_pids(session);
        wait_for_monitor(session);
        proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (proc < 0)
                report_and_exit(session->command, errno, "Can't open /proc");
        (void)umask(0);
        map_ids(session, proc);
        root_build(session);
        set_hostname(session);
        settle_user(session, proc);
        proc = fd_close(proc);
        drop(session);
        close_named(session);
        take_place(session);
        reaper_run(session);
}
