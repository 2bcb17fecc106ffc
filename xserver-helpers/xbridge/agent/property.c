/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/property.h"

#include <string.h>

/* ICCCM 4.1.2.3. */
enum {
        US_POSITION = 1 << 0,
        P_POSITION = 1 << 2,
        P_MIN = 1 << 4,
        P_MAX = 1 << 5,
        P_STEP = 1 << 6,
        P_ASPECT = 1 << 7,
        P_BASE = 1 << 8,
};

enum { AT_MIN = 5, AT_MAX = 7, AT_STEP = 9, AT_ASPECT = 11, AT_BASE = 15, SIZES_OLD = 15, SIZES = 17 };

static int32_t side(uint32_t untrusted_side)
{
        return untrusted_side <= LETTER_SIDE_MAX ? (int32_t)untrusted_side
               : untrusted_side <= INT32_MAX     ? LETTER_SIDE_MAX
                                                 : 0;
}

void property_sizes(LetterHints *hints, const uint32_t *untrusted, size_t n)
{
        uint32_t flags = n >= SIZES_OLD ? untrusted[0] : 0;

        if (n < SIZES)
                flags &= ~(uint32_t)P_BASE;
        if ((flags & (US_POSITION | P_POSITION)) != 0)
                hints->flags |= LETTER_HINT_PLACED;
        if ((flags & P_MIN) != 0) {
                hints->flags |= LETTER_HINT_MIN;
                hints->min_w = side(untrusted[AT_MIN]);
                hints->min_h = side(untrusted[AT_MIN + 1]);
        }
        if ((flags & P_MAX) != 0) {
                hints->flags |= LETTER_HINT_MAX;
                hints->max_w = side(untrusted[AT_MAX]);
                hints->max_h = side(untrusted[AT_MAX + 1]);
        }
        if ((flags & P_STEP) != 0) {
                hints->flags |= LETTER_HINT_STEP;
                hints->step_w = side(untrusted[AT_STEP]);
                hints->step_h = side(untrusted[AT_STEP + 1]);
        }
        if ((flags & P_ASPECT) != 0) {
                hints->flags |= LETTER_HINT_ASPECT;
                hints->least_x = side(untrusted[AT_ASPECT]);
                hints->least_y = side(untrusted[AT_ASPECT + 1]);
                hints->most_x = side(untrusted[AT_ASPECT + 2]);
                hints->most_y = side(untrusted[AT_ASPECT + 3]);
        }
        if ((flags & P_BASE) != 0) {
                hints->flags |= LETTER_HINT_BASE;
                hints->base_w = side(untrusted[AT_BASE]);
                hints->base_h = side(untrusted[AT_BASE + 1]);
        }
}

void property_wm_hints(LetterHints *hints, const uint32_t *untrusted, size_t n)
{
        enum { INPUT = 1 << 0, URGENT = 1 << 8, AT_INPUT = 1 };

        if (n > 0 && (untrusted[0] & URGENT) != 0)
                hints->flags |= LETTER_HINT_URGENT;
        if (n > AT_INPUT && (untrusted[0] & INPUT) != 0 && untrusted[AT_INPUT] == 0)
                hints->flags |= LETTER_HINT_DEAF;
}

/* How badly a picture of w x h serves as an icon: the fewest pixels too many, else the fewest missing. */
static uint64_t badness(uint32_t w, uint32_t h)
{
        const uint64_t wanted = LETTER_ICON_SIDE * LETTER_ICON_SIDE, much = UINT64_C(1) << 40;
        uint64_t has = (uint64_t)w * h;

        return has >= wanted ? has - wanted : much + (wanted - has);
}

/* Each pixel of the smaller picture is the one nearest to it. */
static void scale(Letter *letter, const uint32_t *pixels, uint32_t w, uint32_t h)
{
        uint32_t longest = w > h ? w : h;
        uint32_t to_w = w, to_h = h;

        if (longest > LETTER_ICON_SIDE) {
                to_w = (uint32_t)((uint64_t)w * LETTER_ICON_SIDE / longest);
                to_h = (uint32_t)((uint64_t)h * LETTER_ICON_SIDE / longest);
        }
        letter->is.icon.w = to_w = to_w > 0 ? to_w : 1;
        letter->is.icon.h = to_h = to_h > 0 ? to_h : 1;
        for (uint32_t y = 0; y < to_h; y++)
                for (uint32_t x = 0; x < to_w; x++)
                        letter->is.icon.pixels[y * to_w + x] =
                                pixels[(size_t)((uint64_t)y * h / to_h) * w + (size_t)((uint64_t)x * w / to_w)];
}

bool property_icon(Letter *letter, const uint32_t *untrusted, size_t n)
{
        const uint32_t *best = NULL;
        size_t left = n;

        while (left > 2) {
                uint64_t w = untrusted[0], h = untrusted[1];

                if (w == 0 || h == 0 || w > LETTER_SIDE_MAX || h > LETTER_SIDE_MAX || w * h > left - 2)
                        break;
                if (best == NULL || badness((uint32_t)w, (uint32_t)h) < badness(best[0], best[1]))
                        best = untrusted;
                untrusted += 2 + w * h;
                left -= 2 + w * h;
        }
        if (best == NULL)
                return false;
        letter->type = LETTER_ICON;
        scale(letter, best + 2, best[0], best[1]);
        return true;
}

bool property_cursor(
        Letter *letter, const uint32_t *untrusted, size_t n, uint32_t w, uint32_t h, uint32_t x, uint32_t y)
{
        uint32_t cut_w = w < LETTER_CURSOR_SIDE ? w : LETTER_CURSOR_SIDE;
        uint32_t cut_h = h < LETTER_CURSOR_SIDE ? h : LETTER_CURSOR_SIDE;

        if (w == 0 || h == 0 || w > UINT16_MAX || h > UINT16_MAX || (size_t)w * h > n)
                return false;
        letter->type = LETTER_CURSOR;
        letter->is.cursor.w = cut_w;
        letter->is.cursor.h = cut_h;
        letter->is.cursor.x = x < cut_w ? x : 0;
        letter->is.cursor.y = y < cut_h ? y : 0;
        for (uint32_t line = 0; line < cut_h; line++)
                memcpy(letter->is.cursor.pixels + line * cut_w, untrusted + (size_t)line * w, cut_w * sizeof(uint32_t));
        return true;
}
