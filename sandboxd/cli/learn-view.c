/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/learn-view.h"

#include "base/i18n.h"
#include "learn/learn.h"

/* Keys and values come from names that the app chose, though only well-formed ones; escaped all the same. */
static void add_line(Buffer *text, const char *start, const LearnRule *rule, const char *value)
{
        buffer_add_text(text, start);
        buffer_add_escaped(text, rule->key);
        buffer_add_byte(text, '=');
        buffer_add_escaped(text, value);
        buffer_add_byte(text, '\n');
}

static guint count(const GPtrArray *rules, gboolean dangerous)
{
        guint n = 0;

        for (guint i = 0; i < rules->len; i++)
                n += (((const LearnRule *)rules->pdata[i])->danger != NULL) == dangerous;
        return n;
}

static void add_difference(Buffer *text, const GPtrArray *rules, const char *profile)
{
        const char *group = NULL;

        buffer_add_text(text, "--- ");
        buffer_add_escaped(text, profile);
        buffer_add_text(text, "\n+++ ");
        buffer_add_escaped(text, profile);
        buffer_add_text(text, _(", with what this run was refused\n"));
        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];

                if (rule->danger != NULL)
                        continue;
                if (g_strcmp0(group, rule->group) != 0)
                        buffer_printf(text, " [%s]\n", rule->group);
                group = rule->group;
                if (rule->before != NULL)
                        add_line(text, "-", rule, rule->before);
                add_line(text, "+", rule, rule->value);
        }
}

static void add_dangers(Buffer *text, const GPtrArray *rules)
{
        buffer_add_text(text, _("left out, as good as no box:\n"));
        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];

                if (rule->danger == NULL)
                        continue;
                buffer_printf(text, "  [%s] ", rule->group);
                add_line(text, "", rule, rule->value);
                buffer_printf(text, _("    whoever has it %s\n"), _(rule->danger));
        }
}

void learn_view_print(const GPtrArray *rules, gint64 n_unanswered, const char *profile, Buffer *ret_text)
{
        if (count(rules, FALSE) > 0)
                add_difference(ret_text, rules, profile);
        else
                buffer_add_text(ret_text, _("nothing was refused that a line of the profile should allow\n"));
        if (count(rules, TRUE) > 0)
                add_dangers(ret_text, rules);
        if (n_unanswered > 0)
                buffer_printf(ret_text,
                              ORIEL_NGETTEXT("%" G_GINT64_FORMAT " refusal that no line would end\n",
                                             "%" G_GINT64_FORMAT " refusals that no line would end\n", n_unanswered),
                              n_unanswered);
}

void learn_view_json(const GPtrArray *rules, gint64 n_unanswered, Buffer *ret_text)
{
        buffer_add_text(ret_text, "{\"rules\":[");
        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];

                buffer_add_text(ret_text, i > 0 ? ",{" : "{");
                buffer_add_json_member(ret_text, "group", rule->group);
                buffer_add_json_member(ret_text, "key", rule->key);
                buffer_add_json_member(ret_text, "value", rule->value);
                buffer_add_json_member(ret_text, "before", rule->before);
                buffer_add_json_member(ret_text, "danger", rule->danger);
                buffer_printf(ret_text, ",\"refused\":%" G_GINT64_FORMAT "}", rule->n);
        }
        buffer_printf(ret_text, "],\"unanswered\":%" G_GINT64_FORMAT "}\n", n_unanswered);
}
