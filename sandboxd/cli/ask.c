/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel ask`: what apps ask for beyond their profile, and the person's answers. */

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/report.h"
#include "session/client.h"

static void add_text(Buffer *text, const SessionQuestion *question)
{
        buffer_add_escaped(text, question->id);
        buffer_add_text(text, "  ");
        buffer_add_escaped(text, question->app);
        buffer_add_text(text, " (");
        buffer_add_escaped(text, question->instance);
        buffer_add_text(text, "): ");
        buffer_add_escaped(text, question->summary);
        buffer_printf(text, _("\n    %u times, denied in %u s\n"), question->count, question->seconds_left);
        if (question->rule != NULL) {
                buffer_add_text(text, _("    for good: "));
                buffer_add_escaped(text, question->rule);
                buffer_add_byte(text, '\n');
        }
}

static void add_json(Buffer *text, const SessionQuestion *question)
{
        buffer_add_byte(text, '{');
        buffer_add_json_member(text, "question", question->id);
        buffer_add_json_member(text, "id", question->instance);
        buffer_add_json_member(text, "app", question->app);
        buffer_add_json_member(text, "kind", question->kind);
        buffer_add_json_member(text, "subject", question->subject);
        buffer_add_json_member(text, "summary", question->summary);
        buffer_add_json_member(text, "rule", question->rule);
        buffer_printf(text, ",\"count\":%u,\"seconds_left\":%u}", question->count, question->seconds_left);
}

/* No manager means no question: only a manager holds them. */
static int list(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GError) absent = NULL;
        g_autoptr(SessionClient) client =
                session_client_connect(store_dirs_path(cli->dirs, STORE_DIR_RUNTIME), &absent);
        g_autoptr(GPtrArray) questions = client != NULL ? session_client_questions(client, error) : NULL;
        bool json = cli->options->text[OPTION_JSON] != NULL;

        if (client == NULL && !g_error_matches(absent, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND)) {
                g_propagate_error(error, g_steal_pointer(&absent));
                return -1;
        }
        if (client != NULL && questions == NULL)
                return -1;
        buffer_add_text(&text, json ? "[" : "");
        for (guint i = 0; questions != NULL && i < questions->len; i++) {
                if (json && i > 0)
                        buffer_add_byte(&text, ',');
                (json ? add_json : add_text)(&text, g_ptr_array_index(questions, i));
        }
        buffer_add_text(&text, json ? "]\n" : "");
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

static int decide(const Cli *cli, gboolean allow, GError **error)
{
        const char *scope = cli->options->text[OPTION_SCOPE];
        g_autoptr(SessionClient) client = session_client_connect(store_dirs_path(cli->dirs, STORE_DIR_RUNTIME), error);

        if (client == NULL)
                return -1;
        return session_client_decide(client, cli->options->args[1], allow, scope != NULL ? scope : "once", error)
                       ? COMMAND_DONE
                       : -1;
}

int command_ask(const Cli *cli, GError **error)
{
        const char *word = cli->options->n_args > 0 ? cli->options->args[0] : "list";
        bool is_list = strcmp(word, "list") == 0, allow = strcmp(word, "approve") == 0;

        if (!is_list && !allow && strcmp(word, "deny") != 0)
                return command_unknown_word(cli, word, error);
        if (!command_check_arguments(cli, is_list ? 0 : 2, is_list ? 1 : 2, error))
                return -1;
        return is_list ? list(cli, error) : decide(cli, allow, error);
}
