/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "place.h"
#include "store/catalog.h"

#define USER "home/.config/oriel/profiles/"
#define SYSTEM "etc/profiles/"
#define SHIPPED "prefix/share/oriel/profiles/"

static const struct File {
        const char *path, *text;
} files[] = {
        { SHIPPED "base/gui", "[Context]\nsockets=x11\n" },
        { SHIPPED "base/cli", "[Context]\nshared=\n" },
        { SHIPPED "trees/default", "not a profile" },
        { SHIPPED "apps/firefox",
          "[Application]\nname=org.mozilla.firefox\ncommand=/usr/bin/firefox-esr\n\n[Oriel]\nalias=browser;ff\n" },
        { SHIPPED "apps/mousepad", "[Application]\nname=org.xfce.mousepad\ncommand=mousepad\n" },
        { SHIPPED "apps/evince", "[Application]\nname=org.gnome.Evince\ncommand=evince\n" },
        { SHIPPED "agents/one", "[Application]\nname=com.one.Tool\ncommand=tool\n\n[Oriel]\nalias=twin\n" },
        { SHIPPED "agents/two", "[Application]\nname=com.two.Tool\ncommand=tool\n\n[Oriel]\nalias=twin\n" },
        { SYSTEM "apps/evince", "[Application]\nname=org.gnome.Evince\ncommand=evince-at-work\n" },
        { USER "apps/notes", "[Application]\ncommand=notes\n\n[Oriel]\nalias=FF\n" },
        { USER "apps/broken", "[Application]\nname=org.x.Broken\nnonsense=1\n" },
        { USER "apps/evil", "[Application]\nname=org.oriel.Sandbox1\ncommand=evil\n" },
        { USER "apps/.hidden", "[Application]\nname=org.x.Hidden\n" },
        { USER "apps/notes~", "[Application]\nname=org.x.Backup\n" },
        { "prefix/applications/fire.desktop",
          "[Desktop Entry]\nType=Application\nName=x\nExec=env A=1 firefox-esr %u\n" },
};

static Place *make(StoreCatalog **ret_catalog)
{
        Place *place = place_new();
        g_autoptr(GError) error = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(files); i++)
                place_write(place, files[i].path, files[i].text);
        *ret_catalog = store_catalog_new(place->dirs, place->etc, place->prefix, &error);
        g_assert_no_error(error);
        return place;
}

/* What a word finds. */
static const struct Row {
        const char *path, *word;
        const char *app;     /* name that APP finds, or NULL: not found; "!": two fit; "?": its file is broken */
        const char *profile; /* the same for --profile */
} rows[] = {
        { "/catalog/id", "org.mozilla.firefox", "apps/firefox", "apps/firefox" },
        { "/catalog/id-without-case", "ORG.Mozilla.Firefox", "apps/firefox", "apps/firefox" },
        { "/catalog/alias", "browser", "apps/firefox", "apps/firefox" },
        { "/catalog/alias-of-two-places", "ff", "apps/notes", "apps/notes" },
        { "/catalog/desktop-id", "org.mozilla.firefox.desktop", "apps/firefox", NULL },
        { "/catalog/desktop-file", "fire", "apps/firefox", NULL },
        { "/catalog/last-element", "firefox", "apps/firefox", "apps/firefox" },
        { "/catalog/command", "firefox-esr", "apps/firefox", NULL },
        { "/catalog/system-hides", "evince-at-work", "apps/evince", NULL },
        { "/catalog/hidden-command", "org.gnome.Evince", "apps/evince", "apps/evince" },
        { "/catalog/no-id", "notes", "apps/notes", "apps/notes" },
        { "/catalog/two-by-alias", "twin", "!", "!" },
        { "/catalog/two-by-element", "tool", "!", NULL },
        { "/catalog/block", "gui", NULL, "base/gui" },
        { "/catalog/block-by-name", "base/cli", NULL, "base/cli" },
        { "/catalog/block-by-id", "org.oriel.run.gui", NULL, "base/gui" },
        { "/catalog/tree", "trees/default", NULL, NULL },
        { "/catalog/dot-file", "org.x.Hidden", NULL, NULL },
        { "/catalog/backup", "org.x.Backup", NULL, NULL },
        { "/catalog/broken", "broken", "?", "?" },
        { "/catalog/reserved", "evil", "?", "?" },
        { "/catalog/unknown", "nothing", NULL, NULL },
        { "/catalog/empty", "", NULL, NULL },
        { "/catalog/up", "../profiles/base/cli", NULL, NULL },
};

static void check(const StoreEntry *found, const GError *error, const char *want)
{
        static const struct {
                const char *mark;
                int code;
        } faults[] = { { "!", ORIEL_ERROR_USAGE }, { "?", ORIEL_ERROR_INVALID } };
        int code = ORIEL_ERROR_NOT_FOUND;

        if (want != NULL && g_ascii_isalpha(*want)) {
                g_assert_no_error(error);
                g_assert_cmpstr(found->name, ==, want);
                g_assert_nonnull(found->profile);
                return;
        }
        for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
                if (g_strcmp0(faults[i].mark, want) == 0)
                        code = faults[i].code;
        g_assert_null(found);
        g_assert_error(error, ORIEL_ERROR, code);
}

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autoptr(Place) place = make(&catalog);
        g_autoptr(GError) app_error = NULL, profile_error = NULL;
        const StoreEntry *app = store_catalog_find_app(catalog, row->word, place->home, &app_error);
        const StoreEntry *profile = store_catalog_find_profile(catalog, row->word, place->home, &profile_error);

        check(profile, profile_error, row->profile);
        if (strchr(row->word, '/') == NULL)
                check(app, app_error, row->app);
        g_clear_pointer(&catalog, store_catalog_free);
}

static void test_sentences(void)
{
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autoptr(Place) place = make(&catalog);
        g_autoptr(GError) two = NULL, near = NULL, part = NULL, escape = NULL, line = NULL;

        g_assert_null(store_catalog_find_app(catalog, "tool", place->home, &two));
        g_assert_nonnull(strstr(two->message, "agents/one"));
        g_assert_nonnull(strstr(two->message, "agents/two"));
        g_assert_null(store_catalog_find_app(catalog, "mousepda", place->home, &near));
        g_assert_nonnull(strstr(near->message, "mousepad"));
        g_assert_nonnull(strstr(near->message, "--profile"));
        g_assert_null(store_catalog_find_app(catalog, "mouse", place->home, &part));
        g_assert_nonnull(strstr(part->message, "mousepad"));
        g_assert_null(store_catalog_find_app(catalog, "\033[2J", place->home, &escape));
        g_assert_null(strchr(escape->message, '\033'));
        g_assert_null(store_catalog_find_profile(catalog, "apps/broken", place->home, &line));
        g_assert_nonnull(strstr(line->message, "apps/broken:3:"));
        g_clear_pointer(&catalog, store_catalog_free);
}

static void test_hiding(void)
{
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autoptr(Place) place = make(&catalog);
        guint n_evince = 0;

        g_assert_nonnull(place);
        for (guint i = 0; i < store_catalog_size(catalog); i++) {
                const StoreEntry *entry = store_catalog_get(catalog, i);

                if (strcmp(entry->name, "apps/evince") == 0) {
                        n_evince++;
                        g_assert_cmpint(entry->origin, ==, STORE_ORIGIN_SYSTEM);
                }
                if (i > 0)
                        g_assert_cmpint(store_catalog_get(catalog, i - 1)->origin, <=, entry->origin);
        }
        g_assert_cmpuint(n_evince, ==, 1);
        g_clear_pointer(&catalog, store_catalog_free);
}

/* A link and a FIFO among the user's profiles harm none but themselves. */
static void test_hostile_files(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autofree char *link = place_path(place, USER "apps/link"), *fifo = place_path(place, USER "apps/fifo");
        g_autofree char *directory = place_path(place, USER "away");
        g_autoptr(GError) error = NULL;

        place_write(place, USER "apps/good", "[Application]\nname=org.x.Good\ncommand=good\n");
        place_write(place, "outside/secret", "[Application]\nname=org.x.Secret\ncommand=secret\n");
        g_assert_cmpint(symlink("good", link), ==, 0);
        g_assert_cmpint(symlink("../../../../../outside", directory), ==, 0);
        g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
        catalog = store_catalog_new(place->dirs, NULL, NULL, &error);
        g_assert_no_error(error);
        g_assert_nonnull(store_catalog_find_app(catalog, "good", place->home, &error));
        g_assert_null(store_catalog_find_app(catalog, "link", place->home, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_clear_error(&error);
        g_assert_null(store_catalog_find_app(catalog, "fifo", place->home, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_clear_error(&error);
        g_assert_null(store_catalog_find_app(catalog, "secret", place->home, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_pointer(&catalog, store_catalog_free);
}

static void test_symlinked_profiles(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *link = place_path(place, "home/.config/oriel/profiles");
        g_autoptr(GError) error = NULL;

        place_write(place, "home/.config/oriel/x", "");
        place_write(place, "elsewhere/apps/bad", "[Application]\nname=org.x.Bad\n");
        g_assert_cmpint(symlink("../../../elsewhere", link), ==, 0);
        g_assert_null(store_catalog_new(place->dirs, NULL, NULL, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

static void test_program(void)
{
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autoptr(Place) place = make(&catalog);
        g_autoptr(GError) error = NULL;
        g_autofree char *cwd = place_path(place, "home/tools"), *grant = g_strconcat(cwd, ":ro", NULL);
        const StoreEntry *found = NULL;

        place_write(place, "home/tools/run", "#!/bin/sh\n");
        place_write(place, "home/run", "#!/bin/sh\n");
        found = store_catalog_find_app(catalog, "./run", cwd, &error);
        g_assert_no_error(error);
        g_assert_cmpint(found->origin, ==, STORE_ORIGIN_PROGRAM);
        g_assert_cmpstr(found->id, ==, "org.oriel.run.run");
        g_assert_cmpstr(profile_get_list(found->profile, PROFILE_CONTEXT_FILESYSTEMS)[0], ==, grant);
        g_assert_cmpstr(profile_get_list(found->profile, PROFILE_ORIEL_INHERITS)[0], ==, "gui");

        /* From the home itself only the file: its directory would show everything. */
        found = store_catalog_find_app(catalog, "./run", place->home, &error);
        g_assert_no_error(error);
        g_assert_true(
                g_str_has_suffix(profile_get_list(found->profile, PROFILE_CONTEXT_FILESYSTEMS)[0], "/home/run:ro"));
        g_assert_null(store_catalog_find_app(catalog, "./no/such", cwd, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_error(&error);
        place_write(place, "home/a;b/run", "");
        g_assert_null(store_catalog_find_app(catalog, "../a;b/run", cwd, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE);
        g_clear_pointer(&catalog, store_catalog_free);
}

static void test_file(void)
{
        g_autoptr(StoreCatalog) catalog = NULL;
        g_autoptr(Place) place = make(&catalog);
        g_autoptr(GError) error = NULL;
        const StoreEntry *found = NULL;

        place_write(place, "home/p/firefox", "[Application]\nname=org.mozilla.firefox\n");
        found = store_catalog_find_profile(catalog, "./p/firefox", place->home, &error);
        g_assert_no_error(error);
        g_assert_cmpint(found->origin, ==, STORE_ORIGIN_FILE);
        /* Without a slash the working directory is not searched. */
        place_write(place, "home/local", "[Application]\nname=org.x.Local\n");
        g_assert_null(store_catalog_find_profile(catalog, "local", place->home, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_pointer(&catalog, store_catalog_free);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/catalog/sentences", test_sentences);
        g_test_add_func("/catalog/hiding", test_hiding);
        g_test_add_func("/catalog/hostile-files", test_hostile_files);
        g_test_add_func("/catalog/symlinked-profiles", test_symlinked_profiles);
        g_test_add_func("/catalog/program", test_program);
        g_test_add_func("/catalog/file", test_file);
        return g_test_run();
}
