/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

/* What files hold; opened below a directory, through no link, never waited for. */

enum { CONTENT_MAX = 16 * 1024 * 1024 }; /* larger ones are not read for showing */

/* The same kind, mode, and bytes or link? */
gboolean content_is_same(int lower, const struct stat *old, int upper, const struct stat *new, const char *name);
/* Two regular files with the same bytes? */
gboolean content_is_equal(int a, const char *path_a, int b, const char *path_b);

/* A regular file's bytes, or a link's text, NUL-terminated; NULL where it can't be read, is larger, or is something
 * else. */
char *content_read(int dir, const char *path, gsize *ret_n);

/* When it was made, as far as the file system knows; else 0. */
gint64 content_birth_at(int dir, const char *name);

G_END_DECLS
