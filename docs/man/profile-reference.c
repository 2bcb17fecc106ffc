/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Run by the build only.  usage: profile-reference manual TEMPLATE: the template with the table of keys in the place of
 * its line @KEYS@; profile-reference words: groups, keys and words for completion. */

#include <glib.h>
#include <stdio.h>

#include "profile/profile.h"

#define MARK "\n@KEYS@\n"

static char *read_template(const char *path, GError **error)
{
        g_autofree char *text = NULL, *keys = NULL;
        g_auto(GStrv) parts = NULL;

        if (!g_file_get_contents(path, &text, NULL, error))
                return NULL;
        parts = g_strsplit(text, MARK, -1);
        if (g_strv_length(parts) != 2) {
                g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID, "%s: not one line @KEYS@", path);
                return NULL;
        }
        keys = profile_print_manual();
        return g_strconcat(parts[0], "\n", keys, parts[1], NULL);
}

int main(int argc, char **argv)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *out = NULL;

        if (argc == 3 && g_str_equal(argv[1], "manual"))
                out = read_template(argv[2], &error);
        else if (argc == 2 && g_str_equal(argv[1], "words"))
                out = profile_print_words();
        else
                g_set_error_literal(&error, ORIEL_ERROR, ORIEL_ERROR_USAGE, "manual TEMPLATE, or words");
        if (out == NULL) {
                g_printerr("%s: %s\n", argv[0], error != NULL ? error->message : "no words");
                return 1;
        }
        return fputs(out, stdout) < 0 || fflush(stdout) != 0;
}
