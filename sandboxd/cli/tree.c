/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel tree`: the boxes of one instance, or of all. */

#include "base/fd.h"
#include "cli/command.h"
#include "cli/host-pids.h"
#include "cli/report.h"
#include "cli/tree-view.h"
#include "store/instances.h"

static bool add_instance(const Cli *cli, const InstanceInfo *info, Buffer *text, GError **error)
{
        CLEANUP(fd_closep) int control = store_instances_connect(cli->dirs, info->id, error);
        g_autoptr(KeeperTree) tree = control >= 0 ? keeper_ask_tree(control, KEEPER_ANSWER_TIMEOUT_MS, error) : NULL;
        g_autoptr(GHashTable) pids = NULL;
        TreeView view = { .id = info->id, .app = info->app, .tree = tree, .utf8 = g_get_charset(NULL) };

        if (tree == NULL)
                return false;
        pids = host_pids_read(info->keeper_pid);
        keeper_tree_translate(tree, pids);
        keeper_tree_read_names(tree);
        if (cli->options->text[OPTION_JSON] != NULL)
                tree_view_json(&view, text);
        else
                tree_view_print(&view, text);
        return true;
}

static bool add_all(const Cli *cli, Buffer *text, GError **error)
{
        g_autoptr(GPtrArray) instances = store_instances_list(cli->dirs, FALSE, error);
        bool json = cli->options->text[OPTION_JSON] != NULL, first = true;

        if (instances == NULL)
                return false;
        if (json)
                buffer_add_byte(text, '[');
        for (guint i = 0; i < instances->len; i++) {
                const StoreInstance *instance = g_ptr_array_index(instances, i);
                CLEANUP(buffer_clear) Buffer one = BUFFER_INIT;

                /* One that ends while we look is not a fault of ours. */
                if (!add_instance(cli, &instance->info, &one, NULL))
                        continue;
                if (!first)
                        buffer_add_byte(text, json ? ',' : '\n');
                buffer_add(text, one.bytes, one.n);
                first = false;
        }
        if (json)
                buffer_add_text(text, "]\n");
        return true;
}

int command_tree(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(StoreInstance) instance = NULL;

        if (!command_check_arguments(cli, 0, 1, error))
                return -1;
        if (cli->options->n_args == 0)
                return add_all(cli, &text, error) && report_text(&text, error) ? COMMAND_DONE : -1;
        instance = store_instances_find(cli->dirs, cli->options->args[0], error);
        if (instance == NULL || !add_instance(cli, &instance->info, &text, error))
                return -1;
        if (cli->options->text[OPTION_JSON] != NULL)
                buffer_add_byte(&text, '\n');
        return report_text(&text, error) ? COMMAND_DONE : -1;
}
