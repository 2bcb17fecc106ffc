/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Capabilities, as bits of a number. */

/* The calling process's effective ones; 0 where they can't be told. */
uint64_t caps_own(void);
/* All three sets of the calling process.  0 or -errno. */
int caps_set(uint64_t caps);
/* One call for each capability, whatever the number of those that this kernel knows: tools that fail the nth call rely
 * on it.  What is not kept leaves the bounding set; -errno for anything but "not known" and "not permitted", and
 * *ret_cap says which. */
int caps_bound(uint64_t keep, int *ret_cap);
/* What is kept becomes ambient: an executed program has it. */
int caps_raise(uint64_t keep, int *ret_cap);
