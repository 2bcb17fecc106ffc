/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each kind of witness notices each kind of change that it is for; and a path brings those on its way. */
#include <glib.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "witness/witnesses.h"

typedef struct Fixture {
        char *top, *file, *link, *directory;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
        g_autofree char *top = g_dir_make_tmp("witness-XXXXXX", NULL);

        (void)data;
        fixture->top = realpath(top, NULL);
        fixture->file = g_build_filename(fixture->top, "file", NULL);
        fixture->link = g_build_filename(fixture->top, "link", NULL);
        fixture->directory = g_build_filename(fixture->top, "directory", NULL);
        g_assert_true(g_file_set_contents(fixture->file, "one", -1, NULL));
        g_assert_cmpint(g_mkdir(fixture->directory, 0700), ==, 0);
        g_assert_cmpint(symlink("file", fixture->link), ==, 0);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
        g_autofree char *inside = g_build_filename(fixture->directory, "new", NULL);

        (void)data;
        (void)g_remove(inside);
        (void)g_remove(fixture->file);
        (void)g_remove(fixture->link);
        (void)g_remove(fixture->directory);
        g_assert_cmpint(g_rmdir(fixture->top), ==, 0);
        free(fixture->top);
        g_free(fixture->file);
        g_free(fixture->link);
        g_free(fixture->directory);
}

static gboolean changes(WitnessKind kind, const char *name, void (*change)(const Fixture *), const Fixture *fixture)
{
        Witness before, after;

        witness_look(&before, kind, name);
        witness_look(&after, kind, name);
        g_assert_true(witness_same(&before, &after));
        g_usleep(20000); /* a tick of the file system's clock */
        change(fixture);
        witness_look(&after, kind, name);
        return !witness_same(&before, &after);
}

static void write_same_length(const Fixture *fixture)
{
        FILE *file = fopen(fixture->file, "r+");

        g_assert_cmpuint(fwrite("two", 1, 3, file), ==, 3);
        fclose(file);
}

static void replace_file(const Fixture *fixture)
{
        g_assert_true(g_file_set_contents(fixture->file, "one", -1, NULL));
}

static void remove_file(const Fixture *fixture)
{
        g_assert_cmpint(g_remove(fixture->file), ==, 0);
}

static void chmod_file(const Fixture *fixture)
{
        g_assert_cmpint(g_chmod(fixture->file, 0644), ==, 0);
}

static void relink(const Fixture *fixture)
{
        g_assert_cmpint(g_remove(fixture->link), ==, 0);
        g_assert_cmpint(symlink("gile", fixture->link), ==, 0);
}

static void link_in_place(const Fixture *fixture)
{
        g_assert_cmpint(g_rmdir(fixture->directory), ==, 0);
        g_assert_cmpint(symlink("/tmp", fixture->directory), ==, 0);
}

static void file_is_link(const Fixture *fixture)
{
        g_assert_cmpint(g_remove(fixture->file), ==, 0);
        g_assert_cmpint(symlink("/etc/passwd", fixture->file), ==, 0);
}

static void add_to_directory(const Fixture *fixture)
{
        g_autofree char *inside = g_build_filename(fixture->directory, "new", NULL);

        g_assert_true(g_file_set_contents(inside, "x", -1, NULL));
}

static void test_content(Fixture *fixture, gconstpointer data)
{
        (void)data;
        g_assert_true(changes(WITNESS_CONTENT, fixture->file, write_same_length, fixture));
        g_assert_true(changes(WITNESS_CONTENT, fixture->file, chmod_file, fixture));
        g_assert_true(changes(WITNESS_CONTENT, fixture->file, replace_file, fixture));
        g_assert_true(changes(WITNESS_CONTENT, fixture->directory, add_to_directory, fixture));
        g_assert_true(changes(WITNESS_CONTENT, fixture->file, remove_file, fixture));
        g_assert_true(changes(WITNESS_CONTENT, fixture->file, replace_file, fixture));
}

static void test_place(Fixture *fixture, gconstpointer data)
{
        (void)data;
        g_assert_false(changes(WITNESS_PLACE, fixture->file, write_same_length, fixture));
        g_assert_false(changes(WITNESS_PLACE, fixture->file, replace_file, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->file, file_is_link, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->file, remove_file, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->file, replace_file, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->link, relink, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->directory, link_in_place, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->file, remove_file, fixture));
        g_assert_true(changes(WITNESS_PLACE, fixture->file, replace_file, fixture));
}

static void test_text(Fixture *fixture, gconstpointer data)
{
        (void)data;
        g_assert_true(changes(WITNESS_TEXT, fixture->file, write_same_length, fixture));
        g_assert_true(changes(WITNESS_TEXT, fixture->file, remove_file, fixture));
}

static void test_abstract(void)
{
        g_autofree char *name = g_strdup_printf("/oriel-test-%d", getpid());
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        Witness witness;

        memcpy(address.sun_path + 1, name, strlen(name));
        witness_look(&witness, WITNESS_ABSTRACT, name);
        g_assert_false(witness.there);
        g_assert_cmpint(bind(fd, (struct sockaddr *)&address,
                             (socklen_t)(G_STRUCT_OFFSET(struct sockaddr_un, sun_path) + 1 + strlen(name))),
                        ==, 0);
        g_assert_cmpint(listen(fd, 1), ==, 0);
        witness_look(&witness, WITNESS_ABSTRACT, name);
        g_assert_true(witness.there);
}

static void test_user(void)
{
        g_autofree char *want = NULL;
        struct passwd *entry = getpwuid(getuid());
        Witness witness;

        g_assert_nonnull(entry);
        want = g_strdup_printf("%s:%s", entry->pw_name, entry->pw_dir);
        witness_look(&witness, WITNESS_USER, "");
        g_assert_true(witness.there);
        g_assert_cmpstr(witness.text, ==, want);
}

static gboolean has(const Witnesses *witnesses, const char *path, WitnessKind kind)
{
        gsize n = 0;
        const Witness *all = witnesses_all(witnesses, &n);

        for (gsize i = 0; i < n; i++)
                if (strcmp(all[i].name, path) == 0 && all[i].kind == kind)
                        return TRUE;
        return FALSE;
}

/* The links on the way, what they lead to, and where a way ends. */
static void test_way(Fixture *fixture, gconstpointer data)
{
        g_autoptr(Witnesses) witnesses = witnesses_new();
        g_autofree char *path = g_build_filename(fixture->directory, "..", "link", NULL);
        g_autofree char *missing = g_build_filename(fixture->directory, "no", "where", NULL);
        g_autofree char *no = g_build_filename(fixture->directory, "no", NULL);

        (void)data;
        witnesses_path(witnesses, path, WITNESS_CONTENT);
        g_assert_true(has(witnesses, fixture->top, WITNESS_PLACE));
        g_assert_true(has(witnesses, fixture->directory, WITNESS_PLACE));
        g_assert_true(has(witnesses, fixture->link, WITNESS_CONTENT));
        g_assert_true(has(witnesses, fixture->file, WITNESS_CONTENT));
        witnesses_path(witnesses, missing, WITNESS_PLACE);
        g_assert_true(has(witnesses, no, WITNESS_PLACE));
        g_assert_false(has(witnesses, missing, WITNESS_PLACE));
        /* All of it was made just now. */
        g_assert_nonnull(witnesses_fault(witnesses));
}

static void test_spoilt(void)
{
        g_autoptr(Witnesses) witnesses = witnesses_new();

        witnesses_path(witnesses, "/usr/bin", WITNESS_PLACE);
        g_assert_null(witnesses_fault(witnesses));
        witnesses_path(witnesses, "relative", WITNESS_PLACE);
        g_assert_nonnull(witnesses_fault(witnesses));
        witnesses_path(NULL, "/", WITNESS_PLACE);
        witnesses_spoil(NULL, "x");
}

static void test_circle(Fixture *fixture, gconstpointer data)
{
        g_autoptr(Witnesses) witnesses = witnesses_new();

        (void)data;
        g_assert_cmpint(g_remove(fixture->link), ==, 0);
        g_assert_cmpint(symlink("link", fixture->link), ==, 0);
        witnesses_path(witnesses, fixture->link, WITNESS_PLACE);
        g_assert_nonnull(witnesses_fault(witnesses));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/witness/content", Fixture, NULL, set_up, test_content, tear_down);
        g_test_add("/witness/place", Fixture, NULL, set_up, test_place, tear_down);
        g_test_add("/witness/text", Fixture, NULL, set_up, test_text, tear_down);
        g_test_add_func("/witness/abstract", test_abstract);
        g_test_add_func("/witness/user", test_user);
        g_test_add("/witness/way", Fixture, NULL, set_up, test_way, tear_down);
        g_test_add("/witness/circle", Fixture, NULL, set_up, test_circle, tear_down);
        g_test_add_func("/witness/spoilt", test_spoilt);
        return g_test_run();
}
