/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* plan_check(): asks every rule of every thing it speaks of.  The planner asks it before a plan leaves it, the engine
 * again before anything is done, so a fault in the planner or in what came over the wire is a sentence, not a box that
 * shows too much. */
#include "plan/check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "plan/check-rule.h"

bool plan_path_is_normal(const char *path)
{
        if (path[0] != '/' || strlen(path) >= PATH_MAX)
                return false;
        if (path[1] == '\0')
                return true;
        for (const char *p = path; *p != '\0';) {
                size_t n = strcspn(++p, "/");

                if (n == 0 || (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
                        return false;
                p += n;
        }
        return true;
}

bool plan_path_is_below(const char *path, const char *top)
{
        size_t n = strlen(top);

        if (n == 1)
                return true;
        return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

static bool holds_string(char *const *strings, const char *string)
{
        for (size_t i = 0; strings != NULL && strings[i] != NULL; i++)
                if (strcmp(strings[i], string) == 0)
                        return true;
        return false;
}

bool plan_has_slot(const Plan *plan, const char *slot)
{
        return holds_string(plan->slots, slot) || holds_string(plan->optional_slots, slot);
}

bool plan_has_listener(const Plan *plan, const char *slot)
{
        for (size_t i = 0; i < plan->n_boxes; i++)
                for (size_t j = 0; j < plan->boxes[i].n_listeners; j++)
                        if (strcmp(plan->boxes[i].listeners[j].slot, slot) == 0)
                                return true;
        return false;
}

size_t plan_n_devices(const Plan *plan, const char *slot)
{
        size_t n = 0;

        for (size_t i = 0; i < plan->n_boxes; i++)
                for (size_t j = 0; j < plan->boxes[i].n_mounts; j++) {
                        const PlanMount *mount = &plan->boxes[i].mounts[j];

                        n += mount->kind == PLAN_MOUNT_FUSE && strcmp(mount->slot, slot) == 0 ? 1 : 0;
                }
        return n;
}

size_t plan_namespace_owner(const Plan *plan, size_t i, PlanNamespace ns)
{
        while ((plan->boxes[i].unshare & ns) == 0) {
                if (i == 0)
                        return plan->n_boxes;
                i = plan->boxes[i].parent;
        }
        return i;
}

bool plan_box_is_untrusted(const PlanBox *box)
{
        return box->kind == PLAN_BOX_INNER || box->kind == PLAN_BOX_COMPANIONS || box->kind == PLAN_BOX_APP;
}

const char *plan_mount_host_path(const PlanMount *mount, size_t n)
{
        bool any = mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_OVERLAY;

        if (any && mount->source != NULL && n-- == 0)
                return mount->source;
        if (any && mount->work != NULL && n-- == 0)
                return mount->work;
        for (size_t l = 0; any && mount->lowers != NULL && mount->lowers[l] != NULL; l++)
                if (n-- == 0)
                        return mount->lowers[l];
        return NULL;
}

bool plan_mount_is_host_display(const PlanMount *mount)
{
        const char *path;

        for (size_t n = 0; (path = plan_mount_host_path(mount, n)) != NULL; n++)
                if (plan_path_is_below(path, "/tmp/.X11-unix"))
                        return true;
        return false;
}

bool plan_box_has_host_display(const PlanBox *box)
{
        for (size_t j = 0; j < box->n_mounts; j++)
                if (plan_mount_is_host_display(&box->mounts[j]))
                        return true;
        return false;
}

bool plan_has_program_in(const Plan *plan, size_t i)
{
        for (size_t p = 0; p < plan->n_programs; p++)
                if (plan->programs[p].box == i)
                        return true;
        return false;
}

/* "mount /usr of box app: SENTENCE\n", names escaped and, in a plan without shape, perhaps missing. */
static void add_fault(const Plan *plan, PlanScope scope, size_t i, size_t j, const char *sentence, void *data)
{
        const char *name = NULL, *dest = NULL;
        Buffer *why = data;

        if (scope == PLAN_SCOPE_BOX || scope == PLAN_SCOPE_MOUNT)
                name = plan->boxes[i].name;
        if (scope == PLAN_SCOPE_PROGRAM)
                name = plan->programs[i].name;
        if (scope == PLAN_SCOPE_MOUNT) {
                dest = plan->boxes[i].mounts[j].dest;
                buffer_add_text(why, "mount ");
                buffer_add_escaped(why, dest == NULL ? "?" : dest);
                buffer_add_text(why, " of ");
        }
        if (scope == PLAN_SCOPE_PLAN)
                buffer_add_text(why, "plan: ");
        else {
                buffer_add_text(why, scope == PLAN_SCOPE_PROGRAM ? "program " : "box ");
                buffer_add_escaped(why, name == NULL ? "?" : name);
                buffer_add_text(why, ": ");
        }
        buffer_add_text(why, sentence);
        buffer_add_byte(why, '\n');
}

static bool ask(const Plan *plan, const PlanRule *rule, PlanTell *tell, void *data)
{
        bool all = true;
        size_t n_i = rule->scope == PLAN_SCOPE_PLAN      ? 1
                     : rule->scope == PLAN_SCOPE_PROGRAM ? plan->n_programs
                                                         : plan->n_boxes;

        for (size_t i = 0; i < n_i; i++) {
                size_t n_j = rule->scope == PLAN_SCOPE_MOUNT ? plan->boxes[i].n_mounts : 1;

                for (size_t j = 0; j < n_j; j++)
                        if (!rule->holds(plan, i, j)) {
                                if (tell != NULL)
                                        tell(plan, rule->scope, i, j, rule->sentence, data);
                                all = false;
                        }
        }
        return all;
}

static bool ask_all(const Plan *plan, const PlanRule *rules, size_t n, PlanTell *tell, void *data)
{
        bool all = true;

        for (size_t i = 0; i < n; i++)
                all = ask(plan, &rules[i], tell, data) && all;
        return all;
}

bool plan_check_each(const Plan *plan, PlanTell *tell, void *data)
{
        bool all;

        /* Shape rules stand in the order in which they lean on each other: the first fault ends them. */
        for (size_t i = 0; i < plan_n_shape_rules; i++)
                if (!ask(plan, &plan_shape_rules[i], tell, data))
                        return false;
        all = ask_all(plan, plan_box_rules, plan_n_box_rules, tell, data);
        all = ask_all(plan, plan_mount_rules, plan_n_mount_rules, tell, data) && all;
        return ask_all(plan, plan_program_rules, plan_n_program_rules, tell, data) && all;
}

bool plan_check(const Plan *plan, Buffer *ret_why)
{
        return plan_check_each(plan, ret_why == NULL ? NULL : add_fault, ret_why);
}
