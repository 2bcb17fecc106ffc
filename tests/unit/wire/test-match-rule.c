/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/cleanup.h"
#include "wire/match-rule.h"

static const struct Row {
        const char *path, *rule, *rewritten;
        ParseError refused;
} rows[] = {
        { "/match-rule/empty", "", "", { 0 } },
        { "/match-rule/blank", " \t\r\n", "", { 0 } },
        { "/match-rule/one", "type='signal'", "type='signal'", { 0 } },
        { "/match-rule/bare", "type=signal,member=Do", "type='signal',member='Do'", { 0 } },
        { "/match-rule/blanks", " type ='signal', \n member\t='Do'", "type='signal',member='Do'", { 0 } },
        { "/match-rule/comma-at-end", "type='signal',", "type='signal'", { 0 } },
        { "/match-rule/comma-in-quotes", "arg0='a,b',arg1=c", "arg0='a,b',arg1='c'", { 0 } },
        { "/match-rule/apostrophe", "arg0='it'\\''s'", "arg0='it'\\''s'", { 0 } },
        { "/match-rule/apostrophe-bare", "arg0=it\\'s", "arg0='it'\\''s'", { 0 } },
        { "/match-rule/backslash", "arg0=a\\b,arg1='\\'", "arg0='a\\b',arg1='\\'", { 0 } },
        { "/match-rule/empty-value", "arg0=", "arg0=''", { 0 } },
        { "/match-rule/pieces", "arg0=a'b'c", "arg0='abc'", { 0 } },
        { "/match-rule/all",
          "type='signal',sender='a.b',interface='a.b',path='/x',destination=':1.7',arg63='z',arg2path='/y/'",
          "type='signal',sender='a.b',interface='a.b',path='/x',destination=':1.7',arg63='z',arg2path='/y/'",
          { 0 } },
        { "/match-rule/namespaces",
          "path_namespace='/x',arg0namespace='org'",
          "path_namespace='/x',arg0namespace='org'",
          { 0 } },
        { "/match-rule/eavesdrop-in-value", "arg0='x,eavesdrop=true'", "arg0='x,eavesdrop=true'", { 0 } },

        { "/match-rule/eavesdrop", "eavesdrop=true", NULL, { 0, MATCH_RULE_EAVESDROP } },
        { "/match-rule/eavesdrop-false", "type='signal',eavesdrop='false'", NULL, { 14, MATCH_RULE_EAVESDROP } },
        { "/match-rule/CVE-2026-34080-space", "eavesdrop =true", NULL, { 0, MATCH_RULE_EAVESDROP } },
        { "/match-rule/CVE-2026-34080-tab", "type=signal,\teavesdrop\t='true'", NULL, { 13, MATCH_RULE_EAVESDROP } },
        { "/match-rule/CVE-2026-34080-newline", "eavesdrop\r\n=true", NULL, { 0, MATCH_RULE_EAVESDROP } },
        { "/match-rule/eavesdrop-after-quotes", "arg0='x',eavesdrop=true", NULL, { 9, MATCH_RULE_EAVESDROP } },
        { "/match-rule/eavesdrop-case", "EAVESDROP=true", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/vertical-tab", "eavesdrop\v=true", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/unknown", "nothing='x'", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/no-key", "='x'", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/only-comma", ",", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/no-equals", "type", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/two-words", "type signal", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/quoted-key", "'type'=signal", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/twice", "type=signal,type=signal", NULL, { 12, MATCH_RULE_DUPLICATE } },
        { "/match-rule/arg-twice", "arg1=a,arg1path=/a", NULL, { 7, MATCH_RULE_DUPLICATE } },
        { "/match-rule/two-paths", "path='/a',path_namespace='/a'", NULL, { 10, MATCH_RULE_DUPLICATE } },
        { "/match-rule/arg64", "arg64='x'", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/arg-zero", "arg00='x'", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/arg1namespace", "arg1namespace='x'", NULL, { 0, MATCH_RULE_BAD_KEY } },
        { "/match-rule/open-quote", "arg0='x", NULL, { 5, MATCH_RULE_BAD_VALUE } },
        { "/match-rule/bad-type", "type='everything'", NULL, { 5, MATCH_RULE_BAD_VALUE } },
        { "/match-rule/bad-sender", "sender='x'", NULL, { 7, MATCH_RULE_BAD_VALUE } },
        { "/match-rule/bad-path", "path='x'", NULL, { 5, MATCH_RULE_BAD_VALUE } },
        { "/match-rule/blank-value", "type= signal", NULL, { 5, MATCH_RULE_BAD_VALUE } },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer again = BUFFER_INIT;
        ParseError error = { 0 };

        g_assert_cmpint(match_rule_rewrite(&text, &error, row->rule), ==, row->refused.code);
        g_assert_cmpuint(error.offset, ==, row->refused.offset);
        if (row->rewritten == NULL) {
                g_assert_cmpuint(text.n, ==, 0);
                return;
        }
        g_assert_cmpstr(buffer_text(&text), ==, row->rewritten);
        /* AddMatch and RemoveMatch must come to the same text, whichever spelling they had. */
        g_assert_cmpint(match_rule_rewrite(&again, NULL, row->rewritten), ==, 0);
        g_assert_cmpstr(buffer_text(&again), ==, row->rewritten);
}

static void test_too_long(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autofree char *blanks = g_strnfill(MATCH_RULE_MAX + 1, ' ');

        g_assert_cmpint(match_rule_rewrite(&text, NULL, blanks), ==, MATCH_RULE_TOO_LONG);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/match-rule/too-long", test_too_long);
        return g_test_run();
}
