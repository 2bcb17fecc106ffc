/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The second wall: what is refused though mounts and namespaces would let it through, and what works all the same. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"

static long abi(void)
{
        return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static gboolean has_abi(long needed)
{
        if (abi() < needed)
                g_test_skip("this kernel's Landlock is too old");
        return abi() >= needed;
}

static void add_writable(Plan *plan, const char *name)
{
        g_autofree char *path = box_test_path(name);

        (void)g_mkdir(path, 0755);
        box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/home/me/data", path)->flags = PLAN_MOUNT_RW;
}

/* Each script is run without rights on files and with them. */
static const struct Row {
        const char *path, *script, *without, *with;
} rows[] = {
        /* Nothing grants the making of devices; this one (a whiteout) takes no capability. */
        { "/landlock/files/device", "mknod /tmp/x c 0 0 2>/dev/null && echo made || echo no", "made\n", "no\n" },
        /* What programs do all day. */
        { "/landlock/files/work",
          "cd /home/me/data && mkdir -p a b && echo 1 >a/x && mv a/x b/y && ln b/y b/z && cat b/z && rm -r a b && "
          "mkfifo f && rm f && ln -s x s && rm s && : >t && perl -e 'truncate \"t\", 10 or die' && rm t && echo fine",
          "1\nfine\n", "1\nfine\n" },
        { "/landlock/files/devices", "echo x >/dev/null && head -c1 /dev/zero | wc -c; exec 3<>/dev/null; echo $?",
          "1\n0\n", "1\n0\n" },
        { "/landlock/files/proc", "echo renamed >/proc/self/comm; echo 100 >/proc/self/oom_score_adj && echo fine",
          "fine\n", "fine\n" },
        { "/landlock/files/stdio",
          "echo out >/proc/self/fd/1; echo err >/proc/self/fd/2; ls >/tmp/l && cat /tmp/l >/proc/self/fd/1 && "
          "cat /usr/lib/os-release | head -1 | cut -c1-7",
          NULL, NULL },
        { "/landlock/files/memfd",
          "perl -e '$^F = 99; $f = syscall(319, my $n = \"x\", 0); open my $o, \">&=\", $f; print $o "
          "\"#!/bin/sh\\necho ran\\n\"; "
          "$o->flush; exec \"/proc/self/fd/$f\" or print $!'",
          "ran\n", "ran\n" },
        { "/landlock/files/queue",
          "perl -e '$q = syscall(240, my $n = \"x\", 66, 0600, 0); print $q >= 0 ? \"queue\\n\" : \"$!\\n\"'",
          "queue\n", "queue\n" },
        { "/landlock/files/socket",
          "perl -e 'use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un(\"/tmp/s\")) and listen(S, 1) "
          "and "
          "socket(C, PF_UNIX, SOCK_STREAM, 0) and connect(C, sockaddr_un(\"/tmp/s\")) and print \"up\\n\"'",
          "up\n", "up\n" },
};

static BoxRun *run_row(const struct Row *row, gboolean with)
{
        Plan *plan = box_test_plan(row->script);

        add_writable(plan, "landlock-data");
        box_test_mount(plan, "app", PLAN_MOUNT_MQUEUE, "/dev/mqueue", NULL);
        if (with)
                box_test_app(plan)->landlock = PLAN_LANDLOCK_FILES;
        return box_run(plan, FALSE);
}

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autoptr(BoxRun) without = NULL, with = NULL;

        if (!has_abi(2))
                return;
        without = run_row(row, FALSE);
        with = run_row(row, TRUE);
        g_assert_cmpstr(with->step, ==, NULL);
        g_assert_cmpstr(without->output->str, ==, row->without == NULL ? with->output->str : row->without);
        if (row->with != NULL)
                g_assert_cmpstr(with->output->str, ==, row->with);
}

/* A directory of the host that leaked into the box: by it alone everything below would be there to read. */
static void test_leak(void)
{
        static const char script[] = "cat /proc/self/fd/9/secret 2>/dev/null || echo refused";
        g_autofree char *directory = box_test_path("landlock-leak"),
                        *secret = g_build_filename(directory, "secret", NULL);
        CLEANUP(fd_closep) int fd = -1;

        if (!has_abi(2))
                return;
        g_assert_cmpint(g_mkdir(directory, 0755), ==, 0);
        g_assert_true(g_file_set_contents(secret, "secret\n", -1, NULL));
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (int with = 0; with < 2; with++) {
                Plan *plan = box_test_plan(script);
                PlanProgram *app = box_test_app(plan);
                g_autoptr(BoxRun) run = NULL;

                g_strfreev(plan->slots);
                plan->slots = g_strdupv((char *[]){ (char *)"my-slot", NULL });
                app->fds = g_new0(PlanFd, 1);
                app->fds[0] = (PlanFd){ .slot = g_strdup("my-slot"), .target = 9 };
                app->n_fds = 1;
                app->landlock = with ? PLAN_LANDLOCK_FILES : 0;
                run = box_run_start(plan, FALSE, &(EngineFd){ "my-slot", fd }, 1);
                box_run_finish(run);
                g_assert_cmpstr(run->output->str, ==, with ? "refused\n" : "secret\n");
        }
}

/* The caller's own file stays what it was opened for, by its name in /proc too; nothing else of its directory does. */
static void test_redirected(void)
{
        g_autofree char *path = box_test_path("landlock-in");
        CLEANUP(fd_closep) int fd = -1;
        Plan *plan = box_test_plan("cat /proc/self/fd/0; (echo x >/proc/self/fd/0) 2>/dev/null || echo refused");
        g_autoptr(BoxRun) run = NULL;

        if (!has_abi(2)) {
                plan_free(plan);
                return;
        }
        g_assert_true(g_file_set_contents(path, "given\n", -1, NULL));
        fd = open(path, O_RDONLY | O_CLOEXEC);
        box_test_app(plan)->landlock = PLAN_LANDLOCK_FILES;
        run = box_run_start(plan, FALSE, &(EngineFd){ "stdin", fd }, 1);
        box_run_finish(run);
        g_assert_cmpstr(run->output->str, ==, "given\nrefused\n");
}

/* TCP by port, in a network that has only a loopback. */
static void test_ports(void)
{
        Plan *plan = box_test_plan("perl -e 'use Socket; sub b { socket(S, PF_INET, SOCK_STREAM, 0); "
                                   "bind(S, sockaddr_in($_[0], inet_aton(\"127.0.0.1\"))) ? \"in\" : $!+0 } "
                                   "sub c { socket(C, PF_INET, SOCK_STREAM, 0); "
                                   "connect(C, sockaddr_in($_[0], inet_aton(\"127.0.0.1\"))) ? \"in\" : $!+0 } "
                                   "print join \" \", b(8080), b(8081), c(443), c(80)'");
        PlanProgram *app = box_test_app(plan);
        g_autoptr(BoxRun) run = NULL;

        if (!has_abi(4)) {
                plan_free(plan);
                return;
        }
        app->landlock = PLAN_LANDLOCK_CONNECT | PLAN_LANDLOCK_BIND;
        app->bind_ports = g_memdup2((uint32_t[]){ 8080 }, sizeof(uint32_t));
        app->connect_ports = g_memdup2((uint32_t[]){ 443 }, sizeof(uint32_t));
        app->n_bind_ports = app->n_connect_ports = 1;
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->step, ==, NULL);
        g_assert_cmpstr(run->output->str, ==, "in 13 111 13"); /* EACCES, and nobody listens on 443 */
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/landlock/leak", test_leak);
        g_test_add_func("/landlock/redirected", test_redirected);
        g_test_add_func("/landlock/ports", test_ports);
        return g_test_run();
}
