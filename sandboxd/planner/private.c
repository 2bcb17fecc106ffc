/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is private in a home: keys, passwords, browsers' data.  A grant of a directory above such a path was hardly
 * meant to show it, so it is hidden there; a grant of the path itself, or of what lies below it, says that it was.
 * [Files] private adds paths, and with '!' takes one of these away. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "profile/private-paths.h"

/* Of the grants that show it, does the nearest one show more? */
static gboolean is_shown_by_the_way(const Planner *planner, const char *path)
{
        const Grant *nearest = NULL;

        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (!grant->hidden && path_is_below(path, grant->source) &&
                    (nearest == NULL || strlen(grant->source) > strlen(nearest->source)))
                        nearest = grant;
        }
        return nearest != NULL && strlen(nearest->source) < strlen(path);
}

static gboolean is_lifted(const Planner *planner, const char *path)
{
        const char *const *listed = profile_get_list(planner->profile, PROFILE_FILES_PRIVATE);

        for (guint i = 0; listed[i] != NULL; i++) {
                g_autofree char *other = *listed[i] == '!' ? planner_expand_path(planner, listed[i] + 1) : NULL;

                if (other != NULL && g_str_equal(other, path))
                        return TRUE;
        }
        return FALSE;
}

/* Where it really lies: behind a link it is hidden itself, not the link. */
static void keep_private(Planner *planner, const char *path, GString *hidden)
{
        const FactsPath *found;

        if (is_lifted(planner, path))
                return;
        found = planner_look(planner, path);
        if (found->canonical == NULL || !is_shown_by_the_way(planner, found->canonical))
                return;
        planner_hide(planner, found->canonical);
        g_string_append_printf(hidden, " %s", path);
}

void planner_private(Planner *planner)
{
        const char *const *listed = profile_get_list(planner->profile, PROFILE_FILES_PRIVATE);
        g_autoptr(GString) hidden = g_string_new(NULL);

        if (planner->grants->len == 0)
                return;
        for (gsize i = 0; i < profile_n_private_paths; i++) {
                g_autofree char *path = g_build_filename(planner->home, profile_private_paths[i], NULL);

                if (is_shown_by_the_way(planner, path) || planner->wants != NULL)
                        keep_private(planner, path, hidden);
        }
        for (guint i = 0; listed[i] != NULL; i++) {
                g_autofree char *path = *listed[i] == '!' ? NULL : planner_expand_path(planner, listed[i]);

                if (path != NULL)
                        keep_private(planner, path, hidden);
        }
        if (hidden->len > 0)
                planner_note(planner, _("private, so hidden within what is shown:%s ([Files] private=!PATH shows one)"),
                             hidden->str);
}
