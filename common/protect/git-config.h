/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Settings of git (git-config(1)) that a run left in a new repository: may git on the host read them?  True only where
 * every key is one of a list of those that name no program and no other place, and every line is plain.  A pure judge
 * of foreign bytes: what it does not understand is not harmless. */
bool git_config_is_harmless(const char *untrusted_text, size_t n);
