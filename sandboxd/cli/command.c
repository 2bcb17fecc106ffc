/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From argv to a command and its exit status. */

#include "cli/command.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/help.h"
#include "cli/report.h"
#include "profile/suggest.h"

int command_status(const Command *command, const GError *error)
{
        if (command->runs_app || error->domain != ORIEL_ERROR)
                return COMMAND_FAILED;
        switch ((OrielError)error->code) {
        case ORIEL_ERROR_USAGE:
                return COMMAND_USAGE;
        case ORIEL_ERROR_INVALID:
        case ORIEL_ERROR_NOT_FOUND:
        case ORIEL_ERROR_DENIED:
                return COMMAND_NO;
        case ORIEL_ERROR_FAILED:
                break;
        }
        return COMMAND_FAILED;
}

bool command_check_arguments(const Cli *cli, guint least, guint most, GError **error)
{
        const Options *options = cli->options;

        if (options->n_args >= least && options->n_args <= most && (options->rest == NULL || cli->command->runs_app))
                return true;
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("usage: oriel %s %s"), cli->command->name,
                    cli->command->arguments);
        return false;
}

int command_unknown_word(const Cli *cli, const char *untrusted_word, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add_escaped(&text, untrusted_word);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("%s: not understood\nusage: oriel %s %s"),
                    buffer_text(&text), cli->command->name, cli->command->arguments);
        return -1;
}

static int unknown_command(const char *untrusted_word)
{
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autofree char *sentence = NULL;
        const char *near = NULL;

        for (const Command *command = command_table; command->name != NULL; command++)
                g_ptr_array_add(names, (char *)command->name);
        g_ptr_array_add(names, NULL);
        near = suggest_nearest(untrusted_word, (const char *const *)names->pdata);
        buffer_add_escaped(&text, untrusted_word);
        sentence = near != NULL ? g_strdup_printf(_("%s: no such command\nDid you mean \"oriel %s\"?"),
                                                  buffer_text(&text), near)
                                : g_strdup_printf(_("%s: no such command\n\"oriel help\" lists them; \"oriel run %s\" "
                                                    "starts an app"),
                                                  buffer_text(&text), buffer_text(&text));
        report_line(sentence);
        return COMMAND_USAGE;
}

static int run_command(Cli *cli, GError **error)
{
        StoreEnvironment environment = { 0 };

        if (cli->options->text[OPTION_HELP] != NULL)
                return help_print(cli->command, error);
        store_environment_from_process(&environment);
        cli->dirs = store_dirs_new(&environment, error);
        return cli->dirs != NULL ? cli->command->run(cli, error) : -1;
}

static int dispatch(const Command *command, char **words)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = options_parse(&command->options, words + 2, &error);
        Cli cli = { .command = command, .options = options, .words = words };
        int status = -1;

        if (options != NULL)
                status = run_command(&cli, &error);
        store_dirs_free(cli.dirs);
        if (status >= 0)
                return status;
        report_error(error);
        /* A word of profile_set() that is wrong in an option is wrong usage. */
        return options == NULL && !command->runs_app ? COMMAND_USAGE : command_status(command, error);
}

int command_main(char **argv)
{
        const Command *command = NULL;
        const char *word = argv[0] != NULL ? argv[1] : NULL;

        if (word == NULL) {
                help_print_commands(stderr);
                return COMMAND_USAGE;
        }
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
                word = "help";
        else if (strcmp(word, "--version") == 0)
                word = "version";
        command = command_find(word);
        return command != NULL ? dispatch(command, argv) : unknown_command(word);
}
