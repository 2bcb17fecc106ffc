/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel stop` and `oriel kill`: they differ in the word for the keeper, and in who waits how long. */

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/keeper.h"
#include "instance/instance.h"
#include "store/instances.h"

/* The keeper turns TERM into KILL by itself after its grace time; this only bounds our own waiting. */
enum { STOP_WAIT_MS = 30 * 1000, KILL_WAIT_MS = 5 * 1000 };

static int reach(const Cli *cli, StoreInstance **ret_instance, GError **error)
{
        if (!command_check_arguments(cli, 1, 1, error))
                return -1;
        *ret_instance = store_instances_find(cli->dirs, cli->options->args[0], error);
        return *ret_instance == NULL ? -1 : store_instances_connect(cli->dirs, (*ret_instance)->info.id, error);
}

static int wait_end(int control, const InstanceInfo *info, int wait_ms, GError **error)
{
        if (keeper_wait_end(control, wait_ms))
                return COMMAND_DONE;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("%s: still there after %d seconds"), info->id,
                    wait_ms / 1000);
        return -1;
}

/* A keeper that somebody stopped answers nothing; its end is the instance's all the same. */
static void kill_keeper(const InstanceInfo *info)
{
        CLEANUP(fd_closep) int pidfd = info->keeper_pid > 0 ? (int)syscall(SYS_pidfd_open, info->keeper_pid, 0) : -1;

        /* Opened first, so that what is compared is what is killed. */
        if (pidfd >= 0 && instance_process_start(info->keeper_pid) == info->keeper_start)
                (void)syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
}

int command_stop(const Cli *cli, GError **error)
{
        g_autoptr(StoreInstance) instance = NULL;
        CLEANUP(fd_closep) int control = reach(cli, &instance, error);

        return control < 0 || !keeper_tell(control, "stop", error)
                       ? -1
                       : wait_end(control, &instance->info, STOP_WAIT_MS, error);
}

int command_kill(const Cli *cli, GError **error)
{
        g_autoptr(StoreInstance) instance = NULL;
        CLEANUP(fd_closep) int control = reach(cli, &instance, error);

        if (control < 0)
                return -1;
        if (!keeper_tell(control, "kill", NULL))
                kill_keeper(&instance->info);
        return wait_end(control, &instance->info, KILL_WAIT_MS, error);
}
