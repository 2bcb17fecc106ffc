/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "plan/plan.h"
#include "planner/host-facts.h"
#include "store/profiles.h"

G_BEGIN_DECLS

/* From words to a plan: find the profile, ask the host, plan.  `oriel run`, `oriel explain` and the manager all come
 * this way, so that what is shown is what is done. */

typedef struct LaunchRequest {
        const char *app;         /* APP, or NULL */
        const char *profile;     /* --profile P, or NULL: with neither, base/strict */
        const char *const *argv; /* after APP: arguments for its command; after "--": the command.  May be NULL */
        const Profile *overlay;  /* the options, as the last layer; or NULL */
        const char *instance;    /* --instance=NAME, or NULL */
        const char *cwd;         /* --cwd: inside; or NULL */
        gboolean no_ask;         /* questions are denied */
        gboolean learn;          /* what the app looks for and does not find is written down */
        gboolean learn_ask;      /* with learn: and a file that it opens is asked for */
        gboolean no_wait;        /* no pty, stdin from /dev/null, and the caller gets its prompt back */
        gboolean no_daemon;      /* no manager is started or asked */
        gboolean verbose;
        char *const *environment; /* the caller's whole, of which the plan sees only what it may: for secrets that are
                                     read outside the box; NULL: this process's */
        char *const *words;       /* as main() got them: what the plan may be remembered by; NULL: it is not */
        const HostFacts *facts;   /* an invented host (--facts FILE); NULL: this one */
        /* Told each id that is tried for the instance, just before; or NULL. */
        void (*tell_id)(const char *id, void *data);
        void *tell_data;
        void (*note)(const char *sentence); /* told what the plan gives otherwise than asked; or NULL */
} LaunchRequest;

/* All that one launch is made of. */
typedef struct Launch {
        StoreDirs *dirs; /* borrowed */
        StoreCatalog *catalog;
        StoreProfile *profile;
        const HostFacts *facts;
        HostFacts *own_facts; /* facts, or NULL where the request brought them */
        Plan *plan;
        char *prefix; /* of this program */
        char id[9];   /* of the instance */
} Launch;

/* id: of the instance that it is for; NULL: only to explain ("00000000").  Nothing is made on the host. */
Launch *launch_plan_for(StoreDirs *dirs, const LaunchRequest *request, const char *id, GError **error);
/* The same plan for another id, from the same facts. */
Plan *launch_plan_again(Launch *launch, const LaunchRequest *request, const char *id, GError **error);
void launch_free(Launch *launch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Launch, launch_free)

G_END_DECLS
