/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge/utf8.h"

uint32_t utf8_next(const uint8_t *untrusted, size_t n, size_t *ret_n)
{
        static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
        size_t more = untrusted[0] < 0x80         ? 0
                      : (untrusted[0] >> 5) == 6  ? 1
                      : (untrusted[0] >> 4) == 14 ? 2
                      : (untrusted[0] >> 3) == 30 ? 3
                                                  : 4;
        uint32_t character = more == 0 ? untrusted[0] : untrusted[0] & (0x3fU >> more);

        *ret_n = 1;
        if (more == 4 || more >= n)
                return UTF8_UNKNOWN;
        for (size_t i = 1; i <= more; i++) {
                if ((untrusted[i] >> 6) != 2)
                        return UTF8_UNKNOWN;
                character = character << 6 | (untrusted[i] & 0x3f);
        }
        if (character < least[more] || character > 0x10ffff || (character & 0xfffe) == 0xfffe)
                return UTF8_UNKNOWN;
        *ret_n = more + 1;
        return character;
}

size_t utf8_put(char to[UTF8_BYTES], uint32_t character)
{
        if (character < 0x80) {
                to[0] = (char)character;
                return 1;
        }
        if (character < 0x800) {
                to[0] = (char)(0xc0 | character >> 6);
                to[1] = (char)(0x80 | (character & 0x3f));
                return 2;
        }
        if (character < 0x10000) {
                to[0] = (char)(0xe0 | character >> 12);
                to[1] = (char)(0x80 | (character >> 6 & 0x3f));
                to[2] = (char)(0x80 | (character & 0x3f));
                return 3;
        }
        to[0] = (char)(0xf0 | character >> 18);
        to[1] = (char)(0x80 | (character >> 12 & 0x3f));
        to[2] = (char)(0x80 | (character >> 6 & 0x3f));
        to[3] = (char)(0x80 | (character & 0x3f));
        return 4;
}
