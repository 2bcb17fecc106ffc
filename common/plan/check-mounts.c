/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rules of mounts: order, and what of the host may never stand in which box. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "plan/check-rule.h"
#include "plan/view.h"

static bool root_once(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        return j == 0 || strcmp(mount->dest, "/") != 0 || mount->kind == PLAN_MOUNT_RO;
}

/* Puts something new at its path, so that what stood there or below before is covered. */
static bool covers(const PlanMount *mount)
{
        return mount->kind != PLAN_MOUNT_DIR && mount->kind != PLAN_MOUNT_RO && mount->kind != PLAN_MOUNT_MASK &&
               mount->kind != PLAN_MOUNT_CHMOD && (mount->flags & PLAN_MOUNT_PIN) == 0;
}

/* Component by component: '/' sorts before every other sign, so what is below a path follows it at once. */
static int compare_paths(const char *a, const char *b)
{
        while (*a == *b && *a != '\0') {
                a++;
                b++;
        }
        if (*a == *b)
                return 0;
        if (*a == '\0' || *b == '\0')
                return *a == '\0' ? -1 : 1;
        if (*a == '/' || *b == '/')
                return *a == '/' ? -1 : 1;
        return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
}

static int compare_mounts(const void *a, const void *b)
{
        const PlanMount *const *first = a, *const *second = b;
        int order = compare_paths((*first)->dest, (*second)->dest);

        /* Equal paths in the plan's own order: both stand in one array. */
        return order != 0 ? order : *first < *second ? -1 : 1;
}

/* No mount hides an earlier one below it, and none stands where another already does.  Sorted, each mount's ancestors
 * are on a stack. */
static bool order_is_downward(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        CLEANUP(freep) const PlanMount **sorted = NULL, **above = NULL;
        size_t n_above = 0;

        (void)j;
        if (box->n_mounts == 0)
                return true;
        sorted = malloc(box->n_mounts * sizeof *sorted);
        above = malloc(box->n_mounts * sizeof *above);
        if (sorted == NULL || above == NULL)
                return false;
        for (size_t m = 0; m < box->n_mounts; m++)
                sorted[m] = &box->mounts[m];
        qsort(sorted, box->n_mounts, sizeof *sorted, compare_mounts);
        for (size_t m = 0; m < box->n_mounts; m++) {
                while (n_above > 0 && !plan_path_is_below(sorted[m]->dest, above[n_above - 1]->dest))
                        n_above--;
                for (size_t a = 0; a < n_above; a++)
                        if (above[a] > sorted[m])
                                return false;
                if (n_above > 0 && covers(sorted[m]) && covers(above[n_above - 1]) &&
                    strcmp(sorted[m]->dest, above[n_above - 1]->dest) == 0)
                        return false;
                if (covers(sorted[m]))
                        above[n_above++] = sorted[m];
        }
        return true;
}

static bool create_has_root(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        return (mount->flags & PLAN_MOUNT_CREATE) == 0 ||
               (mount->source_root != NULL &&
                (mount->kind == PLAN_MOUNT_OVERLAY || (mount->flags & PLAN_MOUNT_OPTIONAL) == 0));
}

static bool is_number(const char *text)
{
        return *text != '\0' && strspn(text, "0123456789") == strlen(text);
}

/* Places of the host that no box sees as a whole: they lead to every process, every socket, or to the host itself. */
static bool source_is_no_root(const Plan *plan, size_t i, size_t j)
{
        static const char *const whole[] = { "/", "/run", "/run/user", "/var", "/var/run", "/tmp/.X11-unix" };
        const PlanMount *mount = &plan->boxes[i].mounts[j];
        const char *path;

        for (size_t n = 0; (path = plan_mount_host_path(mount, n)) != NULL; n++) {
                for (size_t w = 0; w < sizeof whole / sizeof *whole; w++)
                        if (strcmp(path, whole[w]) == 0)
                                return false;
                if (strncmp(path, "/run/user/", 10) == 0 && is_number(path + 10))
                        return false;
        }
        return true;
}

static bool source_is_no_proc(const Plan *plan, size_t i, size_t j)
{
        const char *path;

        for (size_t n = 0; (path = plan_mount_host_path(&plan->boxes[i].mounts[j], n)) != NULL; n++)
                if (plan_path_is_below(path, "/proc"))
                        return false;
        return true;
}

static bool shows(const PlanMount *mount, const char *where)
{
        const char *path;

        for (size_t n = 0; (path = plan_mount_host_path(mount, n)) != NULL; n++)
                if (strcmp(path, where) == 0)
                        return true;
        return false;
}

/* The host's /tmp holds the sockets of its X servers: what is bound from it is covered there, in this box, later. */
static bool tmp_is_covered(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        const PlanMount *mount = &box->mounts[j];
        size_t n;

        if (!shows(mount, "/tmp"))
                return true;
        n = strlen(mount->dest);
        for (size_t m = j + 1; m < box->n_mounts; m++)
                if ((box->mounts[m].kind == PLAN_MOUNT_MASK || box->mounts[m].kind == PLAN_MOUNT_SHARED ||
                     box->mounts[m].kind == PLAN_MOUNT_TMPFS) &&
                    strncmp(box->mounts[m].dest, mount->dest, n) == 0 &&
                    strcmp(box->mounts[m].dest + n, "/.X11-unix") == 0)
                        return true;
        return false;
}

/* What a semi-trusted companion needs of the host never stands in an untrusted box: the host's own cookie only beside
 * the host's own display, the directory of host sockets never. */
static bool resource_of_semi(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        const PlanMount *mount = &box->mounts[j];

        if (!plan_box_is_untrusted(box))
                return true;
        if (plan_path_is_below(mount->dest, "/run/oriel-host"))
                return false;
        if (mount->slot == NULL)
                return true;
        return strncmp(mount->slot, "mediator-", 9) != 0 &&
               (strcmp(mount->slot, "xauth-host") != 0 || plan_box_has_host_display(box));
}

static bool semi_is_read_only(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        return plan->boxes[i].kind != PLAN_BOX_SEMI || plan_mount_host_path(mount, 0) == NULL ||
               (mount->flags & PLAN_MOUNT_RW) == 0;
}

static bool shared_has_one_writer(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];
        size_t writers = 0;
        bool semi = false;

        if (mount->kind != PLAN_MOUNT_SHARED)
                return true;
        for (size_t b = 0; b < plan->n_boxes; b++)
                for (size_t m = 0; m < plan->boxes[b].n_mounts; m++) {
                        const PlanMount *other = &plan->boxes[b].mounts[m];

                        if (other->kind != PLAN_MOUNT_SHARED || strcmp(other->source, mount->source) != 0)
                                continue;
                        if (other->mode != mount->mode || other->size != mount->size)
                                return false;
                        semi = semi || plan->boxes[b].kind == PLAN_BOX_SEMI;
                        writers += (other->flags & PLAN_MOUNT_RW) != 0 ? 1 : 0;
                }
        return !semi || writers <= 1;
}

/* The nearest box above whose mounts say what may be seen in it; n_boxes: none does. */
static size_t view_above(const Plan *plan, size_t i)
{
        while (i != 0) {
                i = plan->boxes[i].parent;
                if (plan->boxes[i].n_mounts > 0)
                        return i;
        }
        return plan->n_boxes;
}

static bool parent_shows_it(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        size_t above = view_above(plan, i);

        return above == plan->n_boxes || plan_view_contains(&plan->boxes[above], box, &box->mounts[j]);
}

/* Who believes whom: a program never reads what a less trusted one writes; 0: it runs none. */
static unsigned trust_of(const Plan *plan, size_t i)
{
        static const unsigned trust[_PLAN_BOX_MAX] = {
                [PLAN_BOX_SEMI] = 3, [PLAN_BOX_COMPANIONS] = 2, [PLAN_BOX_APP] = 1
        };

        return plan_has_program_in(plan, i) ? trust[plan->boxes[i].kind] : 0;
}

/* That host path, which reader shows, or something in it. */
static bool is_written(const PlanBox *writer, const PlanBox *reader, const char *path)
{
        if (plan_view_shows(writer, path, true, NULL))
                return true;
        for (size_t m = 0; m < writer->n_mounts; m++) {
                const PlanMount *mount = &writer->mounts[m];

                /* Of an overlay the changes alone. */
                if ((mount->flags & PLAN_MOUNT_RW) != 0 && mount->source != NULL && mount->kind != PLAN_MOUNT_SHARED &&
                    plan_path_is_below(mount->source, path) && plan_view_shows(reader, mount->source, false, NULL))
                        return true;
        }
        return false;
}

static bool writes(const PlanBox *writer, const PlanBox *reader, const PlanMount *mount)
{
        if (mount->kind == PLAN_MOUNT_SHARED) {
                for (size_t m = 0; m < writer->n_mounts; m++)
                        if (writer->mounts[m].kind == PLAN_MOUNT_SHARED &&
                            (writer->mounts[m].flags & PLAN_MOUNT_RW) != 0 &&
                            strcmp(writer->mounts[m].source, mount->source) == 0)
                                return true;
                return false;
        }
        for (size_t n = 0; plan_mount_host_path(mount, n) != NULL; n++)
                if (is_written(writer, reader, plan_mount_host_path(mount, n)))
                        return true;
        return false;
}

static bool no_lesser_writes_it(const Plan *plan, size_t i, size_t j)
{
        unsigned trust = trust_of(plan, i);

        for (size_t b = 1; b < plan->n_boxes; b++)
                if (trust_of(plan, b) != 0 && trust_of(plan, b) < trust &&
                    writes(&plan->boxes[b], &plan->boxes[i], &plan->boxes[i].mounts[j]))
                        return false;
        return true;
}

/* Places where the host's services listen: an app is given one by its profile, a companion never. */
static bool companions_see_no_service(const Plan *plan, size_t i, size_t j)
{
        static const char *const places[] = { "/run/user", "/tmp/.X11-unix", "/tmp/.ICE-unix",
                                              "/run/dbus", "/run/pcscd",     "/run/cups" };
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        if (plan->boxes[i].kind != PLAN_BOX_COMPANIONS)
                return true;
        for (size_t n = 0; plan_mount_host_path(mount, n) != NULL; n++)
                for (size_t p = 0; p < sizeof places / sizeof *places; p++)
                        if (plan_path_is_below(plan_mount_host_path(mount, n), places[p]))
                                return false;
        return true;
}

/* The kernel does not tell what then happens (overlayfs, "Sharing and copying layers"). */
static bool upper_is_one(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];

        if (mount->kind != PLAN_MOUNT_OVERLAY || mount->source == NULL)
                return true;
        for (size_t b = 0; b < plan->n_boxes; b++)
                for (size_t m = 0; m < plan->boxes[b].n_mounts; m++) {
                        const PlanMount *other = &plan->boxes[b].mounts[m];

                        if (other != mount && other->kind == PLAN_MOUNT_OVERLAY && other->source != NULL &&
                            strcmp(other->source, mount->source) == 0)
                                return false;
                }
        return true;
}

static bool mqueue_is_own(const Plan *plan, size_t i, size_t j)
{
        return plan->boxes[i].mounts[j].kind != PLAN_MOUNT_MQUEUE ||
               plan_namespace_owner(plan, i, PLAN_NS_IPC) < plan->n_boxes;
}

static bool read_only_is_a_mount(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        const PlanMount *below = NULL;

        if (box->mounts[j].kind != PLAN_MOUNT_RO)
                return true;
        for (size_t m = 0; m < j; m++)
                if (covers(&box->mounts[m]) && plan_path_is_below(box->mounts[j].dest, box->mounts[m].dest))
                        below = &box->mounts[m];
        /* A bind brings what is mounted below its source. */
        return below != NULL && (below->kind == PLAN_MOUNT_BIND || strcmp(below->dest, box->mounts[j].dest) == 0);
}

/* Without a server whoever looks at it waits for ever; with two each gets some of the questions. */
static bool device_is_served(const Plan *plan, size_t i, size_t j)
{
        const PlanMount *mount = &plan->boxes[i].mounts[j];
        size_t n = 0;

        for (size_t p = 0; mount->kind == PLAN_MOUNT_FUSE && p < plan->n_programs; p++)
                for (size_t f = 0; f < plan->programs[p].n_fds; f++)
                        n += strcmp(plan->programs[p].fds[f].slot, mount->slot) == 0 ? 1 : 0;
        return mount->kind != PLAN_MOUNT_FUSE || n == 1;
}

/* The mode of a file of the host is never changed. */
static bool chmod_is_of_ours(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        const PlanMount *below = NULL;

        if (box->mounts[j].kind != PLAN_MOUNT_CHMOD)
                return true;
        for (size_t m = 0; m < j; m++)
                if (covers(&box->mounts[m]) && box->mounts[m].kind != PLAN_MOUNT_SYMLINK &&
                    plan_path_is_below(box->mounts[j].dest, box->mounts[m].dest))
                        below = &box->mounts[m];
        return below != NULL && (below->kind == PLAN_MOUNT_TMPFS || below->kind == PLAN_MOUNT_SHARED ||
                                 (below->kind == PLAN_MOUNT_FILE && (below->flags & PLAN_MOUNT_RW) != 0));
}

/* A proc file system that a mount covers a part of is the last in its user namespaces: the kernel refuses another to
 * whoever may nest. */
static bool proc_is_whole(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];
        const PlanMount *below = NULL;

        for (size_t m = 0; m < j; m++)
                if (covers(&box->mounts[m]) && plan_path_is_below(box->mounts[j].dest, box->mounts[m].dest))
                        below = &box->mounts[m];
        if (below == NULL || below->kind != PLAN_MOUNT_PROC)
                return true;
        for (size_t p = 0; p < plan->n_programs; p++)
                if (plan->programs[p].seccomp == PLAN_SECCOMP_NESTED &&
                    plan_namespace_owner(plan, plan->programs[p].box, PLAN_NS_MOUNT) == i)
                        return false;
        return true;
}

static bool root_ends_read_only(const Plan *plan, size_t i, size_t j)
{
        const PlanBox *box = &plan->boxes[i];

        (void)j;
        if (box->n_mounts == 0)
                return true;
        if ((box->mounts[0].flags & PLAN_MOUNT_RW) != 0)
                return true;
        for (size_t m = 1; m < box->n_mounts; m++)
                if (box->mounts[m].kind == PLAN_MOUNT_RO && strcmp(box->mounts[m].dest, "/") == 0)
                        return true;
        return false;
}

const PlanRule plan_mount_rules[] = {
        { PLAN_SCOPE_MOUNT, root_once, "the root is mounted twice" },
        { PLAN_SCOPE_BOX, order_is_downward, "a mount covers an earlier one" },
        { PLAN_SCOPE_MOUNT, create_has_root,
          "a directory is made only below a root, and a bind of it is not optional then" },
        { PLAN_SCOPE_MOUNT, source_is_no_root, "its source is a place of the host that no box sees as a whole" },
        { PLAN_SCOPE_MOUNT, source_is_no_proc, "its source is the host's /proc" },
        { PLAN_SCOPE_MOUNT, tmp_is_covered, "the host's /tmp shows its X servers' sockets" },
        { PLAN_SCOPE_MOUNT, resource_of_semi, "an untrusted box holds what only a semi-trusted one may see" },
        { PLAN_SCOPE_MOUNT, semi_is_read_only, "a semi-trusted box writes to the host's files" },
        { PLAN_SCOPE_MOUNT, shared_has_one_writer,
          "boxes that share it differ in mode or size, or a semi-trusted one's can be written by another" },
        { PLAN_SCOPE_MOUNT, parent_shows_it, "it shows more of the host than the box above, or lets more be written" },
        { PLAN_SCOPE_MOUNT, no_lesser_writes_it, "a less trusted box writes what it shows" },
        { PLAN_SCOPE_MOUNT, companions_see_no_service, "a companion of the app sees where the host's services listen" },
        { PLAN_SCOPE_MOUNT, upper_is_one, "two overlays keep their changes in one directory" },
        { PLAN_SCOPE_MOUNT, mqueue_is_own,
          "a box shows message queues only of an IPC namespace that is not the host's" },
        { PLAN_SCOPE_MOUNT, read_only_is_a_mount, "nothing is mounted there before" },
        { PLAN_SCOPE_MOUNT, device_is_served, "not exactly one program serves it" },
        { PLAN_SCOPE_MOUNT, chmod_is_of_ours, "the mode of what may be the host's is changed" },
        { PLAN_SCOPE_MOUNT, proc_is_whole, "it covers a part of /proc where a program may nest" },
        { PLAN_SCOPE_BOX, root_ends_read_only, "its root stays writable, and the plan does not say so" },
};
const size_t plan_n_mount_rules = sizeof plan_mount_rules / sizeof *plan_mount_rules;
