/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of boxes and programs: who may stand where, with what of its own. */
#include <string.h>

#include "plan/check-rule.h"

static bool keeper_is_first(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return (plan->boxes[i].kind == PLAN_BOX_KEEPER) == (i == 0);
}

static bool keeper_owns(const Plan *plan, size_t i, size_t j)
{
        uint32_t all = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID;

        (void)j;
        return i != 0 || (plan->boxes[i].unshare & all) == all;
}

/* Which kinds may stand in which: a box is never more trusted than what it stands in.  What runs no program is a zone;
 * a semi-trusted box that runs one holds no other box. */
static bool parent_kind(const Plan *plan, size_t i, size_t j)
{
        static const bool allowed[_PLAN_BOX_MAX][_PLAN_BOX_MAX] = {
                [PLAN_BOX_KEEPER] = { [PLAN_BOX_SEMI] = true,
                                      [PLAN_BOX_INNER] = true,
                                      [PLAN_BOX_COMPANIONS] = true,
                                      [PLAN_BOX_APP] = true },
                [PLAN_BOX_SEMI] = { [PLAN_BOX_SEMI] = true, [PLAN_BOX_INNER] = true },
                [PLAN_BOX_INNER] = { [PLAN_BOX_INNER] = true, [PLAN_BOX_COMPANIONS] = true, [PLAN_BOX_APP] = true },
                [PLAN_BOX_COMPANIONS] = { [PLAN_BOX_COMPANIONS] = true, [PLAN_BOX_APP] = true },
                /* cppcheck-suppress unknownEvaluationOrder ; a designator, not an assignment */
                [PLAN_BOX_APP] = { [PLAN_BOX_APP] = true },
        };
        size_t parent = plan->boxes[i].parent;

        (void)j;
        return i == 0 || (allowed[plan->boxes[parent].kind][plan->boxes[i].kind] &&
                          (plan->boxes[parent].kind != PLAN_BOX_SEMI || !plan_has_program_in(plan, parent)));
}

static bool pid_needs_mount(const Plan *plan, size_t i, size_t j)
{
        uint32_t unshare = plan->boxes[i].unshare;

        (void)j;
        return (unshare & PLAN_NS_PID) == 0 || (unshare & PLAN_NS_MOUNT) != 0;
}

static bool depth_is_possible(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return plan_pid_depth(plan, i) <= PLAN_MAX_DEPTH;
}

static bool zones_run_nothing(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        return (box->kind != PLAN_BOX_KEEPER && box->kind != PLAN_BOX_INNER) ||
               (!plan_has_program_in(plan, i) && (box->kind != PLAN_BOX_KEEPER || box->n_mounts == 0));
}

/* Where a program runs: in a user namespace of its box alone, and not beside the keeper.  A pid namespace or a root it
 * may share with the boxes above, down from the first that has one. */
static bool programs_are_apart(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        size_t mount = plan_namespace_owner(plan, i, PLAN_NS_MOUNT);

        (void)j;
        if (!plan_has_program_in(plan, i))
                return true;
        return (box->unshare & PLAN_NS_USER) != 0 && plan_namespace_owner(plan, i, PLAN_NS_PID) != 0 && mount != 0 &&
               mount < plan->n_boxes && plan->boxes[mount].n_mounts > 0;
}

static bool root_comes_first(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (box->n_mounts == 0)
                return true;
        return (box->unshare & PLAN_NS_MOUNT) != 0 && strcmp(box->mounts[0].dest, "/") == 0 &&
               (box->mounts[0].kind == PLAN_MOUNT_TMPFS || box->mounts[0].kind == PLAN_MOUNT_OVERLAY ||
                (box->mounts[0].kind == PLAN_MOUNT_BIND && (box->mounts[0].flags & PLAN_MOUNT_PIN) == 0));
}

static bool one_companion(const Plan *plan, size_t i, size_t j)
{
        size_t n = 0;

        (void)j;
        if (plan->boxes[i].kind != PLAN_BOX_SEMI)
                return true;
        for (size_t p = 0; p < plan->n_programs; p++)
                n += plan->programs[p].box == i ? 1 : 0;
        return n <= 1;
}

/* What is kept is kept by companions, which serve the app, and passed to no box below. */
static bool capabilities_are_of_a_leaf(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (box->capabilities == 0)
                return true;
        for (size_t b = 1; b < plan->n_boxes; b++)
                if (plan->boxes[b].parent == i)
                        return false;
        return (box->kind == PLAN_BOX_COMPANIONS || box->kind == PLAN_BOX_SEMI) && plan_has_program_in(plan, i);
}

/* The inner X server is proved by its cookie's slot; what shows the host's is proved by its socket. */
static bool display_is_one(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return !plan_box_is_untrusted(&plan->boxes[i]) || !plan_has_slot(plan, "xauth-inner") ||
               !plan_box_has_host_display(&plan->boxes[i]);
}

static bool abstract_is_closed(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        if (!plan_box_is_untrusted(&plan->boxes[i]) || !plan_has_slot(plan, "xauth-inner"))
                return true;
        if (plan_namespace_owner(plan, i, PLAN_NS_NET) < plan->n_boxes)
                return true;
        for (size_t p = 0; p < plan->n_programs; p++)
                if (plan->programs[p].box == i && (plan->programs[p].landlock & PLAN_LANDLOCK_ABSTRACT) == 0)
                        return false;
        return true;
}

static bool ipc_is_own(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (!plan_has_program_in(plan, i))
                return true;
        return plan_namespace_owner(plan, i, PLAN_NS_IPC) < plan->n_boxes || plan_box_has_host_display(box);
}

static bool uts_is_own(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        return !plan_box_is_untrusted(box) || box->kind == PLAN_BOX_INNER ||
               plan_namespace_owner(plan, i, PLAN_NS_UTS) < plan->n_boxes;
}

/* A semi-trusted box and an untrusted one share a network, message queue or host name space only where that is the
 * host's own, which the profile then grants; processes and files they never share. */
static bool semi_shares_nothing(const Plan *plan, size_t i, size_t j)
{
        static const PlanNamespace shared[] = { PLAN_NS_NET, PLAN_NS_IPC, PLAN_NS_UTS, PLAN_NS_PID, PLAN_NS_MOUNT };

        (void)j;
        if (plan->boxes[i].kind != PLAN_BOX_SEMI || !plan_has_program_in(plan, i))
                return true;
        for (size_t s = 0; s < sizeof shared / sizeof *shared; s++) {
                size_t owner = plan_namespace_owner(plan, i, shared[s]);

                if (owner == plan->n_boxes)
                        continue;
                if (plan->boxes[owner].kind != PLAN_BOX_SEMI)
                        return false;
                for (size_t b = 0; b < plan->n_boxes; b++)
                        if (plan_box_is_untrusted(&plan->boxes[b]) && plan_has_program_in(plan, b) &&
                            plan_namespace_owner(plan, b, shared[s]) == owner)
                                return false;
        }
        return true;
}

/* Routes and listening sockets are of an untrusted network namespace that the box has itself: never the host's. */
static bool network_is_own(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (box->n_listeners == 0 && (box->routes == NULL || box->routes[0] == NULL))
                return true;
        return plan_box_is_untrusted(box) && (box->unshare & PLAN_NS_NET) != 0;
}

const PlanRule plan_box_rules[] = {
        { PLAN_SCOPE_BOX, keeper_is_first, "the first box is the keeper's, and no other" },
        { PLAN_SCOPE_BOX, keeper_owns, "the keeper's box lacks a user, mount or pid namespace of its own" },
        { PLAN_SCOPE_BOX, parent_kind, "a box of its kind may not stand in its parent" },
        { PLAN_SCOPE_BOX, pid_needs_mount, "a pid namespace of its own needs a mount namespace of its own" },
        { PLAN_SCOPE_BOX, depth_is_possible, "it lies deeper than the kernel nests pid namespaces (32)" },
        { PLAN_SCOPE_BOX, zones_run_nothing,
          "a keeper's or inner box runs no program, and the keeper's has no mounts" },
        { PLAN_SCOPE_BOX, programs_are_apart,
          "its programs lack a user namespace of its own, or a pid namespace and a root that are not the keeper's" },
        { PLAN_SCOPE_BOX, root_comes_first,
          "its first mount is not its root, or it has mounts without a mount namespace of its own" },
        { PLAN_SCOPE_BOX, one_companion, "a semi-trusted box runs more than one program" },
        { PLAN_SCOPE_BOX, capabilities_are_of_a_leaf,
          "only a companion's box with no other in it keeps capabilities, an app's never" },
        { PLAN_SCOPE_BOX, display_is_one, "an untrusted box of an isolated display shows the host's display" },
        { PLAN_SCOPE_BOX, abstract_is_closed,
          "an untrusted box of an isolated display can reach the host's abstract sockets" },
        { PLAN_SCOPE_BOX, ipc_is_own, "it shares the host's IPC namespace without showing the host's display" },
        { PLAN_SCOPE_BOX, uts_is_own, "an untrusted box shows the host's name" },
        { PLAN_SCOPE_BOX, semi_shares_nothing, "a semi-trusted box shares a namespace with another box" },
        { PLAN_SCOPE_BOX, network_is_own,
          "it has routes or listening sockets without an untrusted network namespace of its own" },
};
const size_t plan_n_box_rules = sizeof plan_box_rules / sizeof *plan_box_rules;

static bool one_app(const Plan *plan, size_t i, size_t j)
{
        size_t n = 0;

        (void)i;
        (void)j;
        for (size_t p = 0; p < plan->n_programs; p++)
                n += plan->programs[p].app ? 1 : 0;
        return n == 1;
}

static bool app_in_app_box(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        return !program->app || (plan->boxes[program->box].kind == PLAN_BOX_APP && program->ready == PLAN_READY_EXEC &&
                                 program->death == PLAN_DEATH_ESSENTIAL);
}

static bool no_stranger_in_app_box(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        for (size_t p = 0; p < plan->n_programs; p++)
                if (plan->programs[p].app && plan->programs[p].box == program->box)
                        return program->app || program->ready == PLAN_READY_EXIT;
        return true;
}

static bool stdio_of_caller(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return plan->programs[i].app || plan->programs[i].stdio != PLAN_STDIO_CALLER;
}

/* The channel that is used and closed before the program is executed. */
static bool is_learning(const PlanProgram *program, const PlanFd *fd)
{
        return program->app && (uint32_t)fd->target == program->learn_fd && strcmp(fd->slot, "mediator-learn") == 0;
}

/* Who learns has its channel, and nobody else has. */
static bool learn_has_channel(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];
        size_t n = 0;

        (void)j;
        for (size_t f = 0; f < program->n_fds; f++)
                if (strcmp(program->fds[f].slot, "mediator-learn") == 0) {
                        if (!is_learning(program, &program->fds[f]))
                                return false;
                        n++;
                }
        return n == (program->learn_fd != 0 ? 1 : 0) && (program->learn_fd != 0 || !program->learn_ask);
}

/* What only a semi-trusted program may hold: a mediator's channel, a listening socket or a file system that it serves,
 * the host's end of a bridge, the cookie of the host's display. */
static bool slots_of_semi(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        if (plan->boxes[program->box].kind == PLAN_BOX_SEMI)
                return true;
        for (size_t f = 0; f < program->n_fds; f++)
                if ((strncmp(program->fds[f].slot, "mediator-", 9) == 0 && !is_learning(program, &program->fds[f])) ||
                    strncmp(program->fds[f].slot, "listen-", 7) == 0 ||
                    strncmp(program->fds[f].slot, "fuse-", 5) == 0 ||
                    strcmp(program->fds[f].slot, "xlink-daemon") == 0 ||
                    strcmp(program->fds[f].slot, "wayland-listen") == 0 ||
                    strcmp(program->fds[f].slot, "xauth-host") == 0)
                        return false;
        return true;
}

/* The launcher's own descriptors: no program gets them under any number. */
static bool slots_of_nobody(const Plan *plan, size_t i, size_t j)
{
        static const char *const own[] = { "control", "instances", "lock",   "logs",   "audit",    "log",
                                           "stdin",   "stdout",    "stderr", "cgroup", "lock-copy" };
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        for (size_t f = 0; f < program->n_fds; f++)
                for (size_t o = 0; o < sizeof own / sizeof *own; o++)
                        if (strcmp(program->fds[f].slot, own[o]) == 0)
                                return false;
        return true;
}

/* A Landlock ruleset with rights on files refuses mount(2). */
static bool nested_can_mount(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        return program->seccomp != PLAN_SECCOMP_NESTED || (program->landlock & PLAN_LANDLOCK_FILES) == 0;
}

const PlanRule plan_program_rules[] = {
        { PLAN_SCOPE_PLAN, one_app, "exactly one program is the app" },
        { PLAN_SCOPE_PROGRAM, app_in_app_box,
          "the app runs in an app's box, is ready when it was executed, and ends the instance when it ends" },
        { PLAN_SCOPE_PROGRAM, no_stranger_in_app_box,
          "beside the app, only a set-up step that ends before it runs in its box" },
        { PLAN_SCOPE_PROGRAM, stdio_of_caller, "only the app may have the caller's input and output" },
        { PLAN_SCOPE_PROGRAM, slots_of_semi, "an untrusted program gets a descriptor of a semi-trusted one" },
        { PLAN_SCOPE_PROGRAM, nested_can_mount,
          "it may make mounts of its own, which Landlock's rights on files refuse" },
        { PLAN_SCOPE_PROGRAM, learn_has_channel, "it learns without its channel, or has one and does not learn" },
        { PLAN_SCOPE_PROGRAM, slots_of_nobody, "it gets a descriptor that is the launcher's own" },
};
const size_t plan_n_program_rules = sizeof plan_program_rules / sizeof *plan_program_rules;
