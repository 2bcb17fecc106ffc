/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

enum { TEXT_BYTES_MAX = 64 * 1024 }; /* of one transfer: 20 pages */

/* Text that goes from one clipboard to another: valid UTF-8, without NUL and other control characters but tabulators
 * and ends of lines.  What is no UTF-8 is U+FFFD; carriage returns before an end of a line go.  What would be longer
 * than TEXT_BYTES_MAX is cut at a character's end. */
void text_clean(Buffer *ret_text, const char *untrusted_text, size_t n);
