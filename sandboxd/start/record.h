/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* StartRecord - what a launch needs to know beside its plan: whose the instance is, and where Oriel's own directories
 * are.  Nothing in it is of one launch alone, so that it can be kept with the plan.  Text is borrowed. */
typedef struct StartRecord {
        const char *app;      /* application id */
        const char *profile;  /* as the person knows it */
        const char *instance; /* --instance=NAME, or NULL */
        const char *display;  /* "xephyr :2", "none" (plan_facts_display) */
        const char *network;  /* "host", "named" */
        const char *grants;   /* where an answer "always" is kept */

        /* The person's display: where its cookie is found, and as whose; NULL where there is none. */
        const char *xauthority, *hostname, *x_display;
        const char *inner_display;  /* number of the app's own display, or NULL */
        const char *keyring_secret; /* the file with the key of the app's own keyring, made where it is missing */

        const char *user_runtime; /* what stands above ORIEL_RUNTIME, or NULL (no portal finds anything then) */
        const char *state_above;  /* what stands above ORIEL_STATE */
        bool no_daemon, no_ask, verbose;
} StartRecord;
