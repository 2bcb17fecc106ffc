/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "planner/planner.h"
#include "witness/witnesses.h"

G_BEGIN_DECLS

/* Asks the host for what the planner wants to know.  The only room of the planning side that makes system calls; what
 * the host's own links lead to is in the answers ("/var/run/x" is there as "/run/x"). */

/* All but paths and programs.  environment: "NAME=VALUE", NULL-terminated.  Where Oriel is installed (prefix) and its
 * own directories (oriel_*) are the caller's to set: `store` knows them.  witnesses: told of every question, or NULL.
 */
HostFacts *facts_gather_basics(const char *const *environment, Witnesses *witnesses);

/* Answers what planner_wants() asked. */
void facts_gather_wanted(HostFacts *facts,
                         const PlannerWants *wants,
                         const char *const *environment,
                         Witnesses *witnesses);

G_END_DECLS
