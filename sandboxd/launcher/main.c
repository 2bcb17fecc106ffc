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
#include "launcher/remembered.h"
#include "programs/programs.h"
#include "programs/run.h"
#include "start/environment.h"

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

static int run_remembered(char **argv, const char *prefix)
{
        Remembered remembered;
        EngineFd fds[START_MAX_SLOTS];
        int status;

        if (!has_stdio() || getauxval(AT_SECURE) != 0)
                return PLAN_IT;
        /* Nobody but 0, 1 and 2 is passed on, and nothing that the caller waits for is kept open. */
        (void)close_range(3, ~0U, 0);
        /* A caller that ignores it passes that on, and nobody could wait for a child. */
        (void)signal(SIGCHLD, SIG_DFL);
        if (remembered_open(&remembered, argv, environ, prefix) < 0)
                return PLAN_IT;
        start_environment_drop(environ);
        if (remembered.record.verbose) {
                prefix_choose_language(prefix);
                say(_("the plan is remembered: nothing that it rests on has changed"));
        }
        for (char **note = remembered.plan->notes; note != NULL && *note != NULL; note++)
                say(*note);
        for (size_t i = 0; i < remembered.slots.n; i++)
                fds[i] = (EngineFd){ .slot = remembered.slots.all[i].name, .fd = remembered.slots.all[i].fd };
        status = program_run(remembered.plan, fds, remembered.slots.n, remembered.manager, remembered.record.verbose);
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
