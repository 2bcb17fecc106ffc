/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"
#include "planner/host-facts.h"
#include "profile/profile.h"

G_BEGIN_DECLS

/* The planner: profile + host facts → plan.  Pure: no system call, no clock, no randomness; the same in gives the same
 * out. */

typedef struct PlanRequest {
        const Profile *profile; /* merged, grants and command line included */
        const char *id;         /* of the instance; "00000000" to explain */
        const char *app_id;     /* derived by the caller where the profile has none */
        const char *data_dir; /* host directory of this (profile origin, instance)'s persistent data; NULL: home=tmp */
        const char *profile_dir; /* ${PROFILE_DIR}, or NULL */
        const char *const *argv; /* the command; NULL: the profile's own */
        const char *cwd;         /* --cwd, or NULL: the caller's where it is visible inside */
        /* Of a profile without boxes of its own: the tree file's text (profiles/trees/NAME), read by the caller, and
         * what messages call it. */
        const char *template_text, *template_label;
        gboolean wait;             /* FALSE: --no-wait: no pty, stdin from /dev/null */
        gboolean learn, learn_ask; /* every path that the app looks for is told of; and what is not there, asked for */
} PlanRequest;

/* What the planner wants to know before it can plan this; facts asks the host exactly these.  Sets of char *. */
typedef struct PlannerWants {
        GHashTable *paths;
        GHashTable *programs; /* names */
        GHashTable *images;   /* paths of files that may be images */
        GHashTable *projects; /* directories that may have a git repository */
        gboolean screen;      /* the size of the X server's screen */
        gboolean compositor;  /* whether the Wayland compositor makes security contexts */
        GHashTable *commands; /* as they are written: names and absolute paths */
} PlannerWants;

PlannerWants *planner_wants_new(void);
PlannerWants *planner_wants(const PlanRequest *request, const HostFacts *basics);
void planner_wants_free(PlannerWants *wants);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlannerWants, planner_wants_free)

/* NULL with *error set: a missing path that is not optional, a workspace that is refused, a display that can't be
 * given, ...: each sentence names the origin of the line that asked.  The plan passed plan_check(). */
Plan *planner_plan(const PlanRequest *request, const HostFacts *facts, GError **error);

G_END_DECLS
