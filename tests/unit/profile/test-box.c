/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* [Box NAME] groups: what layers of them add up to, and the values that have parts. */
#include <glib.h>
#include <string.h>

#include "ids/capability.h"
#include "profile/box.h"

static Profile *read_text(const char *text)
{
        g_autoptr(GError) error = NULL;
        Profile *profile = profile_parse(text, strlen(text), "a", &error);

        g_assert_no_error(error);
        return profile;
}

static void test_values(void)
{
        g_autoptr(Profile) profile =
                read_text("[Box a/b]\nkind=app\nunshare=user;pid;\nmounts=base;file /x \"content=1\\;2\"\n"
                          "[Box c]\n");
        g_auto(GStrv) mounts = profile_box_get_list(profile, 0, PROFILE_BOX_MOUNTS);
        g_auto(GStrv) none = profile_box_get_list(profile, 1, PROFILE_BOX_MOUNTS);

        g_assert_cmpuint(profile_n_boxes(profile), ==, 2);
        g_assert_cmpstr(profile_box_name(profile, 0), ==, "a/b");
        g_assert_cmpstr(profile_box_get(profile, 0, PROFILE_BOX_KIND), ==, "app");
        g_assert_cmpstr(profile_box_get(profile, 0, PROFILE_BOX_DEATH), ==, "essential");
        g_assert_null(profile_box_get(profile, 0, PROFILE_BOX_PARENT));
        g_assert_cmpuint(g_strv_length(mounts), ==, 2);
        g_assert_cmpstr(mounts[1], ==, "file /x \"content=1;2\"");
        g_assert_cmpuint(g_strv_length(none), ==, 0);
        g_assert_cmpuint(profile_box_origin(profile, 0, PROFILE_BOX_MOUNTS).line, ==, 4);
        g_assert_cmpuint(profile_box_origin(profile, 0, PROFILE_BOX_RUN).line, ==, 1);
        g_assert_cmpuint(profile_box_origin(profile, 1, PROFILE_BOX_RUN).line, ==, 5);
}

/* Key by key; a tree takes the boxes away, and boxes a tree. */
static void test_layers(void)
{
        g_autoptr(Profile) profile = read_text("[Oriel]\ntree=single\n");
        g_autoptr(Profile) boxes = read_text("[Box a]\nkind=app\nrun=app\n"),
                           more = read_text("[Box a]\nrun=app;x\n[Box b]\n");
        g_autoptr(Profile) tree = read_text("[Oriel]\ntree=default\n");

        profile_merge(profile, boxes);
        g_assert_false(profile_is_set(profile, PROFILE_ORIEL_TREE));
        profile_merge(profile, more);
        g_assert_cmpuint(profile_n_boxes(profile), ==, 2);
        g_assert_cmpstr(profile_box_get(profile, 0, PROFILE_BOX_KIND), ==, "app");
        g_assert_cmpstr(profile_box_get(profile, 0, PROFILE_BOX_RUN), ==, "app;x");
        profile_merge(profile, tree);
        g_assert_cmpuint(profile_n_boxes(profile), ==, 0);
        g_assert_cmpstr(profile_get_string(profile, PROFILE_ORIEL_TREE), ==, "default");
}

static void test_words(void)
{
        g_auto(GStrv) words = profile_words_parse("  a 'b  c'd\t\"e'f\" '' ");

        g_assert_cmpuint(g_strv_length(words), ==, 4);
        g_assert_cmpstr(words[1], ==, "b  cd");
        g_assert_cmpstr(words[2], ==, "e'f");
        g_assert_cmpstr(words[3], ==, "");
        g_assert_null(profile_words_parse("a 'b"));
        g_assert_null(profile_words_parse("  "));
}

static void test_parts(void)
{
        g_auto(ProfileBoxMount) mount = { 0 };
        guint uid = 5, gid = 6, inside = 0, count = 0;
        ProfileReady ready;
        const char *path;
        gint fd;

        g_assert_true(profile_box_mount_parse(&mount, "tmpfs ~/x size=2K noexec"));
        g_assert_cmpint(mount.kind, ==, PROFILE_BOX_MOUNT_TMPFS);
        g_assert_cmpstr(mount.dest, ==, "~/x");
        g_assert_cmpuint(mount.size, ==, 2048);
        g_assert_cmpuint(mount.mode, ==, 0755);
        g_assert_cmpuint(mount.flags, ==, PROFILE_BOX_MOUNT_NOEXEC);
        g_assert_true(profile_box_map_parse("caller", &uid, &gid));
        g_assert_cmpuint(uid, ==, 5);
        g_assert_true(profile_box_map_parse("7", &uid, &gid));
        g_assert_cmpuint(gid, ==, 7);
        g_assert_false(profile_box_map_parse("7:", &uid, &gid));
        g_assert_true(profile_subids_parse("1+65535", &inside, &count));
        g_assert_false(profile_subids_parse("1+0", &inside, &count));
        g_assert_false(profile_subids_parse("1+4294967295", &inside, &count));
        g_assert_true(profile_ready_parse("line:3", &ready, &fd, &path));
        g_assert_cmpint(fd, ==, 3);
        g_assert_true(profile_ready_parse("file:/x", &ready, &fd, &path));
        g_assert_cmpstr(path, ==, "/x");
        g_assert_false(profile_ready_parse("file:x", &ready, &fd, &path));
        g_assert_false(profile_ready_parse("file:/x/", &ready, &fd, &path));
        g_assert_false(profile_ready_parse("executed", &ready, &fd, &path));
}

static const struct Row {
        const char *path, *entry;
} rows[] = {
        { "/box/mount/no-path", "tmpfs" },
        { "/box/mount/unknown", "bend /x" },
        { "/box/mount/relative", "bind x" },
        { "/box/mount/flag", "tmpfs /x rw" },
        { "/box/mount/twice", "dir /x mode=7 mode=7" },
        { "/box/mount/mode", "dir /x mode=8" },
        { "/box/mount/size", "tmpfs /x size=0" },
        { "/box/mount/no-lower", "overlay /x rw" },
        { "/box/mount/no-to", "symlink /x" },
        { "/box/mount/no-name", "shared /x" },
        { "/box/mount/alone", "base rw" },
        { "/box/mount/quote", "bind \"/x" },
};

static void test_bad_mount(gconstpointer data)
{
        g_auto(ProfileBoxMount) mount = { 0 };

        g_assert_false(profile_box_mount_parse(&mount, ((const struct Row *)data)->entry));
}

/* The words of capabilities= are those that a plan can say. */
static void test_capabilities(void)
{
        const char *const *words = profile_box_key_info(PROFILE_BOX_CAPABILITIES)->words;
        gsize n = 0;

        for (; capabilities[n].name != NULL; n++)
                g_assert_true(g_strv_contains(words, capabilities[n].name));
        g_assert_cmpuint(g_strv_length((char **)words), ==, n);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/box/values", test_values);
        g_test_add_func("/box/layers", test_layers);
        g_test_add_func("/box/words", test_words);
        g_test_add_func("/box/parts", test_parts);
        g_test_add_func("/box/capabilities", test_capabilities);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_bad_mount);
        return g_test_run();
}
