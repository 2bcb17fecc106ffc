/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Control groups, in the kernel's own.  Root makes one, as a service manager would; what an ordinary user may is the
 * limits suite's. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "instance/group.h"

static char *top; /* a group of this test's own, or NULL */

static void make_top(void)
{
        static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

        for (gsize i = 0; i < G_N_ELEMENTS(mounts) && top == NULL; i++) {
                g_autofree char *file = g_build_filename(mounts[i], "cgroup.controllers", NULL);

                top = g_strdup_printf("%s/oriel-unit-%d", mounts[i], getpid());
                if (access(file, R_OK) < 0 || mkdir(top, 0755) < 0)
                        g_clear_pointer(&top, g_free);
        }
}

static gboolean has_top(void)
{
        if (top == NULL)
                g_test_skip("no control group can be made here: no hierarchy of version 2, or not root");
        return top != NULL;
}

static void test_make(void)
{
        const InstanceGroupLimits none = { 0 };
        CLEANUP(buffer_clear) Buffer path = BUFFER_INIT, again = BUFFER_INIT;
        CLEANUP(fd_closep) int group = -1, procs = -1;
        g_autofree char *name = NULL;
        pid_t pid;
        int status;

        if (!has_top())
                return;
        group = instance_group_make(top, "0badcafe", &none, &path);
        g_assert_cmpint(group, >=, 0);
        name = g_strdup_printf("%s/oriel-0badcafe", top);
        g_assert_cmpstr(path.bytes, ==, name);
        g_assert_cmpint(instance_group_make(top, "0badcafe", &none, &again), ==, -EEXIST);
        g_assert_cmpuint(instance_group_oom_kills(group), ==, 0);
        /* Whoever is in it dies with it. */
        pid = fork();
        if (pid == 0) {
                pause();
                _exit(0);
        }
        procs = openat(group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
        g_assert_cmpint(dprintf(procs, "%d", pid), >, 0);
        g_assert_cmpint(instance_group_remove(path.bytes), ==, 0);
        g_assert_cmpint(access(path.bytes, F_OK), <, 0);
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        g_assert_cmpint(instance_group_remove(path.bytes), ==, 0);
}

/* Limits are held, or nothing is made; never a group without them. */
static void test_limits(void)
{
        const InstanceGroupLimits limits = { .memory = 64 << 20, .pids = 99, .cpu = 50 };
        CLEANUP(buffer_clear) Buffer path = BUFFER_INIT;
        CLEANUP(fd_closep) int group = -1;
        g_autofree char *controllers = NULL, *file = NULL, *text = NULL, *name = NULL;

        if (!has_top())
                return;
        file = g_build_filename(top, "cgroup.controllers", NULL);
        g_assert_true(g_file_get_contents(file, &controllers, NULL, NULL));
        group = instance_group_make(top, "0badcafe", &limits, &path);
        name = g_strdup_printf("%s/oriel-0badcafe", top);
        if (strstr(controllers, "memory") == NULL) {
                g_assert_cmpint(group, <, 0);
                g_assert_cmpint(access(name, F_OK), <, 0);
                g_test_skip("the kernel's hierarchy of version 2 has no memory controller here");
                return;
        }
        g_assert_cmpint(group, >=, 0);
        g_free(file);
        file = g_build_filename(name, "memory.max", NULL);
        g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
        g_assert_cmpstr(text, ==, "67108864\n");
        g_assert_cmpint(instance_group_remove(path.bytes), ==, 0);
}

/* What is no group of an instance is left alone. */
static void test_foreign(void)
{
        g_autofree char *plain = g_dir_make_tmp("group-XXXXXX", NULL), *named = NULL, *other = NULL;

        named = g_build_filename(plain, "oriel-0badcafe", NULL);
        g_assert_cmpint(mkdir(named, 0700), ==, 0);
        g_assert_cmpint(instance_group_remove(named), ==, -EINVAL);
        g_assert_cmpint(instance_group_remove(plain), ==, -EINVAL);
        g_assert_cmpint(instance_group_remove("oriel-0badcafe"), ==, -EINVAL);
        g_assert_cmpint(rmdir(named), ==, 0);
        g_assert_cmpint(rmdir(plain), ==, 0);
        if (top == NULL)
                return;
        other = g_build_filename(top, "someone", NULL);
        g_assert_cmpint(mkdir(other, 0700), ==, 0);
        g_assert_cmpint(instance_group_remove(other), ==, -EINVAL);
        g_assert_cmpint(rmdir(other), ==, 0);
}

static void test_own(void)
{
        CLEANUP(buffer_clear) Buffer path = BUFFER_INIT;
        int r = instance_group_own(&path);

        if (r == -ENOENT)
                g_test_skip("no control groups of version 2 are mounted here");
        else {
                g_assert_cmpint(r, ==, 0);
                g_assert_cmpint(access(path.bytes, F_OK), ==, 0);
        }
}

int main(int argc, char **argv)
{
        int status;

        g_test_init(&argc, &argv, NULL);
        make_top();
        g_test_add_func("/group/make", test_make);
        g_test_add_func("/group/limits", test_limits);
        g_test_add_func("/group/foreign", test_foreign);
        g_test_add_func("/group/own", test_own);
        status = g_test_run();
        if (top != NULL)
                (void)rmdir(top);
        g_free(top);
        return status;
}
