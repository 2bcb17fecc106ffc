/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bwrap/plan-of.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Draft {
        const BwrapCommand *command;
        const BwrapPlace *place;
        BwrapPlan *out;
        PlanBox *box;
        size_t room, room_ops;
        size_t op; /* whose lines are being written */
        bool failed;
        PlanMount nowhere; /* what is written once it failed */
} Draft;

/* Absolute, each component behind one '/'.  What is above ".." is known only where it is looked up. */
static char *normal(const char *path)
{
        char *text = malloc(strlen(path) + 2);
        size_t n = 0;

        if (text == NULL)
                return NULL;
        while (*path != '\0') {
                size_t part;

                path += strspn(path, "/");
                part = strcspn(path, "/");
                if (part > 0 && !(part == 1 && *path == '.')) {
                        text[n++] = '/';
                        memcpy(text + n, path, part);
                        n += part;
                }
                path += part;
        }
        if (n == 0)
                text[n++] = '/';
        text[n] = '\0';
        return text;
}

static char *copy(Draft *draft, const char *text)
{
        char *same = text == NULL ? NULL : strdup(text);

        draft->failed = draft->failed || (text != NULL && same == NULL);
        return same;
}

/* A line more; below: what stands behind the operation's destination, "/null", or "". */
static PlanMount *add(Draft *draft, PlanMountKind kind, uint32_t flags, const char *dest, const char *below)
{
        CLEANUP(freep) char *joined = NULL;
        PlanBox *box = draft->box;
        PlanMount *mounts;
        size_t *ops;

        if (box->n_mounts == draft->room) {
                draft->room = draft->room == 0 ? 32 : 2 * draft->room;
                mounts = realloc(box->mounts, draft->room * sizeof *mounts);
                ops = realloc(draft->out->op_of, draft->room * sizeof *ops);
                box->mounts = mounts != NULL ? mounts : box->mounts;
                draft->out->op_of = ops != NULL ? ops : draft->out->op_of;
                draft->failed = draft->failed || mounts == NULL || ops == NULL;
        }
        if (draft->failed || asprintf(&joined, "%s%s", dest, below) < 0) {
                draft->failed = true;
                return &draft->nowhere;
        }
        draft->out->op_of[box->n_mounts] = draft->op;
        mounts = &box->mounts[box->n_mounts++];
        *mounts = (PlanMount){ .kind = kind, .flags = flags, .dest = normal(joined) };
        draft->failed = draft->failed || mounts->dest == NULL;
        return mounts;
}

/* The slot of an operation's descriptor.  A plan's slots are said once. */
static char *slot(Draft *draft, int fd)
{
        char *name = NULL;

        if (asprintf(&name, "fd-%d", fd) < 0)
                name = NULL;
        draft->failed = draft->failed || name == NULL;
        return name;
}

static void add_bind(Draft *draft, const BwrapOp *op)
{
        uint32_t flags = PLAN_MOUNT_AS_HOST | ((op->flags & BWRAP_READ_ONLY) != 0 ? 0 : PLAN_MOUNT_RW) |
                         ((op->flags & BWRAP_DEVICES) != 0 ? PLAN_MOUNT_DEVICE : 0) |
                         ((op->flags & BWRAP_TRY) != 0 ? PLAN_MOUNT_OPTIONAL : 0);
        PlanMount *mount = add(draft, PLAN_MOUNT_BIND, flags, op->dest, "");

        mount->source = copy(draft, op->source);
        mount->slot = op->source == NULL ? slot(draft, op->fd) : NULL;
}

static void add_overlay(Draft *draft, const BwrapOp *op)
{
        bool writable = op->kind != BWRAP_RO_OVERLAY;
        PlanMount *mount = add(draft, PLAN_MOUNT_OVERLAY, writable ? PLAN_MOUNT_RW : 0, op->dest, "");

        mount->source = copy(draft, op->source);
        mount->work = copy(draft, op->work);
        mount->size = op->kind == BWRAP_TMP_OVERLAY ? PLAN_SIZE_KERNEL : 0;
        mount->lowers = calloc(op->n_layers + 1, sizeof *mount->lowers);
        draft->failed = draft->failed || mount->lowers == NULL;
        for (size_t i = 0; i < op->n_layers && !draft->failed; i++)
                mount->lowers[i] = copy(draft, draft->command->layers[op->first_layer + i]);
}

/* A /proc of its own belongs to a process namespace of its own; else the host's is shown.  What sets the machine is
 * closed to root too. */
static void add_proc(Draft *draft, const BwrapOp *op)
{
        static const char *const parts[] = { "/sys", "/sysrq-trigger", "/irq", "/bus" };
        bool own = draft->command->unshare[BWRAP_NS_PID] || draft->command->fds[BWRAP_FD_PIDNS] >= 0;

        if (own)
                (void)add(draft, PLAN_MOUNT_PROC, 0, op->dest, "");
        else
                add(draft, PLAN_MOUNT_BIND, PLAN_MOUNT_AS_HOST | PLAN_MOUNT_RW, op->dest, "")->source =
                        copy(draft, "/proc");
        /* Nobody but root could write there in any case. */
        for (size_t i = 0; draft->place->uid == 0 && i < sizeof parts / sizeof *parts; i++)
                (void)add(draft, PLAN_MOUNT_BIND, PLAN_MOUNT_PIN | PLAN_MOUNT_GUARD | PLAN_MOUNT_OPTIONAL, op->dest,
                          parts[i]);
}

static void add_device(Draft *draft, const char *dest, const char *below, const char *source)
{
        add(draft, PLAN_MOUNT_BIND, PLAN_MOUNT_AS_HOST | PLAN_MOUNT_RW | PLAN_MOUNT_DEVICE, dest, below)->source =
                copy(draft, source);
}

static void add_link(Draft *draft, const char *dest, const char *below, const char *text)
{
        add(draft, PLAN_MOUNT_SYMLINK, 0, dest, below)->source = copy(draft, text);
}

static void add_tmpfs(Draft *draft, const char *dest, uint32_t mode, uint64_t size)
{
        PlanMount *mount = add(draft, PLAN_MOUNT_TMPFS, PLAN_MOUNT_RW, dest, "");

        mount->mode = mode;
        mount->size = size == 0 ? PLAN_SIZE_KERNEL : size;
}

static void add_dev(Draft *draft, const BwrapOp *op)
{
        static const char *const nodes[] = { "/null", "/zero", "/full", "/random", "/urandom", "/tty" };
        static const struct {
                const char *name, *text;
        } links[] = { { "/stdin", "/proc/self/fd/0" },
                      { "/stdout", "/proc/self/fd/1" },
                      { "/stderr", "/proc/self/fd/2" },
                      { "/fd", "/proc/self/fd" },
                      { "/core", "/proc/kcore" } };
        char path[16];

        add_tmpfs(draft, op->dest, 0755, 0);
        for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
                (void)snprintf(path, sizeof path, "/dev%s", nodes[i]);
                add_device(draft, op->dest, nodes[i], path);
        }
        for (size_t i = 0; i < sizeof links / sizeof *links; i++)
                add_link(draft, op->dest, links[i].name, links[i].text);
        add(draft, PLAN_MOUNT_DIR, 0, op->dest, "/shm")->mode = 0755;
        (void)add(draft, PLAN_MOUNT_DEVPTS, 0, op->dest, "/pts");
        add_link(draft, op->dest, "/ptmx", "pts/ptmx");
        if (draft->place->console != NULL)
                add_device(draft, op->dest, "/console", draft->place->console);
}

static void add_data(Draft *draft, const BwrapOp *op)
{
        uint32_t flags = PLAN_MOUNT_AS_HOST | (op->kind == BWRAP_FILE ? PLAN_MOUNT_IN_PLACE : 0) |
                         ((op->flags & BWRAP_READ_ONLY) != 0 ? 0 : PLAN_MOUNT_RW);
        PlanMount *mount = add(draft, PLAN_MOUNT_FILE, flags, op->dest, "");

        mount->slot = slot(draft, op->fd);
        mount->mode = op->mode;
}

static void add_op(Draft *draft, const BwrapOp *op)
{
        switch (op->kind) {
        case BWRAP_BIND:
                add_bind(draft, op);
                break;
        case BWRAP_REMOUNT_RO:
                (void)add(draft, PLAN_MOUNT_RO, 0, op->dest, "");
                break;
        case BWRAP_OVERLAY:
        case BWRAP_TMP_OVERLAY:
        case BWRAP_RO_OVERLAY:
                add_overlay(draft, op);
                break;
        case BWRAP_PROC:
                add_proc(draft, op);
                break;
        case BWRAP_DEV:
                add_dev(draft, op);
                break;
        case BWRAP_TMPFS:
                add_tmpfs(draft, op->dest, op->mode, op->size);
                break;
        case BWRAP_MQUEUE:
                (void)add(draft, PLAN_MOUNT_MQUEUE, 0, op->dest, "");
                break;
        case BWRAP_DIR:
                add(draft, PLAN_MOUNT_DIR, 0, op->dest, "")->mode = op->mode;
                break;
        case BWRAP_FILE:
        case BWRAP_BIND_DATA:
                add_data(draft, op);
                break;
        case BWRAP_SYMLINK:
                add_link(draft, op->dest, "", op->source);
                break;
        case BWRAP_CHMOD:
                add(draft, PLAN_MOUNT_CHMOD, 0, op->dest, "")->mode = op->mode;
                break;
        case _BWRAP_OP_MAX:
                break;
        }
}

static char **copy_list(Draft *draft, char *const *list, size_t n)
{
        char **same = calloc(n + 1, sizeof *same);

        draft->failed = draft->failed || same == NULL;
        for (size_t i = 0; i < n && !draft->failed; i++)
                same[i] = copy(draft, list[i]);
        return same;
}

static const char *value_of(const BwrapCommand *command, const char *name)
{
        size_t n = strlen(name);

        for (size_t i = 0; i < command->n_env; i++)
                if (strncmp(command->env[i], name, n) == 0 && command->env[i][n] == '=')
                        return command->env[i] + n + 1;
        return NULL;
}

static void fill_box(Draft *draft)
{
        static const PlanNamespace namespaces[] = {
                [BWRAP_NS_USER] = PLAN_NS_USER, [BWRAP_NS_IPC] = PLAN_NS_IPC, [BWRAP_NS_PID] = PLAN_NS_PID,
                [BWRAP_NS_NET] = PLAN_NS_NET,   [BWRAP_NS_UTS] = PLAN_NS_UTS, [BWRAP_NS_CGROUP] = PLAN_NS_CGROUP,
        };
        const BwrapCommand *command = draft->command;
        PlanBox *box = draft->box;

        box->name = copy(draft, "app");
        box->kind = PLAN_BOX_APP;
        box->unshare = PLAN_NS_MOUNT;
        for (size_t i = 0; i < _BWRAP_NS_MAX; i++)
                box->unshare |= command->unshare[i] ? (uint32_t)namespaces[i] : 0;
        box->uid = command->uid < 0 ? draft->place->uid : (uint32_t)command->uid;
        box->gid = command->gid < 0 ? draft->place->gid : (uint32_t)command->gid;
        box->hostname = copy(draft, command->hostname);
        draft->op = (size_t)BWRAP_NO_OP;
        add_tmpfs(draft, "/", 0755, 0);
        for (draft->op = 0; draft->op < command->n_ops && !draft->failed; draft->op++)
                add_op(draft, &command->ops[draft->op]);
}

static void fill_program(Draft *draft, PlanProgram *program)
{
        const BwrapCommand *command = draft->command;
        size_t n = 0;

        while (command->argv[n] != NULL)
                n++;
        program->name = copy(draft, "app");
        program->app = true;
        program->argv = copy_list(draft, command->argv, n);
        program->envp = copy_list(draft, command->env, command->n_env);
        program->cwd = copy(draft, command->chdir);
        program->home = copy(draft, value_of(command, "HOME"));
        program->stdio = PLAN_STDIO_CALLER;
        program->ready_fd = -1;
}

int bwrap_plan_of(BwrapPlan *ret_plan, const BwrapCommand *command, const BwrapPlace *place)
{
        Plan *plan = calloc(1, sizeof *plan);
        Draft draft = { .command = command, .place = place, .out = ret_plan };

        *ret_plan = (BwrapPlan){ .plan = plan };
        if (plan == NULL)
                return -ENOMEM;
        plan->id = copy(&draft, "00000000");
        plan->app = copy(&draft, "bwrap");
        plan->boxes = calloc(1, sizeof *plan->boxes);
        plan->programs = calloc(1, sizeof *plan->programs);
        if (plan->boxes == NULL || plan->programs == NULL)
                return -ENOMEM;
        plan->n_boxes = plan->n_programs = 1;
        draft.box = &plan->boxes[0];
        fill_box(&draft);
        fill_program(&draft, &plan->programs[0]);
        return draft.failed ? -ENOMEM : 0;
}

void bwrap_plan_clear(BwrapPlan *plan)
{
        plan_freep(&plan->plan);
        free(plan->op_of);
        *plan = (BwrapPlan){ 0 };
}
