/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Entries: "word", "!word", "if:word:condition", "~/path:ro", as the row of the table allows. */

#include "profile/entry.h"

#include <string.h>

#include "base/i18n.h"

/* "if:WORD:CONDITION" is Flatpak's own form; "WORD:if:CONDITION" is read too, and written as the first. */
static char *read_condition(const KeyRow *row, const char *text, ValueFault *ret_fault)
{
        g_auto(GStrv) parts = g_strsplit(text, ":", 3);
        const char *word = NULL, *condition = NULL;
        g_autofree char *known = NULL;

        if (g_strv_length(parts) == 3 && g_str_equal(parts[0], "if"))
                word = parts[1];
        else if (g_strv_length(parts) == 3 && g_str_equal(parts[1], "if"))
                word = parts[0];
        else
                return value_fault(ret_fault, 0, _("Not a word with a condition: \"%s\"; write if:WORD:CONDITION"),
                                   text);
        condition = parts[2] + (parts[2][0] == '!');
        if (*condition == '\0' || condition[strspn(condition, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
                return value_fault(ret_fault, (gsize)(strrchr(text, ':') - text) + 1, _("Not a condition: \"%s\""),
                                   parts[2]);
        known = value_read_word(word, row->info.words, ret_fault);
        if (known == NULL) {
                ret_fault->at = word == parts[1] ? strlen("if:") : 0;
                return NULL;
        }
        return g_strdup_printf("if:%s:%s", known, parts[2]);
}

static char *read_plain(const KeyRow *row, const char *text, ValueFault *ret_fault)
{
        if (row->info.words != NULL)
                return value_read_word(text, row->info.words, ret_fault);
        return row->read(text, ret_fault);
}

char *entry_read(const KeyRow *row, const char *text, ValueFault *ret_fault)
{
        g_autofree char *rest = NULL;

        if (row->info.conditional && text[0] != '!' && strchr(text, ':') != NULL)
                return read_condition(row, text, ret_fault);
        if (!row->info.negatable || text[0] != '!' || row->read_negation)
                return read_plain(row, text, ret_fault);
        rest = read_plain(row, text + 1, ret_fault);
        if (rest == NULL) {
                ret_fault->at++;
                return NULL;
        }
        return g_strconcat("!", rest, NULL);
}

const char *entry_condition(const KeyRow *row, const char *entry)
{
        if (!row->info.conditional || !g_str_has_prefix(entry, "if:"))
                return NULL;
        return strchr(entry + strlen("if:"), ':') + 1;
}

/* To the first of ends that has no backslash before it. */
static gsize length_to(const char *text, const char *ends)
{
        gsize n = 0;

        while (text[n] != '\0' && strchr(ends, text[n]) == NULL)
                n += text[n] == '\\' && text[n + 1] != '\0' ? 2 : 1;
        return n;
}

const char *entry_subject(const KeyRow *row, const char *entry, gsize *ret_n)
{
        const char *condition = entry_condition(row, entry);

        if (condition != NULL) {
                entry += strlen("if:");
                *ret_n = (gsize)(condition - entry) - 1;
                return entry;
        }
        /* "!host:reset" is no word about the place "host". */
        if (row->read_negation && g_str_equal(entry, "!host:reset")) {
                *ret_n = strlen(entry);
                return entry;
        }
        if (row->info.negatable && entry[0] == '!')
                entry++;
        *ret_n = row->subject_ends != NULL && *row->subject_ends != '\0' ? length_to(entry, row->subject_ends)
                                                                         : strlen(entry);
        return entry;
}
