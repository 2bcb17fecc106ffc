/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* InstanceId - eight lower-case hex digits: one run of an app.  The name of its directory, so nothing else may get
 * through. */

enum { INSTANCE_ID_SIZE = 9 }; /* with the NUL */

/* What a plan that is only explained carries; never a running instance's. */
#define INSTANCE_ID_NONE "00000000"

bool instance_id_is_valid(const char *text);
void instance_id_format(char ret_id[INSTANCE_ID_SIZE], uint32_t number);

/* --instance=NAME: [A-Za-z0-9][A-Za-z0-9._-]*, at most 64 bytes, and nothing that could be read as an id. */
bool instance_name_is_valid(const char *text);
