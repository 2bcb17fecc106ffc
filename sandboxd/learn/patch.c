/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A line at a time, so that what a person wrote stays as it is: a key's line is replaced, a new one comes behind the
 * last of its group, and a new group at the end. */
#include <string.h>

#include "learn/learn.h"

/* "[GROUP]" of that line, or NULL. */
static char *group_of(const char *line)
{
        g_autofree char *text = g_strstrip(g_strdup(line));
        gsize n = strlen(text);

        return n > 2 && text[0] == '[' && text[n - 1] == ']' ? g_strndup(text + 1, n - 2) : NULL;
}

static gboolean is_key(const char *line, const char *key)
{
        gsize n = strspn(line, " \t"), n_key = strlen(key);

        return strncmp(line + n, key, n_key) == 0 && line[n + n_key + strspn(line + n + n_key, " \t")] == '=';
}

static void put_line(GPtrArray *lines, const LearnRule *rule)
{
        guint place = lines->len, group_end = 0;
        gboolean inside = FALSE, found = FALSE;
        char *text = g_strdup_printf("%s=%s", rule->key, rule->value);

        for (guint i = 0; i < lines->len && !found; i++) {
                g_autofree char *group = group_of(lines->pdata[i]);

                if (group != NULL)
                        inside = strcmp(group, rule->group) == 0;
                if (inside && is_key(lines->pdata[i], rule->key)) {
                        place = i;
                        found = TRUE;
                } else if (inside && *(const char *)lines->pdata[i] != '\0') {
                        group_end = i + 1;
                }
        }
        if (found) {
                g_free(lines->pdata[place]);
                lines->pdata[place] = text;
        } else if (group_end > 0) {
                g_ptr_array_insert(lines, (int)group_end, text);
        } else {
                if (lines->len > 0 && *(const char *)lines->pdata[lines->len - 1] != '\0')
                        g_ptr_array_add(lines, g_strdup(""));
                g_ptr_array_add(lines, g_strdup_printf("[%s]", rule->group));
                g_ptr_array_add(lines, text);
        }
}

char *learn_patch(const char *text, const GPtrArray *rules)
{
        g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
        g_auto(GStrv) old = g_strsplit(text != NULL ? text : "", "\n", -1);
        g_autoptr(GString) patched = g_string_new(NULL);

        for (char **line = old; *line != NULL && (**line != '\0' || line[1] != NULL); line++)
                g_ptr_array_add(lines, g_strdup(*line));
        for (guint i = 0; i < rules->len; i++) {
                const LearnRule *rule = rules->pdata[i];

                if (rule->danger == NULL)
                        put_line(lines, rule);
        }
        for (guint i = 0; i < lines->len; i++)
                g_string_append_printf(patched, "%s\n", (const char *)lines->pdata[i]);
        return g_string_free(g_steal_pointer(&patched), FALSE);
}
