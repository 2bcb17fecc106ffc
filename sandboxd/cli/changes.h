/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "cli/command.h"
#include "review/walk.h"

/* What `oriel diff`, `apply` and `discard` share: the paths after the ID.  Each is as the list shows it, below the
 * workspace, or absolute. */

/* Is that change named by one of the paths?  Of none at all every one is. */
gboolean changes_is_named(const ReviewSet *set, const char *path, gconstpointer options);

/* A protected file's own path, or one that is protected itself above it: ".vscode", not "src". */
gboolean changes_is_named_alone(const ReviewSet *set, const char *path, gconstpointer options);

/* ORIEL_ERROR_NOT_FOUND for a path that names no change of any of the sets; changes: ReviewChanges*, one for each. */
bool changes_check_names(const Cli *cli, const GPtrArray *sets, const GPtrArray *changes, GError **error);

/* Leaves the named ones. */
void changes_narrow(const Cli *cli, const ReviewSet *set, ReviewChanges *changes);
