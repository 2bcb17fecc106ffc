/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Help, printed from the tables of commands and options. */

#include "cli/help.h"

#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/report.h"

enum { COLUMN = 34 }; /* where the sentences begin */

static void add_option(Buffer *text, const Option *option)
{
        CLEANUP(buffer_clear) Buffer head = BUFFER_INIT;
        const char *const *words = option_words(option);

        buffer_printf(&head, "  --%s%s%s", option->word, option->value != NULL ? "=" : "",
                      option->value != NULL ? _(option->value) : "");
        if (head.n < COLUMN)
                buffer_printf(text, "%-*s%s\n", COLUMN, buffer_text(&head), _(option->help));
        else
                buffer_printf(text, "%s\n%*s%s\n", buffer_text(&head), COLUMN, "", _(option->help));
        if (words == NULL)
                return;
        buffer_printf(text, "%*s(", COLUMN, "");
        for (gsize i = 0; words[i] != NULL; i++)
                buffer_printf(text, "%s%s", i > 0 ? ", " : "", words[i]);
        buffer_add_text(text, ")\n");
}

void help_text(const Command *command, Buffer *ret_text)
{
        buffer_printf(ret_text, _("usage: oriel %s %s\n\n%s\n\nOptions:\n"), command->name, command->arguments,
                      _(command->help));
        for (guint t = 0; t < OPTION_MAX_TABLES && command->options.tables[t] != NULL; t++)
                for (const Option *option = command->options.tables[t]; option->word != NULL; option++)
                        add_option(ret_text, option);
        buffer_add_text(ret_text, _("\nThe manual: man oriel\n"));
}

int help_print(const Command *command, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        help_text(command, &text);
        return report_text(&text, error) ? COMMAND_DONE : -1;
}

void help_print_commands(FILE *stream)
{
        fputs(_("usage: oriel COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n"), stream);
        for (const Command *command = command_table; command->name != NULL; command++)
                fprintf(stream, "  %-10s%s\n", command->name, _(command->help));
        fputs(_("\n\"oriel help COMMAND\" says more.\n"), stream);
}

int command_help(const Cli *cli, GError **error)
{
        const Command *command = NULL;

        if (!command_check_arguments(cli, 0, 1, error))
                return -1;
        if (cli->options->n_args == 0) {
                help_print_commands(stdout);
                return COMMAND_DONE;
        }
        command = command_find(cli->options->args[0]);
        if (command != NULL)
                return help_print(command, error);
        CLEANUP(buffer_clear) Buffer word = BUFFER_INIT;
        buffer_add_escaped(&word, cli->options->args[0]);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_NOT_FOUND, _("%s: no such command"), buffer_text(&word));
        return -1;
}

int command_version(const Cli *cli, GError **error)
{
        if (!command_check_arguments(cli, 0, 0, error))
                return -1;
        printf("oriel %s\n", ORIEL_VERSION);
        return COMMAND_DONE;
}
