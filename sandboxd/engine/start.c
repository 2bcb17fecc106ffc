/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The caller's half of a launch: everything that can be refused before there is a process, and the clone. */
#include "engine/start.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/ids.h"
#include "engine/instance.h"
#include "engine/keeper.h"
#include "engine/kernel.h"
#include "engine/namespace.h"
#include "engine/park.h"

int engine_check_stdio(const EngineFd *fds, size_t n_fds, const char **ret_step)
{
        static const struct {
                const char *slot, *step;
        } stdio[] = { { "stdin", "standard input" }, { "stdout", "standard output" }, { "stderr", "standard error" } };
        const Slots slots = { fds, n_fds };

        for (size_t i = 0; i < sizeof stdio / sizeof *stdio; i++) {
                int fd = slots_get(&slots, stdio[i].slot), r = fd < 0 ? 0 : slots_check_stdio(fd);

                *ret_step = stdio[i].step;
                if (r < 0)
                        return r;
        }
        return 0;
}

static int check_slots(const Plan *plan, const Slots *slots, const char **ret_step)
{
        *ret_step = "slots";
        for (char **name = plan->slots; name != NULL && *name != NULL; name++)
                if (slots_get(slots, *name) < 0)
                        return -EBADF;
        return engine_check_stdio(slots->fds, slots->n_fds, ret_step);
}

/* What would end in a box that holds no one: plan_check() refuses more, but this room does not rely on having been
 * asked. */
static int check_plan(const Plan *plan, const char **ret_step)
{
        bool app = false;

        *ret_step = "plan";
        if (plan->n_boxes < 2 || plan->n_boxes > PLAN_MAX_BOXES || plan->n_programs > PLAN_MAX_PROGRAMS)
                return -EINVAL;
        for (size_t i = 1; i < plan->n_boxes; i++)
                if (plan->boxes[i].parent >= i)
                        return -EINVAL;
        for (size_t i = 0; i < plan->n_programs; i++) {
                const PlanProgram *program = &plan->programs[i];

                if (program->box == 0 || program->box >= plan->n_boxes || program->argv[0] == NULL ||
                    (plan->boxes[program->box].unshare & PLAN_NS_USER) == 0)
                        return -EINVAL;
                for (size_t k = 0; k < program->n_after; k++)
                        if (program->after[k] >= i)
                                return -EINVAL;
                app = app || program->app;
        }
        return app ? 0 : -EINVAL;
}

/* Pid namespaces that this process lies in, as far as its /proc tells: a container's own starts at one. */
static size_t own_depth(void)
{
        CLEANUP(fd_closep) int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
        CLEANUP(freep) char *text = NULL;
        size_t n = 0, depth = 0;
        const char *at;

        if (fd < 0 || fd_read_all(fd, 64 * 1024, &text, &n) < 0)
                return 1;
        at = strstr(text, "NSpid:");
        for (at = at == NULL ? "" : at + strlen("NSpid:"); *at == '\t'; depth++)
                at += 1 + strcspn(at + 1, "\t\n");
        return depth == 0 ? 1 : depth;
}

/* The kernel's own number: 32 below the first (pid_namespaces(7)).  It would say ENOSPC, for this as for a limit.  Few
 * trees are so deep that a common host could be too; for them nothing is read. */
static bool is_too_deep(const Plan *plan)
{
        size_t deepest = 0;

        for (size_t i = 0; i < plan->n_boxes; i++)
                if (plan_pid_depth(plan, i) > deepest)
                        deepest = plan_pid_depth(plan, i);
        return deepest > PLAN_MAX_DEPTH / 4 && own_depth() - 1 + deepest > PLAN_MAX_DEPTH;
}

int engine_check(const Plan *plan, const EngineFd *fds, size_t n_fds, const char **ret_step)
{
        const Slots slots = { fds, n_fds };
        int r = check_plan(plan, ret_step);

        return r < 0 ? r : check_slots(plan, &slots, ret_step);
}

static void close_links(Instance *instance)
{
        for (size_t i = 0; i < PLAN_MAX_BOXES; i++) {
                (void)fd_close(instance->boxes[i].keeper_end);
                (void)fd_close(instance->boxes[i].init_end);
        }
}

/* A socket pair for each box.  Credentials are asked for at once: a packet sent before carries none. */
static int make_links(Instance *instance)
{
        int on = 1;

        for (size_t i = 1; i < instance->plan->n_boxes; i++) {
                int pair[2];

                if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                        return -errno;
                instance->boxes[i].keeper_end = pair[0];
                instance->boxes[i].init_end = pair[1];
                if (setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0)
                        return -errno;
        }
        return 0;
}

bool engine_is_flat(const Plan *plan)
{
        const uint32_t needed = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID;

        return plan->n_boxes == 2 && plan->n_programs == 1 && (plan->boxes[1].unshare & needed) == needed &&
               plan->boxes[1].n_listeners == 0 && !ids_are_subordinate(plan);
}

static uint64_t clone_flags(const Instance *instance)
{
        const PlanBox *boxes = instance->plan->boxes;

        return CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID |
               namespace_clone_flags(boxes[0].unshare | (instance->flat ? boxes[1].unshare : 0));
}

static mode_t current_mask(void)
{
        mode_t mask = umask(0);

        (void)umask(mask);
        return mask;
}

static void end_keeper(pid_t pid, int *pidfd)
{
        (void)kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
                continue;
        *pidfd = fd_close(*pidfd);
}

static Instance new_instance(const Plan *plan, const EngineFd *fds, size_t n_fds)
{
        Instance instance = { .plan = plan,
                              .slots = { fds, n_fds },
                              .flat = engine_is_flat(plan),
                              .uid = geteuid(),
                              .gid = getegid(),
                              .mask = current_mask(),
                              .outside = user_namespace_own(),
                              .front = -1,
                              .proc = -1,
                              .mapper = -1,
                              .null = -1,
                              .taken = -1,
                              .ruleset = -1 };

        for (size_t i = 0; i < PLAN_MAX_BOXES; i++)
                instance.boxes[i] = (BoxLink){ .keeper_end = -1, .init_end = -1, .birth = -1, .tree = -1 };
        return instance;
}

pid_t engine_park(const Plan *plan, const ParkPlace *place)
{
        Instance instance = new_instance(plan, NULL, 0);
        const char *step;
        pid_t pid;
        int r = check_plan(plan, &step);

        if (r < 0 || !instance.flat)
                return r < 0 ? r : -EINVAL;
        instance.park = place;
        pid = kernel_fork(clone_flags(&instance), -1, NULL);
        if (pid == 0)
                keeper_run(&instance);
        return pid;
}

int engine_start_as(const Plan *plan,
                    const EngineFd *fds,
                    size_t n_fds,
                    bool staging,
                    EngineInstance *ret_instance,
                    const char **ret_step)
{
        Instance instance = new_instance(plan, fds, n_fds);
        CLEANUP(fd_closep) int ours = -1, theirs = -1, mapper = -1, mapped = -1;
        int pair[2], pidfd = -1, r;
        pid_t pid = -1;

        instance.staging = staging;
        r = engine_check(plan, fds, n_fds, ret_step);
        *ret_step = r < 0 ? *ret_step : "depth";
        if (r == 0 && is_too_deep(plan))
                r = -ENOSPC;
        if (r < 0)
                return r;
        *ret_step = "sockets";
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        ours = pair[0];
        theirs = pair[1];
        instance.front = theirs;
        if (ids_are_subordinate(plan)) {
                if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
                        return -errno;
                mapper = pair[0];
                mapped = instance.mapper = pair[1];
        }
        r = instance.flat ? 0 : make_links(&instance);
        if (r == 0) {
                *ret_step = "clone";
                pid = kernel_fork(clone_flags(&instance), slots_get(&instance.slots, "cgroup"), &pidfd);
                if (pid == 0)
                        keeper_run(&instance);
                r = pid < 0 ? (int)pid : 0;
        }
        close_links(&instance);
        if (r == 0 && mapper >= 0) {
                mapped = fd_close(mapped);
                r = ids_serve_keeper(mapper, plan, pid, instance.uid, instance.gid, ret_step);
                if (r < 0)
                        end_keeper(pid, &pidfd);
        }
        if (r < 0)
                return r;
        *ret_instance = (EngineInstance){ .keeper_pid = pid, .keeper_pidfd = pidfd, .keeper_socket = fd_steal(&ours) };
        return 0;
}

int engine_start(
        const Plan *plan, const EngineFd *fds, size_t n_fds, EngineInstance *ret_instance, const char **ret_step)
{
        return engine_start_as(plan, fds, n_fds, false, ret_instance, ret_step);
}
