/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel stop` and `oriel kill`: they differ in the word for the keeper, and in who waits how long. */

#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/keeper.h"
#include "store/instances.h"

/* The keeper turns TERM into KILL by itself after its grace time; this only bounds our own waiting. */
enum { STOP_WAIT_MS = 30 * 1000, KILL_WAIT_MS = 5 * 1000 };

static int end_instance(const Cli *cli, const char *verb, int wait_ms, GError **error)
{
        g_autoptr(StoreInstance) instance = NULL;
        CLEANUP(fd_closep) int control = -1;

        if (!command_check_arguments(cli, 1, 1, error))
                return -1;
        instance = store_instances_find(cli->dirs, cli->options->args[0], error);
        if (instance == NULL)
                return -1;
        control = store_instances_connect(cli->dirs, instance->info.id, error);
        if (control < 0 || !keeper_tell(control, verb, error))
                return -1;
        if (keeper_wait_end(control, wait_ms))
                return COMMAND_DONE;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%s: still there after %d seconds"), instance->info.id,
                    wait_ms / 1000);
        return -1;
}

int command_stop(const Cli *cli, GError **error)
{
        return end_instance(cli, "stop", STOP_WAIT_MS, error);
}

int command_kill(const Cli *cli, GError **error)
{
        return end_instance(cli, "kill", KILL_WAIT_MS, error);
}
