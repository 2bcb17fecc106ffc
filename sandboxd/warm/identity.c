/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/identity.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "engine/engine.h"
#include "plan/code.h"
#include "warm/standing.h"

/* A new kind of mount is parked when somebody has thought about what of it could be of the moment. */
static bool is_timeless(PlanMountKind kind)
{
        static const PlanMountKind kinds[] = { PLAN_MOUNT_BIND, PLAN_MOUNT_TMPFS,  PLAN_MOUNT_SHARED,
                                               PLAN_MOUNT_PROC, PLAN_MOUNT_DEVPTS, PLAN_MOUNT_MQUEUE,
                                               PLAN_MOUNT_DIR,  PLAN_MOUNT_FILE,   PLAN_MOUNT_SYMLINK,
                                               PLAN_MOUNT_MASK, PLAN_MOUNT_RO };

        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
                if (kinds[i] == kind)
                        return true;
        return false;
}

/* path's part below top, with its slash; "" where they are the same; NULL where it does not lie there. */
static const char *below(const char *path, const char *top)
{
        size_t n = strlen(top);

        if (n == 1)
                return *path == '/' ? path : NULL;
        return strncmp(path, top, n) == 0 && (path[n] == '/' || path[n] == '\0') ? path + n : NULL;
}

/* The line whose mount the i-th line's place lies in, or NULL: parents stand before what lies below them. */
static const PlanMount *mount_around(const PlanBox *box, size_t i)
{
        const PlanMount *around = NULL;

        for (size_t k = 0; k < i; k++) {
                const PlanMount *mount = &box->mounts[k];

                if ((mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_TMPFS ||
                     mount->kind == PLAN_MOUNT_SHARED || mount->kind == PLAN_MOUNT_PROC) &&
                    (mount->flags & PLAN_MOUNT_PIN) == 0 && below(box->mounts[i].dest, mount->dest) != NULL &&
                    (around == NULL || strlen(mount->dest) >= strlen(around->dest)))
                        around = mount;
        }
        return around;
}

/* In a directory that an app can write, what is there when a box is built is no promise for later. */
static bool hides_what_moves(const PlanBox *box, size_t i)
{
        const PlanMount *mount = &box->mounts[i], *around = mount_around(box, i);

        return (mount->kind == PLAN_MOUNT_MASK || (mount->flags & PLAN_MOUNT_PIN) != 0) && around != NULL &&
               around->kind == PLAN_MOUNT_BIND && (around->flags & PLAN_MOUNT_RW) != 0;
}

bool warm_identity_exists(const Plan *plan)
{
        const PlanBox *box;

        /* A portal's identity has the instance's id in it. */
        if (!engine_is_flat(plan) || plan->programs[0].n_fds > 0 || plan_needs_group(plan) ||
            plan_identity(plan) != NULL)
                return false;
        box = &plan->boxes[1];
        for (size_t i = 0; i < box->n_mounts; i++)
                if (!is_timeless(box->mounts[i].kind) || box->mounts[i].slot != NULL || hides_what_moves(box, i))
                        return false;
        return true;
}

void warm_identity_add_plan(const Plan *plan, Buffer *ret_bytes)
{
        char none[] = "-", id[] = "00000000", *argv[] = { none, NULL }, *envp[] = { NULL };
        PlanProgram program = plan->programs[0];
        Plan bare = *plan;

        program.argv = argv;
        program.envp = envp;
        program.cwd = NULL;
        bare.id = id;
        bare.programs = &program;
        bare.n_programs = 1;
        bare.notes = envp;
        plan_encode(&bare, ret_bytes);
}

static void add_object(Buffer *bytes, const char *path, bool follow)
{
        struct stat st = { 0 };
        uint64_t object[3] = { 0 };

        if ((follow ? stat(path, &st) : lstat(path, &st)) < 0) {
                object[0] = (uint64_t)errno;
        } else {
                object[0] = st.st_dev;
                object[1] = st.st_ino;
                object[2] = st.st_mode & S_IFMT;
        }
        buffer_add(bytes, object, sizeof object);
}

static void list_object(Buffer *list, const char *path, bool follow)
{
        buffer_add_byte(list, follow ? 'f' : 'l');
        buffer_add(list, path, strlen(path) + 1);
}

/* The host's object that a line of the plan covers, by the path that it has there. */
static void list_covered(const PlanBox *box, size_t i, Buffer *list)
{
        const PlanMount *around = mount_around(box, i);
        char path[PATH_MAX];
        int n;

        if (around == NULL || around->kind != PLAN_MOUNT_BIND)
                return;
        n = snprintf(path, sizeof path, "%s%s", around->source, below(box->mounts[i].dest, around->dest));
        if (n < 0 || (size_t)n >= sizeof path)
                list->failed = true;
        else
                list_object(list, path, false);
}

void warm_identity_list_objects(const Plan *plan, Buffer *ret_list)
{
        const PlanBox *box = &plan->boxes[1];

        for (size_t i = 0; i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];

                if (mount->kind == PLAN_MOUNT_BIND && mount->source != NULL)
                        list_object(ret_list, mount->source, mount->source_root == NULL);
                list_covered(box, i, ret_list);
        }
}

void warm_identity_ask(const void *plan, size_t n_plan, const void *list, size_t n_list, Buffer *ret_bytes)
{
        const char *end = (const char *)list + n_list;

        buffer_add(ret_bytes, plan, n_plan);
        for (const char *object = list; object < end; object += strlen(object) + 1)
                if (*object != '\0')
                        add_object(ret_bytes, object + 1, *object == 'f');
        standing_add(ret_bytes);
}

void warm_identity_add(const Plan *plan, Buffer *ret_bytes)
{
        CLEANUP(buffer_clear) Buffer bare = BUFFER_INIT, list = BUFFER_INIT;

        warm_identity_add_plan(plan, &bare);
        warm_identity_list_objects(plan, &list);
        warm_identity_ask(bare.bytes, bare.n, list.bytes, list.n, ret_bytes);
        if (bare.failed || list.failed)
                ret_bytes->failed = true;
}

/* FNV-1a over eight bytes at a time. */
void warm_identity_name(const Buffer *identity, char ret_name[WARM_NAME_SIZE])
{
        uint64_t hash = 0xcbf29ce484222325;

        for (size_t i = 0; i < identity->n; i += sizeof(uint64_t)) {
                uint64_t word = 0;

                memcpy(&word, identity->bytes + i, identity->n - i < sizeof word ? identity->n - i : sizeof word);
                hash = (hash ^ word) * 0x100000001b3;
                hash ^= hash >> 29;
        }
        (void)snprintf(ret_name, WARM_NAME_SIZE, "%016llx", (unsigned long long)hash);
}
