/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "cli/option.h"
#include "store/dirs.h"

/* One command of `oriel` is one file and one row of the table. */

typedef struct Command Command;

/* What a running command has. */
typedef struct Cli {
        const Command *command;
        const Options *options;
        StoreDirs *dirs;
        char *const *words; /* argv as main() got it */
} Cli;

/* 0 and up: the exit status; -1 with *error set: it follows from the error (command_status()). */
typedef int (*CommandFunction)(const Cli *cli, GError **error);

struct Command {
        const char *name;
        CommandFunction run;
        const char *arguments; /* after the name, in help; words of the user are capitals */
        const char *help;      /* N_(): one line */
        const char *words; /* what the first argument can be, separated by spaces; for completion.  NULL: see `fits` */
        enum { COMMAND_FITS_NOTHING, COMMAND_FITS_APP, COMMAND_FITS_INSTANCE } fits;
        OptionSet options;
        bool runs_app; /* exit statuses are the app's: bad usage is 125 */
};

/* By name; the last has name NULL. */
extern const Command command_table[];

const Command *command_find(const char *name);

/* Statuses other than the app's own. */
enum { COMMAND_DONE = 0, COMMAND_NO = 1, COMMAND_USAGE = 2, COMMAND_FAILED = 125 };

int command_status(const Command *command, const GError *error);

/* All of `oriel` after main(): argv as main() got it. */
int command_main(char **argv);

/* ORIEL_ERROR_USAGE where there are fewer or more arguments, or a "--" where no command can follow. */
bool command_check_arguments(const Cli *cli, guint least, guint most, GError **error);

/* Sets ORIEL_ERROR_USAGE for a first argument that is none of the command's words; -1. */
int command_unknown_word(const Cli *cli, const char *untrusted_word, GError **error);

/* The commands. */
int command_apply(const Cli *cli, GError **error);
int command_ask(const Cli *cli, GError **error);
int command_daemon(const Cli *cli, GError **error);
int command_diff(const Cli *cli, GError **error);
int command_discard(const Cli *cli, GError **error);
int command_doctor(const Cli *cli, GError **error);
int command_explain(const Cli *cli, GError **error);
int command_help(const Cli *cli, GError **error);
int command_kill(const Cli *cli, GError **error);
int command_learn(const Cli *cli, GError **error);
int command_log(const Cli *cli, GError **error);
int command_menu(const Cli *cli, GError **error);
int command_profile(const Cli *cli, GError **error);
int command_ps(const Cli *cli, GError **error);
int command_run(const Cli *cli, GError **error);
int command_settle(const Cli *cli, GError **error);
int command_shell(const Cli *cli, GError **error);
int command_stop(const Cli *cli, GError **error);
int command_tree(const Cli *cli, GError **error);
int command_version(const Cli *cli, GError **error);
int command_why(const Cli *cli, GError **error);
