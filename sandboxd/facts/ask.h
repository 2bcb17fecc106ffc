/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "witness/witnesses.h"

G_BEGIN_DECLS

/* What the files of this room share: each tells the witnesses before it looks. */

/* realpath(3), or NULL. */
char *facts_canonical(Witnesses *witnesses, const char *path);
/* Of a file of the person's or the system's: its text as far as it is read; NULL: it can't be read. */
char *facts_read_text(Witnesses *witnesses, const char *path);

G_END_DECLS
