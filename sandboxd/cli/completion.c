/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/completion.h"

#include <glib.h>

#include "cli/command.h"

static const char bash_head[] = "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
                                "# Completion for oriel, made from its own tables.\n"
                                "\n"
                                "_oriel_values()\n"
                                "{\n"
                                "        case $1 in\n";

static const char bash_values_end[] =
        "        *) return 1 ;;\n"
        "        esac\n"
        "}\n"
        "\n"
        "_oriel()\n"
        "{\n"
        "        local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb= first= i values\n"
        "        COMPREPLY=()\n"
        "        # \"=\" breaks words: --display=xe is three of them.\n"
        "        if [[ $word == = ]]; then\n"
        "                word=\n"
        "        elif [[ $before == = ]]; then\n"
        "                before=${COMP_WORDS[COMP_CWORD-2]}\n"
        "        fi\n"
        "        for ((i = 1; i < COMP_CWORD; i++)); do\n"
        "                [[ ${COMP_WORDS[i]} == -- ]] && return\n"
        "                [[ ${COMP_WORDS[i]} == -* || ${COMP_WORDS[i]} == = || ${COMP_WORDS[i-1]} == = ]] && continue\n"
        "                if [[ -z $verb ]]; then verb=${COMP_WORDS[i]}; else first=${COMP_WORDS[i]}; fi\n"
        "        done\n"
        "        if [[ $before == --* ]] && values=$(_oriel_values \"$before\"); then\n"
        "                mapfile -t COMPREPLY < <(compgen -W \"$values\" -- \"$word\")\n"
        "                return\n"
        "        fi\n"
        "        local options= words=\n"
        "        case $verb in\n";

static const char bash_tail[] = "        esac\n"
                                "        if [[ $word == -* ]]; then\n"
                                "                [[ $verb == run && -n $first ]] && return\n"
                                "                mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n"
                                "        elif [[ -z $first ]]; then\n"
                                "                mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                                "        fi\n"
                                "}\n"
                                "complete -o default -F _oriel oriel\n";

static const char bash_apps[] = "$(oriel profile list --names 2>/dev/null)";
static const char bash_instances[] = "$(oriel ps --quiet 2>/dev/null)";

static void bash_values(Buffer *text, const Option *table)
{
        for (; table->word != NULL; table++) {
                const char *const *words = option_words(table);

                if (words == NULL)
                        continue;
                buffer_printf(text, "        --%s) echo '", table->word);
                for (gsize i = 0; words[i] != NULL; i++)
                        buffer_printf(text, "%s%s", i > 0 ? " " : "", words[i]);
                buffer_add_text(text, "' ;;\n");
        }
}

static void bash_command(Buffer *text, const Command *command)
{
        const char *words = command->words != NULL ? command->words : "";

        if (command->fits == COMMAND_FITS_APP)
                words = bash_apps;
        else if (command->fits == COMMAND_FITS_INSTANCE)
                words = bash_instances;
        buffer_printf(text, "        %s)\n                options='", command->name);
        for (guint t = 0; t < OPTION_MAX_TABLES && command->options.tables[t] != NULL; t++)
                for (const Option *option = command->options.tables[t]; option->word != NULL; option++)
                        buffer_printf(text, "%s--%s%s", t > 0 || option > command->options.tables[t] ? " " : "",
                                      option->word, option->value != NULL ? "=" : "");
        buffer_printf(text, "'\n                words=\"%s\" ;;\n", words);
}

void completion_print_bash(Buffer *ret_text)
{
        buffer_add_text(ret_text, bash_head);
        bash_values(ret_text, option_profile_table);
        bash_values(ret_text, option_ask_table);
        buffer_add_text(ret_text, bash_values_end);
        buffer_add_text(ret_text, "        '')\n                options='--help --version'\n                words=\"");
        for (const Command *command = command_table; command->name != NULL; command++)
                buffer_printf(ret_text, "%s%s", command > command_table ? " " : "", command->name);
        buffer_add_text(ret_text, "\" ;;\n");
        for (const Command *command = command_table; command->name != NULL; command++)
                bash_command(ret_text, command);
        buffer_add_text(ret_text, bash_tail);
}

/* In single quotes, where fish knows only \\ and \'. */
static void add_fish_quoted(Buffer *text, const char *word)
{
        buffer_add_byte(text, '\'');
        for (; *word != '\0'; word++) {
                if (*word == '\'' || *word == '\\')
                        buffer_add_byte(text, '\\');
                buffer_add_byte(text, *word);
        }
        buffer_add_byte(text, '\'');
}

static void fish_option(Buffer *text, const Command *command, const Option *option)
{
        const char *const *words = option_words(option);

        buffer_printf(text, "complete -c oriel -n '__fish_seen_subcommand_from %s' -l %s", command->name, option->word);
        if (option->value != NULL)
                buffer_add_text(text, words != NULL ? " -x -a '" : " -r");
        for (gsize i = 0; words != NULL && words[i] != NULL; i++)
                buffer_printf(text, "%s%s", i > 0 ? " " : "", words[i]);
        buffer_add_text(text, words != NULL ? "' -d " : " -d ");
        add_fish_quoted(text, option->help);
        buffer_add_byte(text, '\n');
}

static void fish_command(Buffer *text, const Command *command)
{
        static const char *const sources[] = {
                [COMMAND_FITS_NOTHING] = NULL,
                [COMMAND_FITS_APP] = "(oriel profile list --names 2>/dev/null)",
                [COMMAND_FITS_INSTANCE] = "(oriel ps --quiet 2>/dev/null)",
        };
        const char *words = command->words != NULL ? command->words : sources[command->fits];

        buffer_printf(text, "complete -c oriel -n __fish_use_subcommand -x -a %s -d ", command->name);
        add_fish_quoted(text, command->help);
        buffer_add_byte(text, '\n');
        if (words != NULL)
                buffer_printf(text, "complete -c oriel -n '__fish_seen_subcommand_from %s' -a '%s'\n", command->name,
                              words);
        for (guint t = 0; t < OPTION_MAX_TABLES && command->options.tables[t] != NULL; t++)
                for (const Option *option = command->options.tables[t]; option->word != NULL; option++)
                        fish_option(text, command, option);
}

void completion_print_fish(Buffer *ret_text)
{
        buffer_add_text(ret_text, "# SPDX-License-Identifier: LGPL-2.1-or-later\n"
                                  "# Completion for oriel, made from its own tables.\n\n");
        for (const Command *command = command_table; command->name != NULL; command++)
                fish_command(ret_text, command);
}

void completion_print_words(Buffer *ret_text)
{
        g_autofree char *words = profile_print_words();
        g_auto(GStrv) lines = g_strsplit(words, "\n", -1);

        for (guint i = 0; lines[i] != NULL; i++)
                if (*lines[i] != '\0')
                        buffer_printf(ret_text, "key %s\n", lines[i]);
        for (const Command *command = command_table; command->name != NULL; command++) {
                buffer_printf(ret_text, "command %s\n", command->name);
                for (guint t = 0; t < OPTION_MAX_TABLES && command->options.tables[t] != NULL; t++)
                        for (const Option *option = command->options.tables[t]; option->word != NULL; option++)
                                buffer_printf(ret_text, "option %s %s\n", command->name, option->word);
        }
}
