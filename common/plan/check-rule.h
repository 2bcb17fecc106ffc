/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "plan/check.h"
#include "plan/plan.h"

/* The rows of plan_check(), private to it.  A rule holds of each thing of its scope: i is the box or program (0 for
 * the plan), j the mount of box i.  Its sentence says what was broken, with the thing's name before it. */
typedef struct PlanRule {
        PlanScope scope;
        bool (*holds)(const Plan *plan, size_t i, size_t j);
        const char *sentence;
} PlanRule;

/* Shape: pointers, indices, words, paths.  All other rules are asked only of a plan that has this shape. */
extern const PlanRule plan_shape_rules[];
extern const size_t plan_n_shape_rules;
/* Meaning, by what they speak of. */
extern const PlanRule plan_box_rules[], plan_mount_rules[], plan_program_rules[];
extern const size_t plan_n_box_rules, plan_n_mount_rules, plan_n_program_rules;

/* Helpers of the rows. */

/* Absolute, no empty, "." or ".." component, no slash at the end, shorter than PATH_MAX. */
bool plan_path_is_normal(const char *path);
/* path is top or lies below it. */
bool plan_path_is_below(const char *path, const char *top);
/* A slot that the launcher must or may bring. */
bool plan_has_slot(const Plan *plan, const char *slot);
/* A listening socket of some box. */
bool plan_has_listener(const Plan *plan, const char *slot);
/* How many file systems have a device of that name. */
size_t plan_n_devices(const Plan *plan, const char *slot);
/* The box that has namespace ns of its own and shares it with box i, or n_boxes: the host's. */
size_t plan_namespace_owner(const Plan *plan, size_t i, PlanNamespace ns);
/* Companions, app, and what stands above them in the box tree: they are believed nothing. */
bool plan_box_is_untrusted(const PlanBox *box);
/* The n-th path of the host that the mount shows or writes, or NULL behind the last. */
const char *plan_mount_host_path(const PlanMount *mount, size_t n);
/* A bind of one of the host's X servers' sockets, or of their directory. */
bool plan_mount_is_host_display(const PlanMount *mount);
bool plan_box_has_host_display(const PlanBox *box);
bool plan_has_program_in(const Plan *plan, size_t i);
