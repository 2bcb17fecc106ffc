/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [Files] protect and git: what of a writable workspace may not be written after all, because the host would run it.
 * Theory: docs/theory/protected-files.md.
 *
 * What is there is read-only, and all on the way to it pinned; that is a wall.  What is not there can't be held back
 * without making it: the plan names the directories that are looked at when the instance is over. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "protect/protect.h"

typedef enum GitMode {
        GIT_COMMIT, /* words of the key's table */
        GIT_RO,
        GIT_ISOLATED,
} GitMode;

guint32 planner_protected_classes(const Planner *planner, gboolean *ret_wall)
{
        const char *const *words = profile_get_list(planner->profile, PROFILE_FILES_PROTECT);
        guint32 classes = 0;

        *ret_wall = FALSE;
        for (guint i = 0; words[i] != NULL; i++) {
                gsize n = strcspn(words[i], ":");

                if (*words[i] == '!')
                        continue;
                classes |= protect_class_of(words[i], n);
                *ret_wall = *ret_wall || words[i][n] == ':';
        }
        return classes;
}

static const FactsProject *look_at(Planner *planner, const char *path)
{
        if (planner->wants != NULL) {
                g_hash_table_add(planner->wants->projects, g_strdup(path));
                return NULL;
        }
        return host_facts_project(planner->facts, path);
}

/* The working tree that a git directory belongs to, as its path says; else itself. */
static char *above_git(const char *git)
{
        const char *at = strstr(git, "/.git/");

        if (at != NULL)
                return g_strndup(git, (gsize)(at - git));
        return g_str_has_suffix(git, "/.git") ? g_path_get_dirname(git) : g_strdup(git);
}

/* Of a linked working tree or a submodule: without them git has no repository there.  That they know of the workspace
 * too was looked at: a file that an app could write names no directory that it then gets. */
void planner_git_directories(Planner *planner, const char *workspace, const Grant *like)
{
        const FactsProject *project = look_at(planner, workspace);
        const char *directories[] = { project != NULL ? project->common : NULL, project != NULL ? project->git : NULL };

        for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
                const char *path = directories[i];
                g_autofree char *tree = path == NULL ? NULL : above_git(path);
                const char *why;
                Grant *grant;

                if (path == NULL || path_is_below(path, workspace) || (i == 1 && path_is_below(path, directories[0])))
                        continue;
                why = planner_why_not_whole(planner, tree, planner->facts->uid);
                if (why != NULL) {
                        planner_note(planner, _("the git directory %s is not shown: %s"), path, why);
                        continue;
                }
                grant = planner_add_grant(planner, path, path, like->writable);
                grant->apart = like->apart;
                grant->review = like->review;
                grant->copy = like->copy;
                grant->order = G_MAXUINT;
                planner_note(planner,
                             like->writable ? _("git directory of the workspace: %s, writable")
                                            : _("git directory of the workspace: %s"),
                             path);
        }
}

static void keep_git(Planner *planner, const FactsProject *project, GitMode mode)
{
        for (char **kept = project->kept; *kept != NULL; kept++)
                planner_keep(planner, *kept);
        if (project->git == NULL || mode != GIT_RO)
                return;
        planner_keep(planner, project->git);
        planner_keep(planner, project->common);
}

static void keep_names(Planner *planner, guint32 classes)
{
        for (const ProtectRow *row = protect_table; row->path != NULL; row++) {
                g_autofree char *path = g_build_filename(planner->workspace, row->path, NULL);

                /* Asked for with the project. */
                if (row->grade == PROTECT_KEPT && *row->path != '*' && (classes & 1u << row->class) != 0 &&
                    planner_look(planner, path)->kind != FACTS_PATH_ABSENT)
                        planner_keep(planner, path);
        }
}

static void add_guard(Planner *planner, const char *path, guint32 classes)
{
        GPtrArray *words = g_ptr_array_new();
        PlanGuard guard = { .path = g_strdup(path),
                            .state = g_strdup(planner->facts->oriel_state),
                            .wall = planner->wall };

        for (guint i = 0; i < _PROTECT_CLASS_MAX; i++)
                if ((classes & 1u << i) != 0)
                        g_ptr_array_add(words, g_strdup(protect_class_word((ProtectClass)i)));
        g_ptr_array_add(words, NULL);
        guard.classes = (char **)g_ptr_array_free(words, FALSE);
        g_array_append_val(planner->guards, guard);
}

static const Grant *workspace_grant(const Planner *planner)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (planner->workspace != NULL && !grant->hidden && g_str_equal(grant->source, planner->workspace) &&
                    (grant->writable || grant->apart))
                        return grant;
        }
        return NULL;
}

/* git=isolated: its git directory is seen through an overlay of its own. */
static void isolate_git(Planner *planner, const char *git)
{
        Grant *grant;

        for (guint i = 0; i < planner->grants->len; i++) {
                grant = planner->grants->pdata[i];
                if (g_str_equal(grant->source, git)) {
                        grant->writable = FALSE;
                        grant->apart = grant->review = TRUE;
                        return;
                }
        }
        grant = planner_add_grant(planner, git, git, FALSE);
        grant->apart = grant->review = TRUE;
        grant->order = G_MAXUINT;
}

void planner_project(Planner *planner)
{
        GitMode mode = (GitMode)profile_get_choice(planner->profile, PROFILE_FILES_GIT);
        gboolean wall = FALSE;
        guint32 classes = planner_protected_classes(planner, &wall);
        const Grant *grant = workspace_grant(planner);
        const FactsProject *project = planner->workspace == NULL ? NULL : look_at(planner, planner->workspace);
        gboolean has_git = project != NULL && project->git != NULL && (classes & 1u << PROTECT_GIT) != 0;

        if (grant == NULL || classes == 0 || planner->facts->oriel_state == NULL)
                return;
        if (grant->apart) {
                /* Nothing of it reaches the host before it was looked at. */
                if (planner->wall)
                        add_guard(planner, planner->workspace, classes);
                if (planner->wall && has_git && !path_is_below(project->common, planner->workspace))
                        add_guard(planner, project->common, 1u << PROTECT_GIT);
                return;
        }
        if (has_git && mode == GIT_ISOLATED) {
                isolate_git(planner, project->common);
                for (char **kept = project->kept; *kept != NULL; kept++)
                        if (!path_is_below(*kept, project->common))
                                planner_keep(planner, *kept);
        } else if (has_git)
                keep_git(planner, project, mode);
        keep_names(planner, classes);
        add_guard(planner, planner->workspace, classes);
        if (has_git && mode == GIT_COMMIT && !path_is_below(project->common, planner->workspace))
                add_guard(planner, project->common, 1u << PROTECT_GIT);
}
