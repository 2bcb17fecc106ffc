/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the fork to the exec.  The box's init holds no capability and lies in the box's user namespace already, so
 * nothing is given away here any more.
 *
 * Order: own session before the terminal; the terminal before its descriptor is closed; descriptors before the limit
 * on them; directories before Landlock and seccomp, which could refuse; seccomp last. */
#include "engine/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/confine.h"
#include "engine/fault.h"
#include "engine/landlock.h"
#include "engine/notify.h"

int launch_failure_status(const LaunchFailure *failure)
{
        return failure->error == ENOENT || failure->error == ENOTDIR ? 127 : 126;
}

/* As execve(2) of a login shell would have it, whatever the caller ignored (what the keeper ignored it has reset); and
 * no personality that, say, makes all that is readable executable. */
static void reset_state(void)
{
        sigset_t none;

        (void)sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        (void)personality(PER_LINUX);
}

/* A session of its own, so that kill(0, ...) inside reaches nobody outside, and the terminal to control it. */
static int take_session(const Launch *launch, Fault *fault)
{
        if (setsid() < 0)
                return fault_set(fault, -errno, "session", NULL);
        if (launch->terminal >= 0 && ioctl(launch->terminal, TIOCSCTTY, 0) < 0)
                return fault_set(fault, -errno, "controlling terminal", NULL);
        return 0;
}

static int copy_above(int *fd, int above)
{
        if (*fd < 0)
                return 0;
        *fd = fcntl(*fd, F_DUPFD_CLOEXEC, above);
        return *fd;
}

/* Everything is first copied above all target numbers, so that no copy overwrites what is still to be copied; all the
 * rest closes at the exec. */
static int place_fds(const Launch *launch, int *socket, int *status, int *ruleset, Fault *fault)
{
        LaunchFd list[MESSAGE_MAX_FDS + 3];
        size_t n = 0;
        int above = 3;

        for (int i = 0; i < 3; i++)
                list[n++] = (LaunchFd){ launch->stdio[i] < 0 ? launch->terminal : launch->stdio[i], i };
        for (size_t i = 0; i < launch->n_fds; i++)
                list[n++] = launch->fds[i];
        for (size_t i = 0; i < n; i++)
                if (list[i].target >= above)
                        above = list[i].target + 1;
        for (size_t i = 0; i < n; i++) {
                list[i].fd = fcntl(list[i].fd, F_DUPFD_CLOEXEC, above);
                if (list[i].fd < 0)
                        return fault_set(fault, -errno, "descriptors", NULL);
        }
        if (copy_above(socket, above) < 0 || copy_above(status, above) < 0 || copy_above(ruleset, above) < 0 ||
            close_range(3, UINT_MAX, CLOSE_RANGE_CLOEXEC) < 0)
                return fault_set(fault, -errno, "descriptors", NULL);
        for (size_t i = 0; i < n; i++)
                if (dup2(list[i].fd, list[i].target) < 0)
                        return fault_set(fault, -errno, "descriptors", NULL);
        return 0;
}

static void go_to_directory(const Launch *launch)
{
        const char *const places[] = { launch->cwd, launch->home, "/" };

        for (size_t i = 0; i < sizeof places / sizeof *places; i++)
                if (places[i] != NULL && chdir(places[i]) == 0)
                        return;
}

static int send_forked(int socket, unsigned job)
{
        CLEANUP(message_freep) Message *message = message_new("forked");

        if (message == NULL)
                return -ENOMEM;
        message_add_number(message, "job", job);
        return message_send(socket, message, NULL, 0);
}

/* execve(2) takes pointers to what it never changes. */
static char *const *unconst(const char *const *list)
{
        char *const *same = NULL;

        memcpy(&same, &list, sizeof same);
        return same;
}

/* A file without "#!" that is no program either is the shell's (execvp(3)). */
static int execute(const char *path, const Launch *launch)
{
        (void)execve(path, unconst(launch->argv), unconst(launch->envp));
        if (errno == ENOEXEC) {
                const char *argv[256] = { "/bin/sh", path };
                size_t i = 1;

                for (; launch->argv[i] != NULL && i + 2 < sizeof argv / sizeof *argv; i++)
                        argv[i + 1] = launch->argv[i];
                if (launch->argv[i] == NULL)
                        (void)execve(argv[0], unconst(argv), unconst(launch->envp));
                errno = ENOEXEC;
        }
        return -errno;
}

static const char *path_of(const Launch *launch)
{
        for (size_t i = 0; launch->envp[i] != NULL; i++)
                if (strncmp(launch->envp[i], "PATH=", 5) == 0)
                        return launch->envp[i] + 5;
        return "/usr/bin:/bin";
}

/* As execvp(3): the first that can be executed; "permission denied" is remembered. */
static int search_and_execute(const Launch *launch)
{
        const char *name = launch->argv[0], *p = path_of(launch);
        int result = -ENOENT;

        if (*name == '\0' || strchr(name, '/') != NULL)
                return execute(name, launch);
        for (;;) {
                char path[PATH_MAX];
                size_t n = strcspn(p, ":");
                int length = snprintf(path, sizeof path, "%.*s%s%s", (int)n, p, n == 0 ? "./" : "/", name), r;

                if (length > 0 && (size_t)length < sizeof path) {
                        r = execute(path, launch);
                        if (r == -EACCES)
                                result = r;
                        else if (r != -ENOENT && r != -ENOTDIR)
                                return r;
                }
                if (p[n] == '\0')
                        return result;
                p += n + 1;
        }
}

static int restrict_to_box(const Launch *launch, int ruleset, Fault *fault)
{
        int fds[MESSAGE_MAX_FDS + 3] = { 0, 1, 2 };
        size_t n = 3;
        int r = ruleset >= 0 ? 0 : landlock_prepare(launch->program, launch->box, &ruleset, fault);

        for (size_t i = 0; i < launch->n_fds; i++)
                fds[n++] = launch->fds[i].target;
        return r < 0 || ruleset < 0 ? r : landlock_restrict(launch->program, ruleset, fds, n, fault);
}

LaunchFailure launch_become(const Launch *launch, int *status)
{
        const PlanProgram *program = launch->program;
        LaunchFailure failure = { 0 };
        int socket = launch->box_socket, ruleset = launch->ruleset, r;
        Fault fault = { 0 };

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        reset_state();
        r = take_session(launch, &fault);
        if (r == 0)
                r = place_fds(launch, &socket, status, &ruleset, &fault);
        (void)umask(launch->mask);
        if (r == 0)
                r = confine_limits(program->limits, program->n_limits, &fault);
        if (r == 0) {
                go_to_directory(launch);
                r = socket < 0 ? 0 : send_forked(socket, launch->job);
                if (r < 0)
                        (void)fault_set(&fault, r, "report", NULL);
        }
        if (r == 0 && program->mdwe)
                r = confine_mdwe(&fault);
        if (r == 0)
                r = restrict_to_box(launch, ruleset, &fault);
        if (r == 0 && program->learn_fd != 0)
                r = notify_begin(program, &fault);
        if (r == 0 && !launch->filtered)
                r = confine_seccomp(program, &fault);
        if (r == 0)
                (void)fault_set(&fault, search_and_execute(launch), "exec", launch->argv[0]);
        failure.error = fault.error;
        (void)snprintf(failure.step, sizeof failure.step, "%s", fault.step);
        return failure;
}
