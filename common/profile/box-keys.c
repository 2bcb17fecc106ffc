/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of [Box NAME]: a new one is a row here and a value of ProfileBoxKey. */

#include "profile/box-keys.h"

#include <string.h>

#include "base/i18n.h"
#include "profile/key-file.h"
#include "profile/values.h"

static const char *const kinds[] = { "keeper", "semi", "inner", "companions", "app", NULL };
static const char *const namespaces[] = { "user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time", NULL };
/* Those of ids/capability.h; a test compares. */
static const char *const kept[] = { "chown",   "dac_override", "dac_read_search", "fowner", "fsetid",     "kill",
                                    "setfcap", "setgid",       "setpcap",         "setuid", "sys_chroot", NULL };
static const char *const deaths[] = { "essential", "restart", "ignore", NULL };

#define ROW(key_, type_, help_, ...)                                                                                   \
        {                                                                                                              \
                .info = { .group = "Box NAME",                                                                         \
                          .key = key_,                                                                                 \
                          .type = PROFILE_TYPE_##type_,                                                                \
                          .help = help_,                                                                               \
                          .has_effect = TRUE,                                                                          \
                          __VA_ARGS__ },                                                                               \
                .subject_ends = ""                                                                                     \
        }

static const KeyRow rows[] = {
        [PROFILE_BOX_KIND] =
                ROW("kind",
                    CHOICE,
                    N_("What the box is for, and so how far it is trusted: keeper, the first and outermost; "
                       "semi, a companion with one resource of the host; inner, a zone that runs nothing; "
                       "companions, what serves the app; app"),
                    .words = kinds),
        [PROFILE_BOX_PARENT] = { .info = { .group = "Box NAME",
                                           .key = "parent",
                                           .type = PROFILE_TYPE_STRING,
                                           .form = "NAME",
                                           .help = N_("The box that this one stands in, which is written above it; the "
                                                      "first has none"),
                                           .has_effect = TRUE },
                                 .read = value_read_box_name },
        [PROFILE_BOX_UNSHARE] = ROW("unshare",
                                    WORDS,
                                    N_("Namespaces that the box has of its own; the others are its parent's"),
                                    .words = namespaces),
        [PROFILE_BOX_HOSTNAME] = { .info = { .group = "Box NAME",
                                             .key = "hostname",
                                             .type = PROFILE_TYPE_STRING,
                                             .form = "NAME",
                                             .fallback = "oriel",
                                             .help = N_("The host name inside, of a box with a uts namespace"),
                                             .has_effect = TRUE },
                                   .read = value_read_box_hostname },
        [PROFILE_BOX_MAP] = { .info = { .group = "Box NAME",
                                        .key = "map",
                                        .type = PROFILE_TYPE_STRING,
                                        .form = "caller|root|UID[:GID]",
                                        .fallback = "caller",
                                        .help = N_("Who the box's programs are in it; outside it is always the caller"),
                                        .has_effect = TRUE },
                              .read = value_read_box_map },
        [PROFILE_BOX_SUBIDS] = { .info = { .group = "Box NAME",
                                           .key = "subids",
                                           .type = PROFILE_TYPE_LIST,
                                           .form = "INSIDE+COUNT",
                                           .help = N_(
                                                   "More users and groups inside, from INSIDE on, for as many of the "
                                                   "caller's subordinate ids (subuid(5)); needs newuidmap"),
                                           .has_effect = TRUE },
                                 .read = value_read_subids,
                                 .subject_ends = "+" },
        [PROFILE_BOX_CAPABILITIES] = ROW(
                "capabilities",
                WORDS,
                N_("Capabilities that the programs of a companion's box keep, over the box's own ids and files alone"),
                .words = kept),
        [PROFILE_BOX_MOUNTS] = { .info = { .group = "Box NAME",
                                           .key = "mounts",
                                           .type = PROFILE_TYPE_LIST,
                                           .form = "base|granted|parent|KIND PATH [OPTION]...",
                                           .help = N_("What the box shows, as in the section Trees; without it the "
                                                      "app's box shows what is granted, any other that runs a program "
                                                      "the base, and a zone has no view of its own"),
                                           .has_effect = TRUE },
                                 .read = value_read_box_mount,
                                 .subject_ends = "" },
        [PROFILE_BOX_ENVIRONMENT] = { .info = { .group = "Box NAME",
                                                .key = "environment",
                                                .type = PROFILE_TYPE_LIST,
                                                .form = "NAME=VALUE",
                                                .help = N_("Environment variables of the box's programs"),
                                                .has_effect = TRUE },
                                      .read = value_read_assignment,
                                      .subject_ends = "=" },
        [PROFILE_BOX_RUN] = { .info = { .group = "Box NAME",
                                        .key = "run",
                                        .type = PROFILE_TYPE_LIST,
                                        .form = "app|xephyr|wm|bus-proxy|net-proxy|inner-bus|bus-split|COMMAND",
                                        .help = N_("What runs in the box: the app, a companion that Oriel knows, or a "
                                                   "command; of several each starts when the one before it is ready"),
                                        .has_effect = TRUE },
                              .read = value_read_run,
                              .subject_ends = "" },
        [PROFILE_BOX_READY] = { .info = { .group = "Box NAME",
                                          .key = "ready",
                                          .type = PROFILE_TYPE_STRING,
                                          .form = "exec|exit|fd:N|line:N|socket:PATH|file:PATH",
                                          .fallback = "exec",
                                          .help = N_(
                                                  "When the box's commands are ready: executed, ended with 0, a byte "
                                                  "or a line came on their descriptor N, a socket at PATH takes "
                                                  "connections, or something is at PATH"),
                                          .has_effect = TRUE },
                                .read = value_read_ready },
        [PROFILE_BOX_TIMEOUT] = { .info = { .group = "Box NAME",
                                            .key = "timeout",
                                            .type = PROFILE_TYPE_STRING,
                                            .form = "NUMBER[s|m]",
                                            .fallback = "20s",
                                            .help = N_("How long that may take, 10 minutes at most; then the launch "
                                                       "fails"),
                                            .has_effect = TRUE },
                                  .read = value_read_timeout },
        [PROFILE_BOX_AFTER] = { .info = { .group = "Box NAME",
                                          .key = "after",
                                          .type = PROFILE_TYPE_LIST,
                                          .form = "NAME",
                                          .help = N_(
                                                  "Boxes whose programs must be ready before this one's start; the app "
                                                  "waits for all"),
                                          .has_effect = TRUE },
                                .read = value_read_box_name,
                                .subject_ends = "" },
        [PROFILE_BOX_DEATH] =
                ROW("death",
                    CHOICE,
                    N_("What follows when one of the box's commands ends: essential, the end of all; restart, "
                       "up to five times a minute; ignore"),
                    .words = deaths,
                    .fallback = "essential"),
};
_Static_assert(G_N_ELEMENTS(rows) == _PROFILE_BOX_KEY_MAX, "a key has no row");

const KeyRow *box_key_row(ProfileBoxKey key)
{
        return &rows[key];
}

const ProfileKeyInfo *profile_box_key_info(ProfileBoxKey key)
{
        return &rows[key].info;
}

ProfileBoxKey box_key_find(const char *key)
{
        ProfileBoxKey i = 0;

        while (i < _PROFILE_BOX_KEY_MAX && !g_str_equal(rows[i].info.key, key))
                i++;
        return i;
}

const char **box_key_names(void)
{
        const char **names = g_new0(const char *, _PROFILE_BOX_KEY_MAX + 1);

        for (ProfileBoxKey i = 0; i < _PROFILE_BOX_KEY_MAX; i++)
                names[i] = rows[i].info.key;
        return names;
}

/* ---- What a profile has ---- */

char *box_map_name(const char *box, const char *key)
{
        return g_strconcat(box, "\n", key, NULL);
}

guint profile_n_boxes(const Profile *profile)
{
        guint n = 0;

        for (guint i = 0; i < profile_map_size(profile, PROFILE_MAP_BOX); i++)
                n += g_str_has_suffix(profile_map_name(profile, PROFILE_MAP_BOX, i), "\n");
        return n;
}

/* "NAME\n" */
static const char *group_of(const Profile *profile, guint box)
{
        for (guint i = 0;; i++) {
                const char *name = profile_map_name(profile, PROFILE_MAP_BOX, i);

                if (g_str_has_suffix(name, "\n") && box-- == 0)
                        return name;
        }
}

const char *profile_box_name(const Profile *profile, guint box)
{
        const char *group = group_of(profile, box);
        g_autofree char *name = g_strndup(group, strlen(group) - 1);

        return g_intern_string(name);
}

static guint find(const Profile *profile, guint box, ProfileBoxKey key)
{
        const char *group = group_of(profile, box);
        g_autofree char *name =
                key == _PROFILE_BOX_KEY_MAX ? g_strdup(group) : g_strconcat(group, rows[key].info.key, NULL);

        return map_find(&profile->maps[PROFILE_MAP_BOX], name);
}

gboolean profile_box_is_set(const Profile *profile, guint box, ProfileBoxKey key)
{
        return find(profile, box, key) != G_MAXUINT;
}

const char *profile_box_get(const Profile *profile, guint box, ProfileBoxKey key)
{
        guint i = find(profile, box, key);

        return i == G_MAXUINT ? rows[key].info.fallback : profile_map_value(profile, PROFILE_MAP_BOX, i);
}

char **profile_box_get_list(const Profile *profile, guint box, ProfileBoxKey key)
{
        guint i = find(profile, box, key);
        const char *text = i == G_MAXUINT ? "" : profile_map_value(profile, PROFILE_MAP_BOX, i);
        g_autoptr(GPtrArray) entries = g_ptr_array_new();
        gsize at = 0, start = 0, n = 0, bad = 0;

        while (key_file_next_piece(text, strlen(text), &at, &start, &n))
                g_ptr_array_add(entries, key_file_unescape(text + start, n, TRUE, &bad));
        g_ptr_array_add(entries, NULL);
        return (char **)g_ptr_array_free(g_steal_pointer(&entries), FALSE);
}

ProfileOrigin profile_box_origin(const Profile *profile, guint box, ProfileBoxKey key)
{
        guint i = find(profile, box, key);

        return profile_map_origin(profile, PROFILE_MAP_BOX,
                                  i != G_MAXUINT ? i : find(profile, box, _PROFILE_BOX_KEY_MAX));
}
