/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a desktop file starts, for `oriel run firefox-esr.desktop`: the word that menus and file managers know. */

#include <fcntl.h>
#include <string.h>

#include "desktop/entry.h"
#include "desktop/exec.h"
#include "store/entry.h"
#include "store/text.h"

#define GROUP "Desktop Entry"

/* The program of "env A=1 B=2 /usr/bin/firefox %u"; NULL for what can't be read so. */
static char *program_of(const char *text, gsize n, const char *label)
{
        g_autoptr(DesktopEntry) entry = desktop_entry_parse(text, n, label, NULL);
        const char *value = entry != NULL ? desktop_entry_get(entry, GROUP, "Exec") : NULL;
        g_autofree char *plain = value != NULL ? desktop_entry_unescape(value) : NULL;
        g_autoptr(DesktopExec) exec = plain != NULL ? desktop_exec_parse(plain, NULL) : NULL;
        gboolean after_env = FALSE;

        for (guint i = 0; exec != NULL && i < exec->args->len; i++) {
                g_autofree char *literal = desktop_exec_literal(exec->args->pdata[i]);
                g_autofree char *name = literal != NULL ? g_path_get_basename(literal) : NULL;

                if (name == NULL)
                        return NULL;
                if (strcmp(name, "env") == 0 && !after_env)
                        after_env = TRUE;
                else if (!after_env || strchr(literal, '=') == NULL)
                        return g_steal_pointer(&name);
        }
        return NULL;
}

char *store_desktop_program(const StoreDirs *dirs, const char *word)
{
        const char *const *data_dirs = store_dirs_desktop_data(dirs);
        gboolean whole = g_str_has_suffix(word, ".desktop");

        for (; *data_dirs != NULL; data_dirs++) {
                g_autofree char *file = g_strconcat(word, whole ? "" : ".desktop", NULL);
                g_autofree char *path = g_build_filename(*data_dirs, "applications", file, NULL), *text = NULL;
                gsize n = 0;

                witnesses_path(store_dirs_witnesses(dirs), path, WITNESS_CONTENT);
                if (store_text_read_at(AT_FDCWD, path, path, -1, DESKTOP_ENTRY_MAX_BYTES, &text, &n, NULL))
                        return program_of(text, n, path);
        }
        return NULL;
}
