/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* [A-Za-z_][A-Za-z0-9_]*: what every shell can set and unset.  Others (bash's BASH_FUNC_x%% for one) are code or
 * accidents. text is n bytes and needs no NUL. */
bool env_name_is_valid(const char *text, size_t n);
