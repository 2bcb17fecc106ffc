/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/plan-view.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"

static const PlanProgram *find_app(const Plan *plan)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (plan->programs[i].app)
                        return &plan->programs[i];
        return NULL;
}

const PlanBox *plan_view_app_box(const Plan *plan)
{
        const PlanProgram *app = find_app(plan);

        return app != NULL && app->box < plan->n_boxes ? &plan->boxes[plan_root_of(plan, app->box)] : NULL;
}

const PlanProgram *plan_view_program(const Plan *plan, const char *name)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (strcmp(plan->programs[i].name, name) == 0)
                        return &plan->programs[i];
        return NULL;
}

bool plan_view_has_host_network(const Plan *plan)
{
        const PlanProgram *app = find_app(plan);
        size_t box = app != NULL ? app->box : 0;

        for (;;) {
                if (plan->boxes[box].unshare & PLAN_NS_NET)
                        return false;
                if (box == 0)
                        return true;
                box = plan->boxes[box].parent;
        }
}

/* path is dir or below it; what follows begins with '/' or is empty. */
static const char *below(const char *path, const char *dir)
{
        size_t n = strlen(dir);

        if (strcmp(dir, "/") == 0)
                return strcmp(path, "/") == 0 ? "" : path;
        return strncmp(path, dir, n) == 0 && (path[n] == '\0' || path[n] == '/') ? path + n : NULL;
}

static bool is_mount(const PlanMount *mount)
{
        return mount->kind != PLAN_MOUNT_DIR && mount->kind != PLAN_MOUNT_RO && mount->kind != PLAN_MOUNT_CHMOD;
}

/* What lies at dest, so that the directories above it are there; the other lines want to find something. */
static bool puts_something(const PlanMount *mount)
{
        return mount->kind != PLAN_MOUNT_MASK && mount->kind != PLAN_MOUNT_RO && mount->kind != PLAN_MOUNT_CHMOD &&
               (mount->flags & PLAN_MOUNT_PIN) == 0;
}

/* A later line covers an earlier one at the same place or above it. */
PlanSight plan_view_path(const PlanBox *box, const char *path)
{
        PlanSight sight = { 0 };
        const char *rest = NULL;

        for (size_t i = 0; i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];
                const char *here = below(path, mount->dest);

                if ((mount->flags & PLAN_MOUNT_PIN) != 0) {
                        /* The same once more: it stays what it is, with fewer rights. */
                        sight.writable &= here == NULL || (mount->flags & PLAN_MOUNT_RW) != 0;
                } else if (here != NULL && is_mount(mount)) {
                        sight.mount = mount;
                        rest = here;
                        sight.writable = (mount->flags & PLAN_MOUNT_RW) != 0 || mount->kind == PLAN_MOUNT_TMPFS;
                } else if (mount->kind == PLAN_MOUNT_RO && sight.mount != NULL && here != NULL &&
                           strcmp(mount->dest, sight.mount->dest) == 0) {
                        sight.writable = false;
                } else if ((below(mount->dest, path) != NULL && puts_something(mount)) ||
                           (mount->kind == PLAN_MOUNT_DIR && here != NULL && *here == '\0')) {
                        /* A directory that is there because something lies in it. */
                        sight.visible = true;
                }
        }
        if (sight.mount == NULL)
                return sight;
        if (sight.mount->kind == PLAN_MOUNT_OVERLAY) {
                size_t top = 0;

                while (sight.mount->lowers[top + 1] != NULL)
                        top++;
                sight.visible = true;
                sight.source = g_strconcat(sight.mount->lowers[top], rest, NULL);
        } else if (sight.mount->kind == PLAN_MOUNT_BIND && sight.mount->slot == NULL && sight.mount->source != NULL) {
                sight.visible = true;
                sight.source =
                        g_strconcat(strcmp(sight.mount->source, "/") == 0 ? "" : sight.mount->source, rest, NULL);
        } else if (sight.mount->kind == PLAN_MOUNT_MASK) {
                sight.visible = sight.writable = false;
        } else if (*rest == '\0') {
                sight.visible = true;
        }
        return sight;
}

static void add_files_line(const PlanBox *box, const char *home, Buffer *text)
{
        PlanSight sight = home != NULL ? plan_view_path(box, home) : (PlanSight){ 0 };
        guint n = 0;

        buffer_add_text(text, _("Files:   "));
        for (size_t i = 0; i < box->n_mounts; i++) {
                const PlanMount *mount = &box->mounts[i];

                if (mount->kind != PLAN_MOUNT_BIND || !(mount->flags & PLAN_MOUNT_RW) || mount->slot != NULL ||
                    g_str_has_prefix(mount->dest, "/dev") || g_str_has_prefix(mount->dest, "/run") ||
                    g_str_has_prefix(mount->dest, "/tmp/.X11-unix"))
                        continue;
                buffer_add_text(text, n++ == 0 ? _("you can write ") : ", ");
                buffer_add_escaped(text, mount->dest);
        }
        if (n > 0)
                buffer_add_text(text, "; ");
        buffer_add_text(text, sight.source != NULL ? _("the home is kept for this app alone")
                                                   : _("the home is empty and is forgotten at the end"));
        buffer_add_text(text, _("; the system is there, read-only\n"));
        g_free(sight.source);
}

static void add_display_line(const Plan *plan, const PlanProgram *app, Buffer *text)
{
        bool own = plan_view_program(plan, "xephyr") != NULL || plan_view_program(plan, "xvfb") != NULL;
        bool display = false, bus = plan_view_program(plan, "bus-proxy") != NULL;

        for (char **env = app->envp; env != NULL && *env != NULL; env++)
                display |= g_str_has_prefix(*env, "DISPLAY=") || g_str_has_prefix(*env, "WAYLAND_DISPLAY=");
        buffer_add_text(text, _("Desktop: "));
        if (!display)
                buffer_add_text(text, _("no display"));
        else
                buffer_add_text(text, own ? _("a display of its own") : _("the host's display"));
        buffer_add_text(text, bus ? _("; a bus that passes only what the profile names\n") : _("; no session bus\n"));
}

void plan_view_intro(const Plan *plan, Buffer *ret_text)
{
        const PlanProgram *app = find_app(plan);
        const PlanBox *box = plan_view_app_box(plan);

        if (app == NULL || box == NULL)
                return;
        add_files_line(box, app->home, ret_text);
        buffer_add_text(ret_text,
                        plan_view_has_host_network(plan) ? _("Network: the host's\n")
                        : plan_view_program(plan, "net-proxy") != NULL
                                ? _("Network: by name, what the profile allows (oriel explain ... host NAME)\n")
                                : _("Network: none, only a loopback of its own\n"));
        add_display_line(plan, app, ret_text);
        buffer_add_text(ret_text,
                        _("Leave:   end the command (a shell: exit or Ctrl-D); what it started ends with it\n"));
}
