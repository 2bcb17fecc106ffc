/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/instance.h"

#define ID "01234567"

typedef struct Place {
        char *path;
        int fd, dir_fd, lock_fd;
} Place;

static void setup(Place *place, const void *data G_GNUC_UNUSED)
{
        place->path = g_dir_make_tmp("oriel-instance-XXXXXX", NULL);
        place->fd = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        g_assert_cmpint(instance_dir_make(place->fd, ID, &place->dir_fd, &place->lock_fd), ==, 0);
}

static void teardown(Place *place, const void *data G_GNUC_UNUSED)
{
        place->lock_fd = fd_close(place->lock_fd);
        place->dir_fd = fd_close(place->dir_fd);
        g_assert_cmpint(instance_dir_remove(place->fd, ID), ==, 0);
        place->fd = fd_close(place->fd);
        g_assert_cmpint(g_rmdir(place->path), ==, 0);
        g_free(place->path);
}

static void test_make(Place *place, const void *data G_GNUC_UNUSED)
{
        struct stat st;
        int dir_fd = -7, lock_fd = -7;

        g_assert_cmpint(fstatat(place->fd, ID, &st, AT_SYMLINK_NOFOLLOW), ==, 0);
        g_assert_cmpuint(st.st_mode & 07777, ==, 0700);
        g_assert_cmpint(instance_dir_make(place->fd, ID, &dir_fd, &lock_fd), ==, -EEXIST);
        g_assert_cmpint(instance_dir_make(place->fd, "../abcde", &dir_fd, &lock_fd), ==, -EINVAL);
        g_assert_cmpint(dir_fd, ==, -7);
}

static void test_alive(Place *place, const void *data G_GNUC_UNUSED)
{
        g_assert_true(instance_dir_is_alive(place->fd, ID));
        g_assert_cmpint(instance_dir_reap(place->fd, -1, ID), ==, -EBUSY);
        place->lock_fd = fd_close(place->lock_fd);
        g_assert_false(instance_dir_is_alive(place->fd, ID));
        g_assert_cmpint(instance_dir_reap(place->fd, -1, ID), ==, 0);
        g_assert_cmpint(faccessat(place->fd, ID, F_OK, 0), ==, -1);
        g_assert_cmpint(instance_dir_reap(place->fd, -1, ID), ==, 0);
}

/* A maker is between mkdir and its lock: a reaper waits. */
static void test_reaper_waits(Place *place, const void *data G_GNUC_UNUSED)
{
        int guard = openat(place->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), status = 0;
        pid_t child;

        g_assert_cmpint(flock(guard, LOCK_SH), ==, 0);
        place->lock_fd = fd_close(place->lock_fd);
        child = fork();
        if (child == 0) {
                close(guard); /* the lock goes with the last copy */
                _exit(instance_dir_reap(place->fd, -1, ID) == 0 ? 0 : 1);
        }
        g_usleep(50 * 1000);
        g_assert_cmpint(waitpid(child, &status, WNOHANG), ==, 0);
        g_assert_cmpint(faccessat(place->fd, ID, F_OK, 0), ==, 0);
        close(guard);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
}

static void test_remove(Place *place, const void *data G_GNUC_UNUSED)
{
        static const char *const names[] = { INSTANCE_INFO, INSTANCE_INFO_NEW, INSTANCE_CONTROL };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                close(openat(place->dir_fd, names[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        close(openat(place->dir_fd, "stray", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        g_assert_cmpint(instance_dir_remove(place->fd, ID), ==, -ENOTEMPTY);
        g_assert_cmpint(faccessat(place->dir_fd, "stray", F_OK, 0), ==, 0);
        g_assert_cmpint(unlinkat(place->dir_fd, "stray", 0), ==, 0);
        g_assert_cmpint(instance_dir_remove(place->fd, ID), ==, 0);
        g_assert_cmpint(instance_dir_remove(place->fd, ID), ==, 0);
}

/* ID is a link to a directory that holds a file of a known name: it stays. */
static void test_remove_link(Place *place, const void *data G_GNUC_UNUSED)
{
        close(openat(place->dir_fd, INSTANCE_INFO, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        g_assert_cmpint(symlinkat(ID, place->fd, "89abcdef"), ==, 0);
        g_assert_cmpint(instance_dir_remove(place->fd, "89abcdef"), <, 0);
        g_assert_cmpint(faccessat(place->dir_fd, INSTANCE_INFO, F_OK, 0), ==, 0);
        g_assert_cmpint(unlinkat(place->fd, "89abcdef", 0), ==, 0);
}

static void test_info(Place *place, const void *data G_GNUC_UNUSED)
{
        char app[] = "org.example.App";
        InstanceInfo info = { .id = ID, .app = app, .front_pid = getpid() }, back = { 0 };

        g_assert_cmpint(instance_info_read(&back, place->fd, ID), ==, -ENOENT);
        g_assert_cmpint(instance_info_write(&info, place->fd), ==, 0);
        info.state = INSTANCE_RUNNING;
        g_assert_cmpint(instance_info_write(&info, place->fd), ==, 0);
        g_assert_cmpint(instance_info_read(&back, place->fd, ID), ==, 0);
        g_assert_cmpint(back.state, ==, INSTANCE_RUNNING);
        g_assert_cmpint(back.front_pid, ==, getpid());
        instance_info_clear(&back);
}

/* Another instance's info, a FIFO and a link in its place are refused, and don't block. */
static void test_info_refused(Place *place, const void *data G_GNUC_UNUSED)
{
        static const char other[] = "instance\0id=76543210\0app=a\0state=running";
        InstanceInfo info = { 0 };
        int fd = openat(place->dir_fd, INSTANCE_INFO, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        g_assert_cmpint(fd_write_all(fd, other, sizeof other), ==, 0);
        close(fd);
        g_assert_cmpint(instance_info_read(&info, place->fd, ID), ==, -EINVAL);
        g_assert_cmpint(renameat(place->dir_fd, INSTANCE_INFO, place->dir_fd, INSTANCE_CONTROL), ==, 0);
        g_assert_cmpint(symlinkat(INSTANCE_CONTROL, place->dir_fd, INSTANCE_INFO), ==, 0);
        g_assert_cmpint(instance_info_read(&info, place->fd, ID), ==, -ELOOP);
        g_assert_cmpint(unlinkat(place->dir_fd, INSTANCE_INFO, 0), ==, 0);
        g_assert_cmpint(mkfifoat(place->dir_fd, INSTANCE_INFO, 0600), ==, 0);
        g_assert_cmpint(instance_info_read(&info, place->fd, ID), ==, -EINVAL);
        g_assert_null(info.app);
}

static void test_process_start(void)
{
        uint64_t mine = instance_process_start(getpid());
        int status = 0;
        pid_t child = fork();

        if (child == 0)
                _exit(0);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpuint(mine, >, 0);
        g_assert_cmpuint(instance_process_start(getpid()), ==, mine);
        g_assert_cmpuint(instance_process_start(child), ==, 0);
}

/* What something was written to stays, and so do a link and a stranger's file. */
static void test_logs(void)
{
        g_autofree char *path = g_dir_make_tmp("oriel-logs-XXXXXX", NULL);
        CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        static const char *const names[] = { "0123abcd.jsonl", "0123abcd.log", "0123abce.log", "0123abcd.txt" };
        struct stat is = { 0 };

        for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
                g_close(openat(fd, names[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0600), NULL);
        {
                CLEANUP(fd_closep) int log = openat(fd, "0123abcd.log", O_WRONLY | O_CLOEXEC);

                g_assert_cmpint(write(log, "x", 1), ==, 1);
        }
        instance_logs_tidy(fd, "0123abcd");
        g_assert_cmpint(fstatat(fd, "0123abcd.jsonl", &is, 0), ==, -1);
        for (size_t i = 1; i < G_N_ELEMENTS(names); i++) {
                g_assert_cmpint(fstatat(fd, names[i], &is, 0), ==, 0);
                g_assert_cmpint(unlinkat(fd, names[i], 0), ==, 0);
        }
        g_assert_cmpint(symlinkat("/dev/null", fd, "0123abcd.log"), ==, 0);
        instance_logs_tidy(fd, "0123abcd");
        g_assert_cmpint(unlinkat(fd, "0123abcd.log", 0), ==, 0);
        g_assert_cmpint(g_rmdir(path), ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
#define ADD(name, f) g_test_add("/dir/" name, Place, NULL, setup, f, teardown)
        ADD("make", test_make);
        ADD("alive", test_alive);
        ADD("reaper-waits", test_reaper_waits);
        ADD("remove", test_remove);
        ADD("remove-link", test_remove_link);
        ADD("info", test_info);
        ADD("info-refused", test_info_refused);
        g_test_add_func("/dir/process-start", test_process_start);
        g_test_add_func("/dir/logs", test_logs);
        return g_test_run();
}
