/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "bwrap/plan-of.h"
#include "plan/check.h"
#include "plan/code.h"
#include "plan/print.h"

/* NOLINTNEXTLINE(readability-non-const-parameter): the reader's type */
static int no_args(void *data, int fd, char **ret_bytes, size_t *ret_n)
{
        (void)data;
        (void)fd;
        (void)ret_bytes;
        (void)ret_n;
        return -EBADF;
}

/* The lines of the plan's mounts, one a line, of a command line whose command is "true". */
static char *mounts_of(const char *line, uid_t uid, const char *console)
{
        g_auto(GStrv) words = g_strsplit(line, " ", -1), lines = NULL;
        char *env[] = { (char[]){ "HOME=/h" }, NULL };
        BwrapHost host = {
                .uid = uid, .user_namespaces = true, .cgroup_namespaces = true, .env = env, .read_args = no_args
        };
        BwrapPlace place = { .uid = uid, .gid = 7, .console = console };
        BwrapCommand command = { 0 };
        BwrapPlan plan = { 0 };
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        GString *found = g_string_new(NULL);

        g_assert_cmpint(bwrap_command_read(&command, &host, words), ==, BWRAP_RUN);
        g_assert_cmpint(bwrap_plan_of(&plan, &command, &place), ==, 0);
        plan_print(plan.plan, &text);
        lines = g_strsplit(buffer_text(&text), "\n", -1);
        /* Behind the root, of which every plan's first line speaks, up to the program. */
        for (char **at = lines; *at != NULL && !g_str_has_prefix(*at, "    program"); at++) {
                g_autoptr(GRegex) blanks = g_regex_new(" +", 0, 0, NULL);
                g_autofree char *one = g_regex_replace_literal(blanks, *at, -1, 0, " ", 0, NULL);

                if (strstr(one, "tmpfs / mode=0755 rw") != NULL)
                        g_string_set_size(found, 0);
                else if (g_str_has_prefix(*at, "    "))
                        g_string_append_printf(found, "%s;", one + 1);
        }
        bwrap_plan_clear(&plan);
        bwrap_command_clear(&command);
        return g_string_free(found, FALSE);
}

static void test_operations(void)
{
        static const struct {
                const char *line, *mounts;
        } rows[] = {
                { "--ro-bind /usr /usr true", "bind /usr as-host;" },
                { "--bind a //b/./c/ true", "bind /b/c from a rw,as-host;" },
                { "--dev-bind-try /x y true", "bind /y from /x rw,optional,device,as-host;" },
                { "--ro-bind-fd 5 /y true", "bind /y slot=fd-5 as-host;" },
                { "--bind-fd 5 /y/../z true", "bind /y/../z slot=fd-5 rw,as-host;" },
                { "--remount-ro / true", "read-only /;" },
                { "--tmpfs /t true", "tmpfs /t mode=0755 rw;" },
                { "--perms 1777 --size 1048576 --tmpfs /t true", "tmpfs /t mode=1777 size=1MiB rw;" },
                { "--mqueue /q true", "mqueue /q;" },
                { "--dir /d --chmod 0700 /d true", "dir /d mode=0755;chmod /d mode=0700;" },
                { "--file 5 /f true", "file /f slot=fd-5 mode=0666 rw,as-host,in-place;" },
                { "--ro-bind-data 5 /f true", "file /f slot=fd-5 mode=0600 as-host;" },
                { "--symlink t /l true", "symlink /l -> t;" },
                { "--proc /p true", "bind /p from /proc rw,as-host;" },
                { "--unshare-pid --proc /p true", "proc /p;" },
                { "--pidns 4 --proc /p true", "proc /p;" },
                { "--overlay-src /a --tmp-overlay /o true", "overlay /o" },
                { "--overlay-src /a --overlay-src /b --ro-overlay /o true", "overlay /o" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *mounts = mounts_of(rows[i].line, 1000, NULL);

                if (g_str_has_prefix(rows[i].mounts, "overlay"))
                        g_assert_true(g_str_has_prefix(mounts, rows[i].mounts));
                else
                        g_assert_cmpstr(mounts, ==, rows[i].mounts);
        }
}

static void test_dev(void)
{
        g_autofree char *mounts = mounts_of("--dev /dev true", 1000, "/dev/pts/3");

        g_assert_true(g_str_has_prefix(mounts, "tmpfs /dev mode=0755 rw;bind /dev/null rw,device,as-host;"));
        g_assert_nonnull(strstr(mounts, ";symlink /dev/fd -> /proc/self/fd;"));
        g_assert_nonnull(strstr(mounts, ";dir /dev/shm mode=0755;devpts /dev/pts;symlink /dev/ptmx -> pts/ptmx;"));
        g_assert_true(g_str_has_suffix(mounts, ";bind /dev/console from /dev/pts/3 rw,device,as-host;"));
}

/* What sets the machine is closed to root, who alone could. */
static void test_proc_of_root(void)
{
        g_autofree char *mounts = mounts_of("--unshare-pid --proc /proc true", 0, NULL);

        g_assert_cmpstr(mounts, ==,
                        "proc /proc;bind /proc/sys optional,pin,guard;bind /proc/sysrq-trigger optional,pin,guard;"
                        "bind /proc/irq optional,pin,guard;bind /proc/bus optional,pin,guard;");
}

/* Such a plan is no instance's: the engine would not be given it, and it has no bytes. */
static void test_no_instance(void)
{
        char *words[] = { (char[]){ "--bind" }, (char[]){ "/" }, (char[]){ "/" }, (char[]){ "true" }, NULL };
        char *env[] = { NULL };
        BwrapHost host = { .uid = 1000, .env = env, .read_args = no_args };
        BwrapPlace place = { .uid = 1000 };
        BwrapCommand command = { 0 };
        BwrapPlan plan = { 0 };
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        g_assert_cmpint(bwrap_command_read(&command, &host, words), ==, BWRAP_RUN);
        g_assert_cmpint(bwrap_plan_of(&plan, &command, &place), ==, 0);
        g_assert_false(plan_check(plan.plan, NULL));
        plan_encode(plan.plan, &bytes);
        g_assert_true(bytes.failed);
        bwrap_plan_clear(&plan);
        bwrap_command_clear(&command);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bwrap/plan-of/operations", test_operations);
        g_test_add_func("/bwrap/plan-of/dev", test_dev);
        g_test_add_func("/bwrap/plan-of/proc-of-root", test_proc_of_root);
        g_test_add_func("/bwrap/plan-of/no-instance", test_no_instance);
        return g_test_run();
}
