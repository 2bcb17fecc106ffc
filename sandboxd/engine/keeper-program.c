/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Programs, from "may start" to the end.  The states are in keeper-loop.h. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/keeper-loop.h"
#include "engine/kernel.h"

static const PlanProgram *planned(const Keeper *keeper, size_t index)
{
        return &keeper->instance->plan->programs[index];
}

size_t program_app(const Keeper *keeper)
{
        for (size_t i = 0; i < keeper->instance->plan->n_programs; i++)
                if (planned(keeper, i)->app)
                        return i;
        return 0;
}

/* One start message under construction. */
typedef struct Start {
        Message *message;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds;
        int error;
} Start;

static void add_fd(Start *start, int fd, int target)
{
        if (start->n_fds >= MESSAGE_MAX_FDS) {
                start->error = EMFILE;
                return;
        }
        if (target >= 0)
                message_add_number(start->message, "fd", target);
        start->fds[start->n_fds++] = fd;
}

/* 0, 1 and 2.  A terminal of the caller's never goes in: the init opens one of the box's own in its place. */
static void add_stdio(Keeper *keeper, Start *start, PlanStdio stdio)
{
        static const char *const names[] = { "stdin", "stdout", "stderr" };
        const Slots *slots = &keeper->instance->slots;

        for (int i = 0; i < 3; i++) {
                bool terminal;
                int fd = -1;

                if (stdio == PLAN_STDIO_CALLER)
                        fd = slots_get(slots, names[i]);
                else if (stdio == PLAN_STDIO_LOG && i > 0)
                        fd = slots_get(slots, "log");
                terminal = fd >= 0 && isatty(fd);
                message_add(start->message, "stdio", fd < 0 ? "null" : terminal ? "terminal" : "given");
                if (fd >= 0 && !terminal)
                        add_fd(start, fd, -1);
        }
}

static void add_slots(Keeper *keeper, Start *start, const PlanProgram *program)
{
        for (size_t i = 0; i < program->n_fds; i++) {
                int fd = slots_get(&keeper->instance->slots, program->fds[i].slot);

                /* An optional slot that was not brought: plan_check() and engine_start() saw to the others. */
                if (fd >= 0)
                        add_fd(start, fd, program->fds[i].target);
        }
}

static void close_ready(Keeper *keeper, ProgramRun *run)
{
        if (run->watched)
                keeper_unwatch(keeper, run->ready);
        run->watched = false;
        run->ready = fd_close(run->ready);
}

/* A pipe whose writing end the program gets; the reading end is watched here. */
static int make_ready(Keeper *keeper, size_t index, Start *start)
{
        const PlanProgram *program = planned(keeper, index);
        ProgramRun *run = &keeper->programs[index];
        int ends[2];

        close_ready(keeper, run);
        if (program->ready != PLAN_READY_BYTE && program->ready != PLAN_READY_LINE)
                return -1;
        if (pipe2(ends, O_CLOEXEC) < 0)
                keeper_fail_program(keeper, index, "pipe", program->name, errno);
        /* Only our end: how the program likes to write is its own business. */
        (void)fcntl(ends[0], F_SETFL, O_NONBLOCK);
        run->ready = ends[0];
        run->watched = true;
        keeper_watch(keeper, run->ready, SOURCE_READY, index);
        add_fd(start, ends[1], program->ready_fd);
        return ends[1];
}

static void start(Keeper *keeper, size_t index)
{
        const PlanProgram *program = planned(keeper, index);
        ProgramRun *run = &keeper->programs[index];
        CLEANUP(message_freep) Message *message = message_new("start");
        CLEANUP(fd_closep) int writing = -1;
        Start begun = { .message = message };
        int r = -ENOMEM;

        run->state = PROGRAM_STARTING;
        run->pid = 0;
        run->deadline = program->ready_timeout_ms == 0 ? 0 : kernel_now_ms() + program->ready_timeout_ms;
        if (message != NULL) {
                message_add_number(message, "job", (int64_t)index);
                add_stdio(keeper, &begun, program->stdio);
                writing = make_ready(keeper, index, &begun);
                add_slots(keeper, &begun, program);
                r = begun.error != 0 ? -begun.error
                                     : keeper_tell_box(keeper, program->box, message, begun.fds, begun.n_fds);
        }
        if (r < 0)
                keeper_fail_program(keeper, index, "start", program->name, -r);
}

/* Those that a box makes come while it is being completed. */
static bool has_slots(const Keeper *keeper, const PlanProgram *program)
{
        for (size_t i = 0; i < program->n_fds; i++)
                if (slots_get(&keeper->instance->slots, program->fds[i].slot) < 0)
                        return false;
        return true;
}

/* A semi-trusted box has namespaces of its own, and its program is the host's: it need not wait until others are
 * complete, only its init until its own is, which reads its orders then. */
static bool has_boxes(const Keeper *keeper, const PlanProgram *program)
{
        const Plan *plan = keeper->instance->plan;

        return keeper->n_built == plan->n_boxes - 1 ||
               (plan->boxes[program->box].kind == PLAN_BOX_SEMI && has_slots(keeper, program));
}

static bool may_start(const Keeper *keeper, size_t index)
{
        const PlanProgram *program = planned(keeper, index);

        for (size_t i = 0; i < program->n_after; i++)
                if (!keeper->programs[program->after[i]].was_ready)
                        return false;
        return has_boxes(keeper, program);
}

void program_start_due(Keeper *keeper)
{
        const Plan *plan = keeper->instance->plan;
        bool all = true;

        for (size_t i = 0; i < plan->n_programs; i++) {
                ProgramRun *run = &keeper->programs[i];

                if (run->state == PROGRAM_WAITING && run->deadline == 0 && may_start(keeper, i))
                        start(keeper, i);
                all = all && run->was_ready;
        }
        if (all && !keeper->announced) {
                keeper->announced = true;
                keeper_report(keeper, message_new("ready"), NULL, 0);
        }
}

static void become_ready(Keeper *keeper, size_t index)
{
        ProgramRun *run = &keeper->programs[index];

        if (run->watched)
                keeper_unwatch(keeper, run->ready);
        run->watched = false;
        run->state = run->state == PROGRAM_ENDED ? PROGRAM_ENDED : PROGRAM_READY;
        run->was_ready = true;
        run->deadline = 0;
        program_start_due(keeper);
}

void program_on_ready(Keeper *keeper, size_t index)
{
        const PlanProgram *program = planned(keeper, index);
        ProgramRun *run = &keeper->programs[index];
        char bytes[64];
        ssize_t n;

        if (!run->watched)
                return;
        n = read(run->ready, bytes, sizeof bytes);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return;
        if (n <= 0) {
                /* Closed without a word.  If it ends, its end says more; if it lives on, the deadline speaks. */
                keeper_unwatch(keeper, run->ready);
                run->watched = false;
                return;
        }
        if (program->ready == PLAN_READY_LINE && memchr(bytes, '\n', (size_t)n) == NULL)
                return;
        if (run->state == PROGRAM_STARTING || run->state == PROGRAM_RUNNING)
                become_ready(keeper, index);
}

void program_on_seen(Keeper *keeper, size_t index)
{
        if (keeper->programs[index].state == PROGRAM_STARTING || keeper->programs[index].state == PROGRAM_RUNNING)
                become_ready(keeper, index);
}

void program_on_forked(Keeper *keeper, size_t index, pid_t pid)
{
        keeper->programs[index].pid = pid;
}

void program_on_executed(Keeper *keeper, size_t index)
{
        const PlanProgram *program = planned(keeper, index);
        ProgramRun *run = &keeper->programs[index];
        Message *message = message_new("started");

        if (message != NULL) {
                message_add(message, "program", program->name);
                message_add_number(message, "pid", run->pid);
                /* It is all that there is: one word less to wake the front end for. */
                if (keeper->init != NULL && program->ready == PLAN_READY_EXEC && !keeper->announced) {
                        message_add_number(message, "ready", 1);
                        keeper->announced = true;
                }
        }
        keeper_report(keeper, message, NULL, 0);
        if (program->app && keeper->instance->plan->budget.seconds != 0)
                keeper->end_at = kernel_now_ms() + (int64_t)keeper->instance->plan->budget.seconds * 1000;
        /* It may have said that it is ready before its init saw the exec. */
        if (run->state != PROGRAM_STARTING)
                return;
        run->state = PROGRAM_RUNNING;
        if (program->ready == PLAN_READY_EXEC)
                become_ready(keeper, index);
}

/* Of a flat instance whose app was just reaped: does nobody live here any more but this process?  What was forked in
 * this moment is a process already, and so is killed and counted. */
static bool is_alone(const Keeper *keeper)
{
        return keeper->init != NULL && kill(-1, SIGKILL) < 0 && errno == ESRCH;
}

/* To take mounts and namespaces down is more work than all that the front end still has to do, and both are awake now:
 * that one goes first. */
static void let_front_go(const Keeper *keeper)
{
        struct pollfd end = { .fd = keeper->instance->front };

        (void)poll(&end, 1, FRONT_GOES_MS);
}

static void report_exit(Keeper *keeper, size_t index, int status, bool ends)
{
        const PlanProgram *program = planned(keeper, index);
        bool alone = program->app && is_alone(keeper);
        Message *message = message_new("exit");

        if (message != NULL) {
                message_add(message, "program", program->name);
                message_add_number(message, "status", status);
                if (program->app)
                        message_add_number(message, "app", 1);
                if (alone)
                        message_add_number(message, "alone", 1);
                if (!program->app && ends)
                        message_add_number(message, "essential", 1);
                if (program->app && keeper->time_over)
                        message_add(message, "limit", "time");
        }
        keeper_report(keeper, message, NULL, 0);
        if (alone)
                let_front_go(keeper);
}

/* Step "exec": the command itself could not be executed, which for the app is an exit status of its own (126, 127). */
void program_on_failed(Keeper *keeper, size_t index, const char *step, int error)
{
        const PlanProgram *program = planned(keeper, index);

        keeper_fail_program(keeper, index, step, strcmp(step, "exec") == 0 ? program->argv[0] : program->name, error);
}

/* Starts it again after a while; false when it died too often. */
static bool restart(Keeper *keeper, size_t index)
{
        ProgramRun *run = &keeper->programs[index];
        int64_t now = kernel_now_ms();

        if (run->n_restarts == 0 || now - run->first_restart > RESTART_WINDOW_MS) {
                run->n_restarts = 0;
                run->first_restart = now;
        }
        if (run->n_restarts >= MAX_RESTARTS)
                return false;
        run->state = PROGRAM_WAITING;
        run->deadline = now + ((int64_t)RESTART_DELAY_MS << run->n_restarts);
        run->n_restarts++;
        return true;
}

static void after_death(Keeper *keeper, size_t index, int status, bool can_restart)
{
        const PlanProgram *program = planned(keeper, index);
        ProgramRun *run = &keeper->programs[index];
        bool clean = program->ready == PLAN_READY_EXIT && WIFEXITED(status) && WEXITSTATUS(status) == 0, ends;

        close_ready(keeper, run);
        run->pid = 0;
        run->deadline = 0;
        run->state = PROGRAM_ENDED;
        if (clean) {
                report_exit(keeper, index, status, false);
                become_ready(keeper, index);
                return;
        }
        ends = program->app || !run->was_ready || program->death == PLAN_DEATH_ESSENTIAL ||
               (program->death == PLAN_DEATH_RESTART && (!can_restart || !restart(keeper, index)));
        report_exit(keeper, index, status, ends);
        if (ends)
                keeper_end();
}

void program_on_ended(Keeper *keeper, size_t index, int status)
{
        ProgramRun *run = &keeper->programs[index];

        /* Its last word may still lie in the pipe. */
        program_on_ready(keeper, index);
        if (run->state != PROGRAM_ENDED && run->state != PROGRAM_WAITING)
                after_death(keeper, index, status, true);
}

/* Whoever killed the init killed all that ran there. */
void program_on_box_gone(Keeper *keeper, uint32_t box)
{
        const Plan *plan = keeper->instance->plan;
        size_t app = program_app(keeper);

        if (keeper->n_built != plan->n_boxes - 1)
                keeper_fail(keeper, box, "box ended", plan->boxes[box].name, ECHILD);
        /* The app first: if it is among them, its end is what there is to tell. */
        if (planned(keeper, app)->box == box)
                after_death(keeper, app, SIGKILL, false);
        for (size_t i = 0; i < plan->n_programs; i++)
                if (planned(keeper, i)->box == box && keeper->programs[i].state != PROGRAM_ENDED)
                        after_death(keeper, i, SIGKILL, false);
        /* A box without programs of its own holds others' namespaces. */
        for (size_t i = 1; i < plan->n_boxes; i++)
                if (plan->boxes[i].parent == box)
                        keeper_fail(keeper, box, "box ended", plan->boxes[box].name, ECHILD);
}

void program_on_time(Keeper *keeper, int64_t now)
{
        for (size_t i = 0; i < keeper->instance->plan->n_programs; i++) {
                const PlanProgram *program = planned(keeper, i);
                ProgramRun *run = &keeper->programs[i];

                if (run->deadline == 0 || run->deadline > now)
                        continue;
                run->deadline = 0;
                if (run->state == PROGRAM_WAITING)
                        program_start_due(keeper);
                else
                        keeper_fail_program(keeper, i, "ready", program->name, ETIMEDOUT);
        }
}

int64_t program_next_deadline(const Keeper *keeper)
{
        int64_t next = 0;

        for (size_t i = 0; i < keeper->instance->plan->n_programs; i++) {
                int64_t deadline = keeper->programs[i].deadline;

                if (deadline != 0 && (next == 0 || deadline < next))
                        next = deadline;
        }
        return next;
}

void program_signal(Keeper *keeper, unsigned job, int number)
{
        CLEANUP(message_freep) Message *message = message_new("signal");
        size_t index = job < keeper->instance->plan->n_programs ? job : program_app(keeper);

        if (message == NULL)
                return;
        message_add_number(message, "job", job);
        message_add_number(message, "number", number);
        (void)keeper_tell_box(keeper, planned(keeper, index)->box, message, NULL, 0);
}

void program_stop(Keeper *keeper, int64_t grace_ms)
{
        if (grace_ms < 0 || grace_ms > 600000)
                grace_ms = STOP_GRACE_MS;
        program_signal(keeper, (unsigned)program_app(keeper), SIGTERM);
        program_signal(keeper, (unsigned)program_app(keeper), SIGCONT);
        if (keeper->kill_at == 0)
                keeper->kill_at = kernel_now_ms() + grace_ms + 1;
}

void program_out_of_time(Keeper *keeper)
{
        keeper->end_at = 0;
        keeper->time_over = true;
        program_stop(keeper, TIME_GRACE_MS);
}

void program_kill(Keeper *keeper)
{
        report_exit(keeper, program_app(keeper), SIGKILL, true);
        keeper_end();
}
