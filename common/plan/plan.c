/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan's own functions: freeing, and the words of its enums.  Words are one table an enum, nailed to it. */
#include "plan/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const char *const box_kind_words[] = {
        [PLAN_BOX_KEEPER] = "keeper",         [PLAN_BOX_SEMI] = "semi", [PLAN_BOX_INNER] = "inner",
        [PLAN_BOX_COMPANIONS] = "companions", [PLAN_BOX_APP] = "app",
};
_Static_assert(sizeof box_kind_words == _PLAN_BOX_MAX * sizeof *box_kind_words, "a word is missing");

static const char *const mount_kind_words[] = {
        [PLAN_MOUNT_BIND] = "bind",   [PLAN_MOUNT_TMPFS] = "tmpfs",   [PLAN_MOUNT_SHARED] = "shared",
        [PLAN_MOUNT_PROC] = "proc",   [PLAN_MOUNT_DEVPTS] = "devpts", [PLAN_MOUNT_MQUEUE] = "mqueue",
        [PLAN_MOUNT_DIR] = "dir",     [PLAN_MOUNT_FILE] = "file",     [PLAN_MOUNT_SYMLINK] = "symlink",
        [PLAN_MOUNT_MASK] = "mask",   [PLAN_MOUNT_RO] = "read-only",  [PLAN_MOUNT_OVERLAY] = "overlay",
        [PLAN_MOUNT_CHMOD] = "chmod", [PLAN_MOUNT_FUSE] = "fuse",
};
_Static_assert(sizeof mount_kind_words == _PLAN_MOUNT_MAX * sizeof *mount_kind_words, "a word is missing");

static const char *const ready_words[] = {
        [PLAN_READY_EXEC] = "exec", [PLAN_READY_BYTE] = "byte",     [PLAN_READY_LINE] = "line",
        [PLAN_READY_EXIT] = "exit", [PLAN_READY_SOCKET] = "socket", [PLAN_READY_FILE] = "file",
};
_Static_assert(sizeof ready_words == _PLAN_READY_MAX * sizeof *ready_words, "a word is missing");

static const char *const death_words[] = {
        [PLAN_DEATH_ESSENTIAL] = "essential",
        [PLAN_DEATH_RESTART] = "restart",
        [PLAN_DEATH_IGNORE] = "ignore",
};
_Static_assert(sizeof death_words == _PLAN_DEATH_MAX * sizeof *death_words, "a word is missing");

static const char *const stdio_words[] = {
        [PLAN_STDIO_NULL] = "null",
        [PLAN_STDIO_LOG] = "log",
        [PLAN_STDIO_CALLER] = "caller",
};
_Static_assert(sizeof stdio_words == _PLAN_STDIO_MAX * sizeof *stdio_words, "a word is missing");

static const char *const seccomp_words[] = {
        [PLAN_SECCOMP_DEFAULT] = "default",
        [PLAN_SECCOMP_NESTED] = "nested",
        [PLAN_SECCOMP_STRICT] = "strict",
        [PLAN_SECCOMP_LIMITED] = "limited",
};
_Static_assert(sizeof seccomp_words == _PLAN_SECCOMP_MAX * sizeof *seccomp_words, "a word is missing");

static const char *const limit_words[] = {
        [RLIMIT_CPU] = "cpu",           [RLIMIT_FSIZE] = "fsize",
        [RLIMIT_DATA] = "data",         [RLIMIT_STACK] = "stack",
        [RLIMIT_CORE] = "core",         [RLIMIT_RSS] = "rss",
        [RLIMIT_NPROC] = "nproc",       [RLIMIT_NOFILE] = "nofile",
        [RLIMIT_MEMLOCK] = "memlock",   [RLIMIT_AS] = "as",
        [RLIMIT_LOCKS] = "locks",       [RLIMIT_SIGPENDING] = "sigpending",
        [RLIMIT_MSGQUEUE] = "msgqueue", [RLIMIT_NICE] = "nice",
        [RLIMIT_RTPRIO] = "rtprio",     [RLIMIT_RTTIME] = "rttime",
};
_Static_assert(sizeof limit_words == PLAN_MAX_LIMITS * sizeof *limit_words, "a word is missing");

static const char *const listener_kind_words[] = {
        [PLAN_LISTENER_TCP] = "tcp",     [PLAN_LISTENER_UDP] = "udp",     [PLAN_LISTENER_CAPTURE] = "capture",
        [PLAN_LISTENER_SPARE] = "spare", [PLAN_LISTENER_BIRTH] = "birth",
};
_Static_assert(sizeof listener_kind_words == _PLAN_LISTENER_MAX * sizeof *listener_kind_words, "a word is missing");

static const char *const namespace_words[] = { "user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time" };
_Static_assert(_PLAN_NS_ALL == (1 << sizeof namespace_words / sizeof *namespace_words) - 1, "a word is missing");

#define WORD(words, i) ((size_t)(i) < sizeof(words) / sizeof *(words) ? (words)[i] : NULL)

const char *plan_box_kind_word(PlanBoxKind kind)
{
        return WORD(box_kind_words, kind);
}

const char *plan_mount_kind_word(PlanMountKind kind)
{
        return WORD(mount_kind_words, kind);
}

const char *plan_ready_word(PlanReady ready)
{
        return WORD(ready_words, ready);
}

const char *plan_death_word(PlanDeath death)
{
        return WORD(death_words, death);
}

const char *plan_stdio_word(PlanStdio stdio)
{
        return WORD(stdio_words, stdio);
}

const char *plan_seccomp_word(PlanSeccomp seccomp)
{
        return WORD(seccomp_words, seccomp);
}

const char *plan_limit_word(uint32_t resource)
{
        return WORD(limit_words, resource);
}

const char *plan_listener_kind_word(PlanListenerKind kind)
{
        return WORD(listener_kind_words, kind);
}

const char *plan_namespace_word(PlanNamespace one)
{
        for (size_t i = 0; i < sizeof namespace_words / sizeof *namespace_words; i++)
                if (one == 1u << i)
                        return namespace_words[i];
        return NULL;
}

static void free_strings(char **strings)
{
        for (size_t i = 0; strings != NULL && strings[i] != NULL; i++)
                free(strings[i]);
        free(strings);
}

static void clear_box(PlanBox *box)
{
        for (size_t i = 0; box->mounts != NULL && i < box->n_mounts; i++) {
                PlanMount *mount = &box->mounts[i];

                free(mount->dest);
                free(mount->source);
                free(mount->source_root);
                free_strings(mount->lowers);
                free(mount->work);
                free(mount->slot);
                free(mount->content);
        }
        for (size_t i = 0; box->listeners != NULL && i < box->n_listeners; i++) {
                free(box->listeners[i].slot);
                free(box->listeners[i].address);
        }
        free(box->listeners);
        free_strings(box->routes);
        free(box->uids);
        free(box->gids);
        free(box->mounts);
        free(box->name);
        free(box->hostname);
}

static void clear_program(PlanProgram *program)
{
        for (size_t i = 0; program->fds != NULL && i < program->n_fds; i++)
                free(program->fds[i].slot);
        free(program->fds);
        free(program->after);
        free(program->limits);
        free(program->connect_ports);
        free(program->bind_ports);
        free(program->filter);
        free_strings(program->seccomp_allow);
        free_strings(program->seccomp_deny);
        free(program->name);
        free(program->cwd);
        free(program->home);
        free(program->ready_path);
        free_strings(program->argv);
        free_strings(program->envp);
}

void plan_free(Plan *plan)
{
        if (plan == NULL)
                return;
        for (size_t i = 0; plan->boxes != NULL && i < plan->n_boxes; i++)
                clear_box(&plan->boxes[i]);
        for (size_t i = 0; plan->programs != NULL && i < plan->n_programs; i++)
                clear_program(&plan->programs[i]);
        for (size_t i = 0; plan->guards != NULL && i < plan->n_guards; i++) {
                free(plan->guards[i].path);
                free_strings(plan->guards[i].classes);
                free(plan->guards[i].state);
        }
        free(plan->guards);
        free(plan->boxes);
        free(plan->programs);
        free_strings(plan->slots);
        free_strings(plan->optional_slots);
        free_strings(plan->notes);
        free(plan->id);
        free(plan->app);
        free(plan);
}

size_t plan_pid_depth(const Plan *plan, size_t i)
{
        size_t depth = 0;

        for (;; i = plan->boxes[i].parent) {
                depth += (plan->boxes[i].unshare & PLAN_NS_PID) != 0 ? 1 : 0;
                if (i == 0)
                        return depth;
        }
}

bool plan_needs_group(const Plan *plan)
{
        return plan->budget.memory != 0 || plan->budget.cpu != 0 || plan->budget.pids != 0;
}

/* "instance-id=NUMBER" of the file, made another number. */
static int set_number(PlanMount *mount, const char *number)
{
        static const char key[] = "\ninstance-id=";
        const char *at = memmem(mount->content, mount->n_content, key, sizeof key - 1), *end;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        size_t n_head;

        if (at == NULL)
                return 0;
        n_head = (size_t)(at - mount->content) + sizeof key - 1;
        end = mount->content + n_head + strspn(mount->content + n_head, "0123456789");
        buffer_add(&text, mount->content, n_head);
        buffer_add_text(&text, number);
        buffer_add(&text, end, mount->n_content - (size_t)(end - mount->content));
        if (text.failed)
                return -ENOMEM;
        free(mount->content);
        mount->n_content = text.n;
        mount->content = buffer_steal(&text);
        return 0;
}

int plan_set_id(Plan *plan, const char *id)
{
        char number[24], *copy = strdup(id), *end = NULL;
        int r = 0;

        (void)snprintf(number, sizeof number, "%lu", strtoul(id, &end, 16));
        if (copy == NULL || strlen(id) != 8 || *end != '\0') {
                free(copy);
                return copy == NULL ? -ENOMEM : -EINVAL;
        }
        free(plan->id);
        plan->id = copy;
        for (size_t i = 0; i < plan->n_boxes && r == 0; i++)
                for (size_t j = 0; j < plan->boxes[i].n_mounts && r == 0; j++) {
                        PlanMount *mount = &plan->boxes[i].mounts[j];

                        if (mount->kind == PLAN_MOUNT_FILE && mount->content != NULL &&
                            (strcmp(mount->dest, "/.flatpak-info") == 0 ||
                             strcmp(mount->dest, PLAN_IDENTITY_ASIDE) == 0))
                                r = set_number(mount, number);
                }
        return r;
}

size_t plan_root_of(const Plan *plan, size_t i)
{
        while (i != 0 && plan->boxes[i].n_mounts == 0 && (plan->boxes[i].unshare & PLAN_NS_MOUNT) == 0)
                i = plan->boxes[i].parent;
        return i;
}

const PlanMount *plan_identity(const Plan *plan)
{
        for (size_t p = 0; p < plan->n_programs; p++) {
                const PlanBox *box = &plan->boxes[plan_root_of(plan, plan->programs[p].box)];

                for (size_t j = 0; plan->programs[p].app && j < box->n_mounts; j++)
                        if (box->mounts[j].kind == PLAN_MOUNT_FILE && box->mounts[j].content != NULL &&
                            (strcmp(box->mounts[j].dest, "/.flatpak-info") == 0 ||
                             strcmp(box->mounts[j].dest, PLAN_IDENTITY_ASIDE) == 0))
                                return &box->mounts[j];
        }
        return NULL;
}
