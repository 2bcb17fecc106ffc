/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* LineDiff - how one text becomes another, line by line, as diff(1) and git write it.  Pure; the texts may be anything:
 * they are compared as bytes, and what they hold is given out as it is. */

typedef struct LineDiffCount {
        size_t added, removed;
} LineDiffCount;

/* Hunks with three lines around each change ("@@ -1,3 +1,4 @@"), nothing where the texts are the same.  ret_text may be
 * NULL: only counted.  A buffer that failed says that memory ran out.  Texts that have little in common (more than a
 * few thousand lines changed) are given as one replaced by the other. */
LineDiffCount line_diff(Buffer *ret_text, const char *old, size_t n_old, const char *new, size_t n_new);

/* As git sees it: a NUL among the first 8000 bytes. */
bool line_diff_is_binary(const char *text, size_t n);
