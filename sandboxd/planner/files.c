/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [Context] filesystems and persistent: which of the person's files the app's box shows, and where.
 *
 * Entries become grants: a canonical host path, the path inside, whether it is writable, or, for a negated entry, that
 * it is covered.  The box's mounts are sorted by path, so the more specific grant wins whatever the order. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"
#include "profile/value.h"

void planner_grant_free(gpointer data)
{
        Grant *grant = data;

        g_free(grant->source);
        g_free(grant->dest);
        g_free(grant);
}

Grant *planner_add_grant(Planner *planner, const char *source, const char *dest, gboolean writable)
{
        Grant *grant = g_new0(Grant, 1);

        grant->source = g_strdup(source);
        grant->dest = g_strdup(dest);
        grant->writable = writable;
        g_ptr_array_add(planner->grants, grant);
        return grant;
}

/* ---- Home ---- */

gboolean planner_fail_key(Planner *planner, ProfileKey key, guint i, int code, GError **error, const char *format, ...)
{
        ProfileOrigin origin = profile_origin(planner->profile, key, i);
        g_autofree char *sentence = NULL;
        va_list args;

        va_start(args, format);
        sentence = g_strdup_vprintf(format, args);
        va_end(args);
        if (origin.line > 0)
                g_set_error(error, ORIEL_ERROR, code, "%s:%u: %s", origin.file, origin.line, sentence);
        else
                g_set_error(error, ORIEL_ERROR, code, "%s: %s", origin.file, sentence);
        return FALSE;
}

char *planner_expand_path(const Planner *planner, const char *path)
{
        static const char variable[] = "${PROFILE_DIR}";

        if (*path == '~')
                return g_build_filename(planner->home, path + 1, NULL);
        if (!g_str_has_prefix(path, variable))
                return g_strdup(path);
        return planner->request->profile_dir == NULL
                       ? NULL
                       : g_build_filename(planner->request->profile_dir, path + strlen(variable), NULL);
}

static gboolean give_home_directory(Planner *planner, const char *asked, GError **error)
{
        g_autofree char *path = planner_expand_path(planner, asked);
        const FactsPath *found;
        const char *why;

        if (path == NULL)
                return planner_fail_key(planner, PROFILE_FILES_HOME, 0, ORIEL_ERROR_FAILED, error,
                                        _("home=%s: the profile lies in no directory"), asked);
        found = planner_look_through(planner, path);
        if (found->kind != FACTS_PATH_DIRECTORY)
                return planner_fail_key(planner, PROFILE_FILES_HOME, 0, ORIEL_ERROR_FAILED, error,
                                        _("home=%s: there is no such directory"), asked);
        why = planner->wants != NULL ? NULL : planner_why_not_whole(planner, found->canonical, found->owner);
        if (why != NULL)
                return planner_fail_key(planner, PROFILE_FILES_HOME, 0, ORIEL_ERROR_DENIED, error,
                                        _("home=%s: %s is refused: %s\nName a directory made for this app."), asked,
                                        found->canonical, why);
        draft_bind_below(planner->app, found->canonical, found->canonical, planner->home, PLAN_MOUNT_RW);
        return TRUE;
}

/* [Context] persistent: paths of an otherwise forgotten home that lie in the app's data. */
static void add_persistent(Planner *planner, gboolean kept)
{
        const char *const *paths = profile_get_list(planner->profile, PROFILE_CONTEXT_PERSISTENT);

        for (guint i = 0; paths[i] != NULL; i++) {
                g_autofree char *source = NULL, *dest = NULL;

                if (*paths[i] == '!' || kept)
                        continue;
                if (planner->request->data_dir == NULL) {
                        planner_note(planner,
                                     _("asked persistent=%s, given nothing that is kept: this run has no data of its "
                                       "own"),
                                     paths[i]);
                        continue;
                }
                source = g_build_filename(planner->request->data_dir, paths[i], NULL);
                dest = g_build_filename(planner->home, paths[i], NULL);
                draft_bind_below(planner->app, planner->request->data_dir, source, dest, PLAN_MOUNT_RW);
        }
}

/* [Files] login: links in the home to a directory that all workspaces of this profile have.  Each is only offered: a
 * program that replaces it keeps that file in this workspace. */
static void add_login(Planner *planner)
{
        static const char place[] = "/run/oriel/login";
        const char *const *paths = profile_get_list(planner->profile, PROFILE_FILES_LOGIN);
        g_autofree char *own = NULL, *all = NULL, *kept = NULL;

        if (paths[0] == NULL || planner->request->data_dir == NULL)
                return;
        own = g_path_get_dirname(planner->request->data_dir);
        all = g_path_get_dirname(own);
        kept = g_build_filename(all, "@login", NULL);
        draft_bind_below(planner->app, all, kept, place, PLAN_MOUNT_RW);
        for (guint i = 0; paths[i] != NULL; i++) {
                g_autofree char *dest = NULL, *name = NULL, *target = NULL;

                if (*paths[i] == '!' || g_str_equal(paths[i], "."))
                        continue;
                dest = g_build_filename(planner->home, paths[i], NULL);
                name = g_strdelimit(g_strdup(paths[i]), "/", ',');
                target = g_build_filename(place, name, NULL);
                draft_symlink_if_free(planner->app, dest, target);
        }
}

static gboolean give_home(Planner *planner, GError **error)
{
        const char *asked = profile_get_string(planner->profile, PROFILE_FILES_HOME);
        const char *const *persistent = profile_get_list(planner->profile, PROFILE_CONTEXT_PERSISTENT);
        gboolean whole = g_strv_contains(persistent, ".");

        if (!g_str_equal(asked, "tmp") && !g_str_equal(asked, "persistent"))
                return give_home_directory(planner, asked, error);
        if ((g_str_equal(asked, "persistent") || whole) && planner->request->data_dir != NULL) {
                draft_bind_below(planner->app, planner->request->data_dir, planner->request->data_dir, planner->home,
                                 PLAN_MOUNT_RW);
                add_persistent(planner, TRUE);
                return TRUE;
        }
        if (g_str_equal(asked, "persistent") || whole)
                planner_note(planner, _("asked home=persistent, given an empty one: this run has no data of its own"));
        draft_tmpfs(planner->app, planner->home, 0700, (guint64)1024 * 1024 * 1024);
        add_persistent(planner, whole);
        return TRUE;
}

gboolean planner_home(Planner *planner, GError **error)
{
        if (!give_home(planner, error))
                return FALSE;
        add_login(planner);
        return TRUE;
}

/* ---- filesystems= ---- */

/* Directories of the host's root that "host" means beside the home. */
static const char *const host_directories[] = { "/home", "/media", "/mnt", "/opt", "/run/media", "/srv" };

gboolean planner_is_shown_anyway(const char *path)
{
        static const char *const shown[] = { "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc" };

        for (gsize i = 0; i < G_N_ELEMENTS(shown); i++)
                if (path_is_below(path, shown[i]))
                        return TRUE;
        return FALSE;
}

/* Why no box shows that path, whatever it is; NULL: one may. */
static const char *why_never(const Planner *planner, const char *path)
{
        const HostFacts *facts = planner->facts;
        const char *const own[] = { facts->oriel_config, facts->oriel_data, facts->oriel_state, facts->oriel_runtime };

        if (g_str_equal(path, "/"))
                return _("the whole root is never shown; write host");
        if (path_is_below(path, "/proc") || path_is_below(path, "/sys") || path_is_below(path, "/dev"))
                return _("/proc, /sys and /dev are the box's own; write devices=");
        if (g_str_equal(path, "/run") || g_str_equal(path, "/run/user") || g_str_equal(path, "/var") ||
            (facts->runtime_dir != NULL && g_str_equal(path, facts->runtime_dir)))
                return _("this holds the sockets of the whole session; name what is needed below it");
        if (facts->runtime_dir != NULL && path_is_below(path, facts->runtime_dir) &&
            path_is_below(path + strlen(facts->runtime_dir), "/systemd"))
                return _("whoever reaches the service manager can start programs outside the box");
        if (facts->runtime_dir != NULL && path_is_below(path, facts->runtime_dir) &&
            path_is_below(path + strlen(facts->runtime_dir), "/.flatpak"))
                return _("portals learn there who an app is, and which process to kill");
        for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
                if (own[i] != NULL && path_is_below(path, own[i]))
                        return _("no grant reaches Oriel itself");
        return NULL;
}

/* Why no untrusted box shows it; NULL: one may. */
const char *planner_why_refused(const Planner *planner, const char *path)
{
        if (path_is_below(path, "/tmp/.X11-unix"))
                return _("displays are given by sockets= and [Display]");
        if (path_is_below(path, "/run/dbus") || g_strcmp0(path, planner->facts->session_bus) == 0)
                return _("buses are given by [Companions] and the bus policies");
        return why_never(planner, path);
}

/* The host path that an entry names, or NULL: xdg-NAME that this person has not, xdg-run without a runtime directory.
 */
static char *entry_path(const Planner *planner, const char *path)
{
        static const char *const base[][2] = { { "config", ".config" },
                                               { "cache", ".cache" },
                                               { "data", ".local/share" } };
        const char *rest;
        g_autofree char *word = NULL;
        const char *directory;

        if (g_str_equal(path, "home"))
                return g_strdup(planner->home);
        if (!g_str_has_prefix(path, "xdg-"))
                return planner_expand_path(planner, path);
        rest = strchr(path, '/');
        word = rest == NULL ? g_strdup(path + 4) : g_strndup(path + 4, (gsize)(rest - path) - 4);
        rest = rest == NULL ? "" : rest;
        for (gsize i = 0; i < G_N_ELEMENTS(base); i++)
                if (g_str_equal(word, base[i][0]))
                        return g_build_filename(planner->home, base[i][1], rest, NULL);
        if (g_str_equal(word, "run"))
                return planner->facts->runtime_dir == NULL ? NULL
                                                           : g_build_filename(planner->facts->runtime_dir, rest, NULL);
        directory = g_hash_table_lookup(planner->facts->xdg_dirs, word);
        return directory == NULL ? NULL : g_build_filename(directory, rest, NULL);
}

/* The path inside: the same, but that links of the skeleton are not walked through. */
static char *dest_of(const char *path)
{
        if (path_is_below(path, "/var/run") && strlen(path) > strlen("/var/run"))
                return g_strdup(path + strlen("/var"));
        return g_strdup(path);
}

static void hide(Planner *planner, const char *path, guint order)
{
        g_autofree char *dest = dest_of(path);
        Grant *grant = planner_add_grant(planner, path, dest, FALSE);

        grant->hidden = TRUE;
        grant->order = order;
}

void planner_hide(Planner *planner, const char *path)
{
        hide(planner, path, 0);
}

static gboolean give_missing(
        Planner *planner, const ProfileFilesystem *entry, const char *path, gboolean can_make, guint i, GError **error)
{
        g_autofree char *origin = NULL, *dest = NULL;

        /* Made below the home, where the person has the right to. */
        if (can_make) {
                Grant *grant;

                dest = dest_of(path);
                grant = planner_add_grant(planner, path, dest, TRUE);
                grant->made = TRUE;
                grant->order = i;
                return TRUE;
        }
        if (entry->optional)
                return TRUE;
        if (g_str_has_prefix(entry->path, "xdg-") || g_str_equal(entry->path, "home")) {
                origin = planner_origin(planner, PROFILE_CONTEXT_FILESYSTEMS, i);
                planner_note(planner, _("asked filesystems=%s%s, given nothing: there is no %s"), entry->path, origin,
                             path);
                return TRUE;
        }
        return planner_fail_key(
                planner, PROFILE_CONTEXT_FILESYSTEMS, i, ORIEL_ERROR_FAILED, error,
                _("filesystems=%s: there is no %s\nAdd :create to have it made, or :optional to go on without it."),
                entry->path, path);
}

static gboolean give_path(Planner *planner, const ProfileFilesystem *entry, const char *path, guint i, GError **error)
{
        gboolean can_make = entry->access == PROFILE_ACCESS_CREATE && planner_can_make(planner, path);
        const FactsPath *found = planner_look(planner, path);
        const char *why;
        g_autofree char *dest = NULL;
        Grant *grant;

        if (planner_is_shown_anyway(path))
                return TRUE;
        why = planner_why_refused(planner, path);
        if (why == NULL && found->canonical != NULL)
                why = planner_why_refused(planner, found->canonical);
        if (g_strcmp0(found->canonical, planner->facts->pipewire_socket) == 0 && found->canonical != NULL) {
                planner_note(planner, "%s", planner_no_pipewire());
                return TRUE;
        }
        if (why != NULL)
                return planner_fail_key(planner, PROFILE_CONTEXT_FILESYSTEMS, i, ORIEL_ERROR_DENIED, error,
                                        "filesystems=%s: %s", entry->path, why);
        if (planner_is_covered(planner, found->canonical == NULL ? path : found->canonical)) {
                planner_note(planner,
                             _("asked filesystems=%s, given nothing: it belongs to another sandbox, or to an app in "
                               "it"),
                             entry->path);
                return TRUE;
        }
        if (found->kind == FACTS_PATH_ABSENT || found->canonical == NULL)
                return give_missing(planner, entry, path, can_make, i, error);
        dest = dest_of(path);
        grant = planner_add_grant(planner, found->canonical, dest, entry->access != PROFILE_ACCESS_RO);
        grant->order = i;
        grant->optional = entry->optional && !grant->writable;
        return TRUE;
}

/* Whatever of the host's is there, without a complaint about what is not. */
static gboolean give_host(Planner *planner, const ProfileFilesystem *entry, guint i, GError **error)
{
        ProfileFilesystem quiet = *entry;

        quiet.optional = TRUE;
        if (!give_path(planner, &quiet, planner->home, i, error))
                return FALSE;
        for (gsize d = 0; d < G_N_ELEMENTS(host_directories); d++)
                if (planner_look(planner, host_directories[d])->kind == FACTS_PATH_DIRECTORY &&
                    !give_path(planner, &quiet, host_directories[d], i, error))
                        return FALSE;
        planner_note(planner,
                     _("asked filesystems=host, given the home, /home, /media, /mnt, /opt, /run/media and /srv: with "
                       "the person's files there is little that a box still protects"));
        return TRUE;
}

static gboolean give_entry(Planner *planner, const ProfileFilesystem *entry, guint i, GError **error)
{
        g_autofree char *path = NULL;

        if (entry->reset)
                return TRUE;
        if (g_str_equal(entry->path, "host-os") || g_str_equal(entry->path, "host-etc"))
                return TRUE;
        if (g_str_equal(entry->path, "host-root")) {
                planner_note(planner, _("asked filesystems=host-root, given nothing: the host's root is never shown"));
                return TRUE;
        }
        if (g_str_equal(entry->path, "host"))
                return entry->negated || give_host(planner, entry, i, error);
        path = entry_path(planner, entry->path);
        if (path == NULL) {
                if (!entry->negated && !entry->optional)
                        planner_note(planner, _("asked filesystems=%s, given nothing: there is none on this machine"),
                                     entry->path);
                return TRUE;
        }
        if (entry->negated) {
                hide(planner, path, i);
                return TRUE;
        }
        return give_path(planner, entry, path, i, error);
}

gboolean planner_filesystems(Planner *planner, GError **error)
{
        const char *const *entries = profile_get_list(planner->profile, PROFILE_CONTEXT_FILESYSTEMS);
        const char *const *masks = profile_get_list(planner->profile, PROFILE_FILES_MASK);

        for (guint i = 0; entries[i] != NULL; i++) {
                g_auto(ProfileFilesystem) entry = { 0 };

                if (profile_filesystem_parse(&entry, entries[i]) && !give_entry(planner, &entry, i, error))
                        return FALSE;
        }
        for (guint i = 0; masks[i] != NULL; i++) {
                g_autofree char *path = *masks[i] == '!' ? NULL : planner_expand_path(planner, masks[i]);

                if (path != NULL)
                        draft_plain(planner->app, PLAN_MOUNT_MASK, path);
        }
        return TRUE;
}

/* ---- Workspace ---- */

/* Why that directory is none to work or live in, writable as a whole; NULL: it is. */
const char *planner_why_not_whole(const Planner *planner, const char *path, guint owner)
{
        const HostFacts *facts = planner->facts;
        const char *const own[] = { facts->oriel_config, facts->oriel_data, facts->oriel_state, facts->oriel_runtime };
        static const char *const base[] = { ".config", ".cache", ".local", ".local/share", ".local/state" };
        static const char *const kept[] = { ".ssh",
                                            ".gnupg",
                                            ".var",
                                            ".local/bin",
                                            "bin",
                                            ".config/autostart",
                                            ".config/systemd",
                                            ".local/share/applications",
                                            ".local/share/dbus-1" };

        if (path_is_below(planner->home, path))
                return _("it is your home, or holds it");
        if (facts->runtime_dir != NULL && (path_is_below(facts->runtime_dir, path) || path_is_below(path, "/run")))
                return _("it holds the sockets of your session");
        for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
                if (own[i] != NULL && (path_is_below(own[i], path) || path_is_below(path, own[i])))
                        return _("it holds Oriel's own files");
        for (gsize i = 0; i < G_N_ELEMENTS(base); i++) {
                g_autofree char *directory = g_build_filename(planner->home, base[i], NULL);

                if (path_is_below(directory, path))
                        return _("it holds the settings and data of all your programs");
        }
        for (gsize i = 0; i < G_N_ELEMENTS(kept); i++) {
                g_autofree char *directory = g_build_filename(planner->home, kept[i], NULL);

                if (path_is_below(path, directory) || path_is_below(directory, path))
                        return _("it holds keys, or files that start programs");
        }
        if (strstr(path, "/.git/") != NULL || g_str_has_suffix(path, "/.git"))
                return _("it is the inside of a git repository");
        if (planner_is_shown_anyway(path) || planner_why_refused(planner, path) != NULL)
                return _("it belongs to the system");
        return owner != facts->uid ? _("it is not yours") : NULL;
}

gboolean planner_workspace(Planner *planner, GError **error)
{
        const char *text = profile_get_string(planner->profile, PROFILE_FILES_WORKSPACE), *why;
        g_autofree char *asked = NULL, *path = NULL;
        ProfileWorkspaceMode mode;
        const FactsPath *found;
        gboolean wall = FALSE;
        Grant *grant;

        if (!profile_workspace_parse(text, &asked, &mode) || asked == NULL)
                return TRUE;
        if (*asked == '/' || *asked == '~')
                path = planner_expand_path(planner, asked);
        else
                path = g_canonicalize_filename(asked, planner->facts->cwd);
        found = planner_look_through(planner, path);
        if (found->kind != FACTS_PATH_DIRECTORY || found->canonical == NULL)
                return planner_fail_key(planner, PROFILE_FILES_WORKSPACE, 0, ORIEL_ERROR_FAILED, error,
                                        _("workspace=%s: there is no directory %s"), text, path);
        why = planner->wants != NULL ? NULL : planner_why_not_whole(planner, found->canonical, found->owner);
        if (why != NULL)
                return planner_fail_key(
                        planner, PROFILE_FILES_WORKSPACE, 0, ORIEL_ERROR_DENIED, error,
                        _("workspace=%s: %s is refused: %s\nStart it in a project's own directory, or name one with "
                          "--workspace=PATH."),
                        text, found->canonical, why);
        (void)planner_protected_classes(planner, &wall);
        if (wall && mode == PROFILE_WORKSPACE_RW && planner->facts->oriel_state != NULL) {
                mode = PROFILE_WORKSPACE_OVERLAY;
                planner->wall = TRUE;
        }
        if (mode != PROFILE_WORKSPACE_OVERLAY && mode != PROFILE_WORKSPACE_COPY)
                planner_note(planner,
                             mode == PROFILE_WORKSPACE_RW ? _("workspace: %s, writable")
                                                          : _("workspace: %s, read-only"),
                             found->canonical);
        planner->workspace = g_strdup(found->canonical);
        grant = planner_add_grant(planner, found->canonical, found->canonical, mode == PROFILE_WORKSPACE_RW);
        grant->apart = grant->review = mode == PROFILE_WORKSPACE_OVERLAY || mode == PROFILE_WORKSPACE_COPY;
        grant->copy = mode == PROFILE_WORKSPACE_COPY;
        planner_git_directories(planner, found->canonical, grant);
        grant->order = G_MAXUINT;
        return TRUE;
}

/* ---- Grants to mounts ---- */

static gboolean has_grant_below(const Planner *planner, const Grant *hidden)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (!grant->hidden && path_is_below(grant->dest, hidden->dest))
                        return TRUE;
        }
        return FALSE;
}

static gboolean is_taken_back(const Planner *planner, const Grant *shown)
{
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (grant->hidden && grant->order > shown->order && g_str_equal(grant->dest, shown->dest))
                        return TRUE;
        }
        return FALSE;
}

static void show(Planner *planner, const Grant *grant)
{
        Draft *app = planner->app;
        guint32 flags = (grant->writable ? PLAN_MOUNT_RW : 0) | (grant->optional ? PLAN_MOUNT_OPTIONAL : 0);

        if (grant->apart)
                planner_show_apart(planner, grant);
        else if (grant->made)
                draft_bind_below(app, planner->home, grant->source, grant->dest, flags);
        else
                draft_bind(app, grant->source, grant->dest, flags);
        /* The host's X servers listen there; a display of the box's own is mounted over it. */
        if (g_str_equal(grant->source, "/tmp") && planner->display == DISPLAY_HOST)
                draft_tmpfs(app, "/tmp/.X11-unix", 0755, 64 * 1024);
        else if (g_str_equal(grant->source, "/tmp") && planner->display == DISPLAY_NONE)
                draft_plain(app, PLAN_MOUNT_MASK, "/tmp/.X11-unix");
}

static void cover(Planner *planner, const Grant *grant)
{
        Draft *app = planner->app;

        /* The app's own home stands there. */
        if (g_str_equal(grant->dest, planner->home))
                return;
        /* Something more specific is shown below: then there must be a directory to show it in. */
        if (has_grant_below(planner, grant)) {
                draft_tmpfs(app, grant->dest, 0700, 64 * 1024);
                draft_plain(app, PLAN_MOUNT_RO, grant->dest);
        } else if (draft_shows(app, grant->dest))
                draft_plain(app, PLAN_MOUNT_MASK, grant->dest);
}

static int compare_order(gconstpointer a, gconstpointer b)
{
        const Grant *const *first = a, *const *second = b;

        return (*first)->order == (*second)->order ? 0 : (*first)->order < (*second)->order ? -1 : 1;
}

void planner_apply_grants(Planner *planner)
{
        g_ptr_array_sort(planner->grants, compare_order);
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (!grant->hidden && !is_taken_back(planner, grant))
                        show(planner, grant);
        }
        for (guint i = 0; i < planner->grants->len; i++) {
                const Grant *grant = planner->grants->pdata[i];

                if (grant->hidden)
                        cover(planner, grant);
        }
}

/* ---- A tree's own mounts ---- */

const char *planner_why_not_bound(const Planner *planner, const FactsPath *found, gboolean writable, gboolean semi)
{
        const HostFacts *facts = planner->facts;
        const char *path = found->canonical;
        const char *const own[] = { facts->oriel_config, facts->oriel_data, facts->oriel_state, facts->oriel_runtime };
        const char *why = semi ? why_never(planner, path) : planner_why_refused(planner, path);

        if (why != NULL)
                return why;
        if (found->kind == FACTS_PATH_DEVICE)
                return _("devices are given by devices=");
        if (planner_is_covered(planner, path))
                return _("it belongs to another sandbox, or to an app in it");
        if (path_is_below(planner->home, path))
                return _("it is your home, or holds it; write filesystems=, and granted here");
        for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
                if (own[i] != NULL && path_is_below(own[i], path))
                        return _("it holds Oriel's own files");
        return writable ? planner_why_not_whole(planner, path, found->owner) : NULL;
}
