/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The generated filters, run by a small machine of our own: what they answer to a call, with no kernel asked. */
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

#include "engine/seccomp-filters.h"

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

static int judge(PlanSeccomp profile, guint32 arch, int number, const guint64 args[3])
{
        struct seccomp_data data = { .nr = number, .arch = arch, .args = { args[0], args[1], args[2] } };
        guint32 r = answer(&seccomp_filters[profile], &data);

        if (r == SECCOMP_RET_ALLOW)
                return ALLOW;
        if (r == SECCOMP_RET_KILL_PROCESS)
                return KILL;
        g_assert_cmphex(r & SECCOMP_RET_ACTION_FULL, ==, SECCOMP_RET_ERRNO);
        return (int)(r & SECCOMP_RET_DATA);
}

#define HIGH (G_GUINT64_CONSTANT(1) << 32)

/* call (or "#number"), arguments; answers of default, nested, strict. */
static const struct Row {
        const char *call;
        guint64 args[3];
        int want[_PLAN_SECCOMP_MAX];
} rows[] = {
        { "read", { 0 }, { ALLOW, ALLOW, ALLOW } },
        { "execve", { 0 }, { ALLOW, ALLOW, ALLOW } },
        { "futex", { 0 }, { ALLOW, ALLOW, ALLOW } },
        { "landlock_create_ruleset", { 0 }, { ALLOW, ALLOW, ALLOW } },
        { "seccomp", { 0 }, { ALLOW, ALLOW, ALLOW } },
        { "mount", { 0 }, { EPERM, ALLOW, EPERM } },
        { "umount2", { 0 }, { EPERM, ALLOW, EPERM } },
        { "chroot", { 0 }, { EPERM, ALLOW, EPERM } },
        { "setns", { 0 }, { EPERM, ALLOW, EPERM } },
        { "open_tree", { 0 }, { ENOSYS, ALLOW, ENOSYS } },
        { "mount_setattr", { 0 }, { ENOSYS, ALLOW, ENOSYS } },
        { "#467", { 0 }, { ENOSYS, ALLOW, ENOSYS } },  /* open_tree_attr */
        { "#457", { 0 }, { ENOSYS, ENOSYS, ENOSYS } }, /* statmount */
        { "clone3", { 0 }, { ENOSYS, ALLOW, ENOSYS } },
        { "clone", { CLONE_VM | CLONE_THREAD }, { ALLOW, ALLOW, ALLOW } },
        { "clone", { CLONE_NEWUSER }, { EPERM, ALLOW, EPERM } },
        { "clone", { CLONE_NEWNET | 17 }, { EPERM, ALLOW, EPERM } },
        { "clone", { HIGH | CLONE_NEWPID }, { EPERM, ALLOW, EPERM } },
        { "unshare", { CLONE_FILES }, { ALLOW, ALLOW, ALLOW } },
        { "unshare", { CLONE_NEWUSER }, { EPERM, ALLOW, EPERM } },
        { "unshare", { CLONE_NEWTIME }, { EPERM, ALLOW, EPERM } },
        { "ioctl", { 0, TCGETS }, { ALLOW, ALLOW, ALLOW } },
        { "ioctl", { 0, TIOCSTI }, { EPERM, EPERM, EPERM } },
        { "ioctl", { 0, HIGH | TIOCSTI }, { EPERM, EPERM, EPERM } },
        { "ioctl", { TIOCSTI, TCGETS }, { ALLOW, ALLOW, ALLOW } },
        { "ioctl", { 0, TIOCLINUX }, { EPERM, EPERM, EPERM } },
        { "keyctl", { 0 }, { EPERM, EPERM, EPERM } },
        { "add_key", { 0 }, { EPERM, EPERM, EPERM } },
        { "socket", { AF_UNIX }, { ALLOW, ALLOW, ALLOW } },
        { "socket", { AF_INET6, SOCK_DGRAM }, { ALLOW, ALLOW, ALLOW } },
        { "socket", { AF_NETLINK, SOCK_RAW, 0 }, { ALLOW, ALLOW, ALLOW } },
        { "socket", { AF_NETLINK, SOCK_RAW, 15 }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socket", { AF_VSOCK }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socket", { HIGH | AF_VSOCK }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socket", { 0 }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "socketpair", { AF_ALG }, { EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT } },
        { "io_uring_setup", { 0 }, { ENOSYS, ENOSYS, ENOSYS } },
        { "open_by_handle_at", { 0 }, { EPERM, EPERM, EPERM } },
        { "name_to_handle_at", { 0 }, { ALLOW, ALLOW, EPERM } },
        { "personality", { 0 }, { ALLOW, ALLOW, ALLOW } },
        { "personality", { 0xffffffff }, { ALLOW, ALLOW, ALLOW } },
        { "personality", { 0x0040000 }, { EPERM, ALLOW, EPERM } },
        { "personality", { 0x0400000 }, { EPERM, EPERM, EPERM } },
        { "ptrace", { 0 }, { EPERM, ALLOW, EPERM } },
        { "process_vm_readv", { 0 }, { ALLOW, ALLOW, EPERM } },
        { "bpf", { 0 }, { EPERM, EPERM, EPERM } },
        { "perf_event_open", { 0 }, { EPERM, EPERM, EPERM } },
        { "userfaultfd", { 0 }, { EPERM, EPERM, EPERM } },
        { "finit_module", { 0 }, { EPERM, EPERM, EPERM } },
        { "kexec_load", { 0 }, { EPERM, EPERM, EPERM } },
        { "quotactl", { 0 }, { EPERM, EPERM, EPERM } },
        { "#466", { 0 }, { ALLOW, ALLOW, ALLOW } },    /* the last that is known */
        { "#468", { 0 }, { ENOSYS, ENOSYS, ENOSYS } }, /* and those after it */
        { "#1024", { 0 }, { ENOSYS, ENOSYS, ENOSYS } },
        { "#2147483647", { 0 }, { ENOSYS, ENOSYS, ENOSYS } },
        { "#-1", { 0 }, { ENOSYS, ENOSYS, ENOSYS } },
        { "#1073741825", { 0 }, { ENOSYS, ENOSYS, ENOSYS } }, /* write, by x32's number */
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

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strdup_printf("/seccomp/%02" G_GSIZE_FORMAT "-%s", i, rows[i].call);

                g_test_add_data_func(path, &rows[i], test_row);
        }
        g_test_add_func("/seccomp/arch", test_arch);
        return g_test_run();
}
