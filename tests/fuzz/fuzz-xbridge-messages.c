/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Letters between the halves of the bridge: what passes is cut to its limits, passes again as the same, and no byte
 * beyond the packet is looked at. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "pair/letter.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(int good)
{
        if (!good)
                abort();
}

static void require_area(const Area *area)
{
        require(area->x >= -LETTER_FAR && area->x <= LETTER_FAR && area->y >= -LETTER_FAR && area->y <= LETTER_FAR);
        require(area->w >= 1 && area->w <= LETTER_SIDE_MAX && area->h >= 1 && area->h <= LETTER_SIDE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        static Letter letter, again;
        void *copy = NULL;
        LetterFrom from = n > 0 && (bytes[0] & 1) != 0 ? LETTER_FROM_AGENT : LETTER_FROM_DAEMON;
        size_t n_fds;

        if (n < 2)
                return 0;
        n_fds = bytes[0] >> 1 & 1;
        /* Exactly as long, so that a sanitizer sees what reads on. */
        copy = malloc(n - 1);
        memcpy(copy, bytes + 1, n - 1);
        memset(&letter, 0, sizeof letter);
        memset(&again, 0, sizeof again);
        if (letter_check(&letter, copy, n - 1, from, n_fds) == 0) {
                require(letter.slot < LETTER_WINDOWS && letter_size(letter.type) == n - 1);
                require(letter_check(&again, &letter, n - 1, from, n_fds) == 0);
                require(memcmp(&letter, &again, n - 1) == 0);
                if (letter.type == LETTER_OPEN)
                        require_area(&letter.is.open.at);
                if (letter.type == LETTER_FRAME)
                        require_area(&letter.is.frame.at);
                if (letter.type == LETTER_CURSOR)
                        require(letter.is.cursor.w <= LETTER_CURSOR_SIDE && letter.is.cursor.h <= LETTER_CURSOR_SIDE);
        }
        free(copy);
        return 0;
}
