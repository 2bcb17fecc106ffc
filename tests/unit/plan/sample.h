/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "plan/plan.h"

/* A plan of the default tree with every kind of mount, that passes plan_check().  Tests break it. */
Plan *sample_plan(void);

enum { SAMPLE_KEEPER, SAMPLE_X, SAMPLE_BUS, SAMPLE_INNER, SAMPLE_COMPANIONS, SAMPLE_APP, SAMPLE_BOXES };
enum { SAMPLE_XEPHYR, SAMPLE_BUS_PROXY, SAMPLE_WM, SAMPLE_THE_APP, SAMPLE_PROGRAMS };

/* Mount of box at dest, the last one. */
PlanMount *sample_mount(Plan *plan, size_t box, const char *dest);
/* A copy of mount, put at the end of box's list; its strings are the plan's from now on. */
void sample_add(Plan *plan, size_t box, PlanMount mount);
void sample_set(char **string, const char *value);
