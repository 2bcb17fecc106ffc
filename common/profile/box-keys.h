/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "profile/box.h"
#include "profile/keys.h"

G_BEGIN_DECLS

/* The table of [Box NAME]'s keys, as the parser sees it. */

#define BOX_GROUP "Box "

const KeyRow *box_key_row(ProfileBoxKey key);

/* _PROFILE_BOX_KEY_MAX: there is none. */
ProfileBoxKey box_key_find(const char *key);

/* Every key, NULL-terminated.  The caller frees the array alone. */
const char **box_key_names(void);

/* "NAME\nKEY" of PROFILE_MAP_BOX; key NULL: of the group itself. */
char *box_map_name(const char *box, const char *key);

G_END_DECLS
