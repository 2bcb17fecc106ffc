/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "pair/letter.h"

/* Property - what clients of the inner server write about their windows, and what that server says of them: numbers in,
 * a letter's part out.  n is what there really is, whatever the bytes themselves claim. */

/* WM_NORMAL_HINTS, added to *hints. */
void property_sizes(LetterHints *hints, const uint32_t *untrusted, size_t n);

/* WM_HINTS, added to *hints: URGENT, DEAF. */
void property_wm_hints(LetterHints *hints, const uint32_t *untrusted, size_t n);

/* _NET_WM_ICON: the best of those that are in it, no larger than LETTER_ICON_SIDE.  false: none is. */
bool property_icon(Letter *letter, const uint32_t *untrusted, size_t n);

/* A cursor's picture, which may be cut.  false: it is none. */
bool property_cursor(
        Letter *letter, const uint32_t *untrusted, size_t n, uint32_t w, uint32_t h, uint32_t x, uint32_t y);
