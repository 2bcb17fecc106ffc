/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel shell`: one more command in the app's box, with the app's seccomp filter, capabilities and namespaces. */

#include "front/shell.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/command.h"
#include "store/instances.h"

int command_shell(const Cli *cli, GError **error)
{
        static const char *const plain_shell[] = { "/bin/sh", NULL };
        const Options *options = cli->options;
        FrontShell shell = { .argv = plain_shell };
        g_autoptr(StoreInstance) instance = NULL;
        CLEANUP(fd_closep) int control = -1;

        if (!command_check_arguments(cli, 1, 1, error))
                return -1;
        if (options->n_rest > 0)
                shell.argv = (const char *const *)options->rest;
        instance = store_instances_find(cli->dirs, options->args[0], error);
        if (instance == NULL)
                return -1;
        control = store_instances_connect(cli->dirs, instance->info.id, error);
        if (control < 0)
                return -1;
        shell.control = control;
        return front_shell(&shell);
}
