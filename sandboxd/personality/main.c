/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-bwrap: bubblewrap's command line and behaviour, done by the engine.  Everything that callers rely on is the
 * original's: it exits 1 for whatever fails, descriptors and the environment pass, and messages begin with "bwrap: ".
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "bwrap/command.h"
#include "bwrap/plan-of.h"
#include "bwrap/usage.h"
#include "personality/caps.h"
#include "personality/filter.h"
#include "personality/monitor.h"
#include "personality/report.h"
#include "programs/programs.h"

static int read_args(void *data, int fd, char **ret_bytes, size_t *ret_n)
{
        int r = fd_read_all(fd, (size_t)64 * 1024 * 1024, ret_bytes, ret_n);

        (void)data;
        (void)fd_close(fd);
        return r;
}

static bool is_zero(const char *path)
{
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
        char text[4] = "";

        return fd >= 0 && read(fd, text, sizeof text - 1) > 0 && strcmp(text, "0\n") == 0;
}

static bool exists(const char *path)
{
        struct stat st;

        return stat(path, &st) == 0;
}

static void print(int fd, const Buffer *text)
{
        if (!text->failed)
                (void)fd_write_all(fd, text->bytes, text->n);
}

static int tell_outcome(const BwrapCommand *command, BwrapOutcome outcome, const char *name)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (outcome == BWRAP_VERSION)
                buffer_add_text(&text, BWRAP_VERSION_LINE);
        else if (outcome == BWRAP_HELP || outcome == BWRAP_USAGE)
                bwrap_usage(&text, name);
        else if (outcome == BWRAP_NO_MEMORY)
                report_line(command, 0, "Out of memory");
        print(outcome == BWRAP_USAGE ? STDERR_FILENO : STDOUT_FILENO, &text);
        return outcome == BWRAP_HELP || outcome == BWRAP_VERSION ? 0 : PERSONALITY_FAILED;
}

/* Slots of the plan: the descriptors that its mounts name. */
static bool make_slots(Session *session)
{
        const PlanBox *box = &session->plan->plan->boxes[0];
        EngineFd *fds = calloc(box->n_mounts, sizeof *fds);
        size_t n = 0;

        for (size_t i = 1; fds != NULL && i < box->n_mounts; i++)
                if (box->mounts[i].slot != NULL)
                        fds[n++] = (EngineFd){ box->mounts[i].slot, session->command->ops[session->plan->op_of[i]].fd };
        session->slots = (Slots){ fds, n };
        return fds != NULL;
}

static void clear_session(Session *session)
{
        free((void *)session->slots.fds);
        for (size_t i = 0; i < session->n_filters; i++)
                free(session->filters[i].filter);
        free(session->filters);
        free(session->cwd);
}

static int run(const BwrapCommand *command, uid_t uid, gid_t gid)
{
        const char *compat = getenv("ORIEL_BWRAP_COMPAT");
        BwrapPlace place = { .uid = uid, .gid = gid, .console = isatty(STDOUT_FILENO) ? ttyname(STDOUT_FILENO) : NULL };
        CLEANUP(bwrap_plan_clear) BwrapPlan plan = { 0 };
        CLEANUP(clear_session)
        Session session = { .command = command,
                            .plan = &plan,
                            .uid = uid,
                            .gid = gid,
                            .cwd = get_current_dir_name(),
                            .follow_last = compat != NULL && strcmp(compat, "0.11") == 0,
                            .event = -1,
                            .executed = -1,
                            .ready = { -1, -1 },
                            .joined = { -1, -1 } };

        session.reaper = !command->as_pid_1 && (command->unshare[BWRAP_NS_PID] || command->n_lock_files > 0 ||
                                                command->fds[BWRAP_FD_SYNC] >= 0);
        session.mask = umask(0);
        (void)umask(session.mask);
        if (bwrap_plan_of(&plan, command, &place) < 0 || !make_slots(&session)) {
                report_line(command, 0, "Out of memory");
                return PERSONALITY_FAILED;
        }
        for (size_t i = 0; i < command->n_filters; i++)
                filter_read(&session, command->filters[i]);
        return monitor_run(&session);
}

int program_bwrap(int argc, char **argv)
{
        uid_t uid = getuid();
        gid_t gid = getgid();
        CLEANUP(bwrap_command_clear) BwrapCommand command = { 0 };
        uint64_t caps = caps_own();
        BwrapHost host = { .uid = uid,
                           .gid = gid,
                           .caps = caps,
                           .user_namespaces = uid != 0 || (exists("/proc/self/ns/user") &&
                                                           !is_zero("/proc/sys/user/max_user_namespaces")),
                           .cgroup_namespaces = exists("/proc/self/ns/cgroup"),
                           .env = environ,
                           .read_args = read_args };
        BwrapOutcome outcome;

        /* A caller that ignores it passes that on, and no end of a child would be told. */
        (void)signal(SIGCHLD, SIG_DFL);
        if (argc == 2 && strcmp(argv[1], "--version") == 0)
                return tell_outcome(&command, BWRAP_VERSION, argv[0]);
        if (getauxval(AT_SECURE) != 0) {
                report_line(&command, 0, "setuid use of bubblewrap is not supported in this build");
                return PERSONALITY_FAILED;
        }
        if (uid != 0 && caps != 0) {
                report_line(&command, 0, "Unexpected capabilities but not setuid, old file caps config?");
                return PERSONALITY_FAILED;
        }
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
                report_line(&command, errno, "prctl(PR_SET_NO_NEW_PRIVS) failed");
                return PERSONALITY_FAILED;
        }
        outcome = bwrap_command_read(&command, &host, argc > 0 ? argv + 1 : argv);
        print(STDERR_FILENO, &command.messages);
        return outcome == BWRAP_RUN ? run(&command, uid, gid)
                                    : tell_outcome(&command, outcome, argc > 0 ? argv[0] : "bwrap");
}
