/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "engine/close.h"
#include "engine/slots.h"

static void test_get(void)
{
        const EngineFd fds[] = { { "stdin", 0 }, { "log", 7 }, { "log", 8 } };
        const Slots slots = { fds, G_N_ELEMENTS(fds) };

        g_assert_cmpint(slots_get(&slots, "stdin"), ==, 0);
        g_assert_cmpint(slots_get(&slots, "log"), ==, 7);
        g_assert_cmpint(slots_get(&slots, "lo"), ==, -1);
        g_assert_cmpint(slots_get(&slots, NULL), ==, -1);
        g_assert_cmpint(slots_get(&(Slots){ 0 }, "log"), ==, -1);
}

/* What only the front end needs does not come into the keeper. */
static void test_used(void)
{
        char program_slot[] = "mediator-bus", mount_slot[] = "xauth-inner";
        PlanFd fd = { .slot = program_slot, .target = 3 };
        PlanProgram program = { .fds = &fd, .n_fds = 1 };
        PlanMount mounts[] = { { .kind = PLAN_MOUNT_PROC }, { .kind = PLAN_MOUNT_FILE, .slot = mount_slot } };
        PlanBox boxes[] = { { 0 }, { .mounts = mounts, .n_mounts = 2 } };
        const Plan plan = { .boxes = boxes, .n_boxes = 2, .programs = &program, .n_programs = 1 };

        g_assert_true(slots_used(&plan, "mediator-bus"));
        g_assert_true(slots_used(&plan, "xauth-inner"));
        g_assert_true(slots_used(&plan, "control"));
        g_assert_true(slots_used(&plan, "stdout"));
        g_assert_false(slots_used(&plan, "lock"));
        g_assert_false(slots_used(&plan, "front-bus"));
        g_assert_false(slots_used(&plan, "instances"));
}

static void test_stdio(void)
{
        static const struct {
                const char *path;
                int flags, want;
        } files[] = {
                { "/", O_RDONLY, -EISDIR },        { "/", O_PATH, -EISDIR },     { "/dev/null", O_RDWR, 0 },
                { "/proc/self/exe", O_RDONLY, 0 }, { "/dev/null", O_WRONLY, 0 }, { "/proc/self/exe", O_PATH, -EBADF },
        };
        g_autofree char *name = NULL;
        int pair[2], fd = g_file_open_tmp(NULL, &name, NULL);

        g_assert_cmpint(slots_check_stdio(fd), ==, -EPERM);
        close(fd);
        (void)g_unlink(name);
        for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
                fd = open(files[i].path, files[i].flags | O_CLOEXEC);
                g_assert_cmpint(slots_check_stdio(fd), ==, files[i].want);
                close(fd);
        }
        g_assert_cmpint(pipe(pair), ==, 0);
        g_assert_cmpint(slots_check_stdio(pair[0]), ==, 0);
        close(pair[0]);
        close(pair[1]);
        g_assert_cmpint(slots_check_stdio(pair[0]), ==, -EBADF);
}

static void test_close(void)
{
        if (g_test_subprocess()) {
                int keep[] = { 20, -1, 2, 20, 1, 0, 22 };

                g_assert_cmpint(dup2(0, 20), ==, 20);
                g_assert_cmpint(dup2(0, 21), ==, 21);
                g_assert_cmpint(dup2(0, 22), ==, 22);
                g_assert_cmpint(dup2(0, 700), ==, 700);
                g_assert_cmpint(close_all_but(keep, G_N_ELEMENTS(keep)), ==, 0);
                for (int fd = 0; fd < 1000; fd++)
                        if ((fcntl(fd, F_GETFD) >= 0) != (fd <= 2 || fd == 20 || fd == 22))
                                _exit(1);
                _exit(0);
        }
        g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDIN);
        g_test_trap_assert_passed();
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/slots/get", test_get);
        g_test_add_func("/slots/used", test_used);
        g_test_add_func("/slots/stdio", test_stdio);
        g_test_add_func("/slots/close", test_close);
        return g_test_run();
}
