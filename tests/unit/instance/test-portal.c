/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The directory that portals read: whole when it appears, and only ours is ever removed. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/portal.h"

#define ID "0000002a"
#define NAME "42"
#define IDENTITY "[Application]\nname=org.example.App\n"

typedef struct Place {
        char *path;
        int instances, flatpak, dir_fd, lock_fd;
        char app[16];
        InstanceInfo info;
} Place;

static void setup(Place *place, const void *data G_GNUC_UNUSED)
{
        place->path = g_dir_make_tmp("oriel-portal-XXXXXX", NULL);
        {
                CLEANUP(fd_closep) int top = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

                g_assert_cmpint(mkdirat(top, "instances", 0700), ==, 0);
                g_assert_cmpint(mkdirat(top, ".flatpak", 0700), ==, 0);
                place->instances = openat(top, "instances", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                place->flatpak = openat(top, ".flatpak", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        g_assert_cmpint(instance_dir_make(place->instances, ID, &place->dir_fd, &place->lock_fd), ==, 0);
        g_strlcpy(place->app, "org.example.App", sizeof place->app);
        place->info = (InstanceInfo){ .id = ID, .app = place->app };
        g_assert_cmpint(instance_info_write(&place->info, place->instances), ==, 0);
}

/* Whatever the test left in .flatpak is its own to remove: rmdir fails else. */
static void teardown(Place *place, const void *data G_GNUC_UNUSED)
{
        g_autofree char *instances = g_build_filename(place->path, "instances", NULL);
        g_autofree char *flatpak = g_build_filename(place->path, ".flatpak", NULL);

        place->lock_fd = fd_close(place->lock_fd);
        g_assert_cmpint(instance_dir_reap(place->instances, place->flatpak, ID), ==, 0);
        place->dir_fd = fd_close(place->dir_fd);
        place->instances = fd_close(place->instances);
        place->flatpak = fd_close(place->flatpak);
        g_assert_cmpint(g_rmdir(instances), ==, 0);
        g_assert_cmpint(g_rmdir(flatpak), ==, 0);
        g_assert_cmpint(g_rmdir(place->path), ==, 0);
        g_free(place->path);
}

static int publish(Place *place)
{
        return instance_portal_publish(&place->info, place->instances, place->flatpak, IDENTITY, strlen(IDENTITY),
                                       1234);
}

static bool is_there(const Place *place, const char *name)
{
        struct stat is;

        return fstatat(place->flatpak, name, &is, AT_SYMLINK_NOFOLLOW) == 0;
}

static void assert_file(const Place *place, const char *name, const char *want)
{
        CLEANUP(fd_closep) int fd = openat(place->flatpak, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        CLEANUP(freep) char *text = NULL;
        size_t n = 0;

        g_assert_cmpint(fd_read_all(fd, 4096, &text, &n), ==, 0);
        g_assert_cmpstr(text, ==, want);
}

static void test_publish(Place *place, const void *data G_GNUC_UNUSED)
{
        g_autofree char *own = g_strdup_printf("%d", (int)getpid());
        InstanceInfo info = { 0 };
        struct stat is;

        g_assert_cmpint(publish(place), ==, 0);
        assert_file(place, NAME "/bwrapinfo.json", "{\"child-pid\": 1234}\n");
        assert_file(place, NAME "/info", IDENTITY);
        assert_file(place, NAME "/pid", own);
        g_assert_cmpint(fstatat(place->flatpak, NAME, &is, AT_SYMLINK_NOFOLLOW), ==, 0);
        g_assert_cmpuint(is.st_mode & 07777, ==, 0700);
        g_assert_cmpint(instance_info_read(&info, place->instances, ID), ==, 0);
        g_assert_cmpuint(info.portal, ==, is.st_ino);
        g_assert_cmpint(instance_portal_withdraw(&info, place->instances, place->flatpak), ==, 0);
        g_assert_false(is_there(place, NAME));
        g_assert_cmpint(instance_portal_withdraw(&info, place->instances, place->flatpak), ==, 0);
        instance_info_clear(&info);
}

/* After kill -9: while the instance lives it stays, then the reaper takes it (in teardown, which finds .flatpak empty).
 */
static void test_reap(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(publish(place), ==, 0);
        g_assert_cmpint(instance_dir_reap(place->instances, place->flatpak, ID), ==, -EBUSY);
        g_assert_true(is_there(place, NAME));
}

/* Killed before it was moved over. */
static void test_reap_staged(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(publish(place), ==, 0);
        g_assert_cmpint(renameat(place->flatpak, NAME, place->dir_fd, "portal"), ==, 0);
}

/* The name is taken: by a directory, by a link.  It stays as it is, and nothing of ours is left. */
static void test_taken(Place *place, const void *data G_GNUC_UNUSED)
{
        InstanceInfo info = { 0 };

        g_assert_cmpint(mkdirat(place->flatpak, NAME, 0755), ==, 0);
        g_assert_cmpint(publish(place), ==, -EEXIST);
        g_assert_cmpuint(place->info.portal, ==, 0);
        g_assert_cmpint(faccessat(place->dir_fd, "portal", F_OK, AT_SYMLINK_NOFOLLOW), ==, -1);
        g_assert_cmpint(instance_info_read(&info, place->instances, ID), ==, 0);
        g_assert_cmpuint(info.portal, ==, 0);
        g_assert_cmpint(instance_portal_withdraw(&info, place->instances, place->flatpak), ==, 0);
        instance_info_clear(&info);
        g_assert_cmpint(unlinkat(place->flatpak, NAME, AT_REMOVEDIR), ==, 0); /* it was still there */
        g_assert_cmpint(symlinkat("../instances", place->flatpak, NAME), ==, 0);
        g_assert_cmpint(publish(place), ==, -EEXIST);
        g_assert_cmpint(unlinkat(place->flatpak, NAME, 0), ==, 0);
}

/* Somebody put another directory, with files of our names, where ours was: not ours. */
static void test_replaced(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(publish(place), ==, 0);
        g_assert_cmpint(renameat(place->flatpak, NAME, place->flatpak, "away"), ==, 0);
        g_assert_cmpint(mkdirat(place->flatpak, NAME, 0700), ==, 0);
        g_close(openat(place->flatpak, NAME "/info", O_WRONLY | O_CREAT | O_CLOEXEC, 0600), NULL);
        g_assert_cmpint(instance_portal_withdraw(&place->info, place->instances, place->flatpak), ==, 0);
        g_assert_true(is_there(place, NAME "/info"));
        g_assert_cmpint(unlinkat(place->flatpak, NAME "/info", 0), ==, 0);
        g_assert_cmpint(unlinkat(place->flatpak, NAME, AT_REMOVEDIR), ==, 0);

        /* A link to ours is not ours either. */
        g_assert_cmpint(symlinkat("away", place->flatpak, NAME), ==, 0);
        g_assert_cmpint(instance_portal_withdraw(&place->info, place->instances, place->flatpak), ==, 0);
        g_assert_true(is_there(place, "away/info"));
        g_assert_cmpint(unlinkat(place->flatpak, NAME, 0), ==, 0);
        g_assert_cmpint(renameat(place->flatpak, "away", place->flatpak, NAME), ==, 0);
}

/* A stranger's file in ours stays; the pid to be killed does not. */
static void test_stray(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(publish(place), ==, 0);
        g_close(openat(place->flatpak, NAME "/stray", O_WRONLY | O_CREAT | O_CLOEXEC, 0600), NULL);
        g_assert_cmpint(instance_portal_withdraw(&place->info, place->instances, place->flatpak), ==, -ENOTEMPTY);
        g_assert_true(is_there(place, NAME "/stray"));
        g_assert_false(is_there(place, NAME "/bwrapinfo.json"));
        g_assert_cmpint(unlinkat(place->flatpak, NAME "/stray", 0), ==, 0);
}

/* Whatever can't be removed, the pid to be killed is gone before. */
static void test_pid_first(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(publish(place), ==, 0);
        g_assert_cmpint(unlinkat(place->flatpak, NAME "/pid", 0), ==, 0);
        g_assert_cmpint(mkdirat(place->flatpak, NAME "/pid", 0700), ==, 0);
        g_assert_cmpint(instance_portal_withdraw(&place->info, place->instances, place->flatpak), <, 0);
        g_assert_false(is_there(place, NAME "/bwrapinfo.json"));
        g_assert_cmpint(unlinkat(place->flatpak, NAME "/pid", AT_REMOVEDIR), ==, 0);
}

static void test_no_pid(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_cmpint(instance_portal_publish(&place->info, place->instances, place->flatpak, IDENTITY, 1, 0), ==,
                        -EINVAL);
        g_assert_false(is_there(place, NAME));
}

static void test_name(void)
{
        char name[INSTANCE_PORTAL_NAME_SIZE] = "";

        instance_portal_name(name, "ffffffff");
        g_assert_cmpstr(name, ==, "4294967295");
        instance_portal_name(name, "0000000a");
        g_assert_cmpstr(name, ==, "10");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
#define ADD(name, f) g_test_add("/portal/" name, Place, NULL, setup, f, teardown)
        ADD("publish", test_publish);
        ADD("reap", test_reap);
        ADD("reap-staged", test_reap_staged);
        ADD("taken", test_taken);
        ADD("replaced", test_replaced);
        ADD("stray", test_stray);
        ADD("pid-first", test_pid_first);
        ADD("no-pid", test_no_pid);
        g_test_add_func("/portal/name", test_name);
        return g_test_run();
}
