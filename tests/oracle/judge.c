/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the filter of a plan answers to each call of calls.h, by the plan's words alone: the filter is made anew and
 * interpreted here, never loaded.  usage: judge PROFILE ALLOW,... DENY,...; prints "NAME ERRNO", 0: allowed. */

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calls.h"
#include "seccomp/calls.h"
#include "seccomp/filter.h"

enum { WORDS_MAX = 64 };

typedef struct Row {
        const char *name;
        long number, arguments[6];
} Row;

#define ROW(name, number, ...) { name, number, { __VA_ARGS__ } },
static const Row rows[] = { ORACLE_CALLS(ROW) };

/* The accumulator, X and the memory of bpf(4), as far as seccomp(2) lets them be used. */
static unsigned interpret(const struct sock_filter *code, size_t n, const struct seccomp_data *data)
{
        unsigned a = 0, x = 0, memory[BPF_MEMWORDS] = { 0 };

        for (size_t pc = 0; pc < n; pc++) {
                const struct sock_filter *one = &code[pc];
                unsigned operand = BPF_SRC(one->code) == BPF_X ? x : one->k;

                switch (BPF_CLASS(one->code)) {
                case BPF_LD:
                        if (BPF_MODE(one->code) == BPF_ABS)
                                memcpy(&a, (const char *)data + one->k, sizeof a);
                        else
                                a = BPF_MODE(one->code) == BPF_MEM ? memory[one->k % BPF_MEMWORDS] : one->k;
                        break;
                case BPF_LDX:
                        x = BPF_MODE(one->code) == BPF_MEM ? memory[one->k % BPF_MEMWORDS] : one->k;
                        break;
                case BPF_ST:
                        memory[one->k % BPF_MEMWORDS] = a;
                        break;
                case BPF_STX:
                        memory[one->k % BPF_MEMWORDS] = x;
                        break;
                case BPF_ALU:
                        if (BPF_OP(one->code) != BPF_AND) {
                                (void)fprintf(stderr, "an operation that the interpreter lacks: %#x\n", one->code);
                                exit(1);
                        }
                        a &= operand;
                        break;
                case BPF_JMP:
                        if (BPF_OP(one->code) == BPF_JA)
                                pc += one->k;
                        else if (BPF_OP(one->code) == BPF_JEQ)
                                pc += a == operand ? one->jt : one->jf;
                        else if (BPF_OP(one->code) == BPF_JGT)
                                pc += a > operand ? one->jt : one->jf;
                        else if (BPF_OP(one->code) == BPF_JGE)
                                pc += a >= operand ? one->jt : one->jf;
                        else
                                pc += (a & operand) != 0 ? one->jt : one->jf;
                        break;
                case BPF_RET:
                        return BPF_RVAL(one->code) == BPF_A ? a : one->k;
                case BPF_MISC:
                default:
                        if (BPF_MISCOP(one->code) == BPF_TAX)
                                x = a;
                        else
                                a = x;
                        break;
                }
        }
        return SECCOMP_RET_KILL_PROCESS;
}

/* "a,b" → NULL-terminated. */
static char **split(char *words[WORDS_MAX + 1], char *text)
{
        char *rest = text;
        size_t n = 0;

        for (char *word = NULL; n < WORDS_MAX && (word = strtok_r(rest, ",", &rest)) != NULL;)
                words[n++] = word;
        words[n] = NULL;
        return words;
}

int main(int argc, char **argv)
{
        static struct sock_filter code[SECCOMP_FILTER_MAX];
        char *allow[WORDS_MAX + 1], *deny[WORDS_MAX + 1];
        int profile = 0, n;

        while (argc == 4 && profile < _PLAN_SECCOMP_MAX &&
               strcmp(plan_seccomp_word((PlanSeccomp)profile), argv[1]) != 0)
                profile++;
        if (argc != 4 || profile == _PLAN_SECCOMP_MAX) {
                (void)fprintf(stderr, "judge: PROFILE ALLOW DENY\n");
                return 2;
        }
        n = seccomp_filter_make((PlanSeccomp)profile, split(allow, argv[2]), split(deny, argv[3]), code,
                                SECCOMP_FILTER_MAX);
        if (n < 0)
                return 1;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
                struct seccomp_data data = { .nr = (int)rows[i].number, .arch = seccomp_native_arch };
                unsigned answer;

                for (size_t k = 0; k < 6; k++)
                        data.args[k] = (unsigned long)rows[i].arguments[k];
                answer = interpret(code, (size_t)n, &data);
                (void)printf("%s %u\n", rows[i].name,
                             (answer & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO ? answer & SECCOMP_RET_DATA
                             : answer == SECCOMP_RET_ALLOW                           ? 0
                                                                                     : 9999);
        }
        return 0;
}
