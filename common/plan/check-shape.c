/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of shape: is everything there, within its limits, and does every index lead somewhere?  They stand in an order
 * in which each may rely on those before it. */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ids/capability.h"
#include "plan/check-rule.h"

static bool is_name(const char *name, const char *more)
{
        if (name == NULL || !((*name >= 'a' && *name <= 'z') || (*name >= '0' && *name <= '9')) || strlen(name) > 64)
                return false;
        for (const char *p = name; *p != '\0'; p++)
                if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || strchr(more, *p) != NULL))
                        return false;
        return true;
}

static size_t count(char *const *strings)
{
        size_t n = 0;

        while (strings != NULL && strings[n] != NULL)
                n++;
        return n;
}

static bool has_id(const Plan *plan, size_t i, size_t j)
{
        (void)i;
        (void)j;
        return plan->id != NULL && strlen(plan->id) == 8 && strspn(plan->id, "0123456789abcdef") == 8;
}

static bool has_app(const Plan *plan, size_t i, size_t j)
{
        (void)i;
        (void)j;
        if (plan->app == NULL || *plan->app == '\0' || strlen(plan->app) > 255)
                return false;
        for (const char *p = plan->app; *p != '\0'; p++)
                if (!isalnum((unsigned char)*p) && strchr("._-", *p) == NULL)
                        return false;
        return true;
}

static bool has_counts(const Plan *plan, size_t i, size_t j)
{
        (void)i;
        (void)j;
        return plan->n_boxes >= 1 && plan->n_boxes <= PLAN_MAX_BOXES && plan->n_programs >= 1 &&
               plan->n_programs <= PLAN_MAX_PROGRAMS && plan->boxes != NULL && plan->programs != NULL;
}

static bool slots_are_names(const Plan *plan, size_t i, size_t j)
{
        size_t n = count(plan->slots), n_all = n + count(plan->optional_slots);

        (void)i;
        (void)j;
        if (n_all > PLAN_MAX_SLOTS)
                return false;
        for (size_t a = 0; a < n_all; a++) {
                const char *slot = a < n ? plan->slots[a] : plan->optional_slots[a - n];

                if (!is_name(slot, "-"))
                        return false;
                for (size_t b = 0; b < a; b++)
                        if (strcmp(slot, b < n ? plan->slots[b] : plan->optional_slots[b - n]) == 0)
                                return false;
        }
        return true;
}

static bool has_budget(const Plan *plan, size_t i, size_t j)
{
        (void)i;
        (void)j;
        return plan->budget.memory <= INT64_MAX && plan->budget.seconds <= INT32_MAX;
}

static bool has_guards(const Plan *plan, size_t i, size_t j)
{
        (void)i;
        (void)j;
        for (size_t g = 0; g < plan->n_guards; g++) {
                const PlanGuard *guard = &plan->guards[g];
                size_t n = 0;

                for (; guard->classes != NULL && guard->classes[n] != NULL; n++)
                        if (!is_name(guard->classes[n], "-"))
                                return false;
                if (n == 0 || n > PLAN_MAX_CLASSES || !plan_path_is_normal(guard->path) ||
                    !plan_path_is_normal(guard->state))
                        return false;
        }
        return plan->n_guards <= PLAN_MAX_GUARDS;
}

static bool box_name(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        if (!is_name(plan->boxes[i].name, "/-"))
                return false;
        for (size_t b = 0; b < i; b++)
                if (strcmp(plan->boxes[b].name, plan->boxes[i].name) == 0)
                        return false;
        return true;
}

static bool box_parent(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return i == 0 ? plan->boxes[i].parent == 0 : plan->boxes[i].parent < i;
}

static bool box_fields(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        return plan_box_kind_word(box->kind) != NULL && (box->unshare & ~(uint32_t)_PLAN_NS_ALL) == 0 &&
               box->uid != UINT32_MAX && box->gid != UINT32_MAX && box->n_mounts <= PLAN_MAX_MOUNTS &&
               (box->n_mounts == 0 || box->mounts != NULL);
}

/* No id twice, none outside 32 bits, and -1 is none. */
static bool are_ranges(const PlanRange *ranges, size_t n, uint32_t own)
{
        if (n > PLAN_MAX_RANGES || (n > 0 && ranges == NULL))
                return false;
        for (size_t r = 0; r < n; r++) {
                const PlanRange *range = &ranges[r];

                if (range->count == 0 || range->count > UINT32_MAX - range->inside ||
                    range->count > UINT32_MAX - range->outside ||
                    (own >= range->inside && own - range->inside < range->count))
                        return false;
                for (size_t other = 0; other < r; other++)
                        if ((range->inside < ranges[other].inside + ranges[other].count &&
                             ranges[other].inside < range->inside + range->count) ||
                            (range->outside < ranges[other].outside + ranges[other].count &&
                             ranges[other].outside < range->outside + range->count))
                                return false;
        }
        return true;
}

/* Of the ids that the keeper has, as one of its ranges. */
static bool are_of_keeper(const PlanRange *ranges, size_t n, const PlanRange *keepers, size_t n_keepers)
{
        for (size_t r = 0; r < n; r++) {
                bool found = false;

                for (size_t k = 0; k < n_keepers && !found; k++)
                        found = ranges[r].outside >= keepers[k].inside &&
                                ranges[r].outside + ranges[r].count <= keepers[k].inside + keepers[k].count;
                if (!found)
                        return false;
        }
        return true;
}

static bool box_ranges(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i], *keeper = &plan->boxes[0];

        (void)j;
        if (box->n_uids + box->n_gids > 0 && (box->unshare & PLAN_NS_USER) == 0)
                return false;
        /* In the keeper's namespace the person is root; below, whoever the box says. */
        if (!are_ranges(box->uids, box->n_uids, i == 0 ? 0 : box->uid) ||
            !are_ranges(box->gids, box->n_gids, i == 0 ? 0 : box->gid))
                return false;
        return i == 0 || (are_of_keeper(box->uids, box->n_uids, keeper->uids, keeper->n_uids) &&
                          are_of_keeper(box->gids, box->n_gids, keeper->gids, keeper->n_gids));
}

static bool box_capabilities(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return (plan->boxes[i].capabilities & ~capability_all()) == 0;
}

static bool box_hostname(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if ((box->hostname != NULL) != ((box->unshare & PLAN_NS_UTS) != 0))
                return false;
        if (box->hostname == NULL)
                return true;
        if (*box->hostname == '\0' || strlen(box->hostname) > 64)
                return false;
        for (const char *p = box->hostname; *p != '\0'; p++)
                if (!isalnum((unsigned char)*p) && *p != '-' && *p != '.')
                        return false;
        return true;
}

/* "ADDRESS/BITS", and no bit of the address behind them. */
static bool is_route(const char *text)
{
        char address[INET6_ADDRSTRLEN] = "";
        unsigned char bytes[sizeof(struct in6_addr)] = { 0 };
        size_t n = strcspn(text, "/"), n_bits;
        bool six = memchr(text, ':', n) != NULL;
        unsigned long bits = 0;
        char *end = NULL;

        if (n >= sizeof address || text[n] != '/' || !isdigit((unsigned char)text[n + 1]))
                return false;
        memcpy(address, text, n);
        n_bits = six ? 128 : 32;
        bits = strtoul(text + n + 1, &end, 10);
        if (*end != '\0' || bits < 8 || bits > n_bits || inet_pton(six ? AF_INET6 : AF_INET, address, bytes) != 1)
                return false;
        for (size_t bit = bits; bit < n_bits; bit++)
                if ((bytes[bit / 8] & 0x80 >> bit % 8) != 0)
                        return false;
        return true;
}

static bool box_routes(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (count(box->routes) > PLAN_MAX_ROUTES)
                return false;
        for (size_t r = 0; r < count(box->routes); r++)
                if (!is_route(box->routes[r]))
                        return false;
        return true;
}

/* A channel has none, a capture is for all. */
static bool listener_address(const PlanListener *listener)
{
        if (listener->address == NULL)
                return false;
        if (listener->kind == PLAN_LISTENER_BIRTH)
                return listener->address[0] == '\0' && listener->port == 0;
        return (strcmp(listener->address, "*") == 0 ||
                (strcmp(listener->address, "127.0.0.1") == 0 && listener->kind != PLAN_LISTENER_CAPTURE)) &&
               listener->port > 0 && listener->port <= UINT16_MAX;
}

static bool box_listeners(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (box->n_listeners > PLAN_MAX_LISTENERS || (box->n_listeners > 0 && box->listeners == NULL))
                return false;
        for (size_t l = 0; l < box->n_listeners; l++) {
                const PlanListener *listener = &box->listeners[l];

                if (!is_name(listener->slot, "-") || strncmp(listener->slot, "listen-", 7) != 0 ||
                    plan_has_slot(plan, listener->slot) || plan_listener_kind_word(listener->kind) == NULL ||
                    !listener_address(listener))
                        return false;
                for (size_t b = 0; b <= i; b++)
                        for (size_t other = 0; other < (b < i ? plan->boxes[b].n_listeners : l); other++)
                                if (strcmp(plan->boxes[b].listeners[other].slot, listener->slot) == 0)
                                        return false;
        }
        return true;
}

static bool mount_dest(const Plan *plan, size_t i, size_t j)
{
        const char *dest = plan->boxes[i].mounts[j].dest;

        return dest != NULL && plan_path_is_normal(dest);
}

/* What each kind of mount has. */
static const struct KindShape {
        bool source;          /* must have one; else must not (bind: it or a slot, or neither with PIN; overlay: only
                                 where it keeps changes) */
        bool path;            /* the source is a host path */
        bool content_or_slot; /* exactly one of them */
        bool lowers;
        bool device; /* a slot that the engine fills */
        bool mode, size;
        uint32_t flags;
} kind_shapes[] = {
        [PLAN_MOUNT_BIND] = { .source = true,
                              .path = true,
                              .flags = _PLAN_MOUNT_INSTANCE_FLAGS & ~(PLAN_MOUNT_PIDS_ONLY | PLAN_MOUNT_HIDE_PIDS) },
        [PLAN_MOUNT_TMPFS] = { .mode = true, .size = true, .flags = PLAN_MOUNT_RW | PLAN_MOUNT_NOEXEC },
        [PLAN_MOUNT_SHARED] = { .source = true,
                                .mode = true,
                                .size = true,
                                .flags = PLAN_MOUNT_RW | PLAN_MOUNT_NOEXEC },
        [PLAN_MOUNT_OVERLAY] = { .source = true,
                                 .path = true,
                                 .lowers = true,
                                 .size = true,
                                 .flags = PLAN_MOUNT_RW | PLAN_MOUNT_OPTIONAL | PLAN_MOUNT_CREATE | PLAN_MOUNT_NOEXEC },
        [PLAN_MOUNT_FUSE] = { .device = true },
        [PLAN_MOUNT_PROC] = { .flags = PLAN_MOUNT_PIDS_ONLY | PLAN_MOUNT_HIDE_PIDS },
        [PLAN_MOUNT_DEVPTS] = { .flags = 0 },
        [PLAN_MOUNT_MQUEUE] = { .flags = 0 },
        [PLAN_MOUNT_DIR] = { .mode = true },
        [PLAN_MOUNT_FILE] = { .content_or_slot = true, .mode = true, .flags = PLAN_MOUNT_RW | PLAN_MOUNT_OPTIONAL },
        [PLAN_MOUNT_SYMLINK] = { .source = true, .flags = PLAN_MOUNT_OPTIONAL },
        [PLAN_MOUNT_MASK] = { .flags = 0 },
        [PLAN_MOUNT_RO] = { .flags = 0 },
        [PLAN_MOUNT_CHMOD] = { .mode = true },
};
_Static_assert(sizeof kind_shapes == _PLAN_MOUNT_MAX * sizeof *kind_shapes, "a shape is missing");

static bool mount_fields(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];
        const struct KindShape *shape;
        bool source, slot;

        if (plan_mount_kind_word(mount->kind) == NULL)
                return false;
        shape = &kind_shapes[mount->kind];
        source = shape->source;
        slot = shape->device || (shape->content_or_slot && mount->content == NULL);
        if (mount->kind == PLAN_MOUNT_BIND && (mount->flags & PLAN_MOUNT_PIN) != 0)
                source = false;
        else if (mount->kind == PLAN_MOUNT_BIND && mount->slot != NULL) {
                source = false;
                slot = true;
        } else if (mount->kind == PLAN_MOUNT_OVERLAY)
                source = mount->source != NULL;
        return (mount->flags & ~shape->flags) == 0 && (mount->source != NULL) == source &&
               (!source || *mount->source != '\0') && (mount->slot != NULL) == slot &&
               (shape->content_or_slot || mount->content == NULL) &&
               (mount->content != NULL || mount->n_content == 0) && mount->mode <= 07777 &&
               (shape->mode || mount->mode == 0) && (shape->size || mount->size == 0) &&
               (mount->source_root == NULL || (shape->path && source)) &&
               (shape->lowers || (count(mount->lowers) == 0 && mount->work == NULL)) &&
               (mount->kind != PLAN_MOUNT_TMPFS || (mount->flags & PLAN_MOUNT_RW) == 0 ||
                strcmp(mount->dest, "/") == 0);
}

/* Who writes to an overlay needs a place for the changes: a directory, with work beside it, or memory.  Without one the
 * kernel wants two layers. */
static bool mount_layers(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];
        bool writable = (mount->flags & PLAN_MOUNT_RW) != 0, optional = (mount->flags & PLAN_MOUNT_OPTIONAL) != 0,
             create = (mount->flags & PLAN_MOUNT_CREATE) != 0;
        size_t n = count(mount->lowers);

        if (!kind_shapes[mount->kind].lowers)
                return true;
        for (size_t l = 0; l < n; l++)
                if (!plan_path_is_normal(mount->lowers[l]))
                        return false;
        return n >= (writable ? 1 : 2) && n <= PLAN_MAX_LOWERS && (writable || mount->source == NULL) &&
               (mount->source == NULL) == (mount->work == NULL) &&
               (mount->work == NULL || plan_path_is_normal(mount->work)) &&
               (mount->work == NULL || mount->source_root == NULL ||
                plan_path_is_below(mount->work, mount->source_root)) &&
               (mount->size > 0) == (writable && (mount->source == NULL || optional)) && (!optional || create) &&
               (!create || mount->source != NULL);
}

static bool mount_size(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        return mount->size <= INT64_MAX &&
               (!kind_shapes[mount->kind].size || kind_shapes[mount->kind].lowers || mount->size > 0);
}

static bool mount_source(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        if (mount->source == NULL)
                return true;
        if (mount->kind == PLAN_MOUNT_SHARED)
                return is_name(mount->source, "-");
        if (!kind_shapes[mount->kind].path)
                return true;
        return plan_path_is_normal(mount->source) &&
               (mount->source_root == NULL ||
                (plan_path_is_normal(mount->source_root) && plan_path_is_below(mount->source, mount->source_root)));
}

static bool mount_slot(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        if (mount->slot == NULL || !kind_shapes[mount->kind].device)
                return mount->slot == NULL || plan_has_slot(plan, mount->slot);
        return is_name(mount->slot, "-") && strncmp(mount->slot, "fuse-", 5) == 0 &&
               !plan_has_slot(plan, mount->slot) && plan_n_devices(plan, mount->slot) == 1;
}

static bool program_name(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        if (!is_name(plan->programs[i].name, "-"))
                return false;
        for (size_t p = 0; p < i; p++)
                if (strcmp(plan->programs[p].name, plan->programs[i].name) == 0)
                        return false;
        return true;
}

static bool program_box(const Plan *plan, size_t i, size_t j)
{
        (void)j;
        return plan->programs[i].box < plan->n_boxes;
}

static bool program_fields(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        return plan_ready_word(program->ready) != NULL && plan_death_word(program->death) != NULL &&
               plan_stdio_word(program->stdio) != NULL && plan_seccomp_word(program->seccomp) != NULL &&
               (program->landlock & ~(uint32_t)_PLAN_LANDLOCK_ALL) == 0 && program->n_fds <= PLAN_MAX_SLOTS &&
               program->n_after <= PLAN_MAX_PROGRAMS && program->n_limits <= PLAN_MAX_LIMITS &&
               (program->n_fds == 0 || program->fds != NULL) && (program->n_after == 0 || program->after != NULL) &&
               (program->n_limits == 0 || program->limits != NULL);
}

static bool program_argv(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];
        size_t n = count(program->argv);

        (void)j;
        return n >= 1 && n <= PLAN_MAX_STRINGS && program->argv[0][0] != '\0';
}

static bool program_env(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        if (program->envp == NULL || count(program->envp) > PLAN_MAX_STRINGS)
                return false;
        for (size_t e = 0; program->envp[e] != NULL; e++) {
                const char *name = program->envp[e];
                size_t n = strcspn(name, "=");

                if (n == 0 || name[n] != '=' || isdigit((unsigned char)name[0]))
                        return false;
                for (size_t c = 0; c < n; c++)
                        if (!isalnum((unsigned char)name[c]) && name[c] != '_')
                                return false;
        }
        return true;
}

static bool program_places(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        return program->home != NULL && plan_path_is_normal(program->home) &&
               (program->cwd == NULL || plan_path_is_normal(program->cwd));
}

static bool program_fds(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        for (size_t f = 0; f < program->n_fds; f++) {
                const PlanFd *fd = &program->fds[f];

                if (fd->slot == NULL ||
                    (!plan_has_slot(plan, fd->slot) && !plan_has_listener(plan, fd->slot) &&
                     plan_n_devices(plan, fd->slot) == 0) ||
                    fd->target < 3 || fd->target > 1023 || fd->target == program->ready_fd)
                        return false;
                for (size_t other = 0; other < f; other++)
                        if (program->fds[other].target == fd->target)
                                return false;
        }
        return true;
}

static bool program_ready(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];
        bool by_fd = program->ready == PLAN_READY_BYTE || program->ready == PLAN_READY_LINE;
        bool by_path = program->ready == PLAN_READY_SOCKET || program->ready == PLAN_READY_FILE;

        (void)j;
        /* sun_path of unix(7) */
        if ((program->ready_path != NULL) != by_path ||
            (by_path && (!plan_path_is_normal(program->ready_path) ||
                         (program->ready == PLAN_READY_SOCKET && strlen(program->ready_path) > 107))))
                return false;
        if (by_fd ? program->ready_fd < 3 || program->ready_fd > 1023 : program->ready_fd != -1)
                return false;
        return program->ready == PLAN_READY_EXEC ||
               (program->ready_timeout_ms > 0 && program->ready_timeout_ms <= 10 * 60 * 1000);
}

static bool program_after(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        for (size_t a = 0; a < program->n_after; a++)
                if (program->after[a] >= i)
                        return false;
        return true;
}

static bool are_calls(char *const *calls)
{
        if (count(calls) > PLAN_MAX_CALLS)
                return false;
        for (size_t i = 0; i < count(calls); i++)
                if (!is_name(calls[i], "_"))
                        return false;
        return true;
}

/* What it answers is the planner's word: the kernel checks that it is a program at all. */
static bool program_filter(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];
        bool changed = count(program->seccomp_allow) > 0 || count(program->seccomp_deny) > 0;

        (void)j;
        return are_calls(program->seccomp_allow) && are_calls(program->seccomp_deny) &&
               (program->filter != NULL) == changed &&
               (changed ? program->n_filter > 0 && program->n_filter <= PLAN_MAX_FILTER && program->n_filter % 8 == 0
                        : program->n_filter == 0);
}

static bool are_ports(const uint32_t *ports, size_t n, bool handled)
{
        if (n > PLAN_MAX_PORTS || (n > 0 && (ports == NULL || !handled)))
                return false;
        for (size_t p = 0; p < n; p++)
                if (ports[p] == 0 || ports[p] > UINT16_MAX)
                        return false;
        return true;
}

static bool program_ports(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        return are_ports(program->connect_ports, program->n_connect_ports,
                         (program->landlock & PLAN_LANDLOCK_CONNECT) != 0) &&
               are_ports(program->bind_ports, program->n_bind_ports, (program->landlock & PLAN_LANDLOCK_BIND) != 0);
}

static bool program_limits(const Plan *plan, size_t i, size_t j)
{
        const PlanProgram *program = &plan->programs[i];

        (void)j;
        for (size_t l = 0; l < program->n_limits; l++) {
                if (program->limits[l].resource >= PLAN_MAX_LIMITS)
                        return false;
                for (size_t other = 0; other < l; other++)
                        if (program->limits[other].resource == program->limits[l].resource)
                                return false;
        }
        return true;
}

const PlanRule plan_shape_rules[] = {
        { PLAN_SCOPE_PLAN, has_id, "the instance id is not 8 hexadecimal digits" },
        { PLAN_SCOPE_PLAN, has_app, "the application id is missing or holds a sign that no id has" },
        { PLAN_SCOPE_PLAN, has_counts, "there are no boxes or programs, or more than a plan may have" },
        { PLAN_SCOPE_PLAN, slots_are_names, "a slot's name is malformed or stands twice, or there are too many" },
        { PLAN_SCOPE_PLAN, has_budget, "its budget is out of range" },
        { PLAN_SCOPE_PLAN, has_guards, "a guard's path is not absolute and normal, or it guards no class of files" },
        { PLAN_SCOPE_BOX, box_name, "its name is malformed or stands twice" },
        { PLAN_SCOPE_BOX, box_parent, "its parent does not stand before it" },
        { PLAN_SCOPE_BOX, box_fields, "its kind, namespaces, user or number of mounts is out of range" },
        { PLAN_SCOPE_BOX, box_ranges, "a range of ids is malformed, stands twice, or is not of the keeper's" },
        { PLAN_SCOPE_BOX, box_capabilities, "it keeps a capability that no box may keep" },
        { PLAN_SCOPE_BOX, box_hostname, "a host name belongs to a box with a host name namespace, and to no other" },
        { PLAN_SCOPE_BOX, box_routes, "a route is no network's address with its length, or there are too many" },
        { PLAN_SCOPE_BOX, box_listeners,
          "a listening socket's slot, kind, address or port is malformed, or the slot stands twice" },
        { PLAN_SCOPE_MOUNT, mount_dest, "its path is not absolute and normal" },
        { PLAN_SCOPE_MOUNT, mount_fields, "it has a field that its kind has not, or lacks one" },
        { PLAN_SCOPE_MOUNT, mount_size, "its size is zero or too large" },
        { PLAN_SCOPE_MOUNT, mount_layers,
          "its layers are malformed, too few or too many, or lack their place for changes" },
        { PLAN_SCOPE_MOUNT, mount_source, "its source is malformed or not beneath its root" },
        { PLAN_SCOPE_MOUNT, mount_slot, "its slot is not among the plan's" },
        { PLAN_SCOPE_PROGRAM, program_name, "its name is malformed or stands twice" },
        { PLAN_SCOPE_PROGRAM, program_box, "its box does not exist" },
        { PLAN_SCOPE_PROGRAM, program_fields, "a word, a flag or a number of it is out of range" },
        { PLAN_SCOPE_PROGRAM, program_argv, "it has no command, or too many arguments" },
        { PLAN_SCOPE_PROGRAM, program_env, "its environment holds what is no NAME=value" },
        { PLAN_SCOPE_PROGRAM, program_places, "its home or working directory is not absolute and normal" },
        { PLAN_SCOPE_PROGRAM, program_fds, "a descriptor has a wrong number, or a slot that is not the plan's" },
        { PLAN_SCOPE_PROGRAM, program_ready, "its readiness lacks a descriptor, a path or a deadline" },
        { PLAN_SCOPE_PROGRAM, program_after, "it waits for a program that does not stand before it" },
        { PLAN_SCOPE_PROGRAM, program_filter,
          "its filter does not belong to a list of system calls, or is no whole number of instructions" },
        { PLAN_SCOPE_PROGRAM, program_ports, "a port is out of range, or no Landlock right is about it" },
        { PLAN_SCOPE_PROGRAM, program_limits, "a limit is unknown or stands twice" },
};
const size_t plan_n_shape_rules = sizeof plan_shape_rules / sizeof *plan_shape_rules;
