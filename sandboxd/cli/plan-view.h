/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "plan/plan.h"

/* What a plan means, for a person.  Pure: read off the plan itself, so that what is said is what is done. */

/* The box whose root the app has; NULL where the plan has no app. */
const PlanBox *plan_view_app_box(const Plan *plan);
/* The program of that name, or NULL. */
const PlanProgram *plan_view_program(const Plan *plan, const char *name);
/* The app sees the host's network: no box above it has one of its own. */
bool plan_view_has_host_network(const Plan *plan);

/* What is at a path inside. */
typedef struct PlanSight {
        const PlanMount *mount; /* what decides; NULL: nothing is there but what the box itself makes */
        bool visible, writable;
        char *source; /* the host's path behind it; NULL: none, it is the box's own */
} PlanSight;

/* path: absolute, normalised.  free(source). */
PlanSight plan_view_path(const PlanBox *box, const char *path);

/* `oriel run --intro`: four lines. */
void plan_view_intro(const Plan *plan, Buffer *ret_text);
