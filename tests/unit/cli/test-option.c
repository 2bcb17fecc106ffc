/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "cli/option.h"
#include "profile/error.h"

static const OptionSet run_set = { .tables = { option_run_table, option_profile_table, option_common_table },
                                   .stop_at_first = true };
static const OptionSet explain_set = { .tables = { option_explain_table, option_run_table, option_profile_table,
                                                   option_common_table } };

/* line: words separated by '|'.  args, rest: the same; refused: part of the message. */
static const struct Row {
        const char *path, *line, *args, *rest, *refused;
        bool explain;
} rows[] = {
        { "/option/app", "mousepad|a.txt", "mousepad|a.txt", NULL, NULL, false },
        { "/option/app-options-are-data", "mousepad|--net=host|--|-x", "mousepad|--net=host|--|-x", NULL, NULL, false },
        { "/option/command", "--net=none|--|ls|--net=host", "", "ls|--net=host", NULL, false },
        { "/option/empty-command", "--", "", "", NULL, false },
        { "/option/second-separator", "--|a|--|b", "", "a|--|b", NULL, false },
        { "/option/lone-dash", "-", "-", NULL, NULL, false },
        { "/option/value-apart", "--net|none|a", "a", NULL, NULL, false },
        { "/option/value-begins-with-dash", "--command|--x|a", "a", NULL, NULL, false },
        { "/option/empty-argument", "a|", "a|", NULL, NULL, false },
        { "/option/argument-not-utf8", "a|\xff", "a|\xff", NULL, NULL, false },
        { "/option/anywhere", "firefox|--json|path|/x|--facts=f", "firefox|path|/x", NULL, NULL, true },
        { "/option/explain-rest", "--profile|p|--|ls|--json", "", "ls|--json", NULL, true },
        { "/option/refuse-unknown", "--nett=none", NULL, NULL, "--nett=none: no such option\nDid you mean --net?",
          false },
        { "/option/refuse-far", "--zzzzzzz", NULL, NULL, "--zzzzzzz: no such option", false },
        { "/option/refuse-short", "-x", NULL, NULL, "-x: no such option", false },
        { "/option/refuse-escaped", "--\x1b[2J", NULL, NULL, "--\\x1b[2J: no such option", false },
        { "/option/refuse-value-of-flag", "--no-daemon=x", NULL, NULL, "--no-daemon takes no value", false },
        { "/option/refuse-no-value", "--net", NULL, NULL, "--net needs a value", false },
        { "/option/refuse-word", "--display=xefyr", NULL, NULL, "--display: ", false },
        { "/option/refuse-not-utf8", "--filesystem=/\xff", NULL, NULL, "--filesystem: the value is not UTF-8", false },
        { "/option/refuse-env", "--env=NAME", NULL, NULL, "--env: NAME: not of the form NAME=VALUE", false },
        { "/option/refuse-env-name", "--env==x", NULL, NULL, "--env: ", false },
        { "/option/refuse-bus-name", "--talk-name=:1.7", NULL, NULL, "--talk-name: ", false },
        { "/option/refuse-explain-only", "--json|a", NULL, NULL, "--json: no such option", false },
};

static Options *parse(const OptionSet *set, const char *line, char ***ret_words, GError **error)
{
        *ret_words = g_strsplit(line, "|", -1);
        return options_parse(set, *ret_words, error);
}

static void check_words(char **words, const char *wanted)
{
        g_autofree char *joined = words != NULL ? g_strjoinv("|", words) : NULL;

        g_assert_cmpstr(joined, ==, wanted);
}

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_auto(GStrv) words = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(row->explain ? &explain_set : &run_set, row->line, &words, &error);

        if (row->refused != NULL) {
                g_assert_null(options);
                g_assert_nonnull(error);
                g_assert_nonnull(strstr(error->message, row->refused));
                return;
        }
        g_assert_no_error(error);
        check_words(options->args, row->args);
        check_words(options->rest, row->rest);
}

static void test_profile(void)
{
        g_auto(GStrv) words = NULL;
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = parse(
                &run_set,
                "--filesystem=/a;b:ro|--filesystem=~/c|--nofilesystem=~/c|--socket=x11|--nosocket=pulseaudio|"
                "--share=network|--unshare=ipc|--talk-name=org.a.B|--own-name=org.a.C.*|--system-talk-name=org.d.E|"
                "--env=A=b=c|--env=EMPTY=|--display=xephyr|--net=none|--no-ask|--instance=x|app",
                &words, &error);
        const Profile *profile = options != NULL ? options->profile : NULL;

        g_assert_no_error(error);
        g_assert_nonnull(options);
        check_words((char **)profile_get_list(profile, PROFILE_CONTEXT_FILESYSTEMS), "/a;b:ro|!~/c");
        g_assert_true(profile_has_word(profile, PROFILE_CONTEXT_SOCKETS, "x11"));
        g_assert_false(profile_has_word(profile, PROFILE_CONTEXT_SOCKETS, "pulseaudio"));
        g_assert_true(profile_has_word(profile, PROFILE_CONTEXT_SHARED, "network"));
        check_words((char **)profile_get_list(profile, PROFILE_CONTEXT_SHARED), "network|!ipc");
        g_assert_cmpstr(profile_map_get(profile, PROFILE_MAP_SESSION_POLICY, "org.a.B"), ==, "talk");
        g_assert_cmpstr(profile_map_get(profile, PROFILE_MAP_SESSION_POLICY, "org.a.C.*"), ==, "own");
        g_assert_cmpstr(profile_map_get(profile, PROFILE_MAP_SYSTEM_POLICY, "org.d.E"), ==, "talk");
        g_assert_cmpstr(profile_map_get(profile, PROFILE_MAP_ENVIRONMENT, "A"), ==, "b=c");
        g_assert_cmpstr(profile_map_get(profile, PROFILE_MAP_ENVIRONMENT, "EMPTY"), ==, "");
        g_assert_cmpstr(profile_get_string(profile, PROFILE_DISPLAY_MODE), ==, "xephyr");
        g_assert_cmpstr(profile_origin(profile, PROFILE_NETWORK_MODE, 0).file, ==, "command line");
        g_assert_cmpstr(options->text[OPTION_ASK], ==, "no");
        g_assert_cmpstr(options->text[OPTION_INSTANCE], ==, "x");
        g_assert_null(options->text[OPTION_WAIT]);
}

/* --tree is a flag of explain, and with a value the profile's key. */
static void test_tree(void)
{
        g_auto(GStrv) flag_words = NULL, value_words = NULL;
        g_autoptr(Options) flag = parse(&explain_set, "--tree|a", &flag_words, NULL);
        g_autoptr(Options) value = parse(&explain_set, "--tree=single|a", &value_words, NULL);

        g_assert_nonnull(flag->text[OPTION_DRAW]);
        g_assert_false(profile_is_set(flag->profile, PROFILE_ORIEL_TREE));
        g_assert_null(value->text[OPTION_DRAW]);
        g_assert_cmpstr(profile_get_string(value->profile, PROFILE_ORIEL_TREE), ==, "single");
}

/* Every row that goes into a profile can be set: its key or map exists, and its words are accepted. */
static void test_table(void)
{
        for (const Option *row = option_profile_table; row->word != NULL; row++) {
                const char *const *words = option_words(row);

                g_assert_nonnull(row->value);
                for (; words != NULL && *words != NULL; words++) {
                        g_autofree char *argument = g_strdup_printf("--%s=%s", row->word, *words);
                        char *argv[] = { argument, NULL };
                        g_autoptr(GError) error = NULL;
                        g_autoptr(Options) options = options_parse(&run_set, argv, &error);

                        g_assert_no_error(error);
                        g_assert_true(profile_is_set(options->profile, row->target));
                }
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/option/profile", test_profile);
        g_test_add_func("/option/tree", test_tree);
        g_test_add_func("/option/table", test_table);
        return g_test_run();
}
