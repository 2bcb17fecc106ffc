/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "store/dirs.h"

/* Place - an invented home below a temporary directory, for the tests of this room:
 *
 *      home            HOME; .config, .local/share and .local/state are made when something is written there
 *      run             XDG_RUNTIME_DIR, 0700
 *      etc, prefix     /etc/oriel and PREFIX */
typedef struct Place {
        char *top, *home, *run, *etc, *prefix;
        StoreEnvironment environment;
        StoreDirs *dirs;
} Place;

/* Also the XDG paths of the environment are set; place->dirs is made. */
Place *place_new(void);
void place_free(Place *place);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Place, place_free)

/* Makes place->dirs anew, from a changed environment. */
void place_reopen(Place *place);

/* Writes top/PATH, the directories on the way 0700. */
void place_write(const Place *place, const char *path, const char *text);
char *place_path(const Place *place, const char *path);
