/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "place.h"
#include "store/instances.h"

/* A living instance while *ret_lock is open. */
static void make(Place *place, const char *id, const char *app, const char *name, gint64 started, int *ret_lock)
{
        CLEANUP(fd_closep) int instances = store_instances_open(place->dirs, NULL), directory = -1;
        g_autofree char *app_copy = g_strdup(app), *name_copy = g_strdup(name);
        InstanceInfo info = { .app = app_copy, .instance = name_copy, .started = started, .front_pid = getpid() };

        g_strlcpy(info.id, id, sizeof info.id);
        g_assert_cmpint(instance_dir_make(instances, id, &directory, ret_lock), ==, 0);
        g_assert_cmpint(instance_info_write(&info, instances), ==, 0);
}

static void assert_found(Place *place, const char *word, const char *id)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(StoreInstance) found = store_instances_find(place->dirs, word, &error);

        g_assert_no_error(error);
        g_assert_cmpstr(found->info.id, ==, id);
}

static void assert_not_found(Place *place, const char *word, int code)
{
        g_autoptr(GError) error = NULL;

        g_assert_null(store_instances_find(place->dirs, word, &error));
        g_assert_error(error, ORIEL_ERROR, code);
}

static void test_none(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GPtrArray) list = store_instances_list(place->dirs, TRUE, NULL);

        g_assert_cmpuint(list->len, ==, 0);
        g_assert_cmpuint(store_instances_reap(place->dirs), ==, 0);
        assert_not_found(place, "x", ORIEL_ERROR_NOT_FOUND);
}

static void test_find(void)
{
        g_autoptr(Place) place = place_new();
        CLEANUP(fd_closep) int a = -1, b = -1, c = -1;
        g_autoptr(GPtrArray) list = NULL;

        make(place, "00000001", "org.mozilla.firefox", "work", 30, &a);
        make(place, "00000002", "org.gnome.Evince", NULL, 20, &b);
        make(place, "00000003", "org.mozilla.firefox", NULL, 10, &c);
        list = store_instances_list(place->dirs, FALSE, NULL);
        g_assert_cmpuint(list->len, ==, 3);
        g_assert_cmpstr(((const StoreInstance *)list->pdata[0])->info.id, ==, "00000003");
        assert_found(place, "00000002", "00000002");
        assert_found(place, "work", "00000001");
        assert_found(place, "org.gnome.evince", "00000002");
        assert_found(place, "Evince", "00000002");
        assert_not_found(place, "firefox", ORIEL_ERROR_USAGE);
        assert_not_found(place, "evin", ORIEL_ERROR_NOT_FOUND);
        assert_not_found(place, "../00000001", ORIEL_ERROR_NOT_FOUND);
}

static void test_dead(void)
{
        g_autoptr(Place) place = place_new();
        CLEANUP(fd_closep) int living = -1, dead = -1;
        g_autoptr(GPtrArray) all = NULL, alive = NULL, left = NULL;

        make(place, "00000001", "org.a.A", NULL, 1, &living);
        make(place, "00000002", "org.b.B", NULL, 2, &dead);
        dead = fd_close(dead);
        alive = store_instances_list(place->dirs, FALSE, NULL);
        all = store_instances_list(place->dirs, TRUE, NULL);
        g_assert_cmpuint(alive->len, ==, 1);
        g_assert_cmpuint(all->len, ==, 2);
        assert_not_found(place, "00000002", ORIEL_ERROR_NOT_FOUND);
        g_assert_cmpuint(store_instances_reap(place->dirs), ==, 1);
        left = store_instances_list(place->dirs, TRUE, NULL);
        g_assert_cmpuint(left->len, ==, 1);
}

/* What stands in the directory under no name of an instance is not looked at, nor is what has no right info. */
static void test_strangers(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GPtrArray) list = NULL;
        g_autofree char *link = place_path(place, "run/oriel/instances/00000009");

        place_write(place, "run/oriel/instances/stranger/info", "id=stranger");
        place_write(place, "run/oriel/instances/00000004/info", "nonsense");
        g_assert_cmpint(symlink("stranger", link), ==, 0);
        list = store_instances_list(place->dirs, TRUE, NULL);
        g_assert_cmpuint(list->len, ==, 0);
}

static void test_connect(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GError) error = NULL;
        CLEANUP(fd_closep) int lock = -1, server = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
        CLEANUP(fd_closep) int instances = -1, client = -1;
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        make(place, "00000001", "org.a.A", NULL, 1, &lock);
        g_assert_cmpint(store_instances_connect(place->dirs, "00000001", &error), ==, -1);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        instances = store_instances_open(place->dirs, NULL);
        (void)g_snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/00000001/control", instances);
        g_assert_cmpint(bind(server, (const struct sockaddr *)&address, sizeof address), ==, 0);
        g_assert_cmpint(listen(server, 1), ==, 0);
        client = store_instances_connect(place->dirs, "00000001", NULL);
        g_assert_cmpint(client, >=, 0);
        g_clear_error(&error);
        g_assert_cmpint(store_instances_connect(place->dirs, "../../x", &error), ==, -1);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/instances/none", test_none);
        g_test_add_func("/instances/find", test_find);
        g_test_add_func("/instances/dead", test_dead);
        g_test_add_func("/instances/strangers", test_strangers);
        g_test_add_func("/instances/connect", test_connect);
        return g_test_run();
}
