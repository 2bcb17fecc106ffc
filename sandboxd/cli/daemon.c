/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel daemon`: the session manager by hand; it needs none of this, since `oriel run` starts it. */

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/report.h"
#include "session/client.h"

static int not_running(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add_text(&text, cli->options->text[OPTION_JSON] != NULL ? "{\"running\":false}\n" : _("not running\n"));
        return report_text(&text, error) ? COMMAND_NO : -1;
}

static int print_status(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GError) absent = NULL;
        g_autoptr(SessionClient) client =
                session_client_connect(store_dirs_path(cli->dirs, STORE_DIR_RUNTIME), &absent);
        g_autoptr(SessionStatus) status = NULL;

        if (client == NULL && g_error_matches(absent, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return not_running(cli, error);
        if (client == NULL) {
                g_propagate_error(error, g_steal_pointer(&absent));
                return -1;
        }
        status = session_client_status(client, error);
        if (status == NULL)
                return -1;
        if (cli->options->text[OPTION_JSON] != NULL) {
                buffer_printf(&text,
                              "{\"running\":true,\"pid\":%" G_GINT64_FORMAT
                              ",\"instances\":%u,\"questions\":%u,\"version\":",
                              status->pid, status->instances, status->questions);
                buffer_add_json(&text, status->version);
                buffer_add_text(&text, "}\n");
        } else {
                buffer_printf(&text, _("running: pid %d, %u instances, %u questions, version "), (int)status->pid,
                              status->instances, status->questions);
                buffer_add_escaped(&text, status->version);
                buffer_add_byte(&text, '\n');
        }
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

static int start(const Cli *cli, GError **error)
{
        g_autofree char *prefix = store_prefix(error), *program = NULL;

        if (prefix == NULL || store_dirs_open(cli->dirs, STORE_DIR_RUNTIME, TRUE, error) < 0)
                return -1;
        program = g_build_filename(prefix, "libexec", "oriel", "oriel-sandboxd", NULL);
        return session_client_start(store_dirs_path(cli->dirs, STORE_DIR_RUNTIME), program, TRUE, error) ? COMMAND_DONE
                                                                                                         : -1;
}

static int stop(const Cli *cli, GError **error)
{
        g_autoptr(GError) absent = NULL;
        g_autoptr(SessionClient) client =
                session_client_connect(store_dirs_path(cli->dirs, STORE_DIR_RUNTIME), &absent);

        if (client != NULL)
                return session_client_stop(client, error) ? COMMAND_DONE : -1;
        if (g_error_matches(absent, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND))
                return COMMAND_DONE;
        g_propagate_error(error, g_steal_pointer(&absent));
        return -1;
}

int command_daemon(const Cli *cli, GError **error)
{
        const char *word = NULL;

        if (!command_check_arguments(cli, 1, 1, error))
                return -1;
        word = cli->options->args[0];
        if (strcmp(word, "status") == 0)
                return print_status(cli, error);
        if (strcmp(word, "start") == 0)
                return start(cli, error);
        if (strcmp(word, "stop") == 0)
                return stop(cli, error);
        return command_unknown_word(cli, word, error);
}
