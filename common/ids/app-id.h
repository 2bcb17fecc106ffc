/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* AppId - "org.mozilla.firefox": who an app is to portals, and where its data lives.  Only what both Flatpak and
 * xdg-desktop-portal accept: three elements or more, each [A-Za-z_][A-Za-z0-9_]*, a dash only in the last one (and not
 * first there), at most 255 bytes.  A portal takes the owner of an id that it can't accept for a host app, with a host
 * app's rights: so nothing else may ever be written into a /.flatpak-info. */

enum { APP_ID_MAX = 255 };

bool app_id_is_valid(const char *text, size_t n);

/* Made by one of the functions below, or looking like it.  A profile may not claim such an id. */
bool app_id_is_reserved(const char *text, size_t n);

/* "ID.oriel_NAME" (id is valid; name any text but ""): an instance of its own data, or a profile that is not the owner
 * of ID. Different pairs give different ids: in NAME every byte but [A-Za-z0-9] becomes "_" and two hex digits.  An id
 * with a dash, which may only stand in the last element, gives "ID.orield_NAME" with its last element written in the
 * same way.  0, -EINVAL, -ENOMEM, or -ENAMETOOLONG: the caller may take a checksum as the name. */
int app_id_derive(char **ret_id, const char *id, const char *name);

/* "org.oriel.run.NAME": a block that was run directly, or a plain command.  NAME is written as above, but keeps its
 * dashes and gets no digit at its beginning.  Errors as above. */
int app_id_for_run(char **ret_id, const char *name);
