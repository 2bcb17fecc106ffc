/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Every shipped profile is read, and keeps the promises that stand in the documentation.  usage: test-shipped
 * DIRECTORY, that of the profiles. */
#include <glib.h>
#include <string.h>

#include "profile/profile.h"

static const struct Shipped {
        const char *path;     /* below the directory */
        const char *id;       /* of apps; its file has the same name */
        const char *inherits; /* the whole list */
        const char *home;     /* of the merged profile */
        const char *workspace, *network, *bus, *nested;
} shipped[] = {
        { "base/strict", NULL, "", "tmp", "none", "none", "none", "no" },
        { "base/cli", NULL, "", "tmp", "none", "none", "none", "no" },
        { "base/gui", NULL, "", "persistent", "none", "none", "filter", "no" },
        { "base/desktop", NULL, "gui", "persistent", "none", "none", "inner", "no" },
        { "base/browser", NULL, "gui", "persistent", "none", "wish", "filter", "yes" },
        { "agents/agent", NULL, "cli", "persistent", ".:rw", "named", "none", "yes" },
        { "agents/claude", "com.anthropic.claude", "agents/agent", "persistent", ".:rw", "named", "none", "yes" },
        { "agents/codex", "com.openai.codex", "agents/agent", "persistent", ".:rw", "named", "none", "yes" },
        { "agents/gemini", "com.google.gemini", "agents/agent", "persistent", ".:rw", "named", "none", "yes" },
        { "agents/opencode", "ai.opencode.opencode", "agents/agent", "persistent", ".:rw", "named", "none", "yes" },
        { "agents/aider", "chat.aider.aider", "agents/agent", "persistent", ".:rw", "named", "none", "yes" },
        { "apps/net.invisible_island.xterm", "net.invisible_island.xterm", "gui", "persistent", "none", "none", "none",
          "no" },
        { "apps/org.xfce.mousepad", "org.xfce.mousepad", "gui", "persistent", "none", "none", "filter", "no" },
        { "apps/org.gnome.Calculator", "org.gnome.Calculator", "gui", "persistent", "none", "none", "filter", "no" },
        { "apps/org.gnome.Evince", "org.gnome.Evince", "gui", "persistent", "none", "none", "filter", "no" },
        { "apps/org.mozilla.firefox", "org.mozilla.firefox", "browser", "persistent", "none", "wish", "filter", "yes" },
        { "apps/org.libreoffice.LibreOffice", "org.libreoffice.LibreOffice", "gui", "persistent", "none", "none",
          "filter", "no" },
};

static const char *directory;

static Profile *read_shipped(const char *path)
{
        g_autofree char *file = g_build_filename(directory, path, NULL), *text = NULL;
        g_autoptr(GError) error = NULL;
        Profile *profile = NULL;
        gsize n = 0;

        g_file_get_contents(file, &text, &n, &error);
        g_assert_no_error(error);
        profile = profile_parse(text, n, path, &error);
        g_assert_no_error(error);
        return profile;
}

/* The profile on top of the blocks that it inherits. */
static Profile *read_merged(const char *path)
{
        g_autoptr(Profile) top = read_shipped(path), merged = profile_new();
        const char *const *inherits = profile_get_list(top, PROFILE_ORIEL_INHERITS);

        for (gsize i = 0; inherits[i] != NULL; i++) {
                g_autofree char *block = strchr(inherits[i], '/') != NULL ? g_strdup(inherits[i])
                                                                          : g_build_filename("base", inherits[i], NULL);
                g_autoptr(Profile) lower = read_merged(block);

                profile_merge(merged, lower);
        }
        profile_merge(merged, top);
        return g_steal_pointer(&merged);
}

static const char *network_of(const Profile *profile)
{
        if (profile_is_set(profile, PROFILE_NETWORK_MODE))
                return profile_get_string(profile, PROFILE_NETWORK_MODE);
        return profile_has_word(profile, PROFILE_CONTEXT_SHARED, "network") ? "wish" : "none";
}

static void test_shipped(const void *data)
{
        const struct Shipped *row = data;
        g_autoptr(Profile) own = read_shipped(row->path), merged = read_merged(row->path);
        g_autofree char *inherits = g_strjoinv(";", (char **)profile_get_list(own, PROFILE_ORIEL_INHERITS));

        g_assert_cmpstr(inherits, ==, row->inherits);
        g_assert_cmpstr(profile_get_string(own, PROFILE_APPLICATION_NAME), ==, row->id);
        if (row->id != NULL) {
                g_autofree char *name = g_path_get_basename(row->path);

                /* An app's file is called by its id, an agent's by its command. */
                g_assert_true(g_str_equal(name, row->id) ||
                              g_strcmp0(name, profile_get_string(own, PROFILE_APPLICATION_COMMAND)) == 0);
                g_assert_nonnull(profile_get_string(own, PROFILE_APPLICATION_COMMAND));
                g_assert_true(g_str_has_prefix(row->path, "agents/") ||
                              profile_get_list(own, PROFILE_ORIEL_ALIAS)[0] != NULL);
        }
        g_assert_cmpstr(profile_get_string(merged, PROFILE_FILES_HOME), ==, row->home);
        g_assert_cmpstr(profile_get_string(merged, PROFILE_FILES_WORKSPACE), ==, row->workspace);
        g_assert_cmpstr(network_of(merged), ==, row->network);
        g_assert_cmpstr(profile_get_string(merged, PROFILE_COMPANIONS_BUS), ==, row->bus);
        g_assert_cmpstr(profile_get_string(merged, PROFILE_ORIEL_NESTED), ==, row->nested);
        /* What amounts to no sandbox at all. */
        g_assert_false(profile_has_word(merged, PROFILE_CONTEXT_SOCKETS, "session-bus"));
        g_assert_cmpstr(profile_get_string(merged, PROFILE_DISPLAY_MODE), !=, "host");
        g_assert_null(profile_map_get(merged, PROFILE_MAP_SESSION_POLICY, "ca.desrt.dconf"));
        g_assert_null(profile_map_get(merged, PROFILE_MAP_SESSION_POLICY, "org.freedesktop.Flatpak"));
}

/* No profile is shipped that this test does not know, and no two have one short name. */
static void test_all(void)
{
        static const char *const folders[] = { "base", "agents", "apps" };
        g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        guint n = 0;

        for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
                g_autofree char *path = g_build_filename(directory, folders[i], NULL);
                g_autoptr(GError) error = NULL;
                g_autoptr(GDir) dir = g_dir_open(path, 0, &error);

                g_assert_no_error(error);
                for (const char *name = g_dir_read_name(dir); name != NULL; name = g_dir_read_name(dir)) {
                        g_autofree char *file = g_build_filename(folders[i], name, NULL);
                        g_autoptr(Profile) profile = read_shipped(file);
                        const char *const *alias = profile_get_list(profile, PROFILE_ORIEL_ALIAS);

                        for (; *alias != NULL; alias++)
                                g_assert_true(g_hash_table_add(names, g_ascii_strdown(*alias, -1)));
                        n++;
                }
        }
        g_assert_cmpuint(n, ==, G_N_ELEMENTS(shipped));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        directory = argv[1];
        for (gsize i = 0; i < G_N_ELEMENTS(shipped); i++) {
                g_autofree char *path = g_strconcat("/shipped/", shipped[i].path, NULL);

                g_test_add_data_func(path, &shipped[i], test_shipped);
        }
        g_test_add_func("/shipped/all", test_all);
        return g_test_run();
}
