/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One file, several programs: which one is decided by the name that was executed, not by argv[0], which a caller
 * chooses freely and which the front end uses to be seen as what was started.  A name that says nothing (a descriptor,
 * /proc/self/exe) is the file's own: the names are hard links. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "base/prefix.h"
#include "programs/programs.h"

enum { EXIT_FAILED = 125 };

static const struct Program {
        const char *name;
        int (*run)(int argc, char **argv);
        bool drop_in; /* what its command inherits, and how it refuses, is its original's contract */
} programs[] = {
        { "oriel", program_oriel, false },
        { "oriel-engine", program_engine, false },
        { "oriel-bwrap", program_bwrap, true },
        { "bwrap", program_bwrap, true }, /* callers look for it by this name */
        { "oriel-dbus-proxy", program_dbus_proxy, false },
        { "oriel-net-proxy", program_net_proxy, false },
};

static const struct Program *find(const char *path)
{
        const char *slash = strrchr(path, '/');

        for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
                if (strcmp(slash != NULL ? slash + 1 : path, programs[i].name) == 0)
                        return &programs[i];
        return NULL;
}

int main(int argc, char **argv)
{
        unsigned long executed = getauxval(AT_EXECFN);
        const struct Program *program = executed != 0 ? find((const char *)executed) : NULL;
        char path[PREFIX_SIZE];

        if (program == NULL && prefix_executable(path) == 0)
                program = find(path);
        /* Under a name of the person's choice it is what a person starts. */
        if (program == NULL)
                program = &programs[0];
        if (program->drop_in)
                return program->run(argc, argv);
        /* With file capabilities or setuid every rule of these programs would be another (DESIGN: never setuid). */
        if (getauxval(AT_SECURE) != 0) {
                (void)fprintf(stderr, "%s: refuses to run with privileges of its file\n", program->name);
                return EXIT_FAILED;
        }
        /* A limit on the size of files is an error that can be told.  Programs in boxes have the default again. */
        (void)signal(SIGXFSZ, SIG_IGN);
        return program->run(argc, argv);
}
