/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-engine run --plan FD --fd NAME=FD ... [--manager PATH] [--verbose]
 * oriel-engine keep --manager PATH --fd manager=FD
 *
 * keep: the resident engine, which the session manager starts and whose warm parts lie beside the manager's socket.
 * Joins the engine and the front end.  Started by the launcher, which execs into it: what is inherited here is the
 * caller's.  The plan comes as bytes and is checked again: this program trusts no other. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/prefix.h"
#include "engine/engine.h"
#include "front/front.h"
#include "front/status.h"
#include "instance/instance.h"
#include "plan/check.h"
#include "plan/code.h"
#include "programs/programs.h"
#include "programs/run.h"
#include "warm/client.h"
#include "warm/resident.h"

enum { EXIT_FAILED = 125 };

typedef struct Options {
        int plan_fd;
        EngineFd fds[PLAN_MAX_SLOTS];
        size_t n_fds;
        const char *manager;
        bool keep, verbose;
} Options;

static void options_clear(Options *options)
{
        for (size_t i = 0; i < options->n_fds; i++)
                free((char *)options->fds[i].slot); /* add_fd()'s copy */
}

static int fail(const char *what, const char *why)
{
        (void)fprintf(stderr, "oriel: %s: %s\n", what, why);
        return EXIT_FAILED;
}

static int parse_fd(const char *text)
{
        char *end = NULL;
        long number;

        errno = 0;
        number = strtol(text, &end, 10);
        return errno != 0 || end == text || *end != '\0' || number < 0 || number > INT_MAX ? -1 : (int)number;
}

/* NAME=FD.  The name is copied: the keeper writes its title over the bytes of the arguments. */
static bool add_fd(Options *options, const char *text)
{
        const char *sign = strchr(text, '=');
        int fd = sign == NULL ? -1 : parse_fd(sign + 1);
        char *name;

        if (fd < 0 || options->n_fds >= PLAN_MAX_SLOTS)
                return false;
        name = strndup(text, (size_t)(sign - text));
        if (name == NULL)
                return false;
        options->fds[options->n_fds++] = (EngineFd){ .slot = name, .fd = fd };
        /* None is a program's by accident; those of the plan are passed on by number. */
        return fd <= 2 || fd_set_cloexec(fd, true) == 0;
}

static int slot(const EngineFd *fds, size_t n_fds, const char *name)
{
        for (size_t i = 0; i < n_fds; i++)
                if (strcmp(fds[i].slot, name) == 0)
                        return fds[i].fd;
        return -1;
}

static bool parse(Options *options, int argc, char **argv)
{
        if (argc < 2 || (strcmp(argv[1], "run") != 0 && strcmp(argv[1], "keep") != 0))
                return false;
        options->keep = strcmp(argv[1], "keep") == 0;
        for (int i = 2; i < argc; i++) {
                char *value = i + 1 < argc ? argv[i + 1] : NULL;

                if (strcmp(argv[i], "--verbose") == 0) {
                        options->verbose = true;
                        continue;
                }
                if (value == NULL)
                        return false;
                if (strcmp(argv[i], "--plan") == 0)
                        options->plan_fd = parse_fd(value);
                else if (strcmp(argv[i], "--manager") == 0)
                        options->manager = value;
                else if (strcmp(argv[i], "--fd") != 0 || !add_fd(options, value))
                        return false;
                i++;
        }
        return options->keep ? options->manager != NULL && slot(options->fds, options->n_fds, "manager") >= 0
                             : options->plan_fd >= 0;
}

/* NULL after a line on stderr. */
static Plan *read_plan(int fd)
{
        CLEANUP(plan_freep) Plan *plan = NULL;
        CLEANUP(freep) char *bytes = NULL;
        CLEANUP(buffer_clear) Buffer why = BUFFER_INIT;
        ParseError error = { 0 };
        char text[64];
        size_t n = 0;
        int r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : fd_read_all(fd, PLAN_MAX_BYTES, &bytes, &n);

        if (r == 0)
                r = plan_decode(&plan, &error, bytes, n);
        if (r < 0) {
                (void)fail("plan", strerror(-r));
                return NULL;
        }
        if (r > 0) {
                (void)snprintf(text, sizeof text, "not a plan (code %d at byte %zu)", r, error.offset);
                (void)fail("plan", text);
                return NULL;
        }
        if (!plan_check(plan, &why)) {
                (void)fail("plan", buffer_text(&why) == NULL ? "refused" : why.bytes);
                return NULL;
        }
        return STEAL(plan);
}

/* In place of the log itself, programs get a pipe that the front end reads (front/log.h). */
static int pipe_log(const Plan *plan, EngineFd *fds, size_t n_fds, int *ret_file, int *ret_reading)
{
        int ends[2];

        for (size_t i = 0; i < plan->n_programs; i++) {
                if (plan->programs[i].stdio != PLAN_STDIO_LOG)
                        continue;
                for (size_t k = 0; k < n_fds; k++) {
                        if (strcmp(fds[k].slot, "log") != 0)
                                continue;
                        if (pipe2(ends, O_CLOEXEC) < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0)
                                return -errno;
                        *ret_file = fds[k].fd;
                        *ret_reading = ends[0];
                        fds[k].fd = ends[1];
                        return 0;
                }
        }
        return 0;
}

int program_run(const Plan *plan, const EngineFd *given, size_t n_fds, const char *manager, bool asked, bool verbose)
{
        EngineFd fds[PLAN_MAX_SLOTS];
        int log = -1, log_pipe = -1;
        CLEANUP(buffer_clear) Buffer sentence = BUFFER_INIT;
        FrontMediator mediators[PLAN_MAX_SLOTS];
        EngineInstance instance = { 0 };
        const PlanMount *identity = plan_identity(plan);
        const char *step = NULL;
        size_t n_mediators = 0;
        char prefix[PREFIX_SIZE];
        int r = n_fds > PLAN_MAX_SLOTS ? -E2BIG : 0;
        FrontSignals signals;

        front_signals_open(&signals);
        step = "log";
        if (r == 0) {
                memcpy(fds, given, n_fds * sizeof *fds);
                r = pipe_log(plan, fds, n_fds, &log, &log_pipe);
        }
        if (r == 0)
                r = warm_launch(manager, asked, plan, fds, n_fds, &instance, &step);
        /* Now, while the keeper is at work. */
        if (prefix_find(prefix) == 0)
                prefix_choose_language(prefix);
        if (r < 0) {
                front_signals_close(&signals);
                front_error_sentence(step, NULL, -r, &sentence);
                (void)fputs(buffer_text(&sentence) == NULL ? "oriel: out of memory\n" : sentence.bytes, stderr);
                (void)instance_dir_remove(slot(given, n_fds, "instances"), plan->id);
                instance_logs_tidy(slot(given, n_fds, "logs"), plan->id);
                return EXIT_FAILED;
        }
        /* The front end's half of a mediator's channel is known by its name. */
        for (size_t i = 0; i < n_fds && n_mediators < PLAN_MAX_SLOTS; i++)
                if (strncmp(fds[i].slot, "front-", 6) == 0)
                        mediators[n_mediators++] = (FrontMediator){ .name = fds[i].slot + 6, .fd = fds[i].fd };
        return front_run(&(FrontConfig){
                .signals = &signals,
                .id = plan->id,
                .app = plan->app,
                .keeper_pid = instance.keeper_pid,
                .keeper_pidfd = instance.keeper_pidfd,
                .keeper_socket = instance.keeper_socket,
                .keeper_parked = instance.parked,
                .instances_fd = slot(fds, n_fds, "instances"),
                .logs_fd = slot(fds, n_fds, "logs"),
                .audit_fd = slot(fds, n_fds, "audit"),
                .log_fd = log,
                .log_pipe = log_pipe,
                .budget = plan->budget,
                .cgroup_fd = slot(fds, n_fds, "cgroup"),
                .flatpak_fd = identity == NULL ? -1 : slot(fds, n_fds, "flatpak"),
                .identity = identity == NULL ? NULL : identity->content,
                .n_identity = identity == NULL ? 0 : identity->n_content,
                .manager = manager,
                .mediators = mediators,
                .n_mediators = n_mediators,
                .guards = plan->guards,
                .n_guards = plan->n_guards,
                .verbose = verbose,
        });
}

static int keep(const Options *options)
{
        int r = resident_run(options->manager, slot(options->fds, options->n_fds, "manager"));

        return r < 0 ? fail("oriel-engine", strerror(-r)) : 0;
}

int program_engine(int argc, char **argv)
{
        CLEANUP(options_clear) Options options = { .plan_fd = -1 };
        CLEANUP(plan_freep) Plan *plan = NULL;

        if (!parse(&options, argc, argv))
                return fail("oriel-engine", "usage: run --plan FD --fd NAME=FD ... [--manager PATH] [--verbose]\n"
                                            "              or: keep --manager PATH --fd manager=FD");
        /* A caller that ignores it passes that on, and waitpid(2) would then wait for nobody. */
        (void)signal(SIGCHLD, SIG_DFL);
        if (options.keep)
                return keep(&options);
        plan = read_plan(options.plan_fd);
        if (plan == NULL)
                return EXIT_FAILED;
        options.plan_fd = fd_close(options.plan_fd);
        return program_run(plan, options.fds, options.n_fds, options.manager, false, options.verbose);
}
