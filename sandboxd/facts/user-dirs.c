/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts/user-dirs.h"

#include <string.h>

/* The word in [Context] filesystems, the name in the file, and the directory that it is by default. */
static const struct {
        const char *word, *name, *directory;
} known[] = {
        { "desktop", "DESKTOP", "Desktop" },       { "documents", "DOCUMENTS", "Documents" },
        { "download", "DOWNLOAD", "Downloads" },   { "music", "MUSIC", "Music" },
        { "pictures", "PICTURES", "Pictures" },    { "public-share", "PUBLICSHARE", "Public" },
        { "templates", "TEMPLATES", "Templates" }, { "videos", "VIDEOS", "Videos" },
};

/* What stands between double quotes, backslashes taken away; NULL where a quote is missing. */
static char *unquote(const char *text)
{
        g_autoptr(GString) value = g_string_new(NULL);

        if (*text != '"')
                return NULL;
        for (text++; *text != '"'; text++) {
                if (*text == '\\')
                        text++;
                if (*text == '\0')
                        return NULL;
                g_string_append_c(value, *text);
        }
        return g_string_free(g_steal_pointer(&value), FALSE);
}

static void take_line(GHashTable *dirs, const char *line, const char *home)
{
        for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
                g_autofree char *start = g_strdup_printf("XDG_%s_DIR=", known[i].name), *value = NULL, *path = NULL;

                if (!g_str_has_prefix(line, start))
                        continue;
                value = unquote(line + strlen(start));
                if (value == NULL)
                        return;
                if (g_str_has_prefix(value, "$HOME/"))
                        path = g_build_filename(home, value + strlen("$HOME/"), NULL);
                else if (*value == '/')
                        path = g_strdup(value);
                if (path == NULL)
                        return;
                while (strlen(path) > 1 && g_str_has_suffix(path, "/"))
                        path[strlen(path) - 1] = '\0';
                /* An empty value hides the default. */
                g_hash_table_replace(dirs, g_strdup(known[i].word),
                                     g_str_equal(path, home) ? g_strdup("") : g_steal_pointer(&path));
                return;
        }
}

void user_dirs_parse(GHashTable *dirs, const char *text, const char *home)
{
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (gsize i = 0; lines[i] != NULL; i++)
                take_line(dirs, g_strstrip(lines[i]), home);
}

void user_dirs_add_defaults(GHashTable *dirs, const char *home)
{
        for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
                const char *value = g_hash_table_lookup(dirs, known[i].word);

                if (value == NULL)
                        g_hash_table_replace(dirs, g_strdup(known[i].word),
                                             g_build_filename(home, known[i].directory, NULL));
                else if (*value == '\0')
                        g_hash_table_remove(dirs, known[i].word);
        }
}
