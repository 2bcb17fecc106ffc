/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "engine/keeper-loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rest.h"
#include "engine/kernel.h"
#include "engine/park.h"

/* The end of pid 1 is the end of every process in the instance: the kernel kills and reaps them all before the front
 * end sees the keeper's own end (pid_namespaces(7)). */
void keeper_end(void)
{
        _exit(0);
}

void keeper_watch(Keeper *keeper, int fd, Source source, size_t index)
{
        struct epoll_event event = { .events = EPOLLIN, .data.u64 = (uint64_t)source << 32 | index };

        if (epoll_ctl(keeper->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
                keeper_fail(keeper, 0, "watch", NULL, errno);
}

void keeper_unwatch(Keeper *keeper, int fd)
{
        (void)epoll_ctl(keeper->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void keeper_report(Keeper *keeper, Message *message, const int *fds, size_t n_fds)
{
        int r = message == NULL ? -ENOMEM : message_send(keeper->instance->front, message, fds, n_fds);

        message_free(message);
        /* It would wait for what was lost; our end it does hear. */
        if (r < 0)
                keeper_end();
}

int keeper_tell_box(Keeper *keeper, uint32_t box, const Message *message, const int *fds, size_t n_fds)
{
        if (keeper->init == NULL)
                return message_send(keeper->instance->boxes[box].keeper_end, message, fds, n_fds);
        init_tell(keeper->init, message, fds, n_fds);
        return 0;
}

static _Noreturn void
fail(Keeper *keeper, uint32_t box, const char *program, const char *step, const char *object, int error)
{
        Message *message = message_new("error");

        if (message != NULL) {
                message_add(message, "step", step);
                if (object != NULL)
                        message_add(message, "object", object);
                message_add_number(message, "errno", error);
                message_add(message, "box", keeper->instance->plan->boxes[box].name);
                if (program != NULL)
                        message_add(message, "program", program);
        }
        keeper_report(keeper, message, NULL, 0);
        keeper_end();
}

void keeper_fail(Keeper *keeper, uint32_t box, const char *step, const char *object, int error)
{
        fail(keeper, box, NULL, step, object, error);
}

void keeper_fail_program(Keeper *keeper, size_t index, const char *step, const char *object, int error)
{
        const PlanProgram *program = &keeper->instance->plan->programs[index];

        fail(keeper, program->box, program->name, step, object, error);
}

/* The control socket of an instance that began without one (front/front.h: list). */
static void take_control(Keeper *keeper, int *fd)
{
        if (slots_get(&keeper->instance->slots, "control") >= 0 ||
            slots_add(&keeper->instance->slots, "control", *fd) < 0)
                return;
        keeper_watch(keeper, *fd, SOURCE_LISTENER, 0);
        *fd = -1;
}

static void on_front(Keeper *keeper)
{
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds = 0;
        int r = message_receive(keeper->instance->front, &message, fds, &n_fds, NULL);

        if (r == -EAGAIN)
                return;
        if (r <= 0)
                keeper_end();
        if (strcmp(message_verb(message), "signal") == 0)
                program_signal(keeper, (unsigned)program_app(keeper), (int)message_get_number(message, "number", 0));
        else if (strcmp(message_verb(message), "stop") == 0)
                program_stop(keeper, message_get_number(message, "grace-ms", STOP_GRACE_MS));
        else if (strcmp(message_verb(message), "control") == 0 && n_fds == 1)
                take_control(keeper, &fds[0]);
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

/* Orphans of boxes without a pid namespace, and inits; what an init's end means comes over its socket. */
static void on_signals(Keeper *keeper)
{
        struct signalfd_siginfo info;

        if (read(keeper->signals, &info, sizeof info) < 0 && errno != EAGAIN)
                return;
        if (keeper->init != NULL)
                init_reap(keeper->init);
        while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
}

/* Where a portal is granted, before any program starts.  The kernel makes a pid of ours the front end's own number. */
static void report_init(const Keeper *keeper)
{
        uint32_t box = keeper->instance->plan->programs[program_app(keeper)].box;
        CLEANUP(message_freep) Message *message = NULL;

        if (plan_identity(keeper->instance->plan) == NULL)
                return;
        message = message_new("init");
        if (message == NULL)
                return;
        message_add(message, "box", keeper->instance->plan->boxes[box].name);
        (void)message_send_as(keeper->instance->front, message, keeper->instance->boxes[box].pid);
}

static void on_built(Keeper *keeper, uint32_t box, pid_t pid)
{
        keeper->instance->boxes[box].pid = pid;
        if (++keeper->n_built < keeper->instance->plan->n_boxes - 1)
                return;
        report_init(keeper);
        program_start_due(keeper);
}

static void
on_program_message(Keeper *keeper, size_t index, const Message *message, const int *fds, size_t n_fds, pid_t pid)
{
        const char *verb = message_verb(message), *step = message_get(message, "step");

        if (strcmp(verb, "forked") == 0) {
                program_on_forked(keeper, index, pid);
        } else if (strcmp(verb, "executed") == 0) {
                program_on_executed(keeper, index);
        } else if (strcmp(verb, "ready") == 0) {
                program_on_seen(keeper, index);
        } else if (strcmp(verb, "failed") == 0) {
                program_on_failed(keeper, index, step == NULL ? "start" : step,
                                  (int)message_get_number(message, "errno", EIO));
        } else if (strcmp(verb, "ended") == 0) {
                program_on_ended(keeper, index, (int)message_get_number(message, "status", 0));
        } else if (strcmp(verb, "pty") == 0 && n_fds == 1) {
                keeper_report(keeper, message_new("pty"), fds, n_fds);
        }
}

static bool is_listener_of(const PlanBox *box, const char *slot)
{
        for (size_t i = 0; i < box->n_listeners; i++)
                if (strcmp(box->listeners[i].slot, slot) == 0)
                        return true;
        return false;
}

/* Takes the box's listening sockets among the slots: for programs that start now, and for those that are started again.
 */
static void on_listeners(Keeper *keeper, uint32_t box, const Message *message, int *fds, size_t n_fds)
{
        Instance *instance = keeper->instance;
        const PlanBox *planned = &instance->plan->boxes[box];

        if (n_fds > planned->n_listeners)
                keeper_fail(keeper, box, "listening sockets", planned->name, EINVAL);
        for (size_t i = 0; i < n_fds; i++) {
                const char *slot = message_get_nth(message, "slot", i);

                if (slot == NULL || !is_listener_of(planned, slot) || slots_get(&instance->slots, slot) >= 0)
                        keeper_fail(keeper, box, "listening sockets", slot, EINVAL);
                if (slots_add(&instance->slots, slot, fd_steal(&fds[i])) < 0)
                        keeper_fail(keeper, box, "listening sockets", slot, ENOMEM);
        }
        program_start_due(keeper);
}

/* A job of that box did something. */
static void on_job_message(Keeper *keeper, const Message *message, const int *fds, size_t n_fds, pid_t pid)
{
        unsigned job = (unsigned)message_get_number(message, "job", -1);

        if (job < keeper->instance->plan->n_programs)
                on_program_message(keeper, job, message, fds, n_fds, pid);
        else
                control_on_shell(keeper, job, message, fds, n_fds, pid);
}

static void on_box_message(Keeper *keeper, uint32_t box, const Message *message, int *fds, size_t n_fds, pid_t pid)
{
        const char *step = message_get(message, "step");

        if (strcmp(message_verb(message), "built") == 0) {
                on_built(keeper, box, pid);
                return;
        }
        if (strcmp(message_verb(message), "listeners") == 0) {
                on_listeners(keeper, box, message, fds, n_fds);
                return;
        }
        if (strcmp(message_verb(message), "error") == 0)
                keeper_fail(keeper, box, step == NULL ? "box" : step, message_get(message, "object"),
                            (int)message_get_number(message, "errno", EIO));
        on_job_message(keeper, message, fds, n_fds, pid);
}

static void on_own_init(void *data, const Message *message, const int *fds, size_t n_fds, pid_t pid)
{
        Keeper *keeper = data;

        /* Its first word comes when the program was executed, or won't be. */
        park_say_taken(keeper->instance);
        on_job_message(keeper, message, fds, n_fds, pid);
}

static void on_box(Keeper *keeper, uint32_t box)
{
        BoxLink *link = &keeper->instance->boxes[box];
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS], pid = 0, r;
        size_t n_fds = 0;

        if (link->keeper_end < 0)
                return;
        r = message_receive(link->keeper_end, &message, fds, &n_fds, &pid);
        if (r == -EAGAIN)
                return;
        if (r <= 0) {
                keeper_unwatch(keeper, link->keeper_end);
                link->keeper_end = fd_close(link->keeper_end);
                link->pid = 0;
                program_on_box_gone(keeper, box);
                return;
        }
        on_box_message(keeper, box, message, fds, n_fds, pid);
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

static void dispatch(Keeper *keeper, const struct epoll_event *event)
{
        size_t index = (size_t)(event->data.u64 & 0xffffffff);

        switch ((Source)(event->data.u64 >> 32)) {
        case SOURCE_FRONT:
                on_front(keeper);
                break;
        case SOURCE_SIGNALS:
                on_signals(keeper);
                break;
        case SOURCE_LISTENER:
                control_on_listener(keeper);
                break;
        case SOURCE_BOX:
                on_box(keeper, (uint32_t)index);
                break;
        case SOURCE_READY:
                program_on_ready(keeper, index);
                break;
        case SOURCE_CONNECTION:
                control_on_connection(keeper, index);
                break;
        }
}

/* Milliseconds until something is due; -1: nothing is. */
static int wait_time(const Keeper *keeper)
{
        int64_t next = program_next_deadline(keeper), now;

        if (keeper->kill_at != 0 && (next == 0 || keeper->kill_at < next))
                next = keeper->kill_at;
        if (keeper->end_at != 0 && (next == 0 || keeper->end_at < next))
                next = keeper->end_at;
        if (next == 0)
                return -1;
        now = kernel_now_ms();
        return next <= now ? 0 : next - now > 1000000 ? 1000000 : (int)(next - now);
}

static void on_time(Keeper *keeper)
{
        int64_t now = kernel_now_ms();

        /* Not by way of the box's init, whose priority a program of the same box can lower. */
        if (keeper->kill_at != 0 && keeper->kill_at <= now)
                program_kill(keeper);
        if (keeper->end_at != 0 && keeper->end_at <= now)
                program_out_of_time(keeper);
        program_on_time(keeper, now);
}

static void open_loop(Keeper *keeper)
{
        const Plan *plan = keeper->instance->plan;
        int control = slots_get(&keeper->instance->slots, "control");
        sigset_t children;

        keeper->epoll = epoll_create1(EPOLL_CLOEXEC);
        (void)sigemptyset(&children);
        (void)sigaddset(&children, SIGCHLD);
        keeper->signals = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
        if (keeper->epoll < 0 || keeper->signals < 0)
                keeper_fail(keeper, 0, "watch", NULL, errno);
        keeper_watch(keeper, keeper->instance->front, SOURCE_FRONT, 0);
        keeper_watch(keeper, keeper->signals, SOURCE_SIGNALS, 0);
        if (control >= 0)
                keeper_watch(keeper, control, SOURCE_LISTENER, 0);
        for (size_t i = 1; i < plan->n_boxes && !keeper->instance->flat; i++)
                keeper_watch(keeper, keeper->instance->boxes[i].keeper_end, SOURCE_BOX, i);
}

static void read_limits(uint64_t ret_limits[KEEPER_LIMITS])
{
        static const __rlimit_resource_t resources[] = { RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA };
        struct rlimit limit = { 0 };

        static_assert(sizeof resources / sizeof *resources == KEEPER_LIMITS, "each has its place");
        for (size_t i = 0; i < KEEPER_LIMITS; i++)
                ret_limits[i] = getrlimit(resources[i], &limit) < 0 ? 0 : limit.rlim_cur;
}

/* Without descriptors or memory nobody could be stopped or reaped any more, so the instance ends. */
static void check_limits(Keeper *keeper)
{
        uint64_t now[KEEPER_LIMITS];

        read_limits(now);
        for (size_t i = 0; i < KEEPER_LIMITS; i++)
                if (now[i] < keeper->limits[i])
                        program_kill(keeper);
}

/* The box's init is this process: what comes over a socket elsewhere is called here. */
static void open_flat(Keeper *keeper)
{
        read_limits(keeper->limits);
        keeper->init = init_new(keeper->instance, on_own_init, keeper);
        if (keeper->init == NULL)
                keeper_fail(keeper, 1, "box", NULL, ENOMEM);
        on_built(keeper, 1, getpid());
}

void keeper_keep(Instance *instance)
{
        Keeper *keeper = calloc(1, sizeof *keeper);
        Rest rest = { false };

        if (keeper == NULL)
                keeper_end();
        keeper->instance = instance;
        keeper->next_job = PLAN_MAX_PROGRAMS;
        for (size_t i = 0; i < PLAN_MAX_PROGRAMS; i++)
                keeper->programs[i].ready = -1;
        for (size_t i = 0; i < MAX_CONNECTIONS; i++)
                keeper->connections[i].fd = -1;
        open_loop(keeper);
        if (instance->flat)
                open_flat(keeper);
        else
                program_start_due(keeper);
        for (;;) {
                struct epoll_event events[16];
                int n = rest_epoll_wait(&rest, keeper->epoll, events, sizeof events / sizeof *events,
                                        wait_time(keeper));

                for (int i = 0; i < n; i++)
                        dispatch(keeper, &events[i]);
                if (instance->flat)
                        check_limits(keeper);
                on_time(keeper);
        }
}
