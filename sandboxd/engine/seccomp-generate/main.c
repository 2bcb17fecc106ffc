/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Build-time program: seccomp-table.h to arrays of BPF.  libseccomp knows the numbers of the calls; the program is our
 * own, since "every number above the last known one" is no rule that libseccomp can express, and since a search tree
 * over ranges of numbers is short: the verdict for a call is a dozen instructions away. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>

/* In the order of PlanSeccomp. */
enum { DEFAULT, NESTED, STRICT_PROFILE, N_PROFILES };
enum {
        ALL = 1 << DEFAULT | 1 << NESTED | 1 << STRICT_PROFILE,
        CLOSED = 1 << DEFAULT | 1 << STRICT_PROFILE,
        STRICT = 1 << STRICT_PROFILE,
};
static const char *const profile_names[] = { "default", "nested", "strict" };

/* An answer: 0 (allow), an errno, or a check. */
enum { ALLOW = 0, CHECK_UNSHARE = 10000, CHECK_CLONE, CHECK_IOCTL, CHECK_SOCKET, CHECK_PERSONALITY };

typedef struct Row {
        int profiles;
        const char *call;
        int answer;
} Row;

#define NEWER(call, number)
#define ALLOWED(call)
#define ROW(profiles, call, answer, reason) { profiles, #call, answer },
static const Row rows[] = {
#include "engine/seccomp-table.h"
};
#undef ROW
#undef NEWER
#define ROW(profiles, call, answer, reason)
#define NEWER(call, number) { #call, number },
static const struct {
        const char *call;
        int number;
} newer[] = {
#include "engine/seccomp-table.h"
};
#undef NEWER
#undef ALLOWED
#define NEWER(call, number)
#define ALLOWED(call) #call,
static const char *const allowed[] = {
#include "engine/seccomp-table.h"
};

enum { N_NUMBERS = 1024, MAX_CODE = 4096 };

typedef struct Generator {
        int answer[N_NUMBERS]; /* by call's number; the last one stands for all above */
        int start[N_NUMBERS];  /* first number of each range of equal answers */
        int n_ranges;
        int profile;
        struct sock_filter code[MAX_CODE];
        int n;
} Generator;

/* -1: this processor has no such call. */
static int number_of(const char *call)
{
        int number = seccomp_syscall_resolve_name(call);

        for (size_t i = 0; number < 0 && i < sizeof newer / sizeof *newer; i++)
                if (strcmp(newer[i].call, call) == 0)
                        number = newer[i].number;
        if (number == __NR_SCMP_ERROR) {
                fprintf(stderr, "seccomp-table.h: no call of that name: %s\n", call);
                exit(1);
        }
        if (number >= N_NUMBERS) {
                fprintf(stderr, "seccomp-table.h: number too large: %s\n", call);
                exit(1);
        }
        return number < 0 ? -1 : number;
}

static void fill_answers(Generator *g)
{
        for (int i = 0; i < N_NUMBERS; i++)
                g->answer[i] = i > SECCOMP_LAST_KNOWN ? ENOSYS : ALLOW;
        for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
                g->answer[number_of(allowed[i])] = ALLOW;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                int number = number_of(rows[i].call);

                if (number >= 0 && (rows[i].profiles & 1 << g->profile) != 0)
                        g->answer[number] = rows[i].answer;
        }
        for (int i = 0; i < N_NUMBERS; i++)
                if (i == 0 || g->answer[i] != g->answer[i - 1])
                        g->start[g->n_ranges++] = i;
}

static void emit(Generator *g, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
        if (g->n >= MAX_CODE) {
                fprintf(stderr, "seccomp-generate: the filter is too long\n");
                exit(1);
        }
        g->code[g->n++] = (struct sock_filter){ .code = code, .jt = jt, .jf = jf, .k = k };
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
        const uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                                    CLONE_NEWPID | CLONE_NEWNET;

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
                if (g->profile == NESTED)
                        emit_if(g, BPF_JEQ, ADDR_NO_RANDOMIZE /* debuggers */, ALLOW);
                emit_answer(g, EPERM);
                break;
        default:
                abort();
        }
}

/* The search for ranges first ... last. */
static void emit_search(Generator *g, int first, int last)
{
        int middle = (first + last + 1) / 2, jump;

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
        g->code[jump].k = (uint32_t)(g->n - jump - 1);
        emit_search(g, middle, last);
}

static void print(const Generator *g)
{
        printf("static const struct sock_filter filter_%s[] = {\n", profile_names[g->profile]);
        for (int i = 0; i < g->n; i++)
                printf("        { 0x%02x, %u, %u, 0x%08x },\n", g->code[i].code, g->code[i].jt, g->code[i].jf,
                       g->code[i].k);
        printf("};\n\n");
}

static void generate(int profile)
{
        static Generator g;

        g = (Generator){ .profile = profile };
        fill_answers(&g);
        emit(&g, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch), 0, 0);
        emit(&g, BPF_JMP | BPF_JEQ | BPF_K, seccomp_arch_native(), 1, 0);
        emit(&g, BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS, 0, 0);
        emit(&g, BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
        emit_search(&g, 0, g.n_ranges - 1);
        print(&g);
}

int main(void)
{
        printf("/* Generated by seccomp-generate from seccomp-table.h. */\n"
               "#include \"engine/seccomp-filters.h\"\n\n");
        for (int i = 0; i < N_PROFILES; i++)
                generate(i);
        printf("const SeccompFilter seccomp_filters[_PLAN_SECCOMP_MAX] = {\n"
               "        [PLAN_SECCOMP_DEFAULT] = { filter_default, sizeof filter_default / sizeof *filter_default },\n"
               "        [PLAN_SECCOMP_NESTED] = { filter_nested, sizeof filter_nested / sizeof *filter_nested },\n"
               "        [PLAN_SECCOMP_STRICT] = { filter_strict, sizeof filter_strict / sizeof *filter_strict },\n"
               "};\n");
        return 0;
}
