/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

/* The environment of the front end: the app's is in the plan, and the front end needs only what its own sentences and
 * its terminal depend on.  All else, secrets among it, is not in its memory, nor in that of the keeper, its child. */

/* Does this variable ("NAME=VALUE") stay? */
bool start_environment_keeps(const char *variable);

/* Takes all others away from this process: the bytes too. */
void start_environment_drop(char **environment);
