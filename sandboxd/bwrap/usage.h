/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* What other programs parse: the version that is spoken here. */
#define BWRAP_VERSION_LINE "bubblewrap 0.12.0\n"

/* --help; name is the word by which the program was called. */
void bwrap_usage(Buffer *ret_text, const char *name);
