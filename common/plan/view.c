/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "plan/view.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "plan/check-rule.h"

/* Something else is at its path from then on. */
static bool hides(const PlanMount *mount)
{
        return mount->kind != PLAN_MOUNT_DIR && mount->kind != PLAN_MOUNT_RO && (mount->flags & PLAN_MOUNT_PIN) == 0;
}

/* path, which is below from, moved to below to.  False where that is too long. */
static bool move(const char *path, const char *from, const char *to, char *ret_path)
{
        const char *rest = path + (strcmp(from, "/") == 0 ? 0 : strlen(from));
        int n;

        if (strcmp(rest, "/") == 0)
                rest = "";
        n = snprintf(ret_path, PATH_MAX, "%s%s", strcmp(to, "/") == 0 && *rest != '\0' ? "" : to, rest);
        return n > 0 && n < PATH_MAX;
}

/* Is the j-th mount of box what is seen at path, which lies in it? */
static bool is_on_top(const PlanBox *box, size_t j, const char *path)
{
        for (size_t m = j + 1; m < box->n_mounts; m++)
                if (hides(&box->mounts[m]) && plan_path_is_below(path, box->mounts[m].dest))
                        return false;
        return true;
}

/* Is that path, which the j-th mount shows, writable there? */
static bool is_writable(const PlanBox *box, size_t j, const char *path)
{
        bool writable = (box->mounts[j].flags & PLAN_MOUNT_RW) != 0;

        for (size_t m = j + 1; m < box->n_mounts; m++)
                if ((box->mounts[m].flags & PLAN_MOUNT_PIN) != 0 && plan_path_is_below(path, box->mounts[m].dest))
                        writable = writable && (box->mounts[m].flags & PLAN_MOUNT_RW) != 0;
        return writable;
}

/* The mount of box that shows a host path, and where; or n_mounts. */
static size_t find(const PlanBox *box, const char *source, bool writable, char *where)
{
        for (size_t j = 0; j < box->n_mounts; j++) {
                const PlanMount *mount = &box->mounts[j];

                if (mount->kind == PLAN_MOUNT_BIND && mount->source != NULL &&
                    plan_path_is_below(source, mount->source) && move(source, mount->source, mount->dest, where) &&
                    is_on_top(box, j, where) && (!writable || is_writable(box, j, where)))
                        return j;
        }
        return box->n_mounts;
}

bool plan_view_shows(const PlanBox *box, const char *source, bool writable, char *where)
{
        char place[PATH_MAX];

        return find(box, source, writable, where == NULL ? place : where) < box->n_mounts;
}

/* Does a later mount of box hide, or with read_only protect, exactly this path? */
static bool is_covered(const PlanBox *box, const char *path, bool read_only)
{
        for (size_t m = 0; m < box->n_mounts; m++) {
                const PlanMount *mount = &box->mounts[m];
                bool pin = (mount->flags & PLAN_MOUNT_PIN) != 0 && (mount->flags & PLAN_MOUNT_RW) == 0;

                if ((hides(mount) || (read_only && pin)) && strcmp(mount->dest, path) == 0)
                        return true;
        }
        return false;
}

/* From the j-th mount of zone, which shows at where what box shows at dest: is all that covers it there covered here?
 */
static bool
covers_too(const PlanBox *zone, size_t j, const char *where, const PlanBox *box, const char *dest, bool writable)
{
        char same[PATH_MAX];

        for (size_t m = j + 1; m < zone->n_mounts; m++) {
                const PlanMount *cover = &zone->mounts[m];
                bool keeps = writable && (cover->flags & PLAN_MOUNT_PIN) != 0 && (cover->flags & PLAN_MOUNT_RW) == 0;

                if ((!hides(cover) && !keeps) || strcmp(cover->dest, where) == 0 ||
                    !plan_path_is_below(cover->dest, where))
                        continue;
                if (!move(cover->dest, where, dest, same) || !is_covered(box, same, keeps))
                        return false;
        }
        return true;
}

static bool are_equal(const char *a, const char *b)
{
        return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool is_same_overlay(const PlanMount *a, const PlanMount *b)
{
        if (a->kind != b->kind || strcmp(a->dest, b->dest) != 0 || (b->flags & ~a->flags & PLAN_MOUNT_RW) != 0)
                return false;
        for (size_t n = 0;; n++) {
                const char *of_a = plan_mount_host_path(a, n), *of_b = plan_mount_host_path(b, n);

                if (!are_equal(of_a, of_b))
                        return false;
                if (of_a == NULL)
                        return true;
        }
}

static bool contains_overlay(const PlanBox *zone, const PlanBox *box, const PlanMount *mount)
{
        for (size_t j = 0; j < zone->n_mounts; j++)
                if (is_same_overlay(&zone->mounts[j], mount) && is_on_top(zone, j, mount->dest) &&
                    covers_too(zone, j, mount->dest, box, mount->dest, false))
                        return true;
        return false;
}

bool plan_view_contains(const PlanBox *zone, const PlanBox *box, const PlanMount *mount)
{
        bool writable = (mount->flags & PLAN_MOUNT_RW) != 0;
        char where[PATH_MAX];

        /* Covered as a whole by a later one it shows nothing. */
        if (!is_on_top(box, (size_t)(mount - box->mounts), mount->dest) ||
            (mount->kind == PLAN_MOUNT_OVERLAY && contains_overlay(zone, box, mount)))
                return true;
        for (size_t n = 0; plan_mount_host_path(mount, n) != NULL; n++) {
                const char *path = plan_mount_host_path(mount, n);
                bool upper = path == mount->source || path == mount->work;
                size_t j = find(zone, path, writable && upper, where);

                if (j == zone->n_mounts || !covers_too(zone, j, where, box, mount->dest, writable && upper))
                        return false;
        }
        return true;
}
