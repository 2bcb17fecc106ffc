/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge/title.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { UNKNOWN = 0xfffd };

typedef struct Range {
        uint32_t first, last;
} Range;

/* Gone without a trace: controls, what has no width, what turns the direction, tags. */
static const Range unseen[] = {
        { 0x00, 0x08 },       { 0x0e, 0x1f },     { 0x7f, 0x84 },     { 0x86, 0x9f },       { 0xad, 0xad },
        { 0x34f, 0x34f },     { 0x61c, 0x61c },   { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },   { 0x180b, 0x180f },
        { 0x200b, 0x200f },   { 0x202a, 0x202e }, { 0x2060, 0x206f }, { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
        { 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 }, { 0xfff0, 0xfffb }, { 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a },
        { 0xe0000, 0xe0fff },
};

static const Range blanks[] = {
        { 0x09, 0x0d },     { 0x20, 0x20 },     { 0x85, 0x85 },     { 0xa0, 0xa0 },
        { 0x1680, 0x1680 }, { 0x2000, 0x200a }, { 0x2028, 0x2029 }, { 0x202f, 0x202f },
        { 0x205f, 0x205f }, { 0x2800, 0x2800 }, { 0x3000, 0x3000 },
};

/* Nobody's: private use; and surrogates, which are no characters. */
static const Range nobodys[] = {
        { 0xd800, 0xdfff },
        { 0xe000, 0xf8ff },
        { 0xf0000, 0x10ffff },
        { 0xfdd0, 0xfdef },
};

/* Drawn over the letter before them, as many as there are. */
static const Range marks[] = {
        { 0x300, 0x36f },   { 0x483, 0x489 },   { 0x1ab0, 0x1aff },
        { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f },
};

#define IS_IN(ranges, character) is_in(ranges, sizeof ranges / sizeof *ranges, character)

static bool is_in(const Range *ranges, size_t n, uint32_t character)
{
        for (size_t i = 0; i < n; i++)
                if (character >= ranges[i].first && character <= ranges[i].last)
                        return true;
        return false;
}

/* One character and its bytes; UNKNOWN and 1 for what is none. */
static uint32_t next_character(const uint8_t *untrusted, size_t n, size_t *ret_n)
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
                return UNKNOWN;
        for (size_t i = 1; i <= more; i++) {
                if ((untrusted[i] >> 6) != 2)
                        return UNKNOWN;
                character = character << 6 | (untrusted[i] & 0x3f);
        }
        if (character < least[more] || character > 0x10ffff || (character & 0xfffe) == 0xfffe)
                return UNKNOWN;
        *ret_n = more + 1;
        return character;
}

static size_t put_character(char *to, uint32_t character)
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

void title_make(char ret_title[TITLE_BYTES], const char *label, const char *untrusted_text, size_t n)
{
        const uint8_t *untrusted = (const uint8_t *)untrusted_text;
        size_t at = (size_t)snprintf(ret_title, TITLE_BYTES / 4, "[%s] ", label);
        size_t n_characters = 0, n_marks = 0, step = 0;
        bool after_blank = true;

        if (at >= TITLE_BYTES / 4)
                at = TITLE_BYTES / 4 - 1;
        for (size_t i = 0; i < n && n_characters < TITLE_CHARACTERS; i += step) {
                uint32_t character = next_character(untrusted + i, n - i, &step);

                if (IS_IN(unseen, character))
                        continue;
                if (IS_IN(blanks, character))
                        character = ' ';
                else if (IS_IN(nobodys, character))
                        character = UNKNOWN;
                if (character == ' ' && after_blank)
                        continue;
                n_marks = IS_IN(marks, character) ? n_marks + 1 : 0;
                if (n_marks > TITLE_MARKS || (n_marks > 0 && after_blank))
                        continue;
                at += put_character(ret_title + at, character);
                after_blank = character == ' ';
                n_characters++;
        }
        while (at > 0 && ret_title[at - 1] == ' ')
                at--;
        ret_title[at] = '\0';
}
