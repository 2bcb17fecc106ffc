/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* Closes every descriptor of the process but these; entries below 0 and repeated ones are ignored.  Sorts keep.
 * 0 or -errno. */
int close_all_but(int *keep, size_t n);
