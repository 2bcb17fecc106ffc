/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The filters, run by a small machine of our own: what they answer to a call, with no kernel asked. */
#include <errno.h>
#include <glib.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "seccomp/filter.h"
#include "seccomp/filters.h"

/* Classic BPF, as far as the generator uses it. */
static guint32 answer(const SeccompFilter *filter, const struct seccomp_data *data)
{
        guint32 a = 0;

        for (gsize pc = 0; pc < filter->n; pc++) {
                const struct sock_filter *i = &filter->code[pc];
                gboolean taken;

                switch (i->code) {
                case BPF_LD | BPF_W | BPF_ABS:
                        g_assert_cmpuint(i->k + sizeof a, <=, sizeof *data);
                        memcpy(&a, (const char *)data + i->k, sizeof a);
                        continue;
                case BPF_RET | BPF_K:
                        return i->k;
                case BPF_JMP | BPF_JA:
                        pc += i->k;
                        continue;
                case BPF_JMP | BPF_JEQ | BPF_K:
                        taken = a == i->k;
                        break;
                case BPF_JMP | BPF_JGE | BPF_K:
                        taken = a >= i->k;
                        break;
                case BPF_JMP | BPF_JSET | BPF_K:
                        taken = (a & i->k) != 0;
                        break;
                default:
                        g_assert_not_reached();
                }
                pc += taken ? i->jt : i->jf;
        }
        g_assert_not_reached();
}

enum { ALLOW = 0, KILL = -1 };

static int judge_by(const SeccompFilter *filter, guint32 arch, int number, const guint64 args[3])
{
        struct seccomp_data data = { .nr = number, .arch = arch, .args = { args[0], args[1], args[2] } };
        guint32 r = answer(filter, &data);

        if (r == SECCOMP_RET_ALLOW)
                return ALLOW;
        if (r == SECCOMP_RET_KILL_PROCESS)
                return KILL;
        g_assert_cmphex(r & SECCOMP_RET_ACTION_FULL, ==, SECCOMP_RET_ERRNO);
        return (int)(r & SECCOMP_RET_DATA);
}

static int judge(PlanSeccomp profile, guint32 arch, int number, const guint64 args[3])
{
        return judge_by(&seccomp_filters[profile], arch, number, args);
}

#define HIGH (G_GUINT64_CONSTANT(1) << 32)

/* call (or "#number"), arguments; answers of default, nested, strict, limited. */
static const struct Row {
        const char *call;
        guint64 args[3];
        int want[_PLAN_SECCOMP_MAX];
} rows[] = {
        { "read", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "execve", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "futex", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "landlock_create_ruleset", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "seccomp", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "mount", { 0 }, { EPERM, ALLOW, EPERM, EPERM } },
        { "umount2", { 0 }, { EPERM, ALLOW, EPERM, EPERM } },
        { "chroot", { 0 }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "setns", { 0 }, { EPERM, ALLOW, EPERM, EPERM } },
        { "open_tree", { 0 }, { ENOSYS, ALLOW, ENOSYS, ENOSYS } },
        { "mount_setattr", { 0 }, { ENOSYS, ALLOW, ENOSYS, ENOSYS } },
        { "#467", { 0 }, { ENOSYS, ALLOW, ENOSYS, ENOSYS } },  /* open_tree_attr */
        { "#457", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } }, /* statmount */
        { "clone3", { 0 }, { ENOSYS, ALLOW, ENOSYS, ENOSYS } },
        { "clone", { CLONE_VM | CLONE_THREAD }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "clone", { CLONE_NEWUSER }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "clone", { CLONE_NEWNET | 17 }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "clone", { HIGH | CLONE_NEWPID }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "unshare", { CLONE_FILES }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "unshare", { CLONE_NEWUSER }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "unshare", { CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "unshare", { CLONE_NEWUSER | CLONE_NEWNS }, { EPERM, ALLOW, EPERM, EPERM } },
        { "clone", { CLONE_NEWUSER | CLONE_NEWUTS }, { EPERM, ALLOW, EPERM, EPERM } },
        { "unshare", { CLONE_NEWTIME }, { EPERM, ALLOW, EPERM, EPERM } },
        { "ioctl", { 0, TCGETS }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "ioctl", { 0, TIOCSTI }, { EPERM, EPERM, EPERM, EPERM } },
        { "ioctl", { 0, HIGH | TIOCSTI }, { EPERM, EPERM, EPERM, EPERM } },
        { "ioctl", { TIOCSTI, TCGETS }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "ioctl", { 0, TIOCLINUX }, { EPERM, EPERM, EPERM, EPERM } },
        { "keyctl", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "add_key", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "socket", { AF_UNIX }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "socket", { AF_INET6, SOCK_DGRAM }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "socket", { AF_NETLINK, SOCK_RAW, 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "socket", { AF_NETLINK, SOCK_RAW, 15 }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socket", { AF_VSOCK }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socket", { HIGH | AF_VSOCK }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socket", { 0 }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socketpair", { AF_ALG }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "io_uring_setup", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } },
        { "open_by_handle_at", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "name_to_handle_at", { 0 }, { ALLOW, ALLOW, EPERM, ALLOW } },
        { "personality", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "personality", { 0xffffffff }, { ALLOW, ALLOW, ALLOW, ALLOW } },
        { "personality", { 0x0040000 }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "personality", { 0x0400000 }, { EPERM, EPERM, EPERM, EPERM } },
        { "ptrace", { 0 }, { EPERM, ALLOW, EPERM, ALLOW } },
        { "process_vm_readv", { 0 }, { ALLOW, ALLOW, EPERM, ALLOW } },
        { "bpf", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "perf_event_open", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "userfaultfd", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "finit_module", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "kexec_load", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "quotactl", { 0 }, { EPERM, EPERM, EPERM, EPERM } },
        { "#466", { 0 }, { ALLOW, ALLOW, ALLOW, ALLOW } },     /* the last that is known */
        { "#468", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } }, /* and those after it */
        { "#1024", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } },
        { "#2147483647", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } },
        { "#-1", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } },
        { "#1073741825", { 0 }, { ENOSYS, ENOSYS, ENOSYS, ENOSYS } }, /* write, by x32's number */
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        int number = row->call[0] == '#' ? (int)g_ascii_strtoll(row->call + 1, NULL, 10)
                                         : seccomp_syscall_resolve_name(row->call);

        for (int profile = 0; profile < _PLAN_SECCOMP_MAX; profile++)
                g_assert_cmpint(judge((PlanSeccomp)profile, seccomp_arch_native(), number, row->args), ==,
                                row->want[profile]);
}

/* Another ABI's numbers mean other calls. */
static void test_arch(void)
{
        const guint64 none[3] = { 0 };
        guint32 native = seccomp_arch_native(), other = native == AUDIT_ARCH_X86_64 ? AUDIT_ARCH_I386 : AUDIT_ARCH_ARM;

        for (int profile = 0; profile < _PLAN_SECCOMP_MAX; profile++) {
                g_assert_cmpint(judge((PlanSeccomp)profile, other, 3, none), ==, KILL);
                g_assert_cmpint(judge((PlanSeccomp)profile, native, 0, none), ==, ALLOW);
        }
}

/* Made with no change, it is the built-in one. */
static void test_same(void)
{
        for (int profile = 0; profile < _PLAN_SECCOMP_MAX; profile++) {
                struct sock_filter code[SECCOMP_FILTER_MAX];
                int n = seccomp_filter_make((PlanSeccomp)profile, NULL, NULL, code, SECCOMP_FILTER_MAX);

                g_assert_cmpmem(code, (gsize)n * sizeof *code, seccomp_filters[profile].code,
                                seccomp_filters[profile].n * sizeof *code);
                g_assert_cmpint(seccomp_filter_make((PlanSeccomp)profile, NULL, NULL, code, (gsize)n - 1), ==, -E2BIG);
        }
}

/* allow= and deny= as a profile writes them; what neither names stays as it is. */
static void test_changed(void)
{
        char *allow[] = { (char *)"bpf", (char *)"ptrace", (char *)"open_tree_attr", NULL };
        char *deny[] = { (char *)"ptrace", (char *)"read", (char *)"socket", (char *)"uselib", NULL };
        char *unknown[] = { (char *)"raed", NULL };
        static const struct {
                const char *call;
                guint64 args[3];
                int want;
        } want[] = {
                { "bpf", { 0 }, ALLOW },          { "ptrace", { 0 }, EPERM }, /* deny wins */
                { "read", { 0 }, EPERM },         { "write", { 0 }, ALLOW },
                { "socket", { AF_UNIX }, EPERM }, { "socketpair", { AF_ALG }, EAFNOSUPPORT },
                { "keyctl", { 0 }, EPERM },       { "ioctl", { 0, TIOCSTI }, EPERM },
        };
        const guint64 none[3] = { 0 };
        struct sock_filter code[SECCOMP_FILTER_MAX];
        int n = seccomp_filter_make(PLAN_SECCOMP_DEFAULT, allow, deny, code, SECCOMP_FILTER_MAX);
        SeccompFilter filter = { code, (unsigned short)n };

        g_assert_cmpint(n, >, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(want); i++)
                g_assert_cmpint(judge_by(&filter, seccomp_arch_native(), seccomp_syscall_resolve_name(want[i].call),
                                         want[i].args),
                                ==, want[i].want);
        g_assert_cmpint(judge_by(&filter, seccomp_arch_native(), 467, none), ==, ALLOW);
        g_assert_cmpint(judge_by(&filter, seccomp_arch_native(), 468, none), ==, ENOSYS);
        g_assert_cmpint(seccomp_filter_make(PLAN_SECCOMP_DEFAULT, unknown, NULL, code, SECCOMP_FILTER_MAX), ==,
                        -EINVAL);
}

/* Every call that may be allowed beside a profile's was weighed, and what walls lean on can't be. */
static void test_weights(void)
{
        static const char *const never[] = { "mount", "setns",  "keyctl", "add_key", "request_key", "ioctl",
                                             "clone", "socket", "clone3", "unshare", "open_tree",   "personality" };
        static const char *const flagged[] = { "io_uring_setup", "bpf", "userfaultfd", "ptrace", "perf_event_open" };
        const char *reason = NULL;

        for (gsize i = 0; i < G_N_ELEMENTS(never); i++) {
                g_assert_cmpint(seccomp_weigh_allow(PLAN_SECCOMP_DEFAULT, never[i], &reason), ==, SECCOMP_WEIGHT_NEVER);
                g_assert_nonnull(reason);
        }
        for (gsize i = 0; i < G_N_ELEMENTS(flagged); i++) {
                reason = NULL;
                g_assert_cmpint(seccomp_weigh_allow(PLAN_SECCOMP_DEFAULT, flagged[i], &reason), ==,
                                SECCOMP_WEIGHT_FLAGGED);
                g_assert_nonnull(reason);
        }
        g_assert_cmpint(seccomp_weigh_allow(PLAN_SECCOMP_DEFAULT, "read", &reason), ==, SECCOMP_WEIGHT_FREE);
        /* Allowed there already. */
        g_assert_cmpint(seccomp_weigh_allow(PLAN_SECCOMP_NESTED, "mount", &reason), ==, SECCOMP_WEIGHT_FREE);
        g_assert_cmpint(seccomp_weigh_allow(PLAN_SECCOMP_LIMITED, "mount", &reason), ==, SECCOMP_WEIGHT_NEVER);
        g_assert_cmpint(seccomp_weigh_deny("execve"), ==, SECCOMP_WEIGHT_NEVER);
        g_assert_cmpint(seccomp_weigh_deny("read"), ==, SECCOMP_WEIGHT_FREE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/seccomp/%02" G_GSIZE_FORMAT "-%s", i, rows[i].call);

                g_test_add_data_func(path, &rows[i], test_row);
        }
        g_test_add_func("/seccomp/arch", test_arch);
        g_test_add_func("/seccomp/same", test_same);
        g_test_add_func("/seccomp/changed", test_changed);
        g_test_add_func("/seccomp/weights", test_weights);
        return g_test_run();
}
