/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/completion.h"
#include "cli/help.h"

static void check_has(const char *text, const char *line)
{
        if (strstr(text, line) == NULL)
                g_error("no %s in:\n%s", line, text);
}

static void test_sorted(void)
{
        for (const Command *command = command_table; command[1].name != NULL; command++)
                g_assert_cmpstr(command[0].name, <, command[1].name);
        g_assert_nonnull(command_find("run"));
        g_assert_null(command_find("ru"));
        g_assert_null(command_find(""));
}

/* bash reads it, and offers what the tables have. */
static void complete(const char *const *words, const char *want, const char *never)
{
        CLEANUP(buffer_clear) Buffer script = BUFFER_INIT;
        g_autofree char *line = NULL, *out = NULL, *joined = g_strjoinv("' '", (char **)words);
        g_autoptr(GError) error = NULL;
        const char *argv[] = { "bash", "--norc", "-c", NULL, NULL };
        int status = 0;

        completion_print_bash(&script);
        line = g_strdup_printf("%s\nCOMP_WORDS=('%s'); COMP_CWORD=%u; _oriel; printf '%%s\\n' \"${COMPREPLY[@]}\"",
                               buffer_text(&script), joined, g_strv_length((char **)words) - 1);
        argv[3] = line;
        g_assert_true(
                g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status, &error));
        g_assert_no_error(error);
        g_assert_cmpint(status, ==, 0);
        if (want != NULL)
                check_has(out, want);
        if (never != NULL)
                g_assert_null(strstr(out, never));
}

static void test_bash(void)
{
        complete((const char *[]){ "oriel", "ex", NULL }, "explain\n", "run");
        complete((const char *[]){ "oriel", "run", "--disp", NULL }, "--display=\n", "--net");
        complete((const char *[]){ "oriel", "run", "--display", "=", "xe", NULL }, "xephyr\n", "--");
        complete((const char *[]){ "oriel", "run", "--display", "=", NULL }, "xephyr\n", "--");
        complete((const char *[]){ "oriel", "run", "--display", "xe", NULL }, "xephyr\n", "--");
        complete((const char *[]){ "oriel", "run", "mousepad", "--disp", NULL }, NULL, "--display");
        complete((const char *[]){ "oriel", "run", "--", "--disp", NULL }, NULL, "--display");
        complete((const char *[]){ "oriel", "profile", "", NULL }, "list\nshow\ncheck\n", "--");
        complete((const char *[]){ "oriel", "ask", "deny", "--scope", "=", "n", NULL }, "never\n", "once");
}

static void test_fish(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        completion_print_fish(&text);
        check_has(buffer_text(&text), "complete -c oriel -n __fish_use_subcommand -x -a run -d ");
        check_has(buffer_text(&text), "complete -c oriel -n '__fish_seen_subcommand_from run' -l display -x -a 'auto ");
        check_has(buffer_text(&text), "-l command -r -d 'start this program instead of the profile\\'s'\n");
        check_has(buffer_text(&text), "'__fish_seen_subcommand_from menu' -a 'add remove list'\n");
}

static void test_words(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        completion_print_words(&text);
        check_has(buffer_text(&text), "key Display\tmode\txephyr\n");
        check_has(buffer_text(&text), "command doctor\n");
        check_has(buffer_text(&text), "option explain facts\n");
}

static void test_help(void)
{
        for (const Command *command = command_table; command->name != NULL; command++) {
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

                help_text(command, &text);
                check_has(buffer_text(&text), command->help);
                check_has(buffer_text(&text), "  --help");
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/completion/sorted", test_sorted);
        g_test_add_func("/completion/bash", test_bash);
        g_test_add_func("/completion/fish", test_fish);
        g_test_add_func("/completion/words", test_words);
        g_test_add_func("/completion/help", test_help);
        return g_test_run();
}
