/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bubblewrap's words, ended by NULs; what stands behind two NULs is the file of --args. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bwrap/command.h"
#include "bwrap/plan-of.h"

typedef struct File {
        const char *bytes;
        size_t n;
} File;

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int read_args(void *data, int fd, char **ret_bytes, size_t *ret_n)
{
        const File *file = data;
        char *copy;

        if (fd == 1)
                return -EBADF;
        copy = malloc(file->n + 1);
        if (copy == NULL)
                return -ENOMEM;
        if (file->n > 0)
                memcpy(copy, file->bytes, file->n);
        copy[file->n] = '\0';
        *ret_bytes = copy;
        *ret_n = file->n;
        return 0;
}

/* Whatever was read has a plan. */
static void plan(const BwrapCommand *command, const BwrapHost *host)
{
        BwrapPlace place = { .uid = host->uid, .console = "/dev/pts/0" };
        BwrapPlan plan = { 0 };

        if (bwrap_plan_of(&plan, command, &place) < 0 || plan.plan->boxes[0].n_mounts < 1 + command->n_ops)
                abort();
        for (size_t i = 0; i < plan.plan->boxes[0].n_mounts; i++) {
                const PlanMount *mount = &plan.plan->boxes[0].mounts[i];

                if (mount->dest[0] != '/' || (mount->dest[1] != '\0' && mount->dest[strlen(mount->dest) - 1] == '/') ||
                    strstr(mount->dest, "//") != NULL || (i > 0 && plan.op_of[i] >= command->n_ops))
                        abort();
        }
        bwrap_plan_clear(&plan);
}

static void check(const BwrapCommand *command, BwrapOutcome outcome)
{
        if (outcome != BWRAP_RUN)
                return;
        if (command->argv == NULL || command->argv[0] == NULL)
                abort();
        for (size_t i = 0; i < command->n_ops; i++) {
                const BwrapOp *op = &command->ops[i];

                if (op->kind >= _BWRAP_OP_MAX || op->dest == NULL || op->mode > 07777 ||
                    op->first_layer + op->n_layers > command->n_layers)
                        abort();
        }
        for (size_t i = 0; i <= command->n_env; i++)
                if ((command->env[i] == NULL) != (i == command->n_env))
                        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        char *env[] = { (char[]){ "PATH=/bin" }, (char[]){ "A=1" }, (char[]){ "A=2" }, NULL };
        CLEANUP(freep) char *text = malloc(n + 2);
        CLEANUP(freep) char **words = calloc(n + 2, sizeof *words);
        BwrapCommand command = { 0 };
        BwrapOutcome outcome;
        File file = { .bytes = NULL };
        BwrapHost host = { .env = env, .read_args = read_args, .data = &file };
        size_t at = 1, n_words = 0;

        if (text == NULL || words == NULL || n == 0)
                return 0;
        /* The first byte is the host. */
        host.uid = (bytes[0] & 1) != 0 ? 0 : 1000;
        host.user_namespaces = (bytes[0] & 2) != 0;
        host.cgroup_namespaces = (bytes[0] & 4) != 0;
        host.caps = (bytes[0] & 8) != 0 ? UINT64_MAX : 0;
        memcpy(text, bytes, n);
        text[n] = text[n + 1] = '\0';
        while (at < n && text[at] != '\0') {
                words[n_words++] = text + at;
                at += strlen(text + at) + 1;
        }
        if (at + 1 < n)
                file = (File){ text + at + 1, n - at - 1 };
        outcome = bwrap_command_read(&command, &host, words);
        check(&command, outcome);
        if (outcome == BWRAP_RUN)
                plan(&command, &host);
        bwrap_command_clear(&command);
        return 0;
}
