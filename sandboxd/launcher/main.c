/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel: what a person starts.  A launch whose plan is remembered is done here, in this process; for all else there is
 * oriel-cli, which is executed. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "base/prefix.h"
#include "front/front.h"
#include "launcher/remembered.h"
#include "programs/programs.h"
#include "programs/run.h"
#include "start/environment.h"
#include "warm/client.h"

enum { EXIT_FAILED = 125, PLAN_IT = -1 };

/* One of 0, 1, 2 may be closed: then what is opened next would come to stand there. */
static bool has_stdio(void)
{
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (fcntl(fd, F_GETFD) < 0)
                        return false;
        return true;
}

/* As report_line() of the command line would. */
static void say(const char *sentence)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_printf(&text, "oriel: %s\n", sentence);
        for (size_t i = 0; i + 1 < text.n; i++)
                if (((unsigned char)text.bytes[i] < ' ' && text.bytes[i] != '\n') || text.bytes[i] == 0x7f)
                        text.bytes[i] = '?';
        if (!text.failed)
                (void)fd_write_all(STDERR_FILENO, text.bytes, text.n);
}

static void say_remembered(const char *prefix)
{
        prefix_choose_language(prefix);
        say(_("the plan is remembered: nothing that it rests on has changed"));
}

static int list(void *data, FrontListing *ret_listing)
{
        Remembered *remembered = data;
        int r = remembered_list(remembered, &ret_listing->control_fd);

        ret_listing->id = remembered->id;
        ret_listing->instances_fd = remembered->instances;
        ret_listing->logs_fd = remembered->logs;
        return r;
}

/* By a box that was made ahead: PLAN_IT where there is none. */
static int run_parked(Remembered *remembered, const char *prefix)
{
        EngineFd fds[3];
        EngineInstance instance = { 0 };
        FrontSignals signals;
        WarmCall call;

        if (remembered->manager == NULL || remembered->entry.n_call == 0 ||
            warm_call_decode(&call, remembered->entry.call, remembered->entry.n_call) < 0)
                return PLAN_IT;
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                fds[fd] = (EngineFd){ .slot = start_stdio_slots[fd], .fd = fd };
        front_signals_open(&signals);
        if (warm_take(remembered->manager, &call, fds, 3, &instance) != 0) {
                front_signals_close(&signals);
                return PLAN_IT;
        }
        start_environment_drop(environ);
        if (remembered->entry.record.verbose)
                say_remembered(prefix);
        for (size_t at = 0; at < call.n_notes; at += strlen(call.notes + at) + 1)
                say(call.notes + at);
        return front_run(&(FrontConfig){
                .signals = &signals,
                .id = "",
                .app = remembered->entry.record.app,
                .profile = remembered->entry.record.profile,
                .keeper_pid = instance.keeper_pid,
                .keeper_pidfd = instance.keeper_pidfd,
                .keeper_socket = instance.keeper_socket,
                .keeper_parked = true,
                .instances_fd = -1,
                .logs_fd = -1,
                .audit_fd = -1,
                .log_fd = -1,
                .log_pipe = -1,
                .cgroup_fd = -1,
                .flatpak_fd = -1,
                .budget = { .seconds = call.seconds },
                .manager = remembered->manager,
                .verbose = remembered->entry.record.verbose,
                .list = list,
                .list_data = remembered,
                .prefix = prefix,
        });
}

static int run_made(const Remembered *remembered, const char *prefix)
{
        EngineFd fds[START_MAX_SLOTS];

        start_environment_drop(environ);
        if (remembered->entry.record.verbose)
                say_remembered(prefix);
        for (char **note = remembered->plan->notes; note != NULL && *note != NULL; note++)
                say(*note);
        for (size_t i = 0; i < remembered->slots.n; i++)
                fds[i] = (EngineFd){ .slot = remembered->slots.all[i].name, .fd = remembered->slots.all[i].fd };
        return program_run(remembered->plan, fds, remembered->slots.n, remembered->manager, true,
                           remembered->entry.record.verbose);
}

static int run_remembered(char **argv, const char *prefix)
{
        Remembered remembered;
        int status;

        if (!has_stdio() || getauxval(AT_SECURE) != 0)
                return PLAN_IT;
        /* Nobody but 0, 1 and 2 is passed on, and nothing that the caller waits for is kept open. */
        (void)close_range(3, ~0U, 0);
        /* A caller that ignores it passes that on, and nobody could wait for a child. */
        (void)signal(SIGCHLD, SIG_DFL);
        if (remembered_open(&remembered, argv, environ, prefix) < 0)
                return PLAN_IT;
        status = run_parked(&remembered, prefix);
        if (status == PLAN_IT && remembered_make(&remembered, prefix) == 0)
                status = run_made(&remembered, prefix);
        remembered_clear(&remembered);
        return status;
}

int program_oriel(int argc, char **argv)
{
        char prefix[PREFIX_SIZE], path[PREFIX_SIZE];
        int r = prefix_find(prefix), number;

        if (r < 0) {
                r = prefix_executable(path);
                (void)fprintf(stderr,
                              "oriel: %s: is not installed, so its other parts cannot be found\n"
                              "Install it: ./dev install PREFIX\n",
                              r == 0 ? path : "/proc/self/exe");
                return EXIT_FAILED;
        }
        if (argc > 2 && strcmp(argv[1], "run") == 0) {
                r = run_remembered(argv, prefix);
                if (r != PLAN_IT)
                        return r;
        }
        if (snprintf(path, sizeof path, "%s/libexec/oriel/oriel-cli", prefix) >= (int)sizeof path)
                path[0] = '\0';
        (void)execv(path, argv);
        number = errno;
        prefix_choose_language(prefix);
        (void)fprintf(stderr, "oriel: ");
        (void)fprintf(stderr, _("%s: cannot be started: %s\nOriel is not installed as a whole: install it again."),
                      path, strerror(number));
        (void)fputc('\n', stderr);
        return EXIT_FAILED;
}
