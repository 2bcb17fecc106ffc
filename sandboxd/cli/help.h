/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdio.h>

#include "base/buffer.h"
#include "cli/command.h"

/* `oriel help COMMAND`, `oriel COMMAND --help`. */
int help_print(const Command *command, GError **error);

/* `oriel help`. */
void help_print_commands(FILE *stream);

/* The text of help_print(). */
void help_text(const Command *command, Buffer *ret_text);
