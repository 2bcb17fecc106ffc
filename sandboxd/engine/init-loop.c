/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a box's init does while the box lives: starts, signals, reaps.  It sleeps in poll(2) with no timeout, but for
 * the moments in which a program is awaited to make its socket or its file: no event tells of a listen(2). */
#include "engine/init-loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/rest.h"
#include "engine/box.h"
#include "engine/fault.h"
#include "engine/kernel.h"
#include "engine/network.h"
#include "engine/program.h"
#include "engine/terminal.h"

enum {
        /* Programs and shells of one box at a time. */
        MAX_JOBS = 256,
        /* Between two looks at what a program is awaited to make, doubled from the first to the last. */
        FIRST_PAUSE_MS = 1,
        LAST_PAUSE_MS = 50,
};

typedef struct Job {
        unsigned id;
        pid_t pid;
        int status;      /* reading end of the exec's pipe; -1 when it has spoken */
        int64_t look_at; /* CLOCK_MONOTONIC ms of the next look; 0: nothing is awaited */
        int pause;
} Job;

struct Init {
        const Instance *instance;
        int socket, signals, birth;
        InitHear hear; /* the keeper's, in the same process; NULL: it is at the socket's other end */
        void *keeper;
        bool alone; /* nobody but this process is, or was, in the box's pid namespace */
        Job jobs[MAX_JOBS];
        size_t n_jobs;
        Rest rest;
};

/* Does a field of that key set the same variable as "NAME=value" in entry? */
static bool is_set_by(const Message *message, const char *key, const char *entry)
{
        size_t n = strcspn(entry, "=") + 1;
        const char *other;

        for (size_t i = 0; (other = message_get_nth(message, key, i)) != NULL; i++)
                if (strncmp(other, entry, n) == 0)
                        return true;
        return false;
}

/* Strings of one key as a NULL-terminated vector, borrowed from the message; and those of base, except variables that
 * the message sets. */
static const char **vector(const Message *message, const char *key, char *const *base)
{
        size_t n_base = 0, n = 0;
        const char **list;

        while (base != NULL && base[n_base] != NULL)
                n_base++;
        while (message_get_nth(message, key, n) != NULL)
                n++;
        list = calloc(n_base + n + 1, sizeof *list);
        if (list == NULL)
                return NULL;
        for (size_t i = 0; i < n; i++)
                list[i] = message_get_nth(message, key, i);
        for (size_t i = 0; i < n_base; i++)
                if (n == 0 || !is_set_by(message, key, base[i]))
                        list[n++] = base[i];
        return list;
}

/* The box's own, so that /proc/self/fd names what is there; else the host's, which a box without /dev gets. */
static int open_null(const Init *init)
{
        CLEANUP(fd_closep) int fd = open("/dev/null", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        struct stat st = { 0 };

        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3) &&
            fcntl(fd, F_SETFL, 0) == 0)
                return fd_steal(&fd);
        fd = fd_close(fd);
        return fcntl(init->instance->null, F_DUPFD_CLOEXEC, 0);
}

/* Descriptors of a start message in the order of box.h.  *ret_null is opened where one is wanted. */
static int
take_fds(const Init *init, const Message *message, const int *fds, size_t n_fds, Launch *launch, int *ret_null)
{
        size_t next = 0;

        for (size_t i = 0; i < 3; i++) {
                const char *word = message_get_nth(message, "stdio", i);

                launch->stdio[i] = -1;
                if (word != NULL && strcmp(word, "given") == 0) {
                        if (next >= n_fds)
                                return -EBADF;
                        launch->stdio[i] = fds[next++];
                } else if (word == NULL || strcmp(word, "terminal") != 0) {
                        if (*ret_null < 0)
                                *ret_null = open_null(init);
                        if (*ret_null < 0)
                                return -errno;
                        launch->stdio[i] = *ret_null;
                }
        }
        for (size_t i = 0; next < n_fds; i++) {
                const char *target = message_get_nth(message, "fd", i);

                if (target == NULL || launch->n_fds >= MESSAGE_MAX_FDS)
                        return -EBADF;
                launch->fds[launch->n_fds++] = (LaunchFd){ fds[next++], (int)strtol(target, NULL, 10) };
        }
        return 0;
}

static int try_to_say(const Init *init, const Message *message, const int *fds, size_t n_fds, pid_t pid)
{
        if (message == NULL)
                return -ENOMEM;
        if (init->hear == NULL)
                return message_send(init->socket, message, fds, n_fds);
        init->hear(init->keeper, message, fds, n_fds, pid);
        return 0;
}

/* What the keeper does not hear it would wait for without end; the end of the box it does hear. */
static void say(const Init *init, const Message *message, pid_t pid)
{
        if (try_to_say(init, message, NULL, 0, pid) < 0)
                _exit(1);
}

static void report(const Init *init, const char *verb, unsigned job, pid_t pid)
{
        CLEANUP(message_freep) Message *message = message_new(verb);

        if (message != NULL)
                message_add_number(message, "job", job);
        say(init, message, pid);
}

static void report_failure(const Init *init, unsigned job, int error, const char *step)
{
        CLEANUP(message_freep) Message *message = message_new("failed");

        if (message != NULL) {
                message_add_number(message, "job", job);
                message_add_number(message, "errno", error);
                message_add(message, "step", step);
        }
        say(init, message, 0);
}

static int send_terminal(const Init *init, unsigned job, int master)
{
        CLEANUP(message_freep) Message *message = message_new("pty");

        if (message == NULL)
                return -ENOMEM;
        message_add_number(message, "job", job);
        return try_to_say(init, message, &master, 1, 0);
}

typedef struct Start {
        const Launch *launch;
        LaunchFailure failure;
} Start;

static int become(void *argument)
{
        Start *start = argument;
        int none = -1;

        start->failure = launch_become(start->launch, &none);
        return launch_failure_status(&start->failure);
}

/* A shell is awaited by nobody. */
static bool is_awaited(const Init *init, const Job *job)
{
        const Plan *plan = init->instance->plan;

        return job->id < plan->n_programs && plan->programs[job->id].ready_path != NULL;
}

static void on_executed(const Init *init, Job *job)
{
        report(init, "executed", job->id, 0);
        if (is_awaited(init, job))
                job->look_at = kernel_now_ms();
}

static void add_job(Init *init, const Launch *launch, pid_t pid, int status)
{
        init->jobs[init->n_jobs++] = (Job){ .id = launch->job, .pid = pid, .status = status };
        if (init->hear != NULL)
                report(init, "forked", launch->job, pid);
}

/* The first program of a box: nobody is there yet who could stop the child before it executes, and us with it, so we
 * wait for that in the kernel. */
static int start_first(Init *init, const Launch *launch, Fault *fault)
{
        Start start = { .launch = launch };
        pid_t pid = kernel_vfork(become, &start);

        (void)fd_close(launch->ruleset);
        if (pid < 0)
                return fault_set(fault, (int)pid, "fork", NULL);
        add_job(init, launch, pid, -1);
        if (start.failure.error != 0)
                report_failure(init, launch->job, start.failure.error, start.failure.step);
        else
                on_executed(init, &init->jobs[init->n_jobs - 1]);
        return 0;
}

static int start_another(Init *init, const Launch *launch, Fault *fault)
{
        CLEANUP(fd_closep) int reading = -1, writing = -1;
        int pipe_ends[2];
        pid_t pid;

        if (pipe2(pipe_ends, O_CLOEXEC) < 0)
                return fault_set(fault, -errno, "pipe", NULL);
        reading = pipe_ends[0];
        writing = pipe_ends[1];
        pid = kernel_fork(0, -1, NULL);
        if (pid == 0) {
                LaunchFailure failure = launch_become(launch, &writing);

                (void)fd_write_all(writing, &failure, sizeof failure);
                _exit(launch_failure_status(&failure));
        }
        if (pid < 0)
                return fault_set(fault, (int)pid, "fork", NULL);
        add_job(init, launch, pid, fd_steal(&reading));
        return 0;
}

static int start(Init *init, Launch *launch, Fault *fault)
{
        CLEANUP(fd_closep) int master = -1, slave = -1;
        int r = 0;

        if (init->n_jobs >= MAX_JOBS)
                return fault_set(fault, -EAGAIN, "start", NULL);
        if (launch->stdio[0] < 0 || launch->stdio[1] < 0 || launch->stdio[2] < 0) {
                r = terminal_open(&master, &slave);
                if (r == 0)
                        r = send_terminal(init, launch->job, master);
        }
        if (r < 0)
                return fault_set(fault, r, "terminal", "/dev/pts/ptmx");
        launch->terminal = slave;
        launch->box_socket = init->socket;
        launch->mask = init->instance->mask;
        launch->filtered = init->instance->filtered;
        if (!init->alone)
                return start_another(init, launch, fault);
        init->alone = false;
        launch->ruleset = init->instance->ruleset;
        return start_first(init, launch, fault);
}

/* The box whose mounts a program of that box sees: its own, or what it stands in. */
static const PlanBox *root_of(const Plan *plan, uint32_t box)
{
        while (box != 0 && (plan->boxes[box].unshare & PLAN_NS_MOUNT) == 0)
                box = plan->boxes[box].parent;
        return &plan->boxes[box];
}

/* A job above the plan's programs is a shell: confined like the app, since it is its box. */
static const PlanProgram *program_of(const Plan *plan, unsigned job)
{
        if (job < plan->n_programs)
                return &plan->programs[job];
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].app)
                        return &plan->programs[i];
        return NULL;
}

static void on_start(Init *init, const Message *message, const int *fds, size_t n_fds)
{
        const Plan *plan = init->instance->plan;
        CLEANUP(freep) const char **argv = NULL, **envp = NULL;
        CLEANUP(fd_closep) int null = -1;
        Launch launch = { .job = (unsigned)message_get_number(message, "job", -1), .terminal = -1, .ruleset = -1 };
        bool shell = launch.job >= plan->n_programs;
        Fault fault = { 0 };
        int r;

        launch.program = program_of(plan, launch.job);
        if (launch.program == NULL)
                return;
        launch.box = root_of(plan, launch.program->box);
        argv = vector(message, "argv", shell ? NULL : launch.program->argv);
        envp = vector(message, "env", launch.program->envp);
        launch.argv = argv;
        launch.envp = envp;
        launch.cwd = shell ? message_get(message, "cwd") : launch.program->cwd;
        launch.home = launch.program->home;
        r = argv == NULL || envp == NULL ? -ENOMEM : argv[0] == NULL ? -EINVAL : 0;
        if (r == 0)
                r = take_fds(init, message, fds, n_fds, &launch, &null);
        if (r < 0)
                (void)fault_set(&fault, r, "start", NULL);
        else
                r = start(init, &launch, &fault);
        if (r < 0)
                report_failure(init, launch.job, fault.error, fault.step);
}

static void on_signal(Init *init, const Message *message)
{
        unsigned job = (unsigned)message_get_number(message, "job", -1);
        int number = (int)message_get_number(message, "number", 0);

        /* Not yet reaped, so the number is still this program's; it leads its own session and group. */
        for (size_t i = 0; i < init->n_jobs; i++)
                if (init->jobs[i].id == job && number > 0 && kill(-init->jobs[i].pid, number) < 0)
                        (void)kill(init->jobs[i].pid, number);
}

void init_tell(Init *init, const Message *message, const int *fds, size_t n_fds)
{
        if (strcmp(message_verb(message), "start") == 0)
                on_start(init, message, fds, n_fds);
        else if (strcmp(message_verb(message), "signal") == 0)
                on_signal(init, message);
}

static void on_keeper(Init *init)
{
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds = 0;
        int r = message_receive(init->socket, &message, fds, &n_fds, NULL);

        if (r == -EAGAIN)
                return;
        if (r <= 0)
                _exit(0);
        init_tell(init, message, fds, n_fds);
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

/* The exec's pipe: a failure, or its end. */
static void on_status(Init *init, Job *job)
{
        LaunchFailure failure = { 0 };
        ssize_t n;

        if (job->status < 0)
                return;
        do
                n = read(job->status, &failure, sizeof failure);
        while (n < 0 && errno == EINTR);
        job->status = fd_close(job->status);
        failure.step[sizeof failure.step - 1] = '\0';
        if (n == (ssize_t)sizeof failure) {
                report_failure(init, job->id, failure.error, failure.step);
                return;
        }
        on_executed(init, job);
}

static bool is_there(const PlanProgram *program)
{
        struct stat st;

        return program->ready == PLAN_READY_SOCKET ? kernel_can_connect(program->ready_path)
                                                   : lstat(program->ready_path, &st) == 0;
}

static void look(Init *init)
{
        int64_t now = kernel_now_ms();

        for (size_t i = 0; i < init->n_jobs; i++) {
                Job *job = &init->jobs[i];

                if (job->look_at == 0 || job->look_at > now)
                        continue;
                if (is_there(&init->instance->plan->programs[job->id])) {
                        job->look_at = 0;
                        report(init, "ready", job->id, 0);
                        continue;
                }
                job->pause = job->pause == 0 ? FIRST_PAUSE_MS : job->pause * 2;
                job->pause = job->pause > LAST_PAUSE_MS ? LAST_PAUSE_MS : job->pause;
                job->look_at = now + job->pause;
        }
}

/* Milliseconds until the next look; -1: nothing is awaited. */
static int wait_time(const Init *init)
{
        int64_t next = 0, now;

        for (size_t i = 0; i < init->n_jobs; i++)
                if (init->jobs[i].look_at != 0 && (next == 0 || init->jobs[i].look_at < next))
                        next = init->jobs[i].look_at;
        if (next == 0)
                return -1;
        now = kernel_now_ms();
        return next <= now ? 0 : (int)(next - now);
}

void init_reap(Init *init)
{
        int status = 0;
        pid_t pid;

        while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
                for (size_t i = 0; i < init->n_jobs; i++) {
                        CLEANUP(message_freep) Message *message = NULL;

                        if (init->jobs[i].pid != pid)
                                continue;
                        on_status(init, &init->jobs[i]);
                        message = message_new("ended");
                        if (message != NULL) {
                                message_add_number(message, "job", init->jobs[i].id);
                                message_add_number(message, "status", status);
                        }
                        say(init, message, 0);
                        init->jobs[i] = init->jobs[--init->n_jobs];
                        break;
                }
}

static void on_children(Init *init)
{
        struct signalfd_siginfo info;

        if (read(init->signals, &info, sizeof info) >= 0 || errno == EAGAIN)
                init_reap(init);
}

static void serve_once(Init *init)
{
        struct pollfd polled[MAX_JOBS + 3] = { { .fd = init->socket, .events = POLLIN },
                                               { .fd = init->signals, .events = POLLIN },
                                               { .fd = init->birth, .events = POLLIN } };
        size_t n = init->n_jobs;

        for (size_t i = 0; i < n; i++)
                polled[i + 3] = (struct pollfd){ .fd = init->jobs[i].status, .events = POLLIN };
        if (rest_poll(&init->rest, polled, n + 3, wait_time(init)) < 0) {
                /* EINVAL: a program of the box, being of the same user, took our limit of open files away
                 * (prlimit(2)).  Nobody could be stopped or reaped any more, so the box ends. */
                if (errno != EINTR)
                        _exit(1);
                return;
        }
        for (size_t i = 0; i < n; i++)
                if (polled[i + 3].revents != 0)
                        on_status(init, &init->jobs[i]);
        if (polled[2].revents != 0)
                network_bear(init->birth);
        if (polled[1].revents != 0)
                on_children(init);
        if (polled[0].revents != 0)
                on_keeper(init);
        look(init);
}

/* Nobody but its init, and no box that shares its processes. */
static bool begins_alone(const Plan *plan, uint32_t self)
{
        for (uint32_t i = 1; i < plan->n_boxes; i++)
                if (i != self && plan->boxes[i].parent == self && (plan->boxes[i].unshare & PLAN_NS_PID) == 0)
                        return false;
        return (plan->boxes[self].unshare & PLAN_NS_PID) != 0;
}

Init *init_new(const Instance *instance, InitHear hear, void *keeper)
{
        Init *init = calloc(1, sizeof *init);

        if (init != NULL)
                *init = (Init){ .instance = instance,
                                .socket = -1,
                                .signals = -1,
                                .birth = -1,
                                .hear = hear,
                                .keeper = keeper,
                                .alone = begins_alone(instance->plan, 1) };
        return init;
}

void init_serve(const Instance *instance, uint32_t self)
{
        Init init = { .instance = instance,
                      .socket = instance->boxes[self].init_end,
                      .birth = instance->boxes[self].birth,
                      .alone = begins_alone(instance->plan, self) };
        sigset_t children;

        (void)sigemptyset(&children);
        (void)sigaddset(&children, SIGCHLD);
        (void)sigprocmask(SIG_BLOCK, &children, NULL);
        init.signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
        if (init.signals < 0)
                _exit(1);
        for (;;)
                serve_once(&init);
}
