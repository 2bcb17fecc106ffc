/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* table.h to a program for the kernel's filter machine.  The program is our own and not libseccomp's, since "every
 * number above the last known one" is no rule that libseccomp can express, and since a search tree over ranges of
 * numbers is short: the verdict for a call is a dozen instructions away. */
#include "seccomp/filter.h"

#include <assert.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

#include "base/i18n.h"
#include "seccomp/calls.h"

enum {
        ALL = (1 << _PLAN_SECCOMP_MAX) - 1,
        CLOSED = 1 << PLAN_SECCOMP_DEFAULT | 1 << PLAN_SECCOMP_STRICT,
        NO_MOUNTS = CLOSED | 1 << PLAN_SECCOMP_LIMITED,
        STRICT = 1 << PLAN_SECCOMP_STRICT,
};

/* An answer: 0 (allow), an errno, or a check. */
enum { ALLOW = 0, CHECK_UNSHARE = 10000, CHECK_CLONE, CHECK_IOCTL, CHECK_SOCKET, CHECK_PERSONALITY };

#define FREE SECCOMP_WEIGHT_FREE
#define FLAGGED SECCOMP_WEIGHT_FLAGGED
#define NEVER SECCOMP_WEIGHT_NEVER
#define NEWER(call, number)
#define ALLOWED(call)
#define ROW(profiles, call, answer, weight, reason) { profiles, #call, answer, weight, reason },
static const struct Row {
        int profiles;
        const char *call;
        int answer;
        SeccompWeight weight;
        const char *reason;
} rows[] = {
#include "seccomp/table.h"
};
#undef ROW
#undef ALLOWED
#define ROW(profiles, call, answer, weight, reason)
#define ALLOWED(call) #call,
static const char *const allowed[] = {
#include "seccomp/table.h"
};

/* Without it no program starts, or none ends: it is what the launch itself still has to ask. */
static const char *const needed[] = { "execve", "exit", "exit_group" };

enum { N_NUMBERS = 1024 };

typedef struct Generator {
        int answer[N_NUMBERS]; /* by call's number; the last one stands for all above */
        int start[N_NUMBERS];  /* first number of each range of equal answers */
        int n_ranges;
        PlanSeccomp profile;
        struct sock_filter *code;
        size_t n, max; /* n beyond max: it did not fit */
} Generator;

static int set_answer(Generator *g, const char *call, int answer)
{
        int number = seccomp_call_number(call);

        if (number == SECCOMP_CALL_UNKNOWN || number >= N_NUMBERS)
                return -EINVAL;
        if (number >= 0)
                g->answer[number] = answer;
        return 0;
}

static int set_answers(Generator *g, char *const *calls, int answer)
{
        int r = 0;

        for (size_t i = 0; r == 0 && calls != NULL && calls[i] != NULL; i++)
                r = set_answer(g, calls[i], answer);
        return r;
}

/* deny comes last, and so wins. */
static int fill_answers(Generator *g, char *const *allow, char *const *deny)
{
        int r = 0;

        for (int i = 0; i < N_NUMBERS; i++)
                g->answer[i] = i > SECCOMP_LAST_KNOWN ? ENOSYS : ALLOW;
        for (size_t i = 0; r == 0 && i < sizeof allowed / sizeof *allowed; i++)
                r = set_answer(g, allowed[i], ALLOW);
        for (size_t i = 0; r == 0 && i < sizeof rows / sizeof *rows; i++)
                if ((rows[i].profiles & 1 << g->profile) != 0)
                        r = set_answer(g, rows[i].call, rows[i].answer);
        if (r == 0)
                r = set_answers(g, allow, ALLOW);
        if (r == 0)
                r = set_answers(g, deny, EPERM);
        for (int i = 0; i < N_NUMBERS; i++)
                if (i == 0 || g->answer[i] != g->answer[i - 1])
                        g->start[g->n_ranges++] = i;
        return r;
}

static void emit(Generator *g, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
        if (g->n < g->max)
                g->code[g->n] = (struct sock_filter){ .code = code, .jt = jt, .jf = jf, .k = k };
        g->n++;
}

static void emit_answer(Generator *g, int answer)
{
        emit(g, BPF_RET | BPF_K, answer == ALLOW ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (uint32_t)answer, 0, 0);
}

/* The low 32 bits of an argument. */
static void emit_load(Generator *g, int argument)
{
        size_t offset = offsetof(struct seccomp_data, args) + (size_t)argument * sizeof(uint64_t);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        offset += sizeof(uint32_t);
#endif
        emit(g, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* If the loaded value is k (test BPF_JEQ) or has a bit of k (BPF_JSET): that answer. */
static void emit_if(Generator *g, uint16_t test, uint32_t k, int answer)
{
        emit(g, (uint16_t)(BPF_JMP | test | BPF_K), k, 0, 1);
        emit_answer(g, answer);
}

static void emit_check(Generator *g, int check)
{
        /* With nested=limited the sandboxes of browsers get what they use. */
        const uint32_t browsers =
                g->profile == PLAN_SECCOMP_LIMITED ? CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC : 0;
        const uint32_t namespaces = (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                     CLONE_NEWPID | CLONE_NEWNET) &
                                    ~browsers;

        switch (check) {
        case CHECK_UNSHARE:
                emit_load(g, 0);
                emit_if(g, BPF_JSET, namespaces | CLONE_NEWTIME, EPERM);
                emit_answer(g, ALLOW);
                break;
        case CHECK_CLONE:
                emit_load(g, 0);
                emit_if(g, BPF_JSET, namespaces, EPERM);
                emit_answer(g, ALLOW);
                break;
        case CHECK_IOCTL:
                emit_load(g, 1);
                emit_if(g, BPF_JEQ, TIOCSTI, EPERM);
                emit_if(g, BPF_JEQ, TIOCLINUX, EPERM);
                emit_if(g, BPF_JEQ, TIOCSETD, EPERM);
                emit_answer(g, ALLOW);
                break;
        case CHECK_SOCKET:
                emit_load(g, 0);
                emit_if(g, BPF_JEQ, AF_UNIX, ALLOW);
                emit_if(g, BPF_JEQ, AF_INET, ALLOW);
                emit_if(g, BPF_JEQ, AF_INET6, ALLOW);
                emit(g, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 3);
                emit_load(g, 2);
                emit_if(g, BPF_JEQ, 0 /* NETLINK_ROUTE */, ALLOW);
                emit_answer(g, EAFNOSUPPORT);
                break;
        case CHECK_PERSONALITY:
                emit_load(g, 0);
                emit_if(g, BPF_JEQ, PER_LINUX, ALLOW);
                emit_if(g, BPF_JEQ, UINT32_MAX /* asks for the present one */, ALLOW);
                if (g->profile == PLAN_SECCOMP_NESTED || g->profile == PLAN_SECCOMP_LIMITED)
                        emit_if(g, BPF_JEQ, ADDR_NO_RANDOMIZE /* debuggers */, ALLOW);
                emit_answer(g, EPERM);
                break;
        default:
                assert(false);
        }
}

/* The search for ranges first ... last. */
static void emit_search(Generator *g, int first, int last)
{
        int middle = (first + last + 1) / 2;
        size_t jump;

        if (first == last) {
                int answer = g->answer[g->start[first]];

                if (answer >= CHECK_UNSHARE)
                        emit_check(g, answer);
                else
                        emit_answer(g, answer);
                return;
        }
        /* A conditional jump goes 255 at most; the way over the left half may be longer. */
        emit(g, BPF_JMP | BPF_JGE | BPF_K, (uint32_t)g->start[middle], 0, 1);
        jump = g->n;
        emit(g, BPF_JMP | BPF_JA, 0, 0, 0);
        emit_search(g, first, middle - 1);
        if (jump < g->max)
                g->code[jump].k = (uint32_t)(g->n - jump - 1);
        emit_search(g, middle, last);
}

int seccomp_filter_make(
        PlanSeccomp profile, char *const *allow, char *const *deny, struct sock_filter *ret_code, size_t max)
{
        Generator g = { .profile = profile, .code = ret_code, .max = max };
        int r = fill_answers(&g, allow, deny);

        if (r < 0)
                return r;
        emit(&g, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
        emit(&g, BPF_JMP | BPF_JEQ | BPF_K, seccomp_native_arch, 1, 0);
        emit(&g, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
        emit(&g, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        emit_search(&g, 0, g.n_ranges - 1);
        return g.n > max ? -E2BIG : (int)g.n;
}

SeccompWeight seccomp_weigh_allow(PlanSeccomp profile, const char *call, const char **ret_reason)
{
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if ((rows[i].profiles & 1 << profile) != 0 && strcmp(rows[i].call, call) == 0) {
                        *ret_reason = rows[i].reason;
                        return rows[i].weight;
                }
        return FREE;
}

SeccompWeight seccomp_weigh_deny(const char *call)
{
        for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
                if (strcmp(needed[i], call) == 0)
                        return NEVER;
        return FREE;
}
