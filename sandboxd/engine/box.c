/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The init of a box, in stages.  Each stage is one function, called once, in this order.  The keeper of a flat instance
 * is the init of its box: it comes here with PARENT, its root still being the host's (keeper.c).
 *
 * JOINED   in the new namespaces; root is still the keeper's empty one, with its fully visible /proc.  All capabilities
 *          of the instance's outer user namespace.  Closes what belongs to other boxes.
 * PARENT   child boxes with a root of their own are cloned now: they need that /proc to mount theirs (a new proc is
 *          refused in a mount namespace where no proc is fully visible).
 * SETTLED  loopback up, routes, listening sockets to the keeper; host name.
 * ROOTED   the box's tree is the root, proc and mqueue of its namespaces are in it; the keeper's root is gone.  Child
 *          boxes that share this root are cloned now.
 * DROPPED  in a child user namespace of its own (if the box has one), so that nobody in the box owns the box's other
 *          namespaces; no capability but those that the plan leaves to its programs, which act on that namespace's ids
 *          alone; not inspectable.  The keeper is told.
 * SERVING  the loop in init-loop.c.  Programs are started from here only, so each starts DROPPED. */
#include "engine/box.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "engine/builder.h"
#include "engine/close.h"
#include "engine/ids.h"
#include "engine/init-loop.h"
#include "engine/kernel.h"
#include "engine/mount-op.h"
#include "engine/namespace.h"
#include "engine/network.h"
#include "engine/privilege.h"

static _Noreturn void give_up(int socket, const Fault *fault)
{
        CLEANUP(message_freep) Message *message = message_new("error");

        if (message != NULL) {
                message_add(message, "step", fault->step);
                if (fault->object != NULL)
                        message_add(message, "object", fault->object);
                message_add_number(message, "errno", fault->error);
                (void)message_send(socket, message, NULL, 0);
        }
        _exit(1);
}

static bool is_within(const Plan *plan, uint32_t box, uint32_t top)
{
        while (box != top && box != 0)
                box = plan->boxes[box].parent;
        return box == top;
}

/* JOINED */
static int close_others(Instance *instance, uint32_t self, Fault *fault)
{
        int keep[2 * PLAN_MAX_BOXES + 2]; /* two a box, /proc, null */
        size_t n = 0;
        int r;

        keep[n++] = instance->proc;
        keep[n++] = instance->null;
        for (uint32_t i = 1; i < instance->plan->n_boxes; i++) {
                BoxLink *link = &instance->boxes[i];

                link->keeper_end = -1;
                if (is_within(instance->plan, i, self)) {
                        keep[n++] = link->init_end;
                        keep[n++] = link->tree;
                } else {
                        link->init_end = link->tree = -1;
                }
        }
        instance->front = -1;
        instance->slots = (Slots){ 0 };
        r = close_all_but(keep, n);
        return r < 0 ? fault_set(fault, r, "close descriptors", NULL) : 0;
}

/* PARENT, and the end of ROOTED */
static int clone_children(Instance *instance, uint32_t self, bool own_root, Fault *fault)
{
        const Plan *plan = instance->plan;

        for (uint32_t i = self + 1; i < plan->n_boxes; i++) {
                pid_t pid;

                if (plan->boxes[i].parent != self || ((plan->boxes[i].unshare & PLAN_NS_MOUNT) != 0) != own_root)
                        continue;
                pid = box_clone(instance, i);
                if (pid < 0)
                        return fault_set(fault, (int)pid, "clone", plan->boxes[i].name);
        }
        return 0;
}

/* What belonged to the children is theirs alone now. */
static void close_children(Instance *instance, uint32_t self)
{
        for (uint32_t i = self + 1; i < instance->plan->n_boxes; i++) {
                instance->boxes[i].init_end = fd_close(instance->boxes[i].init_end);
                instance->boxes[i].tree = fd_close(instance->boxes[i].tree);
        }
}

/* The sockets, to the keeper, by name. */
static int send_listeners(int socket, const PlanBox *box, const NetworkSockets *sockets, Fault *fault)
{
        CLEANUP(message_freep) Message *message = message_new("listeners");
        int r = -ENOMEM;

        for (size_t i = 0; message != NULL && i < sockets->n; i++)
                message_add(message, "slot", sockets->slots[i]);
        if (message != NULL)
                r = message_send(socket, message, sockets->fds, sockets->n);
        return r < 0 ? fault_set(fault, r, "listening sockets", box->name) : 0;
}

/* The box's own network: made while this process may, handed to the keeper, and kept nowhere here, but for the end at
 * which it is asked for more. */
static int settle_network(Instance *instance, uint32_t self, Fault *fault)
{
        const PlanBox *box = &instance->plan->boxes[self];
        CLEANUP(network_sockets_clear) NetworkSockets sockets = { .birth = -1 };
        int r = namespace_loopback_up(fault);

        for (size_t i = 0; r == 0 && box->routes != NULL && box->routes[i] != NULL; i++)
                r = network_add_route(box->routes[i], fault);
        if (r == 0 && box->n_listeners > 0)
                r = network_set_ports(instance->proc, fault);
        if (r == 0)
                r = network_listen(box, &sockets, fault);
        if (r == 0 && sockets.n > 0)
                r = send_listeners(instance->boxes[self].init_end, box, &sockets, fault);
        if (r == 0)
                instance->boxes[self].birth = fd_steal(&sockets.birth);
        return r;
}

/* SETTLED */
static int settle(Instance *instance, uint32_t self, Fault *fault)
{
        const PlanBox *box = &instance->plan->boxes[self];
        int r = 0;

        if ((box->unshare & PLAN_NS_NET) != 0)
                r = settle_network(instance, self, fault);
        if (r == 0 && (box->unshare & PLAN_NS_UTS) != 0 && box->hostname != NULL &&
            sethostname(box->hostname, strlen(box->hostname)) < 0)
                r = fault_set(fault, -errno, "host name", box->hostname);
        return r;
}

/* ROOTED */
static int take_root(Instance *instance, uint32_t self, Fault *fault)
{
        CLEANUP(builder_clear) Builder builder = { 0 };
        CLEANUP(fd_closep) int tree = instance->boxes[self].tree;
        int copy, r;

        builder_init(&builder, &instance->slots, instance->uid == 0, instance->staging);
        instance->boxes[self].tree = -1;
        if (tree < 0)
                return 0;
        r = namespace_attach_root(tree, fault);
        if (r < 0)
                return r;
        copy = dup(tree);
        if (copy < 0)
                return fault_set(fault, -errno, "root", NULL);
        r = mount_ops_enter(&builder, &instance->plan->boxes[self], copy, fault);
        builder_clear(&builder);
        return r < 0 ? r : namespace_pivot(tree, fault);
}

/* As much as that program of the box gets that may make the most. */
static NamespaceRoom room_of(const Plan *plan, uint32_t self)
{
        static const NamespaceRoom rooms[] = {
                [PLAN_SECCOMP_DEFAULT] = NAMESPACE_ROOM_NONE,
                [PLAN_SECCOMP_NESTED] = NAMESPACE_ROOM_SOME,
                [PLAN_SECCOMP_STRICT] = NAMESPACE_ROOM_NONE,
                [PLAN_SECCOMP_LIMITED] = NAMESPACE_ROOM_BROWSER,
        };
        NamespaceRoom room = NAMESPACE_ROOM_NONE;

        _Static_assert(sizeof rooms == _PLAN_SECCOMP_MAX * sizeof *rooms, "a room is missing");
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].box == self && rooms[plan->programs[i].seccomp] > room)
                        room = rooms[plan->programs[i].seccomp];
        return room;
}

/* DROPPED.  The box's map leads from the id that its programs see to the outer namespace's root, which is the caller.
 * Only for the moment in which the maps are written may the process be inspected: /proc shows those files to be its
 * own only then, and no program of the box exists yet. */
static int drop(Instance *instance, uint32_t self, Fault *fault)
{
        const PlanBox *box = &instance->plan->boxes[self];
        int r = 0;

        if ((box->unshare & PLAN_NS_USER) != 0) {
                r = privilege_hide(false, fault);
                if (r == 0)
                        r = ids_enter(instance->proc, box, fault);
                if (r == 0)
                        r = namespace_limit(instance->proc, room_of(instance->plan, self), fault);
        }
        if (r == 0)
                r = privilege_drop_capabilities(box->capabilities, fault);
        if (r == 0)
                r = privilege_hide(true, fault);
        /* A flat keeper's is a mount that is attached nowhere, and to take it away is a wait (builder_clear()). */
        if (!instance->flat)
                instance->proc = fd_close(instance->proc);
        return r;
}

int box_complete(Instance *instance, uint32_t self, Fault *fault)
{
        int r = clone_children(instance, self, true, fault);

        if (r == 0)
                r = settle(instance, self, fault);
        if (r == 0)
                r = take_root(instance, self, fault);
        if (r == 0)
                r = clone_children(instance, self, false, fault);
        close_children(instance, self);
        return r < 0 ? r : drop(instance, self, fault);
}

static void say_built(int socket, uint32_t self)
{
        CLEANUP(message_freep) Message *message = message_new("built");

        if (message != NULL)
                message_add_number(message, "box", self);
        /* The keeper waits for this word, or for our end. */
        if (message == NULL || message_send(socket, message, NULL, 0) < 0)
                _exit(1);
}

static _Noreturn void box_run(Instance *instance, uint32_t self)
{
        const PlanBox *box = &instance->plan->boxes[self];
        int socket = instance->boxes[self].init_end, r;
        Fault fault = { 0 };

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        (void)prctl(PR_SET_NAME, "oriel-init", 0, 0, 0);
        if ((box->unshare & PLAN_NS_PID) == 0)
                (void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
        r = close_others(instance, self, &fault);
        if (r == 0)
                r = box_complete(instance, self, &fault);
        if (r < 0)
                give_up(socket, &fault);
        say_built(socket, self);
        init_serve(instance, self);
}

pid_t box_clone(Instance *instance, uint32_t box)
{
        pid_t pid = kernel_fork(namespace_clone_flags(instance->plan->boxes[box].unshare), -1, NULL);

        if (pid == 0)
                box_run(instance, box);
        return pid;
}
