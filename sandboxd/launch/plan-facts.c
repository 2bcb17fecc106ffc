/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/plan-facts.h"

#include <string.h>

static const PlanProgram *app_of(const Plan *plan)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].app)
                        return &plan->programs[i];
        return NULL;
}

static gboolean has_program(const Plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (strcmp(plan->programs[i].name, name) == 0)
                        return TRUE;
        return FALSE;
}

static const char *app_variable(const Plan *plan, const char *name)
{
        const PlanProgram *app = app_of(plan);

        return app != NULL && app->envp != NULL ? g_environ_getenv(app->envp, name) : NULL;
}

char *plan_facts_display_number(const Plan *plan)
{
        const char *display = app_variable(plan, "DISPLAY");
        gsize n = display != NULL && *display == ':' ? strspn(display + 1, "0123456789") : 0;

        return n > 0 ? g_strndup(display + 1, n) : NULL;
}

char *plan_facts_display(const Plan *plan)
{
        /* A desktop is one in Xephyr. */
        static const char *const modes[][2] = {
                { "xbridge", "seamless" }, { "xpra", "xpra" }, { "session", "desktop" }, { "xephyr", "xephyr" }
        };
        g_autofree char *number = plan_facts_display_number(plan);

        const char *wayland = app_variable(plan, "WAYLAND_DISPLAY");
        gboolean labelled = has_program(plan, "wayland-context");

        if (number == NULL)
                return wayland == NULL ? g_strdup("none")
                                       : g_strdup_printf("%s %s", labelled ? "wayland" : "host", wayland);
        for (gsize i = 0; i < G_N_ELEMENTS(modes); i++)
                if (has_program(plan, modes[i][0]))
                        return g_strdup_printf("%s%s :%s", labelled ? "wayland+" : "", modes[i][1], number);
        return g_strdup_printf("host :%s", number);
}

const char *plan_facts_network(const Plan *plan)
{
        const PlanProgram *app = app_of(plan);

        for (guint32 box = app != NULL ? app->box : 0;; box = plan->boxes[box].parent) {
                if ((plan->boxes[box].unshare & PLAN_NS_NET) != 0)
                        break;
                if (box == 0)
                        return "host";
        }
        return has_program(plan, "net-proxy") ? "named" : has_program(plan, "pasta") ? "full" : "none";
}

gboolean plan_facts_uses(const Plan *plan, const char *directory)
{
        gsize n = strlen(directory);

        for (size_t i = 0; i < plan->n_boxes; i++)
                for (size_t j = 0; j < plan->boxes[i].n_mounts; j++) {
                        const PlanMount *mount = &plan->boxes[i].mounts[j];

                        if ((mount->kind == PLAN_MOUNT_BIND || mount->kind == PLAN_MOUNT_OVERLAY) &&
                            mount->source != NULL && strncmp(mount->source, directory, n) == 0 &&
                            (mount->source[n] == '/' || mount->source[n] == '\0'))
                                return TRUE;
                }
        return FALSE;
}
