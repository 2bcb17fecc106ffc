/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel explain`: the plan of a launch that is not made. */

#include "cli/explain.h"

#include <string.h>

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/plan-tree.h"
#include "cli/plan-view.h"
#include "cli/report.h"
#include "cli/request.h"
#include "plan/print.h"

typedef struct Question {
        const char *word;
        int (*answer)(const Launch *launch, const char *about, Buffer *ret_text);
} Question;

static int answer_path(const Launch *launch, const char *about, Buffer *ret_text)
{
        g_autofree char *path = g_canonicalize_filename(about, NULL);

        return explain_path(launch, path, ret_text);
}

static int answer_changes(const Launch *launch, const char *about, Buffer *ret_text)
{
        g_autofree char *path = g_canonicalize_filename(about, NULL);

        return explain_changes(launch, path, ret_text);
}

static const Question questions[] = {
        { "path", answer_path },
        { "changes", answer_changes },
        { "bus", explain_bus },
        { "host", explain_host },
};

/* words: what follows APP.  NULL with *error set, or the question; *ret_question NULL: none. */
static bool find_question(const Cli *cli, char **words, const Question **ret_question, GError **error)
{
        if (*words == NULL)
                return true;
        for (gsize i = 0; i < G_N_ELEMENTS(questions); i++)
                if (strcmp(words[0], questions[i].word) == 0 && words[1] != NULL && words[2] == NULL) {
                        *ret_question = &questions[i];
                        return true;
                }
        command_unknown_word(cli, words[0], error);
        return false;
}

static HostFacts *read_facts(const char *path, GError **error)
{
        g_autofree char *text = NULL;
        gsize n = 0;
        g_autoptr(GError) fault = NULL;

        if (g_file_get_contents(path, &text, &n, &fault))
                return host_facts_parse(text, n, path, error);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, "%s", fault->message);
        return NULL;
}

static void print_plan(const Cli *cli, const Launch *launch, Buffer *text)
{
        const char *const *given = cli->options->text;
        g_autofree char *printed = NULL;

        if (given[OPTION_PRINT_FACTS] != NULL) {
                printed = host_facts_print(launch->facts);
                buffer_add_text(text, printed);
        } else if (given[OPTION_ORIGIN] != NULL) {
                printed = profile_print(launch->profile->profile, TRUE);
                buffer_add_text(text, printed);
        } else if (given[OPTION_DRAW] != NULL) {
                if (given[OPTION_JSON] != NULL)
                        plan_tree_json(launch->plan, text);
                else
                        plan_tree_print(launch->plan, g_get_charset(NULL), text);
        } else if (given[OPTION_JSON] != NULL) {
                plan_print_json(launch->plan, text);
        } else {
                plan_print(launch->plan, text);
                explain_display(launch, text);
                if (given[OPTION_FACTS] == NULL)
                        explain_links(launch, text);
        }
}

int command_explain(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        const char *const *given = cli->options->text;
        bool has_app = given[OPTION_PROFILE] == NULL && cli->options->rest == NULL;
        Options asked = *cli->options;
        const Cli asking = { .command = cli->command, .options = &asked, .dirs = cli->dirs };
        LaunchRequest request = { 0 };
        static const char *const any_command[] = { "/bin/sh", NULL };
        const Question *question = NULL;
        g_autoptr(HostFacts) facts = NULL;
        g_autoptr(Launch) launch = NULL;
        int status = COMMAND_DONE;

        if (has_app && asked.n_args == 0)
                return command_check_arguments(cli, 1, 3, error) ? COMMAND_DONE : -1;
        asked.n_args = has_app;
        if (!request_from_options(&request, &asking, error) ||
            !find_question(cli, cli->options->args + asked.n_args, &question, error))
                return -1;
        /* What a box sees does not depend on the command; a block has none. */
        if (has_app)
                request.argv = NULL;
        else if (question != NULL && request.argv == NULL)
                request.argv = any_command;
        if (given[OPTION_FACTS] != NULL && (facts = read_facts(given[OPTION_FACTS], error)) == NULL)
                return -1;
        request.facts = facts;
        launch = launch_plan_for(cli->dirs, &request, NULL, error);
        if (launch == NULL)
                return -1;
        if (question != NULL)
                status = question->answer(launch, cli->options->args[asked.n_args + 1], &text);
        else
                print_plan(cli, launch, &text);
        return report_text(&text, error) ? status : -1;
}
