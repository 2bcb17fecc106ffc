/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the inner server and its clients say of windows, keyboards and pictures: nothing is read beyond what there is,
 * and what comes out passes the daemon's own check. */

#include <stdlib.h>
#include <string.h>

#include "agent/property.h"
#include "base/cleanup.h"
#include "pair/keymap.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void require(int good)
{
        if (!good)
                abort();
}

static void require_letter(const Letter *letter)
{
        static Letter checked;

        require(letter_check(&checked, letter, letter_size(letter->type), LETTER_FROM_AGENT, 0) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        static Letter letter;
        CLEANUP(buffer_clear) Buffer request = BUFFER_INIT;
        KeymapNames names;
        uint32_t head[4] = { 0 };
        uint32_t *words = NULL;
        uint8_t *copy = NULL;
        size_t n_words;

        if (n < sizeof head + 1)
                return 0;
        memcpy(head, bytes + 1, sizeof head);
        n_words = (n - 1) / 4;
        words = malloc(n_words * 4);
        copy = malloc(n - 1);
        require(words != NULL && copy != NULL);
        memcpy(words, bytes + 1, n_words * 4);
        memcpy(copy, bytes + 1, n - 1);
        memset(&letter, 0, sizeof letter);
        switch (bytes[0] % 7) {
        case 0:
                letter.type = LETTER_HINTS;
                property_sizes(&letter.is.hints, words, n_words);
                property_wm_hints(&letter.is.hints, words, n_words);
                require_letter(&letter);
                break;
        case 1:
                if (property_icon(&letter, words, n_words))
                        require_letter(&letter);
                break;
        case 2:
                if (property_cursor(&letter, words + 4, n_words - 4, head[0] & 0xffff, head[1] & 0xffff, head[2],
                                    head[3]))
                        require_letter(&letter);
                break;
        case 3:
                (void)keymap_map_request(&request, copy, n - 1);
                break;
        case 4:
                (void)keymap_compat_request(&request, copy, n - 1);
                break;
        case 5:
                (void)keymap_indicators_request(&request, copy, n - 1);
                break;
        default:
                if (keymap_names_read(&names, copy, n - 1) == 0)
                        require(names.n <= KEYMAP_TEXTS);
                break;
        }
        free(words);
        free(copy);
        return 0;
}
