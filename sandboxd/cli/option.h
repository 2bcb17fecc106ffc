/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "profile/profile.h"

/* The tables of options: one row a word.  Parser, --help, completion and the manual page's test read them. */

typedef enum OptionKind {
        OPTION_FLAG,      /* no value: text[target] is `fixed`, or "" */
        OPTION_TEXT,      /* text[target] is the value */
        OPTION_KEY,       /* the value goes into ProfileKey target */
        OPTION_KEY_NOT,   /* takes the value away from ProfileKey target */
        OPTION_MAP_FIXED, /* ProfileMap target: VALUE=fixed */
        OPTION_MAP_PAIR,  /* ProfileMap target: the value is NAME=VALUE */
} OptionKind;

typedef enum OptionId {
        OPTION_ASK,
        OPTION_CWD,
        OPTION_DENIED,
        OPTION_DRAW,
        OPTION_EGRESS,
        OPTION_FACTS,
        OPTION_FOLLOW,
        OPTION_FROM,
        OPTION_HELP,
        OPTION_INSTANCE,
        OPTION_INTRO,
        OPTION_JSON,
        OPTION_NAMES,
        OPTION_NEW_INSTANCE,
        OPTION_NO_DAEMON,
        OPTION_ONLY_BUS,
        OPTION_ORIGIN,
        OPTION_OVERWRITE,
        OPTION_PRINT_FACTS,
        OPTION_PROFILE,
        OPTION_QUIET,
        OPTION_SCOPE,
        OPTION_STAT,
        OPTION_VERBOSE,
        OPTION_WAIT,
        OPTION_WATCH,
        OPTION_WRITE,
        _OPTION_ID_MAX,
} OptionId;

typedef struct Option {
        const char *word; /* without its dashes; NULL ends a table */
        OptionKind kind;
        int target; /* OptionId, ProfileKey or ProfileMap */
        const char *fixed;
        const char *value; /* N_(): what help calls the value; NULL for flags */
        const char *help;  /* N_() */
} Option;

extern const Option option_profile_table[]; /* what a profile may say, as options */
extern const Option option_run_table[];
extern const Option option_explain_table[];
extern const Option option_json_table[];
extern const Option option_ps_table[];
extern const Option option_learn_table[];
extern const Option option_log_table[];
extern const Option option_ask_table[];
extern const Option option_diff_table[];
extern const Option option_apply_table[];
extern const Option option_settle_table[];
extern const Option option_profile_verb_table[];
extern const Option option_common_table[]; /* --help */

enum { OPTION_MAX_TABLES = 6 };

/* What a command takes. */
typedef struct OptionSet {
        const Option *tables[OPTION_MAX_TABLES]; /* in the order of search; NULL-terminated */
        bool stop_at_first; /* all that follows the first argument is arguments: `run APP ARG...` */
} OptionSet;

typedef struct Options {
        Profile *profile;                 /* what options set of a profile; lies on top of every other layer */
        const char *text[_OPTION_ID_MAX]; /* NULL: not given.  Borrowed of argv and the table */
        char **args;                      /* NULL-terminated, borrowed: the arguments before "--" */
        guint n_args;
        char **rest; /* after "--"; NULL when there was none */
        guint n_rest;
} Options;

/* argv: without the program and the command.  ORIEL_ERROR_USAGE, or what profile_set() says. */
Options *options_parse(const OptionSet *set, char **argv, GError **error);
void options_free(Options *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Options, options_free)

/* The words that the value of this option can be, or NULL. */
const char *const *option_words(const Option *option);
