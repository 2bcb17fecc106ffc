/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The environment's allow-list: which of the caller's variables may pass into a box, and when. */

typedef enum EnvironmentWhen {
        ENVIRONMENT_ALWAYS,
        ENVIRONMENT_WITH_DISPLAY, /* only for an app that is given a display */
} EnvironmentWhen;

/* FALSE where a variable of that name never passes. */
gboolean environment_find(const char *name, EnvironmentWhen *ret_when);

/* The names of the list, in order, "LC_*" for all that begin so; NULL after the last. */
const char *environment_name(gsize i);

/* Does this value of an allowed variable pass?  UTF-8 without control characters, at most 4096 bytes; a program's path
 * only where every box has it. */
gboolean environment_value_passes(const char *name, const char *value);

G_END_DECLS
