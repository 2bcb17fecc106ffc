/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The word that a person most likely meant: the nearest of a NULL-terminated list by edits (a letter more, less, other,
 * or two turned round; case counts nothing), or NULL where none is near.  Borrowed from the list. */
const char *suggest_nearest(const char *word, const char *const *candidates);

G_END_DECLS
