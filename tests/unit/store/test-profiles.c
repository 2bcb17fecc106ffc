/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ids/app-id.h"
#include "place.h"
#include "store/grants.h"
#include "store/profiles.h"

#define USER "home/.config/oriel/"
#define SHIPPED "prefix/share/oriel/profiles/"

typedef struct World {
        Place *place;
        StoreCatalog *catalog;
} World;

static void world_clear(World *world)
{
        g_clear_pointer(&world->catalog, store_catalog_free);
        g_clear_pointer(&world->place, place_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static void reopen(World *world)
{
        g_autoptr(GError) error = NULL;

        g_clear_pointer(&world->catalog, store_catalog_free);
        world->catalog = store_catalog_new(world->place->dirs, world->place->etc, world->place->prefix, &error);
        g_assert_no_error(error);
}

static World world_new(void)
{
        World world = { .place = place_new() };

        place_write(world.place, SHIPPED "base/gui", "[Context]\nsockets=x11\n\n[Display]\nmode=xephyr\n");
        place_write(world.place, SHIPPED "base/browser",
                    "[Oriel]\ninherits=gui\nnested=yes\n\n[Context]\nsockets=wayland\n");
        place_write(world.place, SHIPPED "apps/firefox",
                    "[Application]\nname=org.mozilla.firefox\ncommand=firefox-esr\n\n[Oriel]\ninherits=gui;browser\n");
        place_write(world.place, SHIPPED "agents/claude",
                    "[Application]\nname=com.anthropic.claude\ncommand=claude\n\n[Files]\nworkspace=.:rw\n");
        reopen(&world);
        return world;
}

/* app: NULL: profile is --profile. */
static StoreProfile *load(World *world, const char *app, const char *profile, const char *instance, GError **error)
{
        StoreProfileRequest request = { .instance = instance, .cwd = world->place->home, .home = world->place->home };

        request.entry = app != NULL ? store_catalog_find_app(world->catalog, app, request.cwd, error)
                                    : store_catalog_find_profile(world->catalog, profile, request.cwd, error);
        return request.entry != NULL ? store_profile_load(world->catalog, &request, error) : NULL;
}

static StoreProfile *must_load(World *world, const char *app, const char *profile, const char *instance)
{
        g_autoptr(GError) error = NULL;
        StoreProfile *loaded = load(world, app, profile, instance, &error);

        g_assert_no_error(error);
        g_assert_nonnull(loaded);
        return loaded;
}

static void assert_layers(const StoreProfile *profile, const char *want)
{
        g_autoptr(GString) kinds = g_string_new(NULL);

        for (guint i = 0; i < profile->layers->len; i++)
                g_string_append_printf(kinds, "%s%s", i > 0 ? ", " : "",
                                       ((const StoreLayer *)profile->layers->pdata[i])->kind);
        g_assert_cmpstr(kinds->str, ==, want);
}

static const char *mode(const StoreProfile *profile)
{
        return profile_get_string(profile->profile, PROFILE_DISPLAY_MODE);
}

static void test_blocks(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) firefox = must_load(&world, "firefox", NULL, NULL);

        /* gui stands once, though both name it. */
        assert_layers(firefox, "block, block, profile");
        g_assert_true(g_str_has_suffix(((const StoreLayer *)firefox->layers->pdata[0])->label, "base/gui"));
        g_assert_true(profile_has_word(firefox->profile, PROFILE_CONTEXT_SOCKETS, "x11"));
        g_assert_true(profile_has_word(firefox->profile, PROFILE_CONTEXT_SOCKETS, "wayland"));
        g_assert_cmpstr(mode(firefox), ==, "xephyr");
        g_assert_cmpstr(firefox->label, ==, "apps/firefox");
        g_assert_cmpstr(firefox->app_id, ==, "org.mozilla.firefox");
        g_assert_cmpstr(firefox->data_key, ==, "org.mozilla.firefox/apps,firefox/@default");
}

static void test_circle(void)
{
        g_auto(World) world = world_new();
        g_autoptr(GError) error = NULL;

        place_write(world.place, USER "profiles/base/a", "[Oriel]\ninherits=b\n");
        place_write(world.place, USER "profiles/base/b", "[Oriel]\ninherits=a\n");
        place_write(world.place, USER "profiles/base/self", "[Oriel]\ninherits=self\n");
        reopen(&world);
        g_assert_null(load(&world, NULL, "base/a", NULL, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_assert_nonnull(strstr(error->message, "base/a -> base/b -> base/a"));
        g_clear_error(&error);
        g_assert_null(load(&world, NULL, "base/self", NULL, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
}

static void test_unknown_block(void)
{
        g_auto(World) world = world_new();
        g_autoptr(GError) error = NULL;

        place_write(world.place, USER "profiles/x", "[Application]\nname=org.x.X\n\n[Oriel]\ninherits=gui;gi\n");
        reopen(&world);
        g_assert_null(load(&world, NULL, "x", NULL, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_assert_nonnull(strstr(error->message, "profiles/x:5:"));
        /* A path is no block: a profile draws in only what is installed. */
        g_clear_error(&error);
        place_write(world.place, "home/evil", "[Context]\nfilesystems=host\n");
        place_write(world.place, USER "profiles/x", "[Oriel]\ninherits=./evil\n");
        reopen(&world);
        g_assert_null(load(&world, NULL, "x", NULL, &error));
        g_assert_nonnull(error);
}

static void test_order(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) firefox = NULL, with_overlay = NULL;
        g_autoptr(Profile) overlay = profile_new();
        StoreProfileRequest request = { .overlay = overlay, .cwd = "/", .home = world.place->home };

        place_write(world.place, "etc/overrides/org.mozilla.firefox", "[Display]\nmode=host\nborder=none\n");
        place_write(world.place, USER "overrides/org.mozilla.firefox",
                    "[Display]\nmode=none\n\n[Context]\nsockets=!wayland\n");
        firefox = must_load(&world, "firefox", NULL, NULL);
        assert_layers(firefox, "block, block, profile, system override, user override");
        g_assert_cmpstr(mode(firefox), ==, "none");
        g_assert_cmpstr(profile_get_string(firefox->profile, PROFILE_DISPLAY_BORDER), ==, "none");
        g_assert_false(profile_has_word(firefox->profile, PROFILE_CONTEXT_SOCKETS, "wayland"));
        g_assert_true(g_str_has_suffix(profile_origin(firefox->profile, PROFILE_DISPLAY_MODE, 0).file,
                                       "oriel/overrides/org.mozilla.firefox"));

        g_assert_true(profile_set(overlay, PROFILE_DISPLAY_MODE, "wayland", "command line", NULL));
        request.entry = firefox->entry;
        with_overlay = store_profile_load(world.catalog, &request, NULL);
        g_assert_cmpstr(mode(with_overlay), ==, "wayland");
        assert_layers(with_overlay, "block, block, profile, system override, user override, command line");
}

static void test_bad_override(void)
{
        static const char *const bad[] = { "[Application]\nname=org.x.Other\n", "[Oriel]\ninherits=gui\n",
                                           "[Oriel]\nalias=x\n", "[Display]\nmode=nonsense\n" };
        g_auto(World) world = world_new();

        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;

                place_write(world.place, USER "overrides/org.mozilla.firefox", bad[i]);
                g_assert_null(load(&world, "firefox", NULL, NULL, &error));
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
                g_assert_nonnull(strstr(error->message, "overrides/org.mozilla.firefox:2:"));
        }
}

static void test_hostile_override(void)
{
        g_auto(World) world = world_new();
        g_autofree char *path = place_path(world.place, USER "overrides/org.mozilla.firefox");
        g_autoptr(GError) error = NULL;

        place_write(world.place, USER "overrides/x", "");
        g_assert_cmpint(symlink("x", path), ==, 0);
        g_assert_null(load(&world, "firefox", NULL, NULL, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_clear_error(&error);
        g_assert_cmpint(g_unlink(path), ==, 0);
        g_assert_cmpint(mkfifo(path, 0600), ==, 0);
        g_assert_null(load(&world, "firefox", NULL, NULL, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
}

/* Different (profile origin, data instance): different ids, data and grants. */
static void test_identity(void)
{
        g_auto(World) world = world_new();
        g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        const struct {
                const char *app, *profile, *instance;
        } all[] = {
                { NULL, "apps/firefox", NULL },  { NULL, "apps/firefox", "work" }, { NULL, "apps/firefox", "default" },
                { NULL, "mine", NULL },          { NULL, "mine", "work" },         { NULL, "./project", NULL },
                { NULL, "./sub/project", NULL }, { NULL, "./project", "work" },    { "./program", NULL, NULL },
                { "./sub/program", NULL, NULL }, { NULL, "agents/claude", NULL },  { NULL, "agents/claude", "work" },
                { NULL, "base/gui", NULL },
        };

        place_write(world.place, USER "profiles/mine", "[Application]\nname=org.mozilla.firefox\ncommand=x\n");
        place_write(world.place, "home/project", "[Application]\nname=org.mozilla.firefox\n");
        place_write(world.place, "home/sub/project", "[Application]\nname=org.mozilla.firefox\n");
        place_write(world.place, "home/program", "");
        place_write(world.place, "home/sub/program", "");
        reopen(&world);
        for (gsize i = 0; i < G_N_ELEMENTS(all); i++) {
                g_autoptr(StoreProfile) one = must_load(&world, all[i].app, all[i].profile, all[i].instance);

                g_assert_true(app_id_is_valid(one->app_id, strlen(one->app_id)));
                g_assert_true(g_hash_table_add(ids, g_strdup(one->app_id)));
                g_assert_true(g_hash_table_add(keys, g_strdup(one->data_key)));
        }
        /* Two files claim it, so neither gets it. */
        g_assert_false(g_hash_table_contains(ids, "org.mozilla.firefox"));
}

static void test_hidden_twin(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) shipped = must_load(&world, "firefox", NULL, NULL), own = NULL;

        /* The user's file of the same name takes the shipped one's place: it is the same app, with its data. */
        place_write(world.place, USER "profiles/apps/firefox", "[Application]\nname=org.mozilla.firefox\ncommand=y\n");
        reopen(&world);
        own = must_load(&world, "firefox", NULL, NULL);
        g_assert_cmpint(own->entry->origin, ==, STORE_ORIGIN_USER);
        g_assert_cmpstr(own->app_id, ==, "org.mozilla.firefox");
        g_assert_cmpstr(own->data_key, ==, shipped->data_key);
        shipped->entry = NULL;
}

static void test_flatpak_twin(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) before = must_load(&world, "firefox", NULL, NULL), after = NULL;

        place_write(world.place, "home/.local/share/flatpak/app/org.mozilla.firefox/x", "");
        after = must_load(&world, "firefox", NULL, NULL);
        g_assert_cmpstr(before->app_id, ==, "org.mozilla.firefox");
        g_assert_true(g_str_has_prefix(after->app_id, "org.mozilla.firefox.oriel_"));
        /* Its data stays where it is. */
        g_assert_cmpstr(before->data_key, ==, after->data_key);
}

static void test_foreign_claim(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) project = NULL;

        /* A downloaded file that calls itself Firefox gets neither its overrides nor its data. */
        place_write(world.place, USER "overrides/org.mozilla.firefox", "[Context]\nfilesystems=home\n");
        place_write(world.place, "home/project", "[Application]\nname=org.mozilla.firefox\n");
        project = must_load(&world, NULL, "./project", NULL);
        assert_layers(project, "profile");
        g_assert_true(g_str_has_prefix(project->app_id, "org.mozilla.firefox.oriel_"));
        g_assert_false(g_str_has_prefix(project->data_key, "org.mozilla.firefox/apps,firefox/"));
}

static void test_workspace(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) one = NULL, two = NULL, named = NULL, named_two = NULL;
        g_autofree char *home = NULL;

        place_write(world.place, "home/one/x", "");
        place_write(world.place, "home/two/x", "");
        home = g_steal_pointer(&world.place->home);
        world.place->home = place_path(world.place, "home/one");
        one = must_load(&world, "claude", NULL, NULL);
        named = must_load(&world, "claude", NULL, "work");
        g_free(world.place->home);
        world.place->home = place_path(world.place, "home/two");
        two = must_load(&world, "claude", NULL, NULL);
        named_two = must_load(&world, "claude", NULL, "work");
        g_assert_true(g_str_has_suffix(one->workspace, "/home/one"));
        g_assert_cmpstr(one->data_key, !=, two->data_key);
        g_assert_cmpstr(one->app_id, !=, two->app_id);
        /* A named instance is one home for all projects, but each has its own grants. */
        g_assert_cmpstr(named->data_key, ==, named_two->data_key);
        g_assert_cmpstr(named->grants_key, !=, named_two->grants_key);
        g_free(world.place->home);
        world.place->home = g_steal_pointer(&home);
}

/* State belongs to the directory and not to its name. */
static void test_workspace_moved(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) before = NULL, moved = NULL, other = NULL;
        g_autofree char *home = g_steal_pointer(&world.place->home), *one = NULL, *two = NULL;

        place_write(world.place, "home/one/x", "");
        one = place_path(world.place, "home/one");
        two = place_path(world.place, "home/two");
        world.place->home = g_strdup(one);
        before = must_load(&world, "claude", NULL, NULL);
        g_assert_cmpint(rename(one, two), ==, 0);
        place_write(world.place, "home/one/x", "");
        other = must_load(&world, "claude", NULL, NULL);
        g_free(world.place->home);
        world.place->home = g_strdup(two);
        moved = must_load(&world, "claude", NULL, NULL);
        g_assert_cmpstr(moved->data_key, ==, before->data_key);
        g_assert_cmpstr(moved->grants_key, ==, before->grants_key);
        g_assert_cmpstr(other->data_key, !=, before->data_key);
        g_assert_cmpstr(other->grants_key, !=, before->grants_key);
        g_free(world.place->home);
        world.place->home = g_steal_pointer(&home);
}

static void test_bad_instance(void)
{
        static const char *const bad[] = { "", "a/b", "..", "-x", "@default", "0123abcd", "a b" };
        g_auto(World) world = world_new();

        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;

                g_assert_null(load(&world, "firefox", NULL, bad[i], &error));
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE);
        }
}

static void test_grants(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) before = must_load(&world, "firefox", NULL, NULL), after = NULL, other = NULL;
        g_autoptr(Grant) grant = grant_new("May it?", 7, "[Display] clipboard=both");

        g_assert_true(store_grants_add(world.place->dirs, before->grants_key, grant, NULL));
        after = must_load(&world, "firefox", NULL, NULL);
        other = must_load(&world, "firefox", NULL, "work");
        assert_layers(after, "block, block, profile, grants");
        assert_layers(other, "block, block, profile");
        g_assert_cmpstr(profile_get_string(after->profile, PROFILE_DISPLAY_CLIPBOARD), ==, "both");
        g_assert_cmpuint(profile_origin(after->profile, PROFILE_DISPLAY_CLIPBOARD, 0).line, ==, 2);
}

static void test_data_dir(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) firefox = must_load(&world, "firefox", NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_autofree char *instance = g_path_get_dirname(firefox->data_dir);
        struct stat is = { 0 };

        g_assert_cmpint(stat(instance, &is), ==, -1);
        g_assert_true(store_profile_make_data_dir(world.place->dirs, firefox, &error));
        g_assert_cmpint(stat(firefox->data_dir, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0700);
        /* What the app made of its home's mode is its own affair. */
        g_assert_cmpint(g_chmod(firefox->data_dir, 0777), ==, 0);
        g_assert_true(store_profile_make_data_dir(world.place->dirs, firefox, &error));
        g_assert_cmpint(g_rmdir(firefox->data_dir), ==, 0);
        g_assert_cmpint(symlink(world.place->home, firefox->data_dir), ==, 0);
        g_assert_false(store_profile_make_data_dir(world.place->dirs, firefox, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

static void test_tree(void)
{
        g_auto(World) world = world_new();
        g_autoptr(StoreProfile) firefox = must_load(&world, "firefox", NULL, NULL);
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL, *label = NULL;

        g_assert_null(store_profile_read_tree(world.catalog, firefox, &label, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_error(&error);
        place_write(world.place, SHIPPED "trees/default", "[Box app]\n");
        text = store_profile_read_tree(world.catalog, firefox, &label, &error);
        g_assert_no_error(error);
        g_assert_cmpstr(text, ==, "[Box app]\n");
        g_assert_true(g_str_has_suffix(label, "/trees/default"));
}

int main(int argc, char **argv)
{
        static const struct {
                const char *path;
                void (*test)(void);
        } tests[] = {
                { "/profiles/blocks", test_blocks },
                { "/profiles/circle", test_circle },
                { "/profiles/unknown-block", test_unknown_block },
                { "/profiles/order", test_order },
                { "/profiles/bad-override", test_bad_override },
                { "/profiles/hostile-override", test_hostile_override },
                { "/profiles/identity", test_identity },
                { "/profiles/hidden-twin", test_hidden_twin },
                { "/profiles/flatpak-twin", test_flatpak_twin },
                { "/profiles/foreign-claim", test_foreign_claim },
                { "/profiles/workspace", test_workspace },
                { "/profiles/workspace-moved", test_workspace_moved },
                { "/profiles/bad-instance", test_bad_instance },
                { "/profiles/grants", test_grants },
                { "/profiles/data-dir", test_data_dir },
                { "/profiles/tree", test_tree },
        };

        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
                g_test_add_func(tests[i].path, tests[i].test);
        return g_test_run();
}
