/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "personality/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/close.h"
#include "engine/kernel.h"
#include "personality/caps.h"
#include "personality/filter.h"
#include "personality/report.h"

/* Tells the monitor; on what can't block and can't kill. */
static void say(int event, uint64_t value)
{
        if (event >= 0)
                (void)!write(event, &value, sizeof value);
}

/* The command's last steps.  It may run in its parent's memory until it is executed. */
static int become(void *argument)
{
        const Session *session = argument;
        const BwrapCommand *command = session->command;
        int cap = 0, r;

        if (session->reaper)
                (void)fd_close(command->fds[BWRAP_FD_SYNC]);
        if (command->die_with_parent)
                (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        r = caps_raise(command->caps, &cap);
        if (r < 0)
                report_and_exit(command, -r, "Adding ambient capability %d", cap);
        filter_load(session);
        say(session->executed, 1);
        (void)execvp(session->file, session->plan->plan->programs[0].argv);
        r = errno;
        say(session->executed, 1);
        report_line(command, r, "execvp %s", session->file);
        _exit(PERSONALITY_FAILED);
}

/* Appends their descriptors, which are held until this process ends. */
static void lock_files(const Session *session, int *fds, size_t *n)
{
        const BwrapCommand *command = session->command;

        for (size_t i = 0; i < command->n_lock_files; i++) {
                struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
                int fd = open(command->lock_files[i], O_RDONLY | O_CLOEXEC);

                if (fd < 0)
                        report_and_exit(command, errno, "Unable to open lock file %s", command->lock_files[i]);
                if (fcntl(fd, F_SETLK, &lock) < 0)
                        report_and_exit(command, errno, "Unable to lock file %s", command->lock_files[i]);
                fds[(*n)++] = fd;
        }
}

static int exit_code(int status)
{
        return WIFEXITED(status) ? WEXITSTATUS(status) : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : 255;
}

/* Until there is no child any more, its own or an orphan. */
static int reap(const Session *session, pid_t command)
{
        int code = PERSONALITY_FAILED, status = 0;

        for (;;) {
                pid_t pid = waitpid(-1, &status, 0);

                if (pid < 0 && errno == EINTR)
                        continue;
                if (pid < 0)
                        return code;
                if (pid == command) {
                        code = exit_code(status);
                        say(session->event, (uint64_t)code + 1);
                }
        }
}

void reaper_run(Session *session)
{
        const BwrapCommand *command = session->command;
        int *keep;
        size_t n = 0;
        pid_t pid;

        if (!session->reaper)
                (void)become(session);
        keep = calloc(command->n_lock_files + 5, sizeof *keep);
        if (keep == NULL)
                report_and_exit(command, ENOMEM, "init");
        lock_files(session, keep, &n);
        pid = kernel_vfork(become, session);
        if (pid < 0)
                report_and_exit(command, (int)-pid, "Can't fork for pid 1");
        for (int fd = 0; fd <= STDERR_FILENO; fd++)
                keep[n++] = fd;
        keep[n++] = session->event;
        keep[n++] = command->fds[BWRAP_FD_SYNC];
        /* It outlives the command, and serves nobody who could use a capability.  Root may be forbidden to give them
         * up. */
        if (close_all_but(keep, n) < 0 || (caps_set(0) < 0 && session->uid != 0))
                report_and_exit(command, errno, "init");
        filter_load(session);
        _exit(reap(session, pid));
}
