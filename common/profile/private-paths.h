/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is private in a home, as paths below it: keys, passwords, browsers' data, what was typed.  No grant of a
 * directory above shows it, and nobody suggests to show it. */
extern const char *const profile_private_paths[];
extern const gsize profile_n_private_paths;

G_END_DECLS
