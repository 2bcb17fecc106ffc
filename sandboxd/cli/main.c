/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-cli: the command line.  `oriel` is what is started: it executes this, unless it can do without. */

#include <signal.h>

#include "base/fd.h"
#include "base/prefix.h"
#include "cli/command.h"

int main(int argc, char **argv)
{
        char prefix[PREFIX_SIZE];

        (void)argc;
        fd_guard_stdio();
        /* A caller that ignores it passes that on, and nobody could wait for a child. */
        (void)signal(SIGCHLD, SIG_DFL);
        if (prefix_find(prefix) == 0)
                prefix_choose_language(prefix);
        return command_main(argv);
}
