/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The commands, as data; sorted by name. */

#include <string.h>

#include "base/i18n.h"
#include "cli/command.h"

#define TABLES(...)                                                                                                    \
        {                                                                                                              \
                .tables = { __VA_ARGS__, option_common_table }                                                         \
        }

const Command command_table[] = {
        { "apply", command_apply, "ID [PATH...]", N_("take over what a run changed in a workspace kept apart"),
          .fits = COMMAND_FITS_INSTANCE, .options = TABLES(option_apply_table) },
        { "ask", command_ask, "[list | approve QUESTION | deny QUESTION]", N_("answer what apps asked for"),
          .words = "list approve deny", .options = TABLES(option_ask_table, option_json_table) },
        { "daemon", command_daemon, "status | start | stop", N_("the session manager"), .words = "status start stop",
          .options = TABLES(option_json_table) },
        { "diff", command_diff, "[ID [PATH...]]", N_("what runs changed in workspaces kept apart"),
          .fits = COMMAND_FITS_INSTANCE, .options = TABLES(option_diff_table, option_json_table) },
        { "discard", command_discard, "ID [PATH...]", N_("forget what a run changed in a workspace kept apart"),
          .fits = COMMAND_FITS_INSTANCE, .options = { .tables = { option_common_table } } },
        { "doctor", command_doctor, "", N_("what this host can do, what it lacks, and how to mend it"),
          .options = TABLES(option_json_table) },
        { "explain", command_explain, "APP [path PATH | bus NAME[.METHOD] | host NAME[:PORT]]",
          N_("what an app would get, and why"), .fits = COMMAND_FITS_APP,
          .options = TABLES(option_explain_table, option_run_table, option_profile_table) },
        { "help", command_help, "[COMMAND]", N_("how a command is used"),
          .options = { .tables = { option_common_table } } },
        { "kill", command_kill, "ID", N_("end an instance at once"), .fits = COMMAND_FITS_INSTANCE,
          .options = { .tables = { option_common_table } } },
        { "learn", command_learn, "APP [ARGUMENT...] | [--profile PROFILE] -- COMMAND [ARGUMENT...]",
          N_("run it, and say what of the profile would allow what it was refused"), .fits = COMMAND_FITS_APP,
          .options = { .tables = { option_learn_table, option_json_table, option_run_table, option_profile_table,
                                   option_common_table },
                       .stop_at_first = true } },
        { "log", command_log, "[ID]", N_("what was asked of the mediators, and what they said"),
          .fits = COMMAND_FITS_INSTANCE, .options = TABLES(option_log_table, option_json_table) },
        { "menu", command_menu, "add APP | remove APP | list", N_("launchers that start an app in its box"),
          .words = "add remove list", .options = TABLES(option_json_table) },
        { "profile", command_profile, "list | show PROFILE | check FILE...",
          N_("profiles: which, what, right or wrong"), .words = "list show check",
          .options = TABLES(option_profile_verb_table, option_json_table) },
        { "ps", command_ps, "", N_("what runs"), .options = TABLES(option_ps_table, option_json_table) },
        { "run", command_run, "APP [ARGUMENT...] | [--profile PROFILE] -- COMMAND [ARGUMENT...]",
          N_("start an app, or any command, in its box"), .fits = COMMAND_FITS_APP,
          .options = { .tables = { option_run_table, option_profile_table, option_common_table },
                       .stop_at_first = true },
          .runs_app = true },
        { "settle", command_settle, "[ID]", N_("set aside what runs made that the host would run"),
          .options = TABLES(option_settle_table) },
        { "shell", command_shell, "ID [-- COMMAND [ARGUMENT...]]", N_("one more command in a box that runs"),
          .fits = COMMAND_FITS_INSTANCE, .options = { .tables = { option_common_table } }, .runs_app = true },
        { "stop", command_stop, "ID", N_("ask an instance to end, then end it"), .fits = COMMAND_FITS_INSTANCE,
          .options = { .tables = { option_common_table } } },
        { "tree", command_tree, "[ID]", N_("the boxes of an instance, and the processes in them"),
          .fits = COMMAND_FITS_INSTANCE, .options = TABLES(option_json_table) },
        { "version", command_version, "", N_("which Oriel this is"), .options = { .tables = { option_common_table } } },
        { "why", command_why, "[ID]", N_("the last denial, and what would allow it"), .fits = COMMAND_FITS_INSTANCE,
          .options = TABLES(option_json_table) },
        { 0 },
};

const Command *command_find(const char *name)
{
        for (const Command *command = command_table; command->name != NULL; command++)
                if (strcmp(command->name, name) == 0)
                        return command;
        return NULL;
}
