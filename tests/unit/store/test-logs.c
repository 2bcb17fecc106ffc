/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/instance.h"
#include "place.h"
#include "store/logs.h"

#define LOG "home/.local/state/oriel/log/"

static int create(Place *place, const char *id, StoreLogKind kind)
{
        CLEANUP(fd_closep) int logs = store_logs_open_directory(place->dirs, NULL);

        return instance_log_create(logs, id, kind == STORE_LOG_AUDIT ? INSTANCE_LOG_AUDIT : INSTANCE_LOG_TEXT);
}

/* n bytes, changed that many seconds after the epoch. */
static void make(Place *place, const char *id, StoreLogKind kind, gsize n, long changed)
{
        g_autofree char *bytes = g_strnfill(n, 'x');
        struct timespec times[2] = { { .tv_sec = changed }, { .tv_sec = changed } };
        CLEANUP(fd_closep) int fd = create(place, id, kind);

        g_assert_cmpint(fd_write_all(fd, bytes, n), ==, 0);
        g_assert_cmpint(futimens(fd, times), ==, 0);
}

static void assert_list(Place *place, const char *want)
{
        g_auto(GStrv) ids = store_logs_list(place->dirs, STORE_LOG_AUDIT);
        g_autofree char *joined = g_strjoinv(" ", ids);

        g_assert_cmpstr(joined, ==, want);
}

static void test_create(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *path = place_path(place, LOG "00000001.jsonl"),
                        *link = place_path(place, LOG "00000002.jsonl");
        mode_t before = umask(0);
        CLEANUP(fd_closep) int fd = create(place, "00000001", STORE_LOG_AUDIT);
        struct stat is = { 0 };

        (void)umask(before);
        g_assert_cmpint(fcntl(fd, F_GETFL) & O_APPEND, ==, O_APPEND);
        g_assert_cmpint(stat(path, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0600);
        g_assert_cmpint(create(place, "00000001", STORE_LOG_AUDIT), ==, -EEXIST);
        g_assert_cmpint(symlink("../victim", link), ==, 0);
        g_assert_cmpint(create(place, "00000002", STORE_LOG_AUDIT), ==, -EEXIST);
}

static void test_open(void)
{
        g_autoptr(Place) place = place_new();
        g_autoptr(GError) error = NULL;
        CLEANUP(fd_closep) int fd = -1;

        g_assert_cmpint(store_logs_open(place->dirs, "00000001", STORE_LOG_AUDIT, &error), ==, -1);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
        g_clear_error(&error);
        make(place, "00000001", STORE_LOG_AUDIT, 3, 1);
        fd = store_logs_open(place->dirs, "00000001", STORE_LOG_AUDIT, &error);
        g_assert_no_error(error);
        g_assert_cmpint(store_logs_open(place->dirs, "../x", STORE_LOG_AUDIT, &error), ==, -1);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND);
}

static void test_prune_number(void)
{
        g_autoptr(Place) place = place_new();
        g_autofree char *stranger = place_path(place, LOG "notes.txt");

        for (guint i = 1; i <= 5; i++) {
                g_autofree char *id = g_strdup_printf("%08x", i);

                make(place, id, STORE_LOG_AUDIT, 10, (long)i);
        }
        place_write(place, LOG "notes.txt", "the person's own");
        assert_list(place, "00000005 00000004 00000003 00000002 00000001");
        /* A living instance keeps its log however old it is. */
        place_write(place, "run/oriel/instances/00000001/lock", "");
        store_logs_prune(place->dirs, 2, 1000);
        assert_list(place, "00000005 00000004 00000001");
        g_assert_true(g_file_test(stranger, G_FILE_TEST_EXISTS));
}

static void test_prune_size(void)
{
        g_autoptr(Place) place = place_new();

        make(place, "00000001", STORE_LOG_AUDIT, 100, 1);
        make(place, "00000002", STORE_LOG_TEXT, 100, 2);
        make(place, "00000003", STORE_LOG_AUDIT, 100, 3);
        store_logs_prune(place->dirs, 100, 250);
        assert_list(place, "00000003");
        store_logs_prune(place->dirs, 100, 0);
        assert_list(place, "");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/logs/create", test_create);
        g_test_add_func("/logs/open", test_open);
        g_test_add_func("/logs/prune-number", test_prune_number);
        g_test_add_func("/logs/prune-size", test_prune_size);
        return g_test_run();
}
