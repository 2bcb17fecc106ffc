/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UTF8_UNKNOWN = 0xfffd, UTF8_BYTES = 4 };

/* The character at the start of n > 0 bytes, and how many it has; UTF8_UNKNOWN and 1 for what is none. */
uint32_t utf8_next(const uint8_t *untrusted, size_t n, size_t *ret_n);
size_t utf8_put(char to[UTF8_BYTES], uint32_t character);

static inline bool utf8_is_surrogate(uint32_t character)
{
        return character >= 0xd800 && character <= 0xdfff;
}
