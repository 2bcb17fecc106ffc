/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the app can't do: the kernel's answers, asked from inside. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"
#include "seccomp/filter.h"

/* Prints "result errno" of a raw system call; perl is a part of every Debian. */
#define CALL(number, arguments)                                                                                        \
        "perl -e '$b = \"x\" x 64; $r = syscall(" number ", " arguments "); print \"$r \", $!+0, \"\\n\"'"

enum { EITHER = -1, CLOSED = -2 /* default and limited */ };

static const struct Row {
        const char *path;
        int seccomp; /* EITHER: all but strict */
        const char *script, *output;
} rows[] = {
        { "/confine/no-capabilities", EITHER, "grep -E '^Cap' /proc/self/status | cut -f2 | sort -u",
          "0000000000000000\n" },
        { "/confine/no-new-privileges", EITHER, "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status",
          "NoNewPrivs:\t1\nSeccomp:\t2\n" },
        { "/confine/setuid-gains-nothing", EITHER, "cp /usr/bin/id /tmp/id; chmod 4755 /tmp/id; /tmp/id -u", "1000\n" },
        { "/confine/loopback-only", EITHER, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '", "lo\n" },
        { "/confine/loopback-up", EITHER,
          "perl -e 'use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(0, inet_aton(\"127.0.0.1\"))) "
          "and listen(S, 1) and socket(C, PF_INET, SOCK_STREAM, 0) and connect(C, getsockname(S)) and print \"up\\n\"'",
          "up\n" },
        { "/confine/host-name", EITHER, "uname -n; cat /proc/sys/kernel/hostname", "boxed\nboxed\n" },
        { "/confine/own-pids", EITHER, "set -- /proc/[0-9]*; echo $#; head -1 /proc/1/comm", "2\noriel-init\n" },
        { "/confine/init-hidden", EITHER,
          "for f in root cwd exe fd environ maps mem ns/mnt; do "
          "{ cat /proc/1/$f || ls /proc/1/$f/; } >/dev/null 2>&1 && echo $f; done; tr '\\0' '\\n' </proc/1/cmdline | "
          "sed /^$/d",
          "oriel-init\n" },
        { "/confine/own-root", EITHER, "test -e /proc/self/root/var/lib || echo gone; ls /home", "gone\nme\n" },
        { "/confine/no-cgroup-path", EITHER, "cut -d: -f3 /proc/self/cgroup | sort -u", "/\n" },
        { "/confine/limit-stands", PLAN_SECCOMP_DEFAULT,
          "cat /proc/sys/user/max_user_namespaces; (echo 9 >/proc/sys/user/max_user_namespaces) 2>/dev/null || echo no",
          "0\nno\n" },
        { "/confine/unshare", PLAN_SECCOMP_DEFAULT, "unshare -U true 2>&1",
          "unshare: unshare failed: Operation not permitted\n" },
        { "/confine/umount", CLOSED, "umount /tmp 2>&1; mount -o remount,rw /usr 2>&1 | head -1",
          "umount: /tmp: must be superuser to unmount.\nmount: /usr: must be superuser to use mount.\n" },
        { "/confine/chroot", PLAN_SECCOMP_DEFAULT, CALL("161", "$b"), "-1 1\n" },
        { "/confine/clone3", CLOSED, CALL("435", "0, 0"), "-1 38\n" },
        { "/confine/open-tree", CLOSED, CALL("428", "0, 0, 0"), "-1 38\n" },
        { "/confine/newest-call", EITHER, CALL("900", "0"), "-1 38\n" },
        { "/confine/io-uring", EITHER, CALL("425", "1, 0"), "-1 38\n" },
        { "/confine/keyctl", EITHER, CALL("250", "0, -3, 0"), "-1 1\n" },
        { "/confine/bpf", EITHER, CALL("321", "0, 0, 0"), "-1 1\n" },
        { "/confine/userfaultfd", EITHER, CALL("323", "1"), "-1 1\n" },
        { "/confine/x32", EITHER, CALL("0x40000000 + 39", "0"), "-1 38\n" },
        { "/confine/vsock", EITHER, CALL("41", "40, 1, 0"), "-1 97\n" },
        { "/confine/uevent", EITHER, CALL("41", "16, 3, 15"), "-1 97\n" },
        { "/confine/socketpair-alg", EITHER, CALL("53", "38, 1, 0, 0"), "-1 97\n" },
        { "/confine/tiocsti", EITHER, CALL("16", "0, 0x5412, $b"), "-1 1\n" },
        { "/confine/tiocsti-high-bits", EITHER, CALL("16", "0, 0x5412 + 2**32, $b"), "-1 1\n" },
        { "/confine/tioclinux", EITHER, CALL("16", "0, 0x541c, $b"), "-1 1\n" },
        { "/confine/personality", EITHER, CALL("135", "0x0400000"), "-1 1\n" },
        { "/confine/ptrace", PLAN_SECCOMP_DEFAULT, CALL("101", "0, 0, 0, 0"), "-1 1\n" },
        { "/confine/nested-unshare", PLAN_SECCOMP_NESTED,
          "unshare -Urmpf --mount-proc sh -c 'echo $$; id -u; set -- /proc/[0-9]*; echo $#'", "1\n0\n1\n" },
        { "/confine/nested-umount", PLAN_SECCOMP_NESTED,
          "unshare -Urm sh -c 'umount /tmp 2>/dev/null || echo no; mount -o remount,bind,rw /usr 2>/dev/null || echo "
          "no; "
          "mount -t tmpfs x /tmp && echo own'",
          "no\nno\nown\n" },
        { "/confine/nested-room", PLAN_SECCOMP_NESTED,
          "cat /proc/sys/user/max_user_namespaces /proc/sys/user/max_mnt_namespaces; "
          "(echo 9999 >/proc/sys/user/max_user_namespaces) 2>/dev/null || echo no",
          "1024\n1024\nno\n" },
        /* What browsers' sandboxes do: a user namespace with its own pids and network, a root that is empty; nothing
         * that mounts, and no other namespace.  The second number is ENOSPC: the kernel's own limit, behind the filter.
         */
        { "/confine/limited-browser", PLAN_SECCOMP_LIMITED,
          "unshare -U -r -p -n -i -f perl -e 'mkdir \"/tmp/e\"; chroot \"/tmp/e\" or die $!; print -e \"/usr\" ? 1 : "
          "0, "
          "\" $$\\n\"'",
          "0 1\n" },
        { "/confine/limited-mount", PLAN_SECCOMP_LIMITED,
          "unshare -Ur sh -c 'mount -t tmpfs x /tmp 2>/dev/null || echo no'; unshare -Um true 2>/dev/null || echo no; "
          "unshare -Uu true 2>/dev/null || echo no; cat /proc/sys/user/max_mnt_namespaces "
          "/proc/sys/user/max_pid_namespaces",
          "no\nno\nno\n0\n128\n" },
        { "/confine/limited-setns", PLAN_SECCOMP_LIMITED, CALL("308", "0, 0"), "-1 1\n" },
        /* The limit holds though each namespace is made in the one before. */
        { "/confine/limited-room", PLAN_SECCOMP_LIMITED,
          "perl -e 'for (1 .. 200) { my $p = fork; if (!$p) { exit 1 if syscall(272, 0x10000000) < 0; sleep 100; } "
          "push @p, "
          "$p; } sleep 1; $dead = 0; for (@p) { $dead++ if waitpid($_, 1) > 0; } print $dead >= 72 ? \"full\" : $dead, "
          "\"\\n\"; kill 9, @p'",
          "full\n" },
        { "/confine/nested-bwrap", PLAN_SECCOMP_NESTED,
          "command -v bwrap >/dev/null || { echo nested; exit; }; "
          "bwrap --ro-bind / / --dev /dev --proc /proc --unshare-all --tmpfs /tmp echo nested",
          "nested\n" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        int profiles[] = { PLAN_SECCOMP_DEFAULT, PLAN_SECCOMP_NESTED, PLAN_SECCOMP_LIMITED };

        for (gsize i = 0; i < G_N_ELEMENTS(profiles); i++) {
                Plan *plan = box_test_plan(row->script);
                g_autoptr(BoxRun) run = NULL;

                box_test_app(plan)->seccomp = (PlanSeccomp)profiles[i];
                if (row->seccomp != EITHER && row->seccomp != profiles[i] &&
                    (row->seccomp != CLOSED || profiles[i] == PLAN_SECCOMP_NESTED)) {
                        plan_free(plan);
                        continue;
                }
                run = box_run(plan, FALSE);
                g_assert_cmpstr(run->step, ==, NULL);
                g_assert_cmpstr(run->output->str, ==, row->output);
        }
}

/* A filter that came with the plan is what is loaded, and the built-in one is not. */
static void test_filter(void)
{
        char *allow[] = { (char *)"userfaultfd", NULL }, *deny[] = { (char *)"uname", NULL };
        Plan *plan = box_test_plan("perl -e '$b = \"x\" x 512; for ([63, $b], [323, 1], [321, 0]) { "
                                   "$r = syscall($_->[0], $_->[1], 0, 0); print $r < 0 ? $!+0 : \"in\", \"\\n\" }'");
        PlanProgram *app = box_test_app(plan);
        struct sock_filter code[SECCOMP_FILTER_MAX];
        int n = seccomp_filter_make(PLAN_SECCOMP_DEFAULT, allow, deny, code, SECCOMP_FILTER_MAX);
        g_autoptr(BoxRun) run = NULL;

        app->seccomp_allow = g_strdupv(allow);
        app->seccomp_deny = g_strdupv(deny);
        app->n_filter = (gsize)n * sizeof *code;
        app->filter = g_memdup2(code, app->n_filter);
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->step, ==, NULL);
        g_assert_cmpstr(run->output->str, ==, "1\nin\n1\n");
}

/* Memory that was writable never becomes executable. */
static void test_mdwe(void)
{
        static const char script[] =
                "perl -e '$a = syscall(9, 0, 4096, 3, 0x22, -1, 0); $r = syscall(10, $a, 4096, 5); "
                "print $r < 0 ? $!+0 : \"in\"; $a = syscall(9, 0, 4096, 7, 0x22, -1, 0); print $a < 0 ? $!+0 : \"in\"'";
        Plan *plan = box_test_plan(script);
        g_autoptr(BoxRun) without = box_run(box_test_plan(script), FALSE), with = NULL;

        g_assert_cmpstr(without->output->str, ==, "inin");
        box_test_app(plan)->mdwe = true;
        with = box_run(plan, FALSE);
        if (with->error == EOPNOTSUPP) {
                g_test_skip("no PR_SET_MDWE here (Linux 6.3)");
                return;
        }
        g_assert_cmpstr(with->step, ==, NULL);
        g_assert_cmpstr(with->output->str, ==, "1313"); /* EACCES */
}

/* The app's session keyring is a new one ("_ses"), not the caller's. */
static void test_keyring(void)
{
        g_autoptr(BoxRun) run = NULL;
        long keyring = syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, "oriel-test-ring");

        if (keyring < 0) {
                g_test_skip("no session keyring here");
                return;
        }
        run = box_run(box_test_plan("grep -q ' _ses' /proc/keys && echo own"), FALSE);
        g_assert_cmpstr(run->output->str, ==, "own\n");
}

/* The host's abstract sockets are out of reach in a network namespace of one's own, and by a Landlock scope without. */
static void test_abstract(void)
{
        static const char script[] = "perl -e 'use Socket; socket(S, PF_UNIX, SOCK_STREAM, 0); "
                                     "print connect(S, pack(\"S a*\", 1, \"\\0oriel-test-abstract\")) ? \"in\" : $!+0'";
        struct {
                sa_family_t family;
                char name[21];
        } address = { .family = AF_UNIX, .name = "\0oriel-test-abstract" };
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        Plan *open_plan = box_test_plan(script), *scoped_plan = box_test_plan(script);
        g_autoptr(BoxRun) own = NULL, shared = NULL, scoped = NULL;

        g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address.family + 20), ==, 0);
        g_assert_cmpint(listen(fd, 4), ==, 0);
        own = box_run(box_test_plan(script), FALSE);
        g_assert_cmpstr(own->output->str, ==, G_STRINGIFY(111)); /* ECONNREFUSED */
        box_test_box(open_plan, "app")->unshare &= ~(uint32_t)PLAN_NS_NET;
        shared = box_run(open_plan, FALSE);
        g_assert_cmpstr(shared->output->str, ==, "in");
        box_test_box(scoped_plan, "app")->unshare &= ~(uint32_t)PLAN_NS_NET;
        box_test_app(scoped_plan)->landlock = PLAN_LANDLOCK_ABSTRACT | PLAN_LANDLOCK_SIGNAL;
        scoped = box_run(scoped_plan, FALSE);
        if (scoped->error == EOPNOTSUPP) {
                g_test_skip("no Landlock scopes here (Linux 6.12)");
                return;
        }
        g_assert_cmpstr(scoped->output->str, ==, "1"); /* EPERM */
}

/* A file that another instance, or the same one, wrote into a tmpfs is in no other box. */
static void test_private_tmpfs(void)
{
        Plan *plan = box_test_tree("test ! -e /tmp/from-companion && echo apart");
        PlanProgram *companion =
                box_test_program(plan, "companions", "companion", "touch /tmp/from-companion; sleep 1000");
        g_autoptr(BoxRun) run = NULL;

        companion->death = PLAN_DEATH_IGNORE;
        run = box_run(plan, FALSE);
        g_assert_cmpstr(run->output->str, ==, "apart\n");
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/confine/filter", test_filter);
        g_test_add_func("/confine/mdwe", test_mdwe);
        g_test_add_func("/confine/keyring", test_keyring);
        g_test_add_func("/confine/abstract", test_abstract);
        g_test_add_func("/confine/private-tmpfs", test_private_tmpfs);
        return g_test_run();
}
