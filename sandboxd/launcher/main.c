/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel: the command line's first program.  Whatever needs more than libc is oriel-cli's. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/prefix.h"
#include "programs/programs.h"

enum { EXIT_FAILED = 125 };

int program_oriel(int argc, char **argv)
{
        char prefix[PREFIX_SIZE], path[PREFIX_SIZE];
        int r = prefix_find(prefix), number;

        (void)argc;
        if (r < 0) {
                r = prefix_executable(path);
                (void)fprintf(stderr,
                              "oriel: %s: is not installed, so its other parts cannot be found\n"
                              "Install it: ./dev install PREFIX\n",
                              r == 0 ? path : "/proc/self/exe");
                return EXIT_FAILED;
        }
        if (snprintf(path, sizeof path, "%s/libexec/oriel/oriel-cli", prefix) >= (int)sizeof path)
                path[0] = '\0';
        (void)execv(path, argv);
        number = errno;
        prefix_choose_language(prefix);
        (void)fprintf(stderr, "oriel: ");
        (void)fprintf(stderr, _("%s: cannot be started: %s\nOriel is not installed as a whole: install it again."),
                      path, strerror(number));
        (void)fputc('\n', stderr);
        return EXIT_FAILED;
}
