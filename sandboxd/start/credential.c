/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"

enum { STATE = 10, BUNDLE = 11, FIXED_WORDS = 4 };

static const char rule[] = "--credential=";

static const PlanProgram *find_program(const Plan *plan)
{
        for (size_t i = 0; i < plan->n_programs; i++)
                if (strcmp(plan->programs[i].name, "credential") == 0)
                        return &plan->programs[i];
        return NULL;
}

/* Where on the host the program lies that its box shows. */
static const char *find_file(const PlanBox *box, const char *place)
{
        for (size_t i = 0; i < box->n_mounts; i++)
                if (strcmp(box->mounts[i].dest, place) == 0)
                        return box->mounts[i].source;
        return NULL;
}

static int start(const char **argv, char *const *environment, int state, int bundle, int told, pid_t *ret_pid)
{
        posix_spawn_file_actions_t actions;
        int r = -posix_spawn_file_actions_init(&actions);

        if (r < 0)
                return r;
        (void)posix_spawn_file_actions_adddup2(&actions, state, STATE);
        (void)posix_spawn_file_actions_adddup2(&actions, bundle, BUNDLE);
        (void)posix_spawn_file_actions_adddup2(&actions, told, STDERR_FILENO);
        r = -posix_spawn(ret_pid, argv[0], &actions, NULL, (char *const *)argv, environment);
        (void)posix_spawn_file_actions_destroy(&actions);
        return r;
}

/* The last line that it wrote, without its end. */
static void take_text(StartSlotFault *fault, int told)
{
        ssize_t n = 0, more;

        while ((more = read(told, fault->text + n, sizeof fault->text - 1 - (size_t)n)) > 0)
                n += more;
        fault->text[n] = '\0';
        fault->text[strcspn(fault->text, "\n")] = '\0';
}

static int run(const char **argv, char *const *environment, int state, int bundle, StartSlotFault *fault)
{
        CLEANUP(fd_closep) int reading = -1, writing = -1;
        int ends[2], status = 0, r;
        pid_t pid = -1;

        if (pipe2(ends, O_CLOEXEC) < 0)
                return -errno;
        reading = ends[0];
        writing = ends[1];
        r = start(argv, environment, state, bundle, writing, &pid);
        writing = fd_close(writing);
        if (r < 0)
                return r;
        take_text(fault, reading);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
                continue;
        return status == 0 ? 0 : START_NO_CREDENTIAL;
}

static int seal(int fd)
{
        return fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0 ||
                               lseek(fd, 0, SEEK_SET) < 0
                       ? -errno
                       : 0;
}

int start_credential_make(const Plan *plan, char *const *environment, StartSlots *slots, StartSlotFault *fault)
{
        const PlanProgram *program = find_program(plan);
        const char *file = program != NULL ? find_file(&plan->boxes[program->box], program->argv[0]) : NULL;
        CLEANUP(fd_closep) int state = memfd_create("credential-state", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        CLEANUP(fd_closep) int bundle = memfd_create("credential-bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        CLEANUP(freep) const char **argv = NULL;
        size_t n = 0, n_argv = FIXED_WORDS;
        int r;

        if (file == NULL)
                return -ENOENT;
        while (program->argv[n] != NULL)
                n++;
        argv = calloc(n + FIXED_WORDS + 1, sizeof *argv);
        if (argv == NULL || state < 0 || bundle < 0)
                return -ENOMEM;
        argv[0] = file;
        argv[1] = "make";
        argv[2] = "--state=10";
        argv[3] = "--bundle=11";
        for (size_t i = 0; i < n; i++)
                if (strncmp(program->argv[i], rule, strlen(rule)) == 0)
                        argv[n_argv++] = program->argv[i];
        r = run(argv, environment, state, bundle, fault);
        if (r == 0)
                r = seal(state);
        if (r == 0)
                r = seal(bundle);
        if (r == 0)
                r = start_slots_take(slots, "credential-state", &state);
        return r != 0 ? r : start_slots_take(slots, "credential-bundle", &bundle);
}
