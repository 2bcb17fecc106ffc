/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "personality/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/close.h"
#include "engine/kernel.h"
#include "engine/namespace.h"
#include "personality/caps.h"
#include "personality/report.h"
#include "personality/setup.h"
#include "personality/status.h"

static bool make_channels(Session *session)
{
        const int *fds = session->command->fds;
        int on = 1;

        if (session->reaper) {
                session->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
                if (session->event < 0)
                        return false;
        }
        if (fds[BWRAP_FD_JSON_STATUS] >= 0) {
                session->executed = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
                if (session->executed < 0)
                        return false;
        }
        /* Whoever asks about the child must find it; whoever writes its maps must come first. */
        if ((fds[BWRAP_FD_JSON_STATUS] >= 0 || fds[BWRAP_FD_INFO] >= 0 || fds[BWRAP_FD_USERNS_BLOCK] >= 0) &&
            socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, session->ready) < 0)
                return false;
        return fds[BWRAP_FD_PIDNS] < 0 ||
               (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, session->joined) == 0 &&
                setsockopt(session->joined[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0 &&
                prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
}

static void report_clone(const Session *session, int error)
{
        switch (error) {
        case EINVAL:
                report_line(session->command, 0,
                            "Creating new namespace failed, likely because the kernel does not support user "
                            "namespaces.  bwrap must be installed setuid on such systems.");
                break;
        case EPERM:
                report_line(session->command, 0,
                            "No permissions to create new namespace, likely because the kernel does not allow "
                            "non-privileged user namespaces. See `oriel doctor`.");
                break;
        case ENOSPC:
                report_line(session->command, 0,
                            "Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded "
                            "(ENOSPC)");
                break;
        default:
                report_line(session->command, error, "Creating new namespace failed");
        }
}

static bool join_user(const Session *session)
{
        int fd = session->command->fds[BWRAP_FD_USERNS];

        if (fd < 0 || setns(fd, CLONE_NEWUSER) == 0)
                return true;
        if (errno == EINVAL)
                report_line(session->command, 0,
                            "Joining the specified user namespace failed, it might not be a descendant of the current "
                            "user namespace.");
        else
                report_line(session->command, errno, "Joining specified user namespace failed");
        return false;
}

/* The pid of the child that has gone on in another process namespace; -1 after its end, which said why. */
static pid_t receive_pid(const Session *session)
{
        char byte, control[CMSG_SPACE(sizeof(struct ucred))];
        struct iovec part = { .iov_base = &byte, .iov_len = 1 };
        struct msghdr message = {
                .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
        };
        struct cmsghdr *head;
        struct ucred credentials = { .pid = -1 };
        ssize_t n;

        do
                n = recvmsg(session->joined[0], &message, MSG_CMSG_CLOEXEC);
        while (n < 0 && errno == EINTR);
        head = n == 1 ? CMSG_FIRSTHDR(&message) : NULL;
        if (head != NULL && head->cmsg_level == SOL_SOCKET && head->cmsg_type == SCM_CREDENTIALS)
                __builtin_memcpy(&credentials, CMSG_DATA(head), sizeof credentials);
        return credentials.pid > 0 ? credentials.pid : -1;
}

/* What must happen between the child's birth and its first step. */
static bool introduce(const Session *session, pid_t child)
{
        int block = session->command->fds[BWRAP_FD_USERNS_BLOCK];
        char byte = 0;

        if (!status_started(session, child))
                return false;
        if (block >= 0) {
                while (read(block, &byte, 1) < 0 && errno == EINTR)
                        continue;
                (void)fd_close(block);
        }
        /* Its end is seen soon enough. */
        if (session->ready[1] >= 0)
                (void)send(session->ready[1], &byte, 1, MSG_NOSIGNAL);
        return true;
}

static uint64_t take(int event)
{
        uint64_t value = 0;

        return event >= 0 && read(event, &value, sizeof value) == (ssize_t)sizeof value ? value : 0;
}

static int code_of(int status)
{
        return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 255;
}

/* Process 1 tells the command's end, and may go on; or the child ends. */
static int wait_for_end(const Session *session, pid_t child, int pidfd)
{
        struct pollfd fds[] = { { .fd = session->event, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
        uint64_t told;
        int status = 0;

        while (poll(fds, 2, -1) < 0 && errno == EINTR)
                continue;
        told = take(session->event);
        if (told > 0)
                return (int)told - 1;
        while (waitpid(child, &status, 0) < 0)
                if (errno != EINTR)
                        return PERSONALITY_FAILED;
        return code_of(status);
}

static int watch(Session *session, pid_t child, int pidfd)
{
        const int *fds = session->command->fds;
        int keep[] = { 0, 1, 2, session->event, session->executed, pidfd, fds[BWRAP_FD_JSON_STATUS] }, code;

        /* Whatever the caller waits for on a descriptor, it is not this process that keeps it open. */
        (void)close_all_but(keep, sizeof keep / sizeof *keep);
        code = wait_for_end(session, child, pidfd);
        if (take(session->executed) == 1)
                status_ended(session, code);
        return code;
}

int monitor_run(Session *session)
{
        const BwrapCommand *command = session->command;
        uint32_t unshare = session->plan->plan->boxes[0].unshare;
        int pidfd = -1;
        pid_t child;

        if (!make_channels(session)) {
                report_line(command, errno, "eventfd()");
                return PERSONALITY_FAILED;
        }
        if (!join_user(session))
                return PERSONALITY_FAILED;
        if (command->fds[BWRAP_FD_PIDNS] >= 0)
                unshare &= ~(uint32_t)PLAN_NS_PID; /* made below the one that is joined */
        child = kernel_fork(namespace_clone_flags(unshare) | (command->unshare[BWRAP_NS_USER] ? CLONE_NEWUSER : 0), -1,
                            &pidfd);
        if (child == 0)
                setup_run(session);
        if (child < 0) {
                report_clone(session, (int)-child);
                return PERSONALITY_FAILED;
        }
        session->ready[0] = fd_close(session->ready[0]);
        session->joined[1] = fd_close(session->joined[1]);
        if (session->joined[0] >= 0) {
                (void)fd_close(pidfd);
                child = receive_pid(session);
                pidfd = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
                if (pidfd < 0)
                        return PERSONALITY_FAILED;
        }
        if (command->die_with_parent)
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        (void)caps_set(0);
        if (!introduce(session, child))
                return PERSONALITY_FAILED;
        return watch(session, child, pidfd);
}
