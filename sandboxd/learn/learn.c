/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "learn/learn.h"

#include <string.h>

#include "learn/part.h"

static const LearnPart *const parts[] = { &learn_bus, &learn_files, &learn_net };

struct Learn {
        gpointer parts[G_N_ELEMENTS(parts)];
        gint64 n_unanswered;
        gboolean put; /* learn_rules() was asked: what it found unanswered is counted */
};

Learn *learn_new(const Profile *profile, const char *home)
{
        Learn *learn = g_new0(Learn, 1);

        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
                learn->parts[i] = parts[i]->new (profile, home);
        return learn;
}

void learn_free(Learn *learn)
{
        if (learn == NULL)
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
                parts[i]->free(learn->parts[i]);
        g_free(learn);
}

void learn_add(Learn *learn, const AuditRecord *untrusted)
{
        gint64 n = untrusted->number[AUDIT_N] > 1 ? untrusted->number[AUDIT_N] : 1;

        if (untrusted->verdict != AUDIT_VERDICT_DENY)
                return;
        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
                if ((parts[i]->events & 1u << untrusted->event) != 0 && !parts[i]->add(learn->parts[i], untrusted))
                        learn->n_unanswered += n;
}

static void free_rule(gpointer data)
{
        LearnRule *rule = data;

        g_free(rule->key);
        g_free(rule->value);
        g_free(rule->before);
        g_free(rule);
}

void learn_put(GPtrArray *rules,
               const char *group,
               const char *key,
               char *value,
               const char *before,
               const char *danger,
               gint64 n)
{
        LearnRule *rule = g_new0(LearnRule, 1);

        *rule = (LearnRule){ .group = group,
                             .key = g_strdup(key),
                             .value = value,
                             .before = g_strdup(before),
                             .danger = danger,
                             .n = n };
        g_ptr_array_add(rules, rule);
}

static int compare(gconstpointer a, gconstpointer b)
{
        const LearnRule *one = *(const LearnRule *const *)a, *other = *(const LearnRule *const *)b;
        int order = (one->danger != NULL) - (other->danger != NULL);

        if (order == 0)
                order = strcmp(one->group, other->group);
        return order != 0 ? order : strcmp(one->key, other->key);
}

GPtrArray *learn_rules(Learn *learn)
{
        GPtrArray *rules = g_ptr_array_new_with_free_func(free_rule);

        for (gsize i = 0; i < G_N_ELEMENTS(parts); i++) {
                gint64 n = parts[i]->put(learn->parts[i], rules);

                learn->n_unanswered += learn->put ? 0 : n;
        }
        learn->put = TRUE;
        g_ptr_array_sort(rules, compare);
        return rules;
}

gint64 learn_n_unanswered(const Learn *learn)
{
        return learn->n_unanswered;
}
