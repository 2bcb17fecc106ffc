/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The plan as text and as JSON.  Reviews and golden tests read the text: one line for each mount, each program, each
 * variable; a host path is written only where it differs from the path inside. */
#include "plan/print.h"

#include <inttypes.h>
#include <string.h>

#include "ids/capability.h"

static const struct {
        uint32_t flag;
        const char *word;
} mount_flags[] = {
        { PLAN_MOUNT_RW, "rw" },
        { PLAN_MOUNT_OPTIONAL, "optional" },
        { PLAN_MOUNT_DEVICE, "device" },
        { PLAN_MOUNT_CREATE, "create" },
        { PLAN_MOUNT_NOEXEC, "noexec" },
        { PLAN_MOUNT_PIN, "pin" },
        { PLAN_MOUNT_PIDS_ONLY, "pids-only" },
        { PLAN_MOUNT_HIDE_PIDS, "hide-pids" },
        { PLAN_MOUNT_AS_HOST, "as-host" },
        { PLAN_MOUNT_GUARD, "guard" },
        { PLAN_MOUNT_IN_PLACE, "in-place" },
};
_Static_assert(_PLAN_MOUNT_FLAGS == (1 << sizeof mount_flags / sizeof *mount_flags) - 1, "a word is missing");

static const char *const landlock_words[] = { "abstract", "signal", "files", "connect", "bind" };
_Static_assert(_PLAN_LANDLOCK_ALL == (1 << sizeof landlock_words / sizeof *landlock_words) - 1, "a word is missing");

/* One word of a line: quoted where it is empty or holds what could be taken for the line's own signs. */
static void add_word(Buffer *text, const char *word)
{
        bool plain = *word != '\0';

        for (const char *p = word; *p != '\0' && plain; p++)
                plain = strchr(" '\"\t\n;", *p) == NULL;
        if (!plain)
                buffer_add_byte(text, '"');
        for (const char *p = word; *p != '\0';) {
                size_t n = strcspn(p, "\"");
                CLEANUP(buffer_clear) Buffer part = BUFFER_INIT;

                buffer_add(&part, p, n);
                if (part.failed)
                        text->failed = true;
                else
                        buffer_add_escaped(text, part.bytes);
                p += n;
                if (*p == '"') {
                        buffer_add_text(text, "\\\"");
                        p++;
                }
        }
        if (!plain)
                buffer_add_byte(text, '"');
}

static void add_words(Buffer *text, const char *label, char *const *words)
{
        if (words == NULL || words[0] == NULL)
                return;
        buffer_add_text(text, label);
        for (size_t i = 0; words[i] != NULL; i++) {
                buffer_add_byte(text, ' ');
                add_word(text, words[i]);
        }
        buffer_add_byte(text, '\n');
}

static void add_size(Buffer *text, uint64_t size)
{
        static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
        size_t unit = 0;

        if (size == PLAN_SIZE_KERNEL)
                return;
        while (unit + 1 < sizeof units / sizeof *units && size >= 1024 && size % 1024 == 0) {
                size /= 1024;
                unit++;
        }
        buffer_printf(text, " size=%" PRIu64 "%s", size, units[unit]);
}

/* Where what is mounted comes from, by kind. */
static void add_mount_source(Buffer *text, const PlanMount *mount)
{
        if (mount->slot != NULL) {
                buffer_add_text(text, " slot=");
                add_word(text, mount->slot);
        }
        for (size_t i = 0; mount->lowers != NULL && mount->lowers[i] != NULL; i++) {
                buffer_add_text(text, i == 0 ? " of " : " under ");
                add_word(text, mount->lowers[i]);
        }
        if (mount->source != NULL && (mount->kind != PLAN_MOUNT_BIND || strcmp(mount->source, mount->dest) != 0)) {
                buffer_add_text(text, mount->kind == PLAN_MOUNT_SYMLINK   ? " -> "
                                      : mount->kind == PLAN_MOUNT_OVERLAY ? " changes in "
                                                                          : " from ");
                add_word(text, mount->source);
        }
        if (mount->work != NULL) {
                buffer_add_text(text, " work in ");
                add_word(text, mount->work);
        }
        if (mount->source_root != NULL) {
                buffer_add_text(text, " beneath ");
                add_word(text, mount->source_root);
        }
        if (mount->content != NULL) {
                buffer_add_text(text, " content=\"");
                for (size_t at = 0; at < mount->n_content;) {
                        size_t n = strnlen(mount->content + at, mount->n_content - at);

                        buffer_add_escaped(text, mount->content + at);
                        at += n;
                        if (at < mount->n_content) {
                                buffer_add_text(text, "\\x00");
                                at++;
                        }
                }
                buffer_add_byte(text, '"');
        }
}

static bool has_mode(const PlanMount *mount)
{
        return mount->kind == PLAN_MOUNT_TMPFS || mount->kind == PLAN_MOUNT_SHARED || mount->kind == PLAN_MOUNT_DIR ||
               mount->kind == PLAN_MOUNT_FILE || mount->kind == PLAN_MOUNT_CHMOD;
}

static bool has_size(const PlanMount *mount)
{
        return mount->kind == PLAN_MOUNT_TMPFS || mount->kind == PLAN_MOUNT_SHARED ||
               (mount->kind == PLAN_MOUNT_OVERLAY && mount->size > 0);
}

static void print_mount(Buffer *text, const PlanMount *mount)
{
        bool comma = false;

        buffer_printf(text, "    %-9s ", plan_mount_kind_word(mount->kind));
        add_word(text, mount->dest);
        add_mount_source(text, mount);
        if (has_mode(mount))
                buffer_printf(text, " mode=%04o", mount->mode);
        if (has_size(mount))
                add_size(text, mount->size);
        for (size_t i = 0; i < sizeof mount_flags / sizeof *mount_flags; i++)
                if ((mount->flags & mount_flags[i].flag) != 0) {
                        buffer_printf(text, "%s%s", comma ? "," : " ", mount_flags[i].word);
                        comma = true;
                }
        buffer_add_byte(text, '\n');
}

static void print_fds(Buffer *text, const PlanProgram *program)
{
        for (size_t i = 0; i < program->n_fds; i++) {
                buffer_printf(text, "        fd %" PRIi32 " = slot ", program->fds[i].target);
                add_word(text, program->fds[i].slot);
                buffer_add_byte(text, '\n');
        }
}

static void print_ready(Buffer *text, const Plan *plan, const PlanProgram *program)
{
        buffer_printf(text, "        ready %s", plan_ready_word(program->ready));
        if (program->ready_fd >= 0)
                buffer_printf(text, " on fd %" PRIi32, program->ready_fd);
        if (program->ready_path != NULL) {
                buffer_add_byte(text, ' ');
                add_word(text, program->ready_path);
        }
        if (program->ready != PLAN_READY_EXEC)
                buffer_printf(text, " within %" PRIu32 " ms", program->ready_timeout_ms);
        for (size_t i = 0; i < program->n_after; i++) {
                buffer_add_text(text, i == 0 ? ", after " : " ");
                if (program->after[i] < plan->n_programs)
                        add_word(text, plan->programs[program->after[i]].name);
        }
        buffer_add_byte(text, '\n');
}

static void print_ports(Buffer *text, const char *what, const uint32_t *ports, size_t n)
{
        for (size_t i = 0; i < n; i++)
                buffer_printf(text, "        %s port %" PRIu32 "\n", what, ports[i]);
}

static void print_program(Buffer *text, const Plan *plan, const PlanProgram *program)
{
        buffer_add_text(text, "    program ");
        add_word(text, program->name);
        buffer_add_text(text, program->app ? " (the app)\n" : "\n");
        add_words(text, "        run", program->argv);
        if (program->cwd != NULL) {
                buffer_add_text(text, "        in ");
                add_word(text, program->cwd);
                buffer_add_byte(text, '\n');
        }
        buffer_add_text(text, "        home ");
        add_word(text, program->home);
        buffer_add_byte(text, '\n');
        for (size_t i = 0; program->envp != NULL && program->envp[i] != NULL; i++) {
                buffer_add_text(text, "        env ");
                add_word(text, program->envp[i]);
                buffer_add_byte(text, '\n');
        }
        buffer_printf(text, "        stdio %s, seccomp %s, death %s\n", plan_stdio_word(program->stdio),
                      plan_seccomp_word(program->seccomp), plan_death_word(program->death));
        add_words(text, "        seccomp allow", program->seccomp_allow);
        add_words(text, "        seccomp deny", program->seccomp_deny);
        if (program->mdwe)
                buffer_add_text(text, "        mdwe\n");
        if (program->learn_fd != 0)
                buffer_printf(text, "        learn by fd %u%s\n", program->learn_fd, program->learn_ask ? ", ask" : "");
        print_fds(text, program);
        print_ready(text, plan, program);
        for (size_t i = 0; i < sizeof landlock_words / sizeof *landlock_words; i++)
                if ((program->landlock & (1u << i)) != 0)
                        buffer_printf(text, "        landlock %s\n", landlock_words[i]);
        print_ports(text, "connect", program->connect_ports, program->n_connect_ports);
        print_ports(text, "bind", program->bind_ports, program->n_bind_ports);
        for (size_t i = 0; i < program->n_limits; i++)
                buffer_printf(text, "        limit %s = %" PRIu64 "\n", plan_limit_word(program->limits[i].resource),
                              program->limits[i].value);
}

static void print_ranges(Buffer *text, const char *label, const PlanRange *ranges, size_t n)
{
        for (size_t i = 0; i < n; i++)
                buffer_printf(text, "    %s %" PRIu32 "+%" PRIu32 " from %" PRIu32 "\n", label, ranges[i].inside,
                              ranges[i].count, ranges[i].outside);
}

static void print_capabilities(Buffer *text, uint64_t set)
{
        if (set == 0)
                return;
        buffer_add_text(text, "    keeps");
        for (const Capability *one = capabilities; one->name != NULL; one++)
                if ((set >> one->number & 1) != 0)
                        buffer_printf(text, " %s", one->name);
        buffer_add_byte(text, '\n');
}

static void print_box(Buffer *text, const Plan *plan, size_t index)
{
        const PlanBox *box = &plan->boxes[index];

        buffer_add_text(text, "\nbox ");
        add_word(text, box->name);
        buffer_printf(text, " (%s)", plan_box_kind_word(box->kind));
        if (index > 0) {
                buffer_add_text(text, " in ");
                add_word(text, plan->boxes[box->parent].name);
        }
        buffer_add_text(text, "\n    own");
        for (uint32_t one = 1; one <= _PLAN_NS_ALL; one <<= 1)
                if ((box->unshare & one) != 0)
                        buffer_printf(text, " %s", plan_namespace_word(one));
        buffer_printf(text, "\n    user %" PRIu32 " group %" PRIu32 "\n", box->uid, box->gid);
        print_ranges(text, "users", box->uids, box->n_uids);
        print_ranges(text, "groups", box->gids, box->n_gids);
        print_capabilities(text, box->capabilities);
        if (box->hostname != NULL) {
                buffer_add_text(text, "    hostname ");
                add_word(text, box->hostname);
                buffer_add_byte(text, '\n');
        }
        for (size_t i = 0; box->routes != NULL && box->routes[i] != NULL; i++) {
                buffer_add_text(text, "    route ");
                add_word(text, box->routes[i]);
                buffer_add_text(text, " to itself\n");
        }
        for (size_t i = 0; i < box->n_listeners; i++) {
                const PlanListener *listener = &box->listeners[i];

                buffer_printf(text, "    listen %s ", plan_listener_kind_word(listener->kind));
                if (listener->address[0] != '\0') {
                        add_word(text, listener->address);
                        buffer_printf(text, ":%" PRIu32 " ", listener->port);
                }
                buffer_add_text(text, "= slot ");
                add_word(text, listener->slot);
                buffer_add_byte(text, '\n');
        }
        for (size_t i = 0; i < box->n_mounts; i++)
                print_mount(text, &box->mounts[i]);
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].box == index)
                        print_program(text, plan, &plan->programs[i]);
}

static void print_budget(Buffer *text, const PlanBudget *budget)
{
        if (budget->memory != 0) {
                buffer_add_text(text, "all together memory");
                add_size(text, budget->memory);
                buffer_add_byte(text, '\n');
        }
        if (budget->pids != 0)
                buffer_printf(text, "all together processes %" PRIu32 "\n", budget->pids);
        if (budget->cpu != 0)
                buffer_printf(text, "all together processor %" PRIu32 "%%\n", budget->cpu);
        if (budget->seconds != 0)
                buffer_printf(text, "ends after %" PRIu32 " s\n", budget->seconds);
}

static void print_guard(Buffer *text, const PlanGuard *guard)
{
        buffer_add_text(text, "at its end in ");
        add_word(text, guard->path);
        buffer_add_text(text, guard->wall ? ": all but" : ":");
        for (size_t i = 0; guard->classes[i] != NULL; i++) {
                buffer_add_byte(text, ' ');
                add_word(text, guard->classes[i]);
        }
        buffer_add_text(text, guard->wall ? " taken over\n" : " that are new set aside\n");
}

void plan_print(const Plan *plan, Buffer *ret_text)
{
        buffer_add_text(ret_text, "app ");
        add_word(ret_text, plan->app);
        buffer_add_text(ret_text, "\ninstance ");
        add_word(ret_text, plan->id);
        buffer_add_byte(ret_text, '\n');
        add_words(ret_text, "slots", plan->slots);
        add_words(ret_text, "optional slots", plan->optional_slots);
        print_budget(ret_text, &plan->budget);
        for (size_t i = 0; i < plan->n_guards; i++)
                print_guard(ret_text, &plan->guards[i]);
        for (size_t i = 0; i < plan->n_boxes; i++)
                print_box(ret_text, plan, i);
        for (size_t i = 0; plan->notes != NULL && plan->notes[i] != NULL; i++) {
                buffer_add_text(ret_text, i == 0 ? "\nnote " : "note ");
                buffer_add_escaped(ret_text, plan->notes[i]);
                buffer_add_byte(ret_text, '\n');
        }
}

/* ---- JSON ---- */

/* "key": with the comma before it where it is not the first of its object. */
static void json_key(Buffer *text, const char *key)
{
        if (text->n > 0 && text->bytes[text->n - 1] != '{')
                buffer_add_byte(text, ',');
        buffer_add_json(text, key);
        buffer_add_byte(text, ':');
}

static void json_text(Buffer *text, const char *key, const char *value)
{
        if (value == NULL)
                return;
        json_key(text, key);
        buffer_add_json(text, value);
}

static void json_number(Buffer *text, const char *key, uint64_t value)
{
        json_key(text, key);
        buffer_printf(text, "%" PRIu64, value);
}

static void json_item(Buffer *text, const char *value)
{
        if (text->n > 0 && text->bytes[text->n - 1] != '[')
                buffer_add_byte(text, ',');
        buffer_add_json(text, value);
}

static void json_strings(Buffer *text, const char *key, char *const *values)
{
        json_key(text, key);
        buffer_add_byte(text, '[');
        for (size_t i = 0; values != NULL && values[i] != NULL; i++)
                json_item(text, values[i]);
        buffer_add_byte(text, ']');
}

/* The next object of a list. */
static void json_open(Buffer *text)
{
        if (text->n > 0 && text->bytes[text->n - 1] != '[')
                buffer_add_byte(text, ',');
        buffer_add_byte(text, '{');
}

static void json_mount(Buffer *text, const PlanMount *mount)
{
        json_open(text);
        json_text(text, "kind", plan_mount_kind_word(mount->kind));
        json_text(text, "dest", mount->dest);
        json_text(text, "source", mount->source);
        json_text(text, "source_root", mount->source_root);
        if (mount->kind == PLAN_MOUNT_OVERLAY)
                json_strings(text, "lowers", mount->lowers);
        json_text(text, "work", mount->work);
        json_text(text, "slot", mount->slot);
        json_text(text, "content", mount->content);
        if (has_mode(mount))
                json_number(text, "mode", mount->mode);
        if (has_size(mount))
                json_number(text, "size", mount->size);
        json_key(text, "flags");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < sizeof mount_flags / sizeof *mount_flags; i++)
                if ((mount->flags & mount_flags[i].flag) != 0)
                        json_item(text, mount_flags[i].word);
        buffer_add_text(text, "]}");
}

static void json_ranges(Buffer *text, const char *key, const PlanRange *ranges, size_t n)
{
        json_key(text, key);
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < n; i++) {
                json_open(text);
                json_number(text, "inside", ranges[i].inside);
                json_number(text, "outside", ranges[i].outside);
                json_number(text, "count", ranges[i].count);
                buffer_add_byte(text, '}');
        }
        buffer_add_byte(text, ']');
}

static void json_ids(Buffer *text, const PlanBox *box)
{
        json_number(text, "uid", box->uid);
        json_number(text, "gid", box->gid);
        json_ranges(text, "uids", box->uids, box->n_uids);
        json_ranges(text, "gids", box->gids, box->n_gids);
        json_key(text, "capabilities");
        buffer_add_byte(text, '[');
        for (const Capability *one = capabilities; one->name != NULL; one++)
                if ((box->capabilities >> one->number & 1) != 0)
                        json_item(text, one->name);
        buffer_add_byte(text, ']');
}

static void json_box(Buffer *text, const Plan *plan, const PlanBox *box)
{
        json_open(text);
        json_text(text, "name", box->name);
        json_text(text, "kind", plan_box_kind_word(box->kind));
        if (box != plan->boxes)
                json_text(text, "parent", plan->boxes[box->parent].name);
        json_key(text, "unshare");
        buffer_add_byte(text, '[');
        for (uint32_t one = 1; one <= _PLAN_NS_ALL; one <<= 1)
                if ((box->unshare & one) != 0)
                        json_item(text, plan_namespace_word(one));
        buffer_add_byte(text, ']');
        json_ids(text, box);
        json_text(text, "hostname", box->hostname);
        json_key(text, "mounts");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < box->n_mounts; i++)
                json_mount(text, &box->mounts[i]);
        buffer_add_byte(text, ']');
        json_strings(text, "routes", box->routes);
        json_key(text, "listeners");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < box->n_listeners; i++) {
                json_open(text);
                json_text(text, "slot", box->listeners[i].slot);
                json_text(text, "kind", plan_listener_kind_word(box->listeners[i].kind));
                json_text(text, "address", box->listeners[i].address);
                json_number(text, "port", box->listeners[i].port);
                buffer_add_byte(text, '}');
        }
        buffer_add_text(text, "]}");
}

static void json_program_start(Buffer *text, const Plan *plan, const PlanProgram *program)
{
        json_key(text, "fds");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < program->n_fds; i++) {
                json_open(text);
                json_text(text, "slot", program->fds[i].slot);
                json_number(text, "fd", (uint64_t)program->fds[i].target);
                buffer_add_byte(text, '}');
        }
        buffer_add_byte(text, ']');
        json_text(text, "ready", plan_ready_word(program->ready));
        if (program->ready_fd >= 0)
                json_number(text, "ready_fd", (uint64_t)program->ready_fd);
        json_text(text, "ready_path", program->ready_path);
        json_number(text, "ready_timeout_ms", program->ready_timeout_ms);
        json_key(text, "after");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < program->n_after; i++)
                json_item(text, plan->programs[program->after[i]].name);
        buffer_add_byte(text, ']');
}

static void json_ports(Buffer *text, const char *key, const uint32_t *ports, size_t n)
{
        json_key(text, key);
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < n; i++)
                buffer_printf(text, "%s%" PRIu32, i == 0 ? "" : ",", ports[i]);
        buffer_add_byte(text, ']');
}

static void json_program(Buffer *text, const Plan *plan, const PlanProgram *program)
{
        json_open(text);
        json_text(text, "name", program->name);
        json_text(text, "box", plan->boxes[program->box].name);
        json_key(text, "app");
        buffer_add_text(text, program->app ? "true" : "false");
        json_strings(text, "argv", program->argv);
        json_strings(text, "env", program->envp);
        json_text(text, "cwd", program->cwd);
        json_text(text, "home", program->home);
        json_text(text, "stdio", plan_stdio_word(program->stdio));
        json_program_start(text, plan, program);
        json_text(text, "death", plan_death_word(program->death));
        json_text(text, "seccomp", plan_seccomp_word(program->seccomp));
        json_strings(text, "seccomp_allow", program->seccomp_allow);
        json_strings(text, "seccomp_deny", program->seccomp_deny);
        json_key(text, "mdwe");
        buffer_add_text(text, program->mdwe ? "true" : "false");
        json_text(text, "learn", program->learn_fd == 0 ? "no" : program->learn_ask ? "ask" : "record");
        json_key(text, "landlock");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < sizeof landlock_words / sizeof *landlock_words; i++)
                if ((program->landlock & (1u << i)) != 0)
                        json_item(text, landlock_words[i]);
        buffer_add_byte(text, ']');
        json_ports(text, "connect_ports", program->connect_ports, program->n_connect_ports);
        json_ports(text, "bind_ports", program->bind_ports, program->n_bind_ports);
        json_key(text, "limits");
        buffer_add_byte(text, '[');
        for (size_t i = 0; i < program->n_limits; i++) {
                json_open(text);
                json_number(text, "resource", program->limits[i].resource);
                json_text(text, "name", plan_limit_word(program->limits[i].resource));
                json_number(text, "value", program->limits[i].value);
                buffer_add_byte(text, '}');
        }
        buffer_add_text(text, "]}");
}

void plan_print_json(const Plan *plan, Buffer *ret_text)
{
        buffer_add_byte(ret_text, '{');
        json_text(ret_text, "app", plan->app);
        json_text(ret_text, "instance", plan->id);
        json_strings(ret_text, "slots", plan->slots);
        json_strings(ret_text, "optional_slots", plan->optional_slots);
        json_key(ret_text, "budget");
        buffer_add_byte(ret_text, '{');
        json_number(ret_text, "memory", plan->budget.memory);
        json_number(ret_text, "pids", plan->budget.pids);
        json_number(ret_text, "cpu", plan->budget.cpu);
        json_number(ret_text, "seconds", plan->budget.seconds);
        buffer_add_byte(ret_text, '}');
        json_key(ret_text, "guards");
        buffer_add_byte(ret_text, '[');
        for (size_t i = 0; i < plan->n_guards; i++) {
                json_open(ret_text);
                json_text(ret_text, "path", plan->guards[i].path);
                json_strings(ret_text, "classes", plan->guards[i].classes);
                json_key(ret_text, "wall");
                buffer_add_text(ret_text, plan->guards[i].wall ? "true}" : "false}");
        }
        buffer_add_byte(ret_text, ']');
        json_key(ret_text, "boxes");
        buffer_add_byte(ret_text, '[');
        for (size_t i = 0; i < plan->n_boxes; i++)
                json_box(ret_text, plan, &plan->boxes[i]);
        buffer_add_byte(ret_text, ']');
        json_key(ret_text, "programs");
        buffer_add_byte(ret_text, '[');
        for (size_t i = 0; i < plan->n_programs; i++)
                json_program(ret_text, plan, &plan->programs[i]);
        buffer_add_byte(ret_text, ']');
        json_strings(ret_text, "notes", plan->notes);
        buffer_add_text(ret_text, "}\n");
}
