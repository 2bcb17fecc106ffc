/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* Shell completion, printed from the tables of commands, options and keys.  Made when Oriel is built. */

void completion_print_bash(Buffer *ret_text);
void completion_print_fish(Buffer *ret_text);

/* All words that manuals, profiles and completions may use, a line each: "command COMMAND", "option COMMAND WORD",
 * "key GROUP TAB KEY TAB WORD" (profile_print_words()). */
void completion_print_words(Buffer *ret_text);
