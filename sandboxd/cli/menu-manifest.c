/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/menu-manifest.h"

#include <string.h>

#include "base/i18n.h"

enum { SUM_LENGTH = 64 };

static char *sum_of(const char *content, gsize n)
{
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)content, n);
}

MenuFile *menu_file_new(const char *content, const char *app, const char *path)
{
        MenuFile *file = g_new0(MenuFile, 1);

        file->sum = sum_of(content, strlen(content));
        file->app = g_strdup(app);
        file->path = g_strdup(path);
        return file;
}

void menu_file_free(MenuFile *file)
{
        if (file == NULL)
                return;
        g_free(file->sum);
        g_free(file->app);
        g_free(file->path);
        g_free(file);
}

gboolean menu_file_is(const MenuFile *file, const char *content, gsize n)
{
        g_autofree char *sum = sum_of(content, n);

        return strcmp(sum, file->sum) == 0;
}

static void free_file(gpointer file)
{
        menu_file_free(file);
}

static MenuFile *parse_line(const char *line)
{
        g_auto(GStrv) words = g_strsplit(line, " ", 3);
        MenuFile *file = NULL;

        if (g_strv_length(words) != 3 || strspn(words[0], "0123456789abcdef") != SUM_LENGTH ||
            strlen(words[0]) != SUM_LENGTH || *words[1] == '\0' || *words[2] != '/')
                return NULL;
        file = g_new0(MenuFile, 1);
        file->sum = g_steal_pointer(&words[0]);
        file->app = g_steal_pointer(&words[1]);
        file->path = g_steal_pointer(&words[2]);
        return file;
}

GPtrArray *menu_manifest_parse(const char *text, const char *label, GError **error)
{
        g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(free_file);
        g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

        for (guint i = 0; lines[i] != NULL; i++) {
                MenuFile *file = *lines[i] != '\0' ? parse_line(lines[i]) : NULL;

                if (file != NULL) {
                        g_ptr_array_add(files, file);
                } else if (*lines[i] != '\0') {
                        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, _("%s:%u: not a line of ours"), label,
                                    i + 1);
                        return NULL;
                }
        }
        return g_steal_pointer(&files);
}

char *menu_manifest_print(const GPtrArray *files)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < files->len; i++) {
                const MenuFile *file = g_ptr_array_index(files, i);

                g_string_append_printf(text, "%s %s %s\n", file->sum, file->app, file->path);
        }
        return g_string_free(g_steal_pointer(&text), FALSE);
}

MenuFile *menu_manifest_find(const GPtrArray *files, const char *path)
{
        for (guint i = 0; i < files->len; i++) {
                MenuFile *file = g_ptr_array_index(files, i);

                if (strcmp(file->path, path) == 0)
                        return file;
        }
        return NULL;
}

void menu_manifest_put(GPtrArray *files, MenuFile *file)
{
        MenuFile *old = menu_manifest_find(files, file->path);

        if (old != NULL)
                g_ptr_array_remove(files, old);
        g_ptr_array_add(files, file);
}
