/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/plan-view.h"

/* Keys whose entries are paths. */
static const ProfileKey path_keys[] = {
        PROFILE_CONTEXT_FILESYSTEMS, PROFILE_CONTEXT_PERSISTENT, PROFILE_FILES_WORKSPACE, PROFILE_FILES_OVERLAY,
        PROFILE_FILES_CACHE,         PROFILE_FILES_MASK,         PROFILE_FILES_HOME,
};

/* "~/src:ro" → "/home/u/src"; NULL for what is no path of one place ("host", "xdg-run/..."). */
static char *expand(const Launch *launch, ProfileKey key, const char *entry)
{
        g_autofree char *text = g_strndup(entry, strcspn(entry, ":"));
        const char *home = launch->facts->home, *slash = strchr(text, '/');

        if (key == PROFILE_FILES_WORKSPACE)
                return g_strdup(launch->profile->workspace);
        if (key == PROFILE_FILES_HOME)
                return strcmp(text, "tmp") == 0 ? NULL : g_strdup(home);
        if (key == PROFILE_CONTEXT_PERSISTENT)
                return g_canonicalize_filename(text, home);
        if (text[0] == '~')
                return g_strconcat(home, text + 1, NULL);
        if (text[0] == '/')
                return g_strdup(text);
        if (strcmp(text, "home") == 0)
                return g_strdup(home);
        if (g_str_has_prefix(text, "xdg-") && launch->facts->xdg_dirs != NULL) {
                g_autofree char *name =
                        g_strndup(text + 4, slash != NULL ? (gsize)(slash - text - 4) : strlen(text) - 4);
                const char *directory = g_hash_table_lookup(launch->facts->xdg_dirs, name);

                return directory != NULL ? g_strconcat(directory, slash, NULL) : NULL;
        }
        return NULL;
}

static bool is_at_or_below(const char *path, const char *directory)
{
        size_t n = strlen(directory);

        return strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* The entry nearest above the path, of those that give (or of those that take away). */
static bool add_origin(const Launch *launch, const char *path, bool negated, Buffer *text)
{
        const Profile *profile = launch->profile->profile;
        gsize n_best = 0;
        ProfileKey best_key = _PROFILE_KEY_MAX;
        guint best = 0;

        for (gsize k = 0; k < G_N_ELEMENTS(path_keys); k++) {
                const char *single[] = { profile_get_string(profile, path_keys[k]), NULL };
                bool is_list = profile_key_info(path_keys[k])->type == PROFILE_TYPE_LIST;
                const char *const *list = is_list ? profile_get_list(profile, path_keys[k]) : single;

                for (guint i = 0; list[i] != NULL; i++) {
                        bool taken = list[i][0] == '!';
                        g_autofree char *at = expand(launch, path_keys[k], list[i] + taken);

                        if (at == NULL || taken != negated || !is_at_or_below(path, at) || strlen(at) < n_best)
                                continue;
                        n_best = strlen(at);
                        best_key = path_keys[k];
                        best = i;
                }
        }
        if (best_key == _PROFILE_KEY_MAX)
                return false;
        explain_add_origin(text, profile_origin(profile, best_key, best), profile_key_info(best_key)->group,
                           profile_key_info(best_key)->key);
        return true;
}

int explain_path(const Launch *launch, const char *path, Buffer *ret_text)
{
        const PlanBox *box = plan_view_app_box(launch->plan);
        PlanSight sight = box != NULL ? plan_view_path(box, path) : (PlanSight){ 0 };
        g_autofree char *source = sight.source;

        buffer_add_escaped(ret_text, path);
        if (sight.mount != NULL && sight.mount->kind == PLAN_MOUNT_MASK) {
                buffer_add_text(ret_text, _(": hidden, with an empty one in its place"));
                if (add_origin(launch, path, true, ret_text)) {
                        buffer_add_text(ret_text, _("\nmend: --filesystem="));
                        buffer_add_escaped(ret_text, path);
                } else {
                        buffer_add_text(ret_text, _(" (it is private, Oriel's own, or in [Files] mask)\nmend: for what "
                                                    "is private, [Files] private=!"));
                        buffer_add_escaped(ret_text, sight.mount->dest);
                }
                buffer_add_byte(ret_text, '\n');
                return COMMAND_NO;
        }
        if (!sight.visible) {
                buffer_add_text(ret_text, _(": not there"));
                if (!add_origin(launch, path, true, ret_text))
                        buffer_add_text(ret_text, _(" (no line of the profile shows it)"));
                buffer_add_text(ret_text, _("\nmend: --filesystem="));
                buffer_add_escaped(ret_text, path);
                buffer_add_byte(ret_text, '\n');
                return COMMAND_NO;
        }
        if (source == NULL)
                buffer_add_text(ret_text, _(": the box's own"));
        else if (launch->profile->data_dir != NULL && is_at_or_below(source, launch->profile->data_dir))
                buffer_add_text(ret_text, _(": the app's own, kept"));
        else if (sight.mount->kind == PLAN_MOUNT_OVERLAY)
                buffer_add_text(ret_text, _(": the host's, and changes are kept apart"));
        else
                buffer_add_text(ret_text,
                                sight.writable ? _(": the host's, can be written") : _(": the host's, read-only"));
        if (source != NULL && strcmp(source, path) != 0) {
                buffer_add_text(ret_text, _(", there "));
                buffer_add_escaped(ret_text, source);
        }
        if (!add_origin(launch, path, false, ret_text))
                buffer_add_text(ret_text, _(" (as in every box)"));
        buffer_add_byte(ret_text, '\n');
        return COMMAND_DONE;
}
