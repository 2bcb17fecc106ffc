/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [Files] overlay, cache and workspace=...:overlay, :copy: directories of the host that the app may change without
 * changing them.
 *
 * What it writes is kept beside its other data, for each directory apart, and is there again in its next run; where the
 * run has no data of its own it is kept in memory and forgotten.  Nothing of the host's is written, so nothing in such
 * a directory needs to be kept from being written. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

#define FORGOTTEN_BYTES ((guint64)1024 * 1024 * 1024)

enum { NAME_DIGITS = 16 };

/* Where the changes of that directory are kept, or NULL. */
static char *place_of(const Planner *planner, const char *source)
{
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, source, -1);
        g_autofree char *above =
                planner->request->data_dir == NULL ? NULL : g_path_get_dirname(planner->request->data_dir);

        hash[NAME_DIGITS] = '\0';
        return above == NULL ? NULL : g_build_filename(above, "overlay", hash, NULL);
}

/* A workspace's are Oriel's to show, take over and forget (oriel diff, apply, discard), so they lie with its state: a
 * directory for each app, instance and workspace. */
static gboolean show_for_review(Planner *planner, const Grant *grant)
{
        const char *data = planner->request->data_dir;
        g_autofree char *key =
                g_strconcat(planner->request->app_id, "\n", data != NULL ? data : "", "\n", grant->source, NULL);
        g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
        g_autofree char *place = NULL, *changes = NULL, *work = NULL, *copy = NULL;

        if (planner->facts->oriel_state == NULL)
                return FALSE;
        hash[NAME_DIGITS] = '\0';
        place = g_build_filename(planner->facts->oriel_state, "changes", hash, NULL);
        if (grant->copy) {
                copy = g_build_filename(place, "copy", NULL);
                draft_bind_below(planner->app, place, copy, grant->dest, PLAN_MOUNT_RW);
        } else {
                changes = g_build_filename(place, "changes", NULL);
                work = g_build_filename(place, "work", NULL);
                draft_overlay(planner->app, place, grant->source, changes, work, grant->dest);
        }
        planner_note(planner,
                     grant->copy ? _("workspace: a copy of %s; see what became of it: oriel diff %s")
                                 : _("workspace: %s, changes kept apart; see them: oriel diff %s"),
                     grant->dest, grant->source);
        return TRUE;
}

void planner_show_apart(Planner *planner, const Grant *grant)
{
        g_autofree char *place = place_of(planner, grant->source);
        g_autofree char *changes = NULL, *work = NULL, *root = NULL;

        if (grant->review && show_for_review(planner, grant))
                return;
        if (place == NULL) {
                draft_overlay_forgotten(planner->app, grant->source, grant->dest, FORGOTTEN_BYTES);
                if (!grant->cache)
                        planner_note(planner, _("changes in %s are kept in memory, and forgotten at the end"),
                                     grant->dest);
                return;
        }
        changes = g_build_filename(place, "changes", NULL);
        work = g_build_filename(place, "work", NULL);
        root = g_path_get_dirname(planner->request->data_dir);
        if (grant->cache) {
                draft_overlay_apart(planner->app, root, grant->source, changes, work, grant->dest, FORGOTTEN_BYTES);
                return;
        }
        draft_overlay(planner->app, root, grant->source, changes, work, grant->dest);
        planner_note(planner, _("changes in %s are kept apart, in %s"), grant->dest, changes);
}

/* Why changes to it can't be kept apart; NULL: they can. */
static const char *why_not_apart(Planner *planner, const FactsPath *found)
{
        const HostFacts *facts = planner->facts;
        const char *why = planner_why_refused(planner, found->canonical);

        if (why != NULL)
                return why;
        if (planner_is_covered(planner, found->canonical))
                return _("it belongs to another sandbox, or to an app in it");
        if (facts->oriel_data != NULL && path_is_below(facts->oriel_data, found->canonical))
                return _("the place where changes are kept lies in it");
        return NULL;
}

static gboolean give(Planner *planner, const char *written, guint i, GError **error)
{
        g_autofree char *path = planner_expand_path(planner, written);
        const FactsPath *found = path != NULL ? planner_look_through(planner, path) : NULL;
        const char *why;
        Grant *grant;

        if (found == NULL || found->kind != FACTS_PATH_DIRECTORY || found->canonical == NULL)
                return planner_fail_key(planner, PROFILE_FILES_OVERLAY, i, ORIEL_ERROR_FAILED, error,
                                        _("overlay=%s: there is no such directory"), written);
        why = planner->wants != NULL ? NULL : why_not_apart(planner, found);
        if (why != NULL)
                return planner_fail_key(planner, PROFILE_FILES_OVERLAY, i, ORIEL_ERROR_DENIED, error, "overlay=%s: %s",
                                        written, why);
        grant = planner_add_grant(planner, found->canonical, path, FALSE);
        grant->apart = TRUE;
        grant->order = G_MAXUINT;
        return TRUE;
}

/* Of what a package manager fetched before, what is there. */
static void give_cache(Planner *planner, const char *written)
{
        g_autofree char *path = planner_expand_path(planner, written);
        const FactsPath *found = path != NULL ? planner_look_through(planner, path) : NULL;
        Grant *grant;

        if (found == NULL || found->kind != FACTS_PATH_DIRECTORY || found->canonical == NULL ||
            (planner->wants == NULL && why_not_apart(planner, found) != NULL))
                return;
        grant = planner_add_grant(planner, found->canonical, path, FALSE);
        grant->apart = grant->cache = TRUE;
        grant->order = G_MAXUINT;
}

gboolean planner_overlays(Planner *planner, GError **error)
{
        const char *const *caches = profile_get_list(planner->profile, PROFILE_FILES_CACHE);
        const char *const *listed = profile_get_list(planner->profile, PROFILE_FILES_OVERLAY);

        for (guint i = 0; listed[i] != NULL; i++)
                if (*listed[i] != '!' && !give(planner, listed[i], i, error))
                        return FALSE;
        for (guint i = 0; caches[i] != NULL; i++)
                if (*caches[i] != '!')
                        give_cache(planner, caches[i]);
        return TRUE;
}
