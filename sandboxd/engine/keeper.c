/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keeper's way from the clone to its loop, in stages.  Each is one function, called once, in this order.
 *
 * CLONED   in the instance's outer user, pid and mount namespaces; root and mounts are the host's.  Closes whatever
 *          the plan does not name: from here on it holds no directory of the host.  Writes its map: the caller is root
 *          here, and nobody else exists.
 * HIDDEN   a session of its own, no new privileges, own keyring, not inspectable, own command line wiped.
 * BUILT    every box's root is a detached tree.  All that needs the host's files has been done.
 * ALONE    its root is an empty read-only tmpfs with nothing but its own /proc.  The host's mounts are gone from its
 *          namespace, so no process to come can be led to them through it.  No other process exists before this.
 * CLONING  the inits of its child boxes; they clone theirs.
 *
 * A flat instance is one box with one program and nothing else to serve.  Its keeper is the init of that box, cloned
 * into the box's namespaces at once.  In place of ALONE and CLONING it goes on with the stages of box.c: the box's tree
 * becomes its root and the host's mounts are gone; it enters the box's user namespace and drops every capability, since
 * there is nothing left to make.
 *
 * PARKED   only where it was made ahead of a launch: waits for one (park.c).
 * KEEPING  the loop in keeper-loop.c.  Programs are started only after every init said that its box is complete. */
#include "engine/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "engine/box.h"
#include "engine/builder.h"
#include "engine/close.h"
#include "engine/ids.h"
#include "engine/keeper-loop.h"
#include "engine/kernel.h"
#include "engine/mount-op.h"
#include "engine/namespace.h"
#include "engine/park.h"
#include "engine/privilege.h"
#include "engine/title.h"

static _Noreturn void give_up(const Instance *instance, const char *box, const Fault *fault)
{
        CLEANUP(message_freep) Message *message = message_new("error");

        if (message != NULL) {
                message_add(message, "step", fault->step);
                if (fault->object != NULL)
                        message_add(message, "object", fault->object);
                message_add_number(message, "errno", fault->error);
                message_add(message, "box", box);
                (void)message_send(instance->front, message, NULL, 0);
        }
        _exit(1);
}

/* CLONED.  What the plan uses of the slots, in memory of our own: the names may lie in the command line, which is
 * wiped. */
static int keep_slots(Instance *instance, Fault *fault)
{
        EngineFd *kept = calloc(instance->slots.n_fds + 1, sizeof *kept);
        size_t n = 0;

        for (size_t i = 0; kept != NULL && i < instance->slots.n_fds; i++) {
                const EngineFd *fd = &instance->slots.fds[i];

                if (!slots_used(instance->plan, fd->slot))
                        continue;
                kept[n] = (EngineFd){ .slot = strdup(fd->slot), .fd = fd->fd };
                if (kept[n++].slot == NULL)
                        return fault_set(fault, -ENOMEM, "slots", NULL);
        }
        if (kept == NULL)
                return fault_set(fault, -ENOMEM, "slots", NULL);
        /* For the instance's life. */
        instance->slots = (Slots){ kept, n };
        return 0;
}

static int close_others(const Instance *instance, Fault *fault)
{
        int keep[2 * PLAN_MAX_BOXES + PLAN_MAX_SLOTS + 6];
        size_t n = 0;
        int r;

        keep[n++] = instance->front;
        keep[n++] = instance->mapper;
        for (size_t i = 1; i < instance->plan->n_boxes; i++) {
                keep[n++] = instance->boxes[i].keeper_end;
                keep[n++] = instance->boxes[i].init_end;
        }
        if (instance->slots.n_fds > PLAN_MAX_SLOTS)
                return fault_set(fault, -E2BIG, "slots", NULL);
        for (size_t i = 0; i < instance->slots.n_fds; i++)
                keep[n++] = instance->slots.fds[i].fd;
        if (instance->park != NULL) {
                keep[n++] = instance->park->listener;
                keep[n++] = instance->park->token;
                keep[n++] = instance->park->mounts;
                keep[n++] = instance->park->taken;
        }
        r = close_all_but(keep, n);
        return r < 0 ? fault_set(fault, r, "close descriptors", NULL) : 0;
}

static int write_maps(Instance *instance, Fault *fault)
{
        CLEANUP(fd_closep) int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        /* The front end may have hidden itself, and its child with it; then /proc/self is not its own to write. */
        int r = privilege_hide(false, fault);

        if (r == 0 && instance->mapper >= 0) {
                r = ids_ask(instance->mapper, fault);
                instance->mapper = fd_close(instance->mapper);
                return r;
        }
        if (r < 0)
                return r;
        if (proc < 0)
                return fault_set(fault, -errno, "open", "/proc");
        return namespace_write_maps(proc, 0, instance->uid, 0, instance->gid, fault);
}

/* HIDDEN.  The session: no init stands in the caller's process group or has the caller's terminal. */
static int hide(Fault *fault)
{
        int r;

        if (setsid() < 0)
                return fault_set(fault, -errno, "session", NULL);
        r = privilege_no_new(fault);
        title_set("oriel-init");
        if (r == 0)
                r = privilege_new_keyring(fault);
        return r < 0 ? r : privilege_hide(true, fault);
}

/* BUILT */
static int build(Instance *instance, const char **ret_box, Fault *fault)
{
        const Plan *plan = instance->plan;
        CLEANUP(builder_clear) Builder builder = { 0 };

        builder_init(&builder, &instance->slots, instance->uid == 0, instance->staging);
        for (size_t i = 1; i < plan->n_boxes; i++) {
                int tree;

                if ((plan->boxes[i].unshare & PLAN_NS_MOUNT) == 0)
                        continue;
                *ret_box = plan->boxes[i].name;
                tree = mount_ops_build(&builder, &plan->boxes[i], fault);
                if (tree < 0)
                        return tree;
                instance->boxes[i].tree = tree;
        }
        *ret_box = plan->boxes[0].name;
        return 0;
}

/* ALONE.  The new /proc must be made while the host's is still to be seen, and hung in before the pivot. */
static int leave_host(Instance *instance, Fault *fault)
{
        CLEANUP(fd_closep) int root = builder_tmpfs(0755, 0, true), proc = -1, place = -1;
        int r;

        if (root < 0)
                return fault_set(fault, root, "tmpfs", "/");
        proc = kernel_new_mount("proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        if (proc < 0)
                return fault_set(fault, proc, "proc", "/proc");
        r = namespace_attach_root(root, fault);
        if (r < 0)
                return r;
        if (mkdirat(root, "proc", 0555) < 0)
                return fault_set(fault, -errno, "directory", "/proc");
        place = openat(root, "proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        r = place < 0 ? -errno : kernel_move_mount(proc, place);
        if (r == 0)
                r = kernel_set_mount(root, MOUNT_ATTR_RDONLY, true, false);
        if (r < 0)
                return fault_set(fault, r, "mount", "/proc");
        r = namespace_pivot(root, fault);
        if (r < 0)
                return r;
        instance->proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (instance->proc < 0)
                return fault_set(fault, -errno, "open", "/proc");
        return namespace_limit_inotify(instance->proc, fault);
}

/* In place of ALONE and CLONING. */
static int become_box(Instance *instance, const char **ret_box, Fault *fault)
{
        int r;

        /* Of this pid namespace, and not attached anywhere: the host's may be read-only. */
        instance->proc = kernel_new_mount("proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
        if (instance->proc < 0)
                return fault_set(fault, instance->proc, "proc", "/proc");
        *ret_box = instance->plan->boxes[1].name;
        instance->boxes[1].pid = getpid();
        r = namespace_limit_inotify(instance->proc, fault);
        return r < 0 ? r : box_complete(instance, 1, fault);
}

/* CLONING */
static int clone_boxes(Instance *instance, Fault *fault)
{
        const Plan *plan = instance->plan;

        /* The app's, which has most to do, stands last: the others are cloned beside its work. */
        for (uint32_t i = (uint32_t)plan->n_boxes - 1; i > 0; i--) {
                pid_t pid;

                if (plan->boxes[i].parent != 0)
                        continue;
                pid = box_clone(instance, i);
                if (pid < 0)
                        return fault_set(fault, (int)pid, "clone", plan->boxes[i].name);
        }
        for (size_t i = 1; i < plan->n_boxes; i++) {
                instance->boxes[i].init_end = fd_close(instance->boxes[i].init_end);
                instance->boxes[i].tree = fd_close(instance->boxes[i].tree);
        }
        return 0;
}

void keeper_run(Instance *instance)
{
        const char *box = instance->plan->boxes[0].name;
        Fault fault = { 0 };
        sigset_t all;
        int r;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        /* What a caller ignores is inherited by all that comes: no program would die of SIGPIPE, and here SIGCHLD would
         * tell of no child. */
        for (int i = 1; i < NSIG; i++)
                (void)signal(i, SIG_DFL);
        (void)sigfillset(&all);
        (void)sigprocmask(SIG_SETMASK, &all, NULL);
        (void)umask(0);
        r = keep_slots(instance, &fault);
        if (r == 0)
                r = close_others(instance, &fault);
        if (r == 0)
                r = write_maps(instance, &fault);
        if (r == 0)
                r = hide(&fault);
        if (r == 0) {
                instance->null = open("/dev/null", O_RDWR | O_NOCTTY | O_CLOEXEC);
                if (instance->null < 0)
                        r = fault_set(&fault, -errno, "open", "/dev/null");
        }
        if (r == 0)
                r = build(instance, &box, &fault);
        if (r == 0 && instance->flat)
                r = become_box(instance, &box, &fault);
        else if (r == 0)
                r = leave_host(instance, &fault);
        if (r == 0 && !instance->flat)
                r = clone_boxes(instance, &fault);
        if (r < 0)
                give_up(instance, box, &fault);
        if (instance->park != NULL)
                park_wait(instance);
        keeper_keep(instance);
}
