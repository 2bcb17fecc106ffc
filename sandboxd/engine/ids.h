/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "engine/fault.h"
#include "plan/plan.h"

/* Id maps of more than one id.  Only who has the ids may map them (user_namespaces(7)): of the host's these are
 * newuidmap(1) and newgidmap(1), which ask subuid(5); of the instance's, a process that is still outside the box's new
 * user namespace. */

/* Does this plan map the person's subordinate ids? */
bool ids_are_subordinate(const Plan *plan);

/* The caller's half, outside: waits until the keeper asks on that socket, maps its ids, and says so. */
int ids_serve_keeper(int socket, const Plan *plan, pid_t keeper, uid_t uid, gid_t gid, const char **ret_step);
/* The keeper's half. */
int ids_ask(int socket, Fault *fault);

/* Enters a new user namespace and has it mapped as the box says.  proc: a directory descriptor of a /proc in which the
 * caller is visible; the caller is inspectable (prctl(2), PR_SET_DUMPABLE). */
int ids_enter(int proc, const PlanBox *box, Fault *fault);
