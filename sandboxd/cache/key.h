/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* What a plan was asked for with, as bytes: the words of the command line, who asks, from where, on what standard
 * descriptors, and the part of the environment that a launch may look at at all.  Two requests with the same key differ
 * in nothing that planning can see but the host, and that is what witnesses are for. */

enum { CACHE_NAME_SIZE = 17 };

/* Of this process.  ret_key->failed where it can't be told: then nothing is remembered. */
void cache_key(Buffer *ret_key, char *const *argv, char *const *environment, const char *prefix);

/* The file that an entry with this key has: 16 hex digits.  Different keys may share it, so the whole key is compared.
 */
void cache_key_name(char ret_name[CACHE_NAME_SIZE], const Buffer *key);

/* May a launch look at this variable ("NAME=VALUE", or the name alone)?  All others it does not have. */
bool cache_key_counts(const char *variable);
