/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "place.h"

/* Something hostile in the place of PLACE/home/.config/oriel, or in the environment: it is refused in these words. */
struct Row {
        const char *path;
        void (*prepare)(Place *place);
        const char *sentence; /* part of it */
};

static void make_config_link(Place *place)
{
        g_autofree char *link = place_path(place, "home/.config/oriel"), *target = place_path(place, "elsewhere");
        g_autofree char *above = g_path_get_dirname(link);

        g_assert_cmpint(g_mkdir_with_parents(above, 0700), ==, 0);
        g_assert_cmpint(g_mkdir_with_parents(target, 0700), ==, 0);
        g_assert_cmpint(symlink(target, link), ==, 0);
}

static void make_config_file(Place *place)
{
        place_write(place, "home/.config/oriel", "text");
}

static void make_config_fifo(Place *place)
{
        g_autofree char *fifo = place_path(place, "home/.config/oriel");

        place_write(place, "home/.config/other", "");
        g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
}

static void make_config_open(Place *place)
{
        g_autofree char *path = place_path(place, "home/.config/oriel");

        g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
        g_assert_cmpint(g_chmod(path, 0770), ==, 0);
}

static void be_another(Place *place)
{
        place_write(place, "home/.config/oriel/x", "");
        place->environment.uid++;
        place->environment.xdg_runtime_dir = NULL;
        place_reopen(place);
}

static const struct Row rows[] = {
        { "/dirs/symlink", make_config_link, "symbolic link" },
        { "/dirs/file", make_config_file, "not a directory" },
        { "/dirs/fifo", make_config_fifo, "not a directory" },
        { "/dirs/others-write", make_config_open, "chmod 700" },
        { "/dirs/another-owner", be_another, "belongs to another user" },
};

static void test_refused(const void *data)
{
        const struct Row *row = data;
        g_autoptr(Place) place = place_new();
        g_autoptr(GError) error = NULL;

        row->prepare(place);
        g_assert_cmpint(store_dirs_open(place->dirs, STORE_DIR_CONFIG, TRUE, &error), ==, -1);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        g_assert_nonnull(strstr(error->message, row->sentence));
        g_assert_nonnull(strstr(error->message, "/home/.config/oriel"));
}

static void test_make(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GError) error = NULL;
        struct stat is = { 0 };
        mode_t before = umask(0277);
        int fd = -1;

        g_assert_cmpint(store_dirs_open(place->dirs, STORE_DIR_RUNTIME, FALSE, &error), ==, -1);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_error(&error);
        fd = store_dirs_open(place->dirs, STORE_DIR_RUNTIME, TRUE, &error);
        (void)umask(before);
        g_assert_no_error(error);
        g_assert_cmpint(fstat(fd, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0700);
        /* Held: the same descriptor again, whatever happens to the path. */
        g_assert_cmpint(g_rename(store_dirs_path(place->dirs, STORE_DIR_RUNTIME), place->etc), ==, 0);
        g_assert_cmpint(store_dirs_open(place->dirs, STORE_DIR_RUNTIME, FALSE, &error), ==, fd);
}

static void test_tighten(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, "home/.config/oriel");
        struct stat is = { 0 };

        g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
        g_assert_cmpint(store_dirs_open(place->dirs, STORE_DIR_CONFIG, FALSE, NULL), >=, 0);
        g_assert_cmpint(stat(path, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0700);
}

static void test_below(void)
{
        static const char *const bad[] = { "a/../b", "a//b", "./a", "link/b", "/a" };
        g_autoptr(Place) place = place_new();
        g_autofree char *link = place_path(place, "home/.local/share/oriel/link");
        CLEANUP(fd_closep) int fd = store_dirs_open_below(place->dirs, STORE_DIR_DATA, "a/b", TRUE, NULL);

        g_assert_cmpint(fd, >=, 0);
        g_assert_cmpint(symlink("a", link), ==, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
                g_autoptr(GError) error = NULL;

                g_assert_cmpint(store_dirs_open_below(place->dirs, STORE_DIR_DATA, bad[i], TRUE, &error), ==, -1);
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        }
}

static void assert_unreadable(Place *place, const char *path, const char *sentence)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        gsize n = 0;

        g_assert_false(store_dirs_read(place->dirs, STORE_DIR_CONFIG, path, 16, &text, &n, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_assert_nonnull(strstr(error->message, sentence));
        g_assert_null(text);
}

static void test_read(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *fifo = place_path(place, "home/.config/oriel/fifo"), *text = NULL;
        g_autofree char *link = place_path(place, "home/.config/oriel/link");
        g_autoptr(GError) error = NULL;
        gsize n = 0;

        place_write(place, "home/.config/oriel/file", "sixteen letters!");
        place_write(place, "home/.config/oriel/long", "seventeen letters");
        g_assert_cmpint(mkfifo(fifo, 0600), ==, 0);
        g_assert_cmpint(symlink("file", link), ==, 0);
        g_assert_true(store_dirs_read(place->dirs, STORE_DIR_CONFIG, "file", 16, &text, &n, &error));
        g_assert_cmpstr(text, ==, "sixteen letters!");
        g_assert_cmpuint(n, ==, 16);
        g_clear_pointer(&text, g_free);
        assert_unreadable(place, "long", "too large");
        assert_unreadable(place, "fifo", "not a regular file");
        assert_unreadable(place, "link", "symbolic link");
        g_assert_false(store_dirs_read(place->dirs, STORE_DIR_CONFIG, "none", 16, &text, &n, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
}

static void test_write(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, "home/.local/share/oriel/a/file"), *text = NULL;
        g_autofree char *victim = place_path(place, "victim"), *directory = g_path_get_dirname(path);
        g_autoptr(GDir) listing = NULL;
        struct stat is = { 0 };
        mode_t before = 0;

        place_write(place, "victim", "untouched");
        place_write(place, "home/.local/share/oriel/a/x", "");
        g_assert_cmpint(symlink(victim, path), ==, 0);
        before = umask(0);
        g_assert_true(store_dirs_write(place->dirs, STORE_DIR_DATA, "a/file", "text", 4, NULL));
        (void)umask(before);
        g_assert_true(g_file_get_contents(victim, &text, NULL, NULL));
        g_assert_cmpstr(text, ==, "untouched");
        g_assert_cmpint(lstat(path, &is), ==, 0);
        g_assert_true(S_ISREG(is.st_mode));
        g_assert_cmpint(is.st_mode & 07777, ==, 0600);
        g_assert_cmpint(is.st_size, ==, 4);
        /* Nothing but the file and what was there. */
        listing = g_dir_open(directory, 0, NULL);
        for (const char *name = g_dir_read_name(listing); name != NULL; name = g_dir_read_name(listing))
                g_assert_true(strcmp(name, "file") == 0 || strcmp(name, "x") == 0);
}

/* What a link leads to is not ours to remove, and what is not there needs no removing. */
static void test_remove(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, "home/.local/share/oriel/a/file");
        g_autofree char *victim = place_path(place, "victim");
        g_autoptr(GError) error = NULL;

        place_write(place, "victim", "untouched");
        place_write(place, "home/.local/share/oriel/a/directory/x", "");
        g_assert_cmpint(symlink(victim, path), ==, 0);
        g_assert_true(store_dirs_remove(place->dirs, STORE_DIR_DATA, "a/file", NULL));
        g_assert_false(g_file_test(path, G_FILE_TEST_IS_SYMLINK));
        g_assert_true(g_file_test(victim, G_FILE_TEST_EXISTS));
        g_assert_true(store_dirs_remove(place->dirs, STORE_DIR_DATA, "a/file", NULL));
        g_assert_true(store_dirs_remove(place->dirs, STORE_DIR_DATA, "b/file", NULL));
        g_assert_false(store_dirs_remove(place->dirs, STORE_DIR_DATA, "a/directory", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

static void test_write_leaves_nothing(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, "home/.local/share/oriel/a");
        g_autoptr(GDir) listing = NULL;
        g_autoptr(GError) error = NULL;

        /* A directory stands where the file shall be. */
        place_write(place, "home/.local/share/oriel/a/file/x", "");
        g_assert_false(store_dirs_write(place->dirs, STORE_DIR_DATA, "a/file", "text", 4, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        listing = g_dir_open(path, 0, NULL);
        g_assert_cmpstr(g_dir_read_name(listing), ==, "file");
        g_assert_null(g_dir_read_name(listing));
}

static void test_runtime_missing(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, "home/.local/state/oriel/run");
        struct stat is = { 0 };

        place->environment.xdg_runtime_dir = NULL;
        place_reopen(place);
        g_assert_null(store_dirs_user_runtime(place->dirs));
        g_assert_nonnull(strstr(store_dirs_warning(place->dirs), "XDG_RUNTIME_DIR is not set"));
        g_assert_cmpstr(store_dirs_path(place->dirs, STORE_DIR_RUNTIME), ==, path);
        g_assert_cmpint(store_dirs_open(place->dirs, STORE_DIR_RUNTIME, TRUE, NULL), >=, 0);
        g_assert_cmpint(stat(path, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0700);
}

static void test_runtime_usual(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *name = g_strdup_printf("%u", geteuid()), *usual = place_path(place, name);

        place->environment.xdg_runtime_dir = "relative";
        g_assert_cmpint(g_mkdir_with_parents(usual, 0700), ==, 0);
        place_reopen(place);
        g_assert_cmpstr(store_dirs_user_runtime(place->dirs), ==, usual);
        g_assert_null(store_dirs_warning(place->dirs));
        /* One that others can enter is not taken. */
        g_assert_cmpint(g_chmod(usual, 0711), ==, 0);
        place_reopen(place);
        g_assert_null(store_dirs_user_runtime(place->dirs));
}

static void test_runtime_unusable(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(StoreDirs) dirs = NULL;
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(g_chmod(place->run, 0777), ==, 0);
        dirs = store_dirs_new(&place->environment, &error);
        g_assert_null(dirs);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
        g_assert_nonnull(strstr(error->message, "XDG_RUNTIME_DIR cannot be used"));
        g_clear_error(&error);
        place->environment.xdg_runtime_dir = "/nonexistent/run";
        dirs = store_dirs_new(&place->environment, &error);
        g_assert_null(dirs);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

static void test_no_home(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GError) error = NULL;

        place->environment.home = NULL;
        g_assert_null(store_dirs_new(&place->environment, &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_refused);
        g_test_add_func("/dirs/make", test_make);
        g_test_add_func("/dirs/tighten", test_tighten);
        g_test_add_func("/dirs/below", test_below);
        g_test_add_func("/dirs/read", test_read);
        g_test_add_func("/dirs/write", test_write);
        g_test_add_func("/dirs/write-leaves-nothing", test_write_leaves_nothing);
        g_test_add_func("/dirs/remove", test_remove);
        g_test_add_func("/dirs/runtime-missing", test_runtime_missing);
        g_test_add_func("/dirs/runtime-usual", test_runtime_usual);
        g_test_add_func("/dirs/runtime-unusable", test_runtime_unusable);
        g_test_add_func("/dirs/no-home", test_no_home);
        return g_test_run();
}
