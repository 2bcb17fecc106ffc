/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge/text.h"

#include <stdint.h>

#include "judge/utf8.h"

static bool is_kept(uint32_t character)
{
        return character == '\t' || character == '\n' || (character >= 0x20 && (character < 0x7f || character > 0x9f));
}

void text_clean(Buffer *ret_text, const char *untrusted_text, size_t n)
{
        const uint8_t *untrusted = (const uint8_t *)untrusted_text;
        size_t step = 0;

        for (size_t i = 0; i < n; i += step) {
                uint32_t character = utf8_next(untrusted + i, n - i, &step);
                char bytes[UTF8_BYTES];
                size_t n_bytes;

                if (character == '\r')
                        character = i + 1 < n && untrusted[i + 1] == '\n' ? 0 : '\n';
                if (!is_kept(character))
                        continue;
                if (utf8_is_surrogate(character))
                        character = UTF8_UNKNOWN;
                n_bytes = utf8_put(bytes, character);
                if (ret_text->n + n_bytes > TEXT_BYTES_MAX)
                        return;
                buffer_add(ret_text, bytes, n_bytes);
        }
}
