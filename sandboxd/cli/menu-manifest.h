/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "profile/error.h"

/* The files that `oriel menu` made, STATE/menu: one line each, "SHA256 APP PATH".  A file is ours as long as its sum is
 * the one written here.  Pure. */

typedef struct MenuFile {
        char *sum, *app, *path;
} MenuFile;

MenuFile *menu_file_new(const char *content, const char *app, const char *path);
void menu_file_free(MenuFile *file);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(MenuFile, menu_file_free)

/* MenuFile*.  ORIEL_ERROR_INVALID with LABEL:LINE. */
GPtrArray *menu_manifest_parse(const char *text, const char *label, GError **error);
char *menu_manifest_print(const GPtrArray *files);

/* The one with that path, or NULL. */
MenuFile *menu_manifest_find(const GPtrArray *files, const char *path);

/* Puts it in the place of the one with the same path, or at the end. */
void menu_manifest_put(GPtrArray *files, MenuFile *file);

/* Is this the content that was written? */
gboolean menu_file_is(const MenuFile *file, const char *content, gsize n);
