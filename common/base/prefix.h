/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <limits.h>

/* Where Oriel is installed, as the running program sees it: programs find each other relative to themselves. */

enum { PREFIX_SIZE = PATH_MAX };

/* The running program's file.  0 or -errno. */
int prefix_executable(char ret_path[PREFIX_SIZE]);

/* The directory above `bin` or `libexec/oriel`.  0; -ENOENT: it is not installed; other -errno. */
int prefix_find(char ret_prefix[PREFIX_SIZE]);

/* Sentences of this program are in the language of the person from here on (base/i18n.h). */
void prefix_choose_language(const char *prefix);
