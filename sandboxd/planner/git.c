/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Git in a workspace: who commits.
 *
 * The person's own settings name programs that git runs and helpers that know passwords, so no box shows them.  What a
 * commit needs is a name and an address, and these two are written into a file for the box, which the settings of the
 * box's own home include from their beginning on: what is set inside wins. */
#include <string.h>

#include "planner/context.h"
#include "profile/value.h"

#define PLACE "/run/oriel/gitconfig"

/* A value in quotes, as git-config(1) reads it; nothing that could end its line passes. */
static void add_value(GString *text, const char *name, const char *value)
{
        if (value == NULL)
                return;
        g_string_append_printf(text, "\t%s = \"", name);
        for (const char *p = value; *p != '\0'; p++) {
                if (*p == '"' || *p == '\\')
                        g_string_append_c(text, '\\');
                if (!g_ascii_iscntrl(*p))
                        g_string_append_c(text, *p);
        }
        g_string_append(text, "\"\n");
}

void planner_git_identity(Planner *planner)
{
        const char *workspace = profile_get_string(planner->profile, PROFILE_FILES_WORKSPACE);
        const HostFacts *facts = planner->facts;
        g_autofree char *settings = g_build_filename(planner->home, ".gitconfig", NULL);
        g_autoptr(GString) text = g_string_new("[user]\n");

        if (g_str_equal(workspace, "none") || !profile_is_set(planner->profile, PROFILE_FILES_GIT))
                return;
        (void)planner_program(planner, "git");
        add_value(text, "name", facts->git_name);
        add_value(text, "email", facts->git_email);
        draft_file(planner->app, PLACE, text->str, 0444);
        draft_file_if_free(planner->app, settings, "[include]\n\tpath = " PLACE "\n", 0644);
}
