/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* user.name and user.email of a git configuration's text (git-config(1)): what it sets takes the place of what the two
 * hold.  Includes are not read. */
void git_identity_parse(const char *text, char **name, char **email);

G_END_DECLS
