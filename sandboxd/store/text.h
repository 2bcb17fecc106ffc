/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Small text files, and foreign text in messages. */

/* Safe to print: one line, no control or bidi characters. */
char *store_text_escape(const char *untrusted_text);

/* A regular file of at most max bytes in the directory at; never follows a symlink, never waits on a FIFO.  owner: the
 * uid that it must have, or -1: any, and symlinks are followed (places that only root or the packager writes).  path:
 * what messages call it.  ORIEL_ERROR_NOT_FOUND where there is none. */
gboolean store_text_read_at(int at,
                            const char *name,
                            const char *path,
                            gint64 owner,
                            gsize max,
                            char **ret_text,
                            gsize *ret_n,
                            GError **error);

/* Sets why own_file_read() gave nothing of path: r.  FALSE. */
gboolean store_text_set_error(GError **error, const char *path, int r);

/* Hex digits (n of them, at most 64) of the SHA-256 of the texts, each with its NUL; the last is NULL. */
char *store_text_digest(guint n, ...) G_GNUC_NULL_TERMINATED;

G_END_DECLS
