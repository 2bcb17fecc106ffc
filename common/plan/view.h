/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "plan/plan.h"

/* What of the host a box shows, as far as its mounts tell: links in a shown directory are not followed here. */

/* Does one of the box's mounts show that host path, covered by no later one, and writable if that is asked?
 * where: if not NULL, gets the path inside; at least PATH_MAX bytes. */
bool plan_view_shows(const PlanBox *box, const char *source, bool writable, char *where);

/* Does all that box shows of the host at this mount lie in what zone shows, covered where it is covered there, and no
 * more writable?  What the zone itself sees through an overlay is nothing of the host's, but to the same overlay. */
bool plan_view_contains(const PlanBox *zone, const PlanBox *box, const PlanMount *mount); /* mount: one of box's */
