/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files, programs and sockets that the host has and the box did not show.
 *
 * Each becomes a line of filesystems=; three or more of one directory become that directory, where it is one of a few
 * things and not a place of everything: never the home, a base directory of all programs, a directory of the root, nor
 * one that holds something private.  A file with a name for a moment stands for its directory. */
#include <string.h>

#include "base/i18n.h"
#include "learn/part.h"
#include "profile/private-paths.h"

enum { FOLD_SIBLINGS = 3, LEAST_DEPTH = 2 /* of what is folded to: /srv/x, but no /srv */ };

typedef struct Files {
        const Profile *profile;
        char *home;
        GHashTable *paths; /* path -> Want */
} Files;

typedef struct Want {
        gboolean write, connect;
        gint64 n;
} Want;

static gpointer new_files(const Profile *profile, const char *home)
{
        Files *files = g_new0(Files, 1);

        files->profile = profile;
        files->home = g_strdup(home);
        files->paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        return files;
}

static void free_files(gpointer data)
{
        Files *files = data;

        g_hash_table_unref(files->paths);
        g_free(files->home);
        g_free(files);
}

static gboolean is_below(const char *path, const char *top)
{
        gsize n = strlen(top);

        return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* Below the home, "" for the home itself; NULL: elsewhere. */
static const char *in_home(const Files *files, const char *path)
{
        return is_below(path, files->home) ? path + strlen(files->home) + (path[strlen(files->home)] == '/' ? 1 : 0)
                                           : NULL;
}

static guint depth_of(const char *path)
{
        guint depth = 0;

        for (; *path != '\0'; path++)
                depth += *path == '/' ? 1 : 0;
        return depth;
}

/* Is it private, or does it hold something that is? */
static gboolean is_private(const char *below, gboolean or_holds)
{
        for (gsize i = 0; i < profile_n_private_paths; i++)
                if (is_below(below, profile_private_paths[i]) ||
                    (or_holds && is_below(profile_private_paths[i], below)))
                        return TRUE;
        return FALSE;
}

static gboolean is_one_of(const char *below, const char *const *list, gsize n)
{
        for (gsize i = 0; i < n; i++)
                if (is_below(below, list[i]))
                        return TRUE;
        return FALSE;
}

/* No grant reaches these. */
static gboolean is_never_given(const Files *files, const char *path)
{
        static const char *const own[] = { ".config/oriel", ".local/share/oriel", ".local/state/oriel" };
        static const char *const roots[] = { "/usr", "/bin",  "/sbin", "/lib", "/lib32",    "/lib64",
                                             "/etc", "/proc", "/sys",  "/dev", "/run/oriel" };
        const char *below = in_home(files, path);

        if (below != NULL)
                return *below == '\0' || is_one_of(below, own, G_N_ELEMENTS(own));
        for (gsize i = 0; i < G_N_ELEMENTS(roots); i++)
                if (is_below(path, roots[i]))
                        return TRUE;
        return depth_of(path) < LEAST_DEPTH;
}

static const char *danger_of(const Files *files, const char *path, const Want *want)
{
        static const char *const starts[] = { ".config/autostart",
                                              ".config/systemd",
                                              ".config/environment.d",
                                              ".config/git",
                                              ".config/fish",
                                              ".local/bin",
                                              "bin",
                                              ".local/share/applications",
                                              ".local/share/dbus-1",
                                              ".local/share/systemd" };
        const char *below = in_home(files, path);

        if (below != NULL && is_private(below, FALSE))
                return N_("can read your keys, passwords, or what you typed");
        if (below != NULL && want->write &&
            (is_one_of(below, starts, G_N_ELEMENTS(starts)) || (*below == '.' && strchr(below, '/') == NULL)))
                return N_("can have programs started outside the box");
        if (want->connect && (strstr(path, "docker") != NULL || strstr(path, "podman") != NULL))
                return N_("can start a container with all of the host in it");
        if (want->connect)
                return N_("can speak with a program outside the box");
        return NULL;
}

/* A name that was made up for a moment. */
static gboolean is_for_a_moment(const char *path)
{
        static const char *const ends[] = { ".tmp", ".lock", ".swp", ".part", "~" };

        for (gsize i = 0; i < G_N_ELEMENTS(ends); i++)
                if (g_str_has_suffix(path, ends[i]))
                        return TRUE;
        return FALSE;
}

static void want(GHashTable *paths, const char *path, gboolean write, gboolean connect, gint64 n)
{
        Want *found = g_hash_table_lookup(paths, path);

        if (found == NULL) {
                found = g_new0(Want, 1);
                g_hash_table_insert(paths, g_strdup(path), found);
        }
        found->write = found->write || write;
        found->connect = found->connect || connect;
        found->n += n;
}

static gboolean add(gpointer data, const AuditRecord *untrusted)
{
        Files *files = data;
        const char *path = untrusted->text[AUDIT_PATH], *access = untrusted->text[AUDIT_ACCESS];
        gboolean write = g_strcmp0(access, "write") == 0, connect = g_strcmp0(access, "connect") == 0;
        gint64 n = untrusted->number[AUDIT_N] > 1 ? untrusted->number[AUDIT_N] : 1;
        g_autofree char *place = NULL;

        /* What a key file would need escapes for is the person's to write. */
        if (path == NULL || *path != '/' || strpbrk(path, ";:\\\n") != NULL || !g_utf8_validate(path, -1, NULL))
                return FALSE;
        place = write && is_for_a_moment(path) ? g_path_get_dirname(path) : g_strdup(path);
        if (is_never_given(files, place))
                return FALSE;
        want(files->paths, place, write, connect, n);
        return TRUE;
}

/* May many of that directory become the directory? */
static gboolean may_fold_to(const Files *files, const char *path)
{
        static const char *const bases[] = {
                "", ".config", ".cache", ".local", ".local/share", ".local/state", ".var"
        };
        const char *below = in_home(files, path);

        if (is_never_given(files, path) || is_below(files->home, path))
                return FALSE;
        if (below == NULL)
                return !is_below(path, "/run") && !is_below(path, "/var/run") && !g_str_equal(path, "/var/lib");
        for (gsize i = 0; i < G_N_ELEMENTS(bases); i++)
                if (g_str_equal(below, bases[i]))
                        return FALSE;
        return !is_private(below, TRUE);
}

/* One directory that has enough of its own; the deepest, so that what it becomes counts above.  NULL: none. */
static char *next_fold(const Files *files)
{
        g_autoptr(GHashTable) counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        GHashTableIter iter;
        gpointer path, value;
        char *best = NULL;

        g_hash_table_iter_init(&iter, files->paths);
        while (g_hash_table_iter_next(&iter, &path, &value)) {
                g_autofree char *above = g_path_get_dirname(path);
                guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, above)) + 1;

                if (((const Want *)value)->connect || danger_of(files, path, value) != NULL)
                        continue;
                if (n >= FOLD_SIBLINGS && may_fold_to(files, above) &&
                    (best == NULL || depth_of(above) > depth_of(best))) {
                        g_free(best);
                        best = g_strdup(above);
                }
                g_hash_table_replace(counts, g_steal_pointer(&above), GUINT_TO_POINTER(n));
        }
        return best;
}

/* Takes all that lies in top into it. */
static void fold(Files *files, const char *top)
{
        gboolean write = FALSE;
        GHashTableIter iter;
        gpointer path, value;
        gint64 n = 0;

        g_hash_table_iter_init(&iter, files->paths);
        while (g_hash_table_iter_next(&iter, &path, &value)) {
                const Want *one = value;

                if (!is_below(path, top) || one->connect)
                        continue;
                write = write || one->write;
                n += one->n;
                g_hash_table_iter_remove(&iter);
        }
        want(files->paths, top, write, FALSE, n);
}

/* What another line gives anyway. */
static gboolean is_covered(const Files *files, const char *path, const Want *one)
{
        GHashTableIter iter;
        gpointer other, value;

        g_hash_table_iter_init(&iter, files->paths);
        while (g_hash_table_iter_next(&iter, &other, &value)) {
                const Want *above = value;

                if (!g_str_equal(other, path) && is_below(path, other) && (above->write || !one->write) &&
                    !one->connect && danger_of(files, other, above) == NULL && danger_of(files, path, one) == NULL)
                        return TRUE;
        }
        return FALSE;
}

static char *entry_of(const Files *files, const char *path, const Want *one)
{
        const char *below = in_home(files, path);

        return g_strdup_printf("%s%s%s", below != NULL ? "~/" : "", below != NULL ? below : path,
                               one->write || one->connect ? "" : ":ro");
}

static gint64 put(gpointer data, GPtrArray *rules)
{
        Files *files = data;
        g_autofree char *before =
                g_strjoinv(";", (char **)profile_get_list(files->profile, PROFILE_CONTEXT_FILESYSTEMS));
        g_autoptr(GString) value = g_string_new(before);
        g_autoptr(GList) paths = NULL;
        gint64 n = 0;

        for (char *top = next_fold(files); top != NULL; top = next_fold(files)) {
                fold(files, top);
                g_free(top);
        }
        paths = g_list_sort(g_hash_table_get_keys(files->paths), (GCompareFunc)strcmp);
        for (GList *at = paths; at != NULL; at = at->next) {
                const Want *one = g_hash_table_lookup(files->paths, at->data);
                const char *danger = danger_of(files, at->data, one);
                g_autofree char *entry = entry_of(files, at->data, one);

                if (is_covered(files, at->data, one))
                        continue;
                if (danger != NULL) {
                        learn_put(rules, "Context", "filesystems", g_steal_pointer(&entry), NULL, danger, one->n);
                        continue;
                }
                g_string_append_printf(value, "%s%s", value->len > 0 ? ";" : "", entry);
                n += one->n;
        }
        if (n > 0)
                learn_put(rules, "Context", "filesystems", g_strdup(value->str), *before != '\0' ? before : NULL, NULL,
                          n);
        return 0;
}

const LearnPart learn_files = { 1u << AUDIT_EVENT_FILE | 1u << AUDIT_EVENT_EXEC | 1u << AUDIT_EVENT_SOCK, new_files,
                                free_files, add, put };
