/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts/git-identity.h"

#include <string.h>

enum { VALUE_MAX = 200 };

/* Quotes are taken away, escapes read, a comment and blanks at the end dropped. */
static char *read_value(const char *text)
{
        GString *value = g_string_new(NULL);
        gsize kept = 0; /* up to what is no blank outside quotes */
        gboolean quoted = FALSE;

        text += strspn(text, " \t");
        for (const char *p = text; *p != '\0' && (quoted || strchr("#;", *p) == NULL); p++) {
                if (*p == '"') {
                        quoted = !quoted;
                        kept = value->len;
                        continue;
                }
                if (*p == '\\' && p[1] != '\0')
                        p++;
                g_string_append_c(value, *p);
                if (quoted || strchr(" \t\r", *p) == NULL)
                        kept = value->len;
        }
        g_string_truncate(value, kept);
        return g_string_free(value, FALSE);
}

static void take(char **place, const char *text)
{
        char *value = read_value(text);

        if (*value == '\0' || strlen(value) > VALUE_MAX || !g_utf8_validate(value, -1, NULL)) {
                g_free(value);
                return;
        }
        g_free(*place);
        *place = value;
}

void git_identity_parse(const char *text, char **name, char **email)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
        gboolean user = FALSE;

        for (gsize i = 0; lines[i] != NULL; i++) {
                const char *line = lines[i] + strspn(lines[i], " \t");
                gsize n = strcspn(line, " \t=");
                const char *sign = line + n + strspn(line + n, " \t");

                if (*line == '[')
                        user = g_ascii_strncasecmp(line, "[user]", strlen("[user]")) == 0;
                else if (user && *sign == '=' && n == strlen("name") && g_ascii_strncasecmp(line, "name", n) == 0)
                        take(name, sign + 1);
                else if (user && *sign == '=' && n == strlen("email") && g_ascii_strncasecmp(line, "email", n) == 0)
                        take(email, sign + 1);
        }
}
