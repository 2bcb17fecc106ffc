/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include "base/buffer.h"

/* "oriel: WHAT: WHY" on stderr, and the mend on a line of its own where the message has one.  Messages escaped the
 * foreign text in them when they were made; a control character that is left is replaced all the same. */
void report_error(const GError *error);

/* "oriel: SENTENCE" on stderr. */
void report_line(const char *sentence);

/* Writes the text to stdout; FALSE with *error when it can't (a full disk, a closed pipe). */
gboolean report_text(Buffer *text, GError **error);
