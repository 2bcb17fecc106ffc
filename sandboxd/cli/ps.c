/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel ps`: the instances of this user, whoever started them. */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/host-pids.h"
#include "cli/keeper.h"
#include "cli/ps-view.h"
#include "cli/report.h"
#include "store/instances.h"

/* Keepers that stand still (SIGSTOP) hold the list up for a second in all; then each is given this long. */
enum { ALL_TIMEOUT_MS = 1000, LEAST_TIMEOUT_MS = 20 };

/* The app's first process; 0 where the keeper does not answer or has not started it. */
static pid_t app_pid(const Cli *cli, const InstanceInfo *info, gint64 deadline)
{
        gint64 left = (deadline - g_get_monotonic_time()) / G_TIME_SPAN_MILLISECOND;
        CLEANUP(fd_closep) int control = store_instances_connect(cli->dirs, info->id, NULL);
        g_autoptr(KeeperTree) tree =
                control >= 0 ? keeper_ask_tree(control, (int)MAX(left, LEAST_TIMEOUT_MS), NULL) : NULL;
        g_autoptr(GHashTable) pids = NULL;

        if (tree == NULL)
                return 0;
        pids = host_pids_read(info->keeper_pid);
        keeper_tree_translate(tree, pids);
        for (guint i = 0; i < tree->processes->len; i++) {
                const KeeperProcess *process = &g_array_index(tree->processes, KeeperProcess, i);

                if (!process->own && strcmp(process->role, "app") == 0)
                        return process->host_pid;
        }
        return 0;
}

static bool print_once(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GPtrArray) instances = store_instances_list(cli->dirs, FALSE, error);
        g_autofree PsRow *rows = NULL;
        gint64 deadline = g_get_monotonic_time() + ALL_TIMEOUT_MS * G_TIME_SPAN_MILLISECOND;

        if (instances == NULL)
                return false;
        rows = g_new0(PsRow, instances->len + 1);
        for (guint i = 0; i < instances->len; i++) {
                const StoreInstance *instance = g_ptr_array_index(instances, i);

                rows[i].info = &instance->info;
                if (cli->options->text[OPTION_QUIET] != NULL)
                        buffer_printf(&text, "%s\n", instance->info.id);
                else
                        rows[i].pid = app_pid(cli, &instance->info, deadline);
        }
        if (cli->options->text[OPTION_JSON] != NULL)
                ps_view_json(rows, instances->len, &text);
        else if (cli->options->text[OPTION_QUIET] == NULL)
                ps_view_print(rows, instances->len, g_get_real_time() / G_USEC_PER_SEC, &text);
        return report_text(&text, error);
}

/* Waits until an instance comes, goes or changes its state; no more than a second, for one whose end no file tells. */
static bool wait_for_change(int notify)
{
        struct pollfd ready = { .fd = notify, .events = POLLIN };
        char events[4096];

        if (poll(&ready, 1, 1000) < 0 && errno != EINTR)
                return false;
        while (read(notify, events, sizeof events) > 0)
                continue;
        return true;
}

static int watch(const Cli *cli, GError **error)
{
        CLEANUP(fd_closep) int notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
        CLEANUP(fd_closep) int directory = store_instances_open(cli->dirs, error);
        g_autofree char *path = NULL;
        bool terminal = isatty(STDOUT_FILENO);

        if (directory < 0)
                return -1;
        path = g_strdup_printf("/proc/self/fd/%d", directory);
        if (notify < 0 || inotify_add_watch(notify, path, IN_CREATE | IN_DELETE | IN_MOVED_TO) < 0) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_FAILED, _("inotify: %s"), g_strerror(errno));
                return -1;
        }
        do {
                if (terminal)
                        fputs("\033[H\033[2J", stdout);
                fflush(stdout);
                if (!print_once(cli, error))
                        return -1;
        } while (wait_for_change(notify));
        return COMMAND_DONE;
}

int command_ps(const Cli *cli, GError **error)
{
        if (!command_check_arguments(cli, 0, 0, error))
                return -1;
        if (cli->options->text[OPTION_WATCH] != NULL)
                return watch(cli, error);
        return print_once(cli, error) ? COMMAND_DONE : -1;
}
