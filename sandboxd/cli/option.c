/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arguments to Options.  Pure.  Arguments of the app are bytes and pass untouched; values of our options are text, so
 * they must be UTF-8. */

#include "cli/option.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "profile/suggest.h"

static const char *const scope_words[] = { "once", "session", "always", "never", NULL };

const char *const *option_words(const Option *option)
{
        if (option->kind == OPTION_KEY || option->kind == OPTION_KEY_NOT)
                return profile_key_info(option->target)->words;
        return option->kind == OPTION_TEXT && option->target == OPTION_SCOPE ? scope_words : NULL;
}

static void usage_error(GError **error, const char *untrusted, const char *why)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add_escaped(&text, untrusted);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, "%s: %s", buffer_text(&text), why);
}

/* With a value given by "=" a row that takes one; else the first row of that word. */
static const Option *find_option(const OptionSet *set, const char *word, gsize n, bool has_value)
{
        const Option *flag = NULL;

        for (guint t = 0; t < OPTION_MAX_TABLES && set->tables[t] != NULL; t++) {
                for (const Option *row = set->tables[t]; row->word != NULL; row++) {
                        if (strlen(row->word) != n || strncmp(row->word, word, n) != 0)
                                continue;
                        if (!has_value || row->value != NULL)
                                return row;
                        flag = row;
                }
        }
        return flag;
}

static void unknown_option(const OptionSet *set, const char *argument, GError **error)
{
        g_autoptr(GPtrArray) words = g_ptr_array_new();
        g_autofree char *word = g_strndup(argument + 2, strcspn(argument + 2, "="));
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        const char *near = NULL;

        for (guint t = 0; t < OPTION_MAX_TABLES && set->tables[t] != NULL; t++)
                for (const Option *row = set->tables[t]; row->word != NULL; row++)
                        g_ptr_array_add(words, (char *)row->word);
        g_ptr_array_add(words, NULL);
        near = argument[1] == '-' ? suggest_nearest(word, (const char *const *)words->pdata) : NULL;
        buffer_add_escaped(&text, argument);
        if (near == NULL)
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("%s: no such option"), buffer_text(&text));
        else
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("%s: no such option\nDid you mean --%s?"),
                            buffer_text(&text), near);
}

/* As profile_set() wants it: a ';' of ours separates nothing. */
static char *as_entry(ProfileKey key, const char *prefix, const char *value)
{
        g_autoptr(GString) text = g_string_new(value);

        if (profile_key_info(key)->type != PROFILE_TYPE_STRING)
                g_string_replace(text, ";", "\\;", 0);
        g_string_prepend(text, prefix);
        return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool set_pair(Profile *layer, const Option *row, const char *value, GError **error)
{
        const char *sign = NULL;
        g_autofree char *name = NULL;

        g_assert(value != NULL); /* the table's rows of this kind have one */
        sign = strchr(value, '=');
        if (sign == NULL || sign == value) {
                usage_error(error, value, _("not of the form NAME=VALUE"));
                return false;
        }
        name = g_strndup(value, sign - value);
        return profile_set_in_map(layer, row->target, name, sign + 1, "command line", error);
}

/* Each option is a layer of its own: what it does to lists and maps is what a layer does. */
static bool set_in_profile(Options *options, const Option *row, const char *value, GError **error)
{
        g_autoptr(Profile) layer = profile_new();
        g_autofree char *entry = NULL;
        bool set = false;

        if (row->kind == OPTION_MAP_PAIR) {
                set = set_pair(layer, row, value, error);
        } else if (row->kind == OPTION_MAP_FIXED) {
                set = profile_set_in_map(layer, row->target, value, row->fixed, "command line", error);
        } else {
                entry = as_entry(row->target, row->kind == OPTION_KEY_NOT ? "!" : "", value);
                set = profile_set(layer, row->target, entry, "command line", error);
        }
        if (!set) {
                g_prefix_error(error, "--%s: ", row->word);
                return false;
        }
        profile_merge(options->profile, layer);
        return true;
}

static bool apply(Options *options, const Option *row, const char *value, GError **error)
{
        const char *const *words = option_words(row);

        if (value != NULL && !g_utf8_validate(value, -1, NULL)) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("--%s: the value is not UTF-8"), row->word);
                return false;
        }
        if (row->kind == OPTION_FLAG) {
                options->text[row->target] = row->fixed != NULL ? row->fixed : "";
                return true;
        }
        if (row->kind != OPTION_TEXT)
                return set_in_profile(options, row, value, error);
        if (words != NULL && !g_strv_contains(words, value)) {
                usage_error(error, value, _("no such scope (once, session, always, never)"));
                return false;
        }
        options->text[row->target] = value;
        return true;
}

/* *at is the option's word; moved to its last argument. */
static bool parse_option(Options *options, const OptionSet *set, char ***at, GError **error)
{
        const char *argument = **at, *sign = strchr(argument, '=');
        gsize n = strcspn(argument, "=");
        const Option *row = NULL;

        if (strcmp(argument, "-h") == 0)
                row = find_option(set, "help", strlen("help"), false);
        else if (argument[1] == '-')
                row = find_option(set, argument + 2, n - 2, sign != NULL);
        if (row == NULL) {
                unknown_option(set, argument, error);
                return false;
        }
        if (row->value == NULL && sign != NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("--%s takes no value"), row->word);
                return false;
        }
        if (row->value != NULL && sign == NULL && *++*at == NULL) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, _("--%s needs a value: %s"), row->word,
                            _(row->value));
                return false;
        }
        return apply(options, row, sign != NULL ? sign + 1 : row->value != NULL ? **at : NULL, error);
}

Options *options_parse(const OptionSet *set, char **argv, GError **error)
{
        g_autoptr(Options) options = g_new0(Options, 1);

        options->profile = profile_new();
        options->args = g_new0(char *, g_strv_length(argv) + 1);
        for (char **at = argv; *at != NULL; at++) {
                if (strcmp(*at, "--") == 0 && !(set->stop_at_first && options->n_args > 0)) {
                        options->rest = at + 1;
                        options->n_rest = g_strv_length(at + 1);
                        break;
                }
                if (**at != '-' || (*at)[1] == '\0' || (set->stop_at_first && options->n_args > 0))
                        options->args[options->n_args++] = *at;
                else if (!parse_option(options, set, &at, error))
                        return NULL;
        }
        return g_steal_pointer(&options);
}

void options_free(Options *options)
{
        if (options == NULL)
                return;
        profile_free(options->profile);
        g_free(options->args);
        g_free(options);
}
