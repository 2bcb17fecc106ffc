/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Adds what a user-dirs.dirs says (user-dirs.dirs(5)) to dirs: "download" → path.  Lines are XDG_NAME_DIR="$HOME/x" or
 * "/x"; others are passed over, and so is a directory that is the home itself: that is how one is switched off. */
void user_dirs_parse(GHashTable *dirs, const char *text, const char *home);

/* Puts the names that xdg-user-dirs uses by itself where dirs has none: "download" → HOME/Downloads. */
void user_dirs_add_defaults(GHashTable *dirs, const char *home);

G_END_DECLS
