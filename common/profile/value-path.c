/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values that are paths.  A path is normalised as text only: no system is asked, so ".." is refused rather than
 * resolved (behind a symlink it means something else). */

#include <string.h>

#include "base/i18n.h"
#include "profile/suggest.h"
#include "profile/value-check.h"
#include "profile/value.h"

/* Whole places of [Context] filesystems, and those with "/x" below. */
static const char *const places[] = { "home",       "host",         "host-os",          "host-etc",
                                      "host-root",  "xdg-desktop",  "xdg-documents",    "xdg-download",
                                      "xdg-music",  "xdg-pictures", "xdg-public-share", "xdg-templates",
                                      "xdg-videos", "xdg-config",   "xdg-cache",        "xdg-data",
                                      NULL };

/* Drops "." elements, double slashes and a slash at the end; NULL where there is a "..".  "" and "/" stay. */
static char *normalise(const char *path)
{
        g_auto(GStrv) elements = g_strsplit(path, "/", -1);
        g_autoptr(GString) out = g_string_new(path[0] == '/' ? "/" : "");

        for (gsize i = 0; elements[i] != NULL; i++) {
                if (g_str_equal(elements[i], ".."))
                        return NULL;
                if (elements[i][0] == '\0' || g_str_equal(elements[i], "."))
                        continue;
                if (out->len > 0 && out->str[out->len - 1] != '/')
                        g_string_append_c(out, '/');
                g_string_append(out, elements[i]);
        }
        return g_string_free(g_steal_pointer(&out), FALSE);
}

/* Normalised, and without control characters. */
static char *read_clean(const char *path, gsize at, ValueFault *ret_fault)
{
        g_autofree char *text = value_read_text(path, ret_fault), *clean = NULL;

        if (text == NULL) {
                ret_fault->at += at;
                return NULL;
        }
        clean = normalise(text);
        if (clean == NULL)
                return value_fault(ret_fault, at, _("\"..\" in a path: \"%s\""), path);
        return g_steal_pointer(&clean);
}

char *value_read_path(const char *text, ValueFault *ret_fault)
{
        g_autofree char *clean = read_clean(text, 0, ret_fault);

        if (clean == NULL)
                return NULL;
        if (clean[0] == '/' || g_str_equal(clean, "~") || g_str_has_prefix(clean, "~/"))
                return g_steal_pointer(&clean);
        return value_fault(ret_fault, 0, _("Not an absolute path or one below ~/: \"%s\""), text);
}

char *value_read_persistent(const char *text, ValueFault *ret_fault)
{
        g_autofree char *clean = NULL;

        if (text[0] == '/' || text[0] == '~')
                return value_fault(ret_fault, 0, _("Not a path relative to the home directory: \"%s\""), text);
        clean = read_clean(text, 0, ret_fault);
        /* "." is the whole home. */
        if (clean != NULL && clean[0] == '\0')
                return g_strdup(".");
        return g_steal_pointer(&clean);
}

char *value_read_home(const char *text, ValueFault *ret_fault)
{
        if (g_str_equal(text, "tmp") || g_str_equal(text, "persistent"))
                return g_strdup(text);
        if (g_str_equal(text, "${PROFILE_DIR}") || g_str_has_prefix(text, "${PROFILE_DIR}/"))
                return read_clean(text, 0, ret_fault);
        if (text[0] != '/' && text[0] != '~')
                return value_fault(
                        ret_fault, 0,
                        _("Not a home: \"%s\"; write tmp, persistent, an absolute path, or one that begins with ~/ or "
                          "${PROFILE_DIR}/"),
                        text);
        return value_read_path(text, ret_fault);
}

/* [Files] workspace */

static const struct {
        const char *suffix;
        ProfileWorkspaceMode mode;
} workspace_modes[] = {
        { ":rw", PROFILE_WORKSPACE_RW },
        { ":ro", PROFILE_WORKSPACE_RO },
        { ":overlay", PROFILE_WORKSPACE_OVERLAY },
        { ":copy", PROFILE_WORKSPACE_COPY },
};

gboolean profile_workspace_parse(const char *text, char **ret_path, ProfileWorkspaceMode *ret_mode)
{
        gsize n = strlen(text);

        *ret_mode = PROFILE_WORKSPACE_RW;
        for (gsize i = 0; i < G_N_ELEMENTS(workspace_modes); i++) {
                if (g_str_has_suffix(text, workspace_modes[i].suffix)) {
                        n -= strlen(workspace_modes[i].suffix);
                        *ret_mode = workspace_modes[i].mode;
                        break;
                }
        }
        if (n == 0)
                return FALSE;
        *ret_path = g_str_equal(text, "none") ? NULL : g_strndup(text, n);
        return TRUE;
}

char *value_read_workspace(const char *text, ValueFault *ret_fault)
{
        static const char *const words[] = { "rw", "ro", "overlay", "copy", NULL };
        g_autofree char *path = NULL;
        ProfileWorkspaceMode mode = PROFILE_WORKSPACE_RW;
        const char *colon = strrchr(text, ':');

        /* A directory may have a colon in its name; then the mode is written too. */
        if (colon != NULL && strchr(colon, '/') == NULL && !g_strv_contains(words, colon + 1)) {
                const char *nearest = suggest_nearest(colon + 1, words);

                if (nearest != NULL)
                        return value_fault(ret_fault, (gsize)(colon + 1 - text),
                                           _("Unknown mode \"%s\"; did you mean \"%s\"?"), colon + 1, nearest);
                return value_fault(ret_fault, (gsize)(colon + 1 - text),
                                   _("Unknown mode \"%s\"; it is rw, ro, overlay or copy"), colon + 1);
        }
        if (!profile_workspace_parse(text, &path, &mode))
                return value_fault(ret_fault, 0, _("Not a workspace: \"%s\"; write none or PATH[:MODE]"), text);
        return value_read_text(text, ret_fault);
}

/* [Context] filesystems */

static const struct {
        const char *word;
        ProfileAccess access;
} accesses[] = {
        { "rw", PROFILE_ACCESS_RW },
        { "ro", PROFILE_ACCESS_RO },
        { "create", PROFILE_ACCESS_CREATE },
};

/* The part before the first ':' that has no backslash, without backslashes; *ret_rest is behind it. */
static char *take_path(const char *entry, const char **ret_rest)
{
        g_autoptr(GString) path = g_string_new(NULL);

        for (; *entry != '\0' && *entry != ':'; entry++) {
                if (*entry == '\\' && entry[1] != '\0')
                        entry++;
                g_string_append_c(path, *entry);
        }
        *ret_rest = entry;
        return g_string_free(g_steal_pointer(&path), FALSE);
}

static gboolean is_place(const char *path)
{
        const char *slash = strchr(path, '/');
        g_autofree char *head = slash != NULL ? g_strndup(path, (gsize)(slash - path)) : g_strdup(path);

        if (g_str_equal(head, "xdg-run"))
                return slash != NULL; /* never the whole runtime directory */
        return g_strv_contains(places, head) && (slash == NULL || g_str_has_prefix(head, "xdg-"));
}

/* The canonical path of an entry, or NULL. */
static char *read_place(const char *path, gsize at, ValueFault *ret_fault)
{
        g_autofree char *clean = NULL;
        const char *nearest = NULL;

        clean = read_clean(path, at, ret_fault);
        if (clean == NULL)
                return NULL;
        if (g_str_equal(clean, "~"))
                return g_strdup("home");
        if (g_str_has_prefix(clean, "home/"))
                return g_strconcat("~", clean + strlen("home"), NULL);
        if (clean[0] == '/' || g_str_has_prefix(clean, "~/") || is_place(clean))
                return g_steal_pointer(&clean);
        nearest = suggest_nearest(clean, places);
        if (nearest != NULL)
                return value_fault(ret_fault, at, _("Unknown place \"%s\"; did you mean \"%s\"?"), path, nearest);
        return value_fault(ret_fault, at, _("Not a place: \"%s\"; write /PATH, ~/PATH, home, host, or xdg-NAME[/PATH]"),
                           path);
}

/* The suffixes from rest on. */
static gboolean read_suffixes(ProfileFilesystem *filesystem, const char *entry, const char *rest, ValueFault *ret_fault)
{
        static const char *const words[] = { "ro", "rw", "create", "optional", "reset", NULL };
        g_auto(GStrv) parts = g_strsplit(*rest == ':' ? rest + 1 : "", ":", -1);
        gsize at = (gsize)(rest - entry) + 1;
        gboolean any_access = FALSE;

        for (gsize i = 0; parts[i] != NULL; at += strlen(parts[i]) + 1, i++) {
                gsize j = 0;

                while (j < G_N_ELEMENTS(accesses) && !g_str_equal(parts[i], accesses[j].word))
                        j++;
                if (j < G_N_ELEMENTS(accesses) && !any_access) {
                        filesystem->access = accesses[j].access;
                        any_access = TRUE;
                } else if (g_str_equal(parts[i], "optional") && !filesystem->optional) {
                        filesystem->optional = TRUE;
                } else if (g_str_equal(parts[i], "reset") && filesystem->negated && !any_access && i == 0 &&
                           g_str_equal(filesystem->path, "host")) {
                        filesystem->reset = TRUE;
                } else {
                        const char *nearest = suggest_nearest(parts[i], words);

                        if (nearest != NULL && !g_str_equal(nearest, parts[i]))
                                value_fault(ret_fault, at, _("Unknown suffix \":%s\"; did you mean \":%s\"?"), parts[i],
                                            nearest);
                        else
                                value_fault(ret_fault, at,
                                            _("\":%s\" can't stand here; after a place come :ro, :rw or :create, and "
                                              ":optional, and "
                                              "only !host has :reset"),
                                            parts[i]);
                        return FALSE;
                }
        }
        return TRUE;
}

static gboolean read_filesystem(ProfileFilesystem *ret_filesystem, const char *entry, ValueFault *ret_fault)
{
        g_auto(ProfileFilesystem) filesystem = { .negated = entry[0] == '!', .access = PROFILE_ACCESS_RW };
        const char *rest = NULL;
        g_autofree char *path = take_path(entry + filesystem.negated, &rest);

        filesystem.path = read_place(path, filesystem.negated ? 1 : 0, ret_fault);
        if (filesystem.path == NULL || !read_suffixes(&filesystem, entry, rest, ret_fault))
                return FALSE;
        *ret_filesystem = filesystem;
        filesystem.path = NULL;
        return TRUE;
}

char *value_read_filesystem(const char *text, ValueFault *ret_fault)
{
        g_auto(ProfileFilesystem) filesystem = { 0 };
        g_autoptr(GString) out = g_string_new(NULL);

        if (!read_filesystem(&filesystem, text, ret_fault))
                return NULL;
        if (filesystem.negated)
                g_string_append_c(out, '!');
        for (const char *c = filesystem.path; *c != '\0'; c++) {
                if (*c == ':' || *c == '\\')
                        g_string_append_c(out, '\\');
                g_string_append_c(out, *c);
        }
        if (filesystem.reset)
                g_string_append(out, ":reset");
        /* What a negation would have given is nothing. */
        for (gsize i = 0; i < G_N_ELEMENTS(accesses); i++)
                if (accesses[i].access == filesystem.access && filesystem.access != PROFILE_ACCESS_RW &&
                    !filesystem.negated)
                        g_string_append_printf(out, ":%s", accesses[i].word);
        if (filesystem.optional && !filesystem.negated)
                g_string_append(out, ":optional");
        return g_string_free(g_steal_pointer(&out), FALSE);
}

gboolean profile_filesystem_parse(ProfileFilesystem *ret_filesystem, const char *entry)
{
        ValueFault fault = { 0 };
        gboolean ok = read_filesystem(ret_filesystem, entry, &fault);

        g_free(fault.sentence);
        return ok;
}

void profile_filesystem_clear(ProfileFilesystem *filesystem)
{
        g_clear_pointer(&filesystem->path, g_free);
}
