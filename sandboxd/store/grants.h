/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/profile.h"
#include "store/dirs.h"

G_BEGIN_DECLS

/* Grants - what a person answered "always" or "never" to, one file per profile origin and workspace or data instance
 * (StoreProfile.grants_key).  Each has the question, the time and one line of a profile that the answer stands for.
 * Only what mediators ask about can be granted (a table in grants.c): no file, no protected class, no option. */

typedef struct Grant {
        char *question; /* as it was shown */
        gint64 time;    /* seconds since 1970 */
        char *rule;     /* "[Session Bus Rules] org.freedesktop.portal.Camera=call:*" */
} Grant;

Grant *grant_new(const char *question, gint64 time, const char *rule);
void grant_free(Grant *grant);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Grant, grant_free)

/* Grant*; empty where there is no file.  ORIEL_ERROR_INVALID for a file that is not ours to read. */
GPtrArray *store_grants_read(StoreDirs *dirs, const char *key, GError **error);

/* Adds one at the end (one with the same rule is replaced).  ORIEL_ERROR_DENIED for a rule that can't be granted. */
gboolean store_grants_add(StoreDirs *dirs, const char *key, const Grant *grant, GError **error);

/* Takes the one with that rule away; FALSE with ORIEL_ERROR_NOT_FOUND where there is none. */
gboolean store_grants_remove(StoreDirs *dirs, const char *key, const char *rule, GError **error);

/* Is it one that may be granted? */
gboolean store_grant_check(const char *rule, GError **error);

/* The rule that forbids what this one allows: "never"; NULL where there is none. */
char *store_grant_never(const char *rule);

/* The layer that they make.  under: the layers below, whose rules for the same bus name stay (a map's entry replaces
 * as a whole).  Origins say label. */
Profile *store_grants_layer(GPtrArray *grants, const Profile *under, const char *label, GError **error);

G_END_DECLS
