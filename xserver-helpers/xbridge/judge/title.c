/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "judge/title.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "judge/utf8.h"

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

void title_make(char ret_title[TITLE_BYTES], const char *label, const char *untrusted_text, size_t n)
{
        const uint8_t *untrusted = (const uint8_t *)untrusted_text;
        size_t at = (size_t)snprintf(ret_title, TITLE_BYTES / 4, "[%s] ", label);
        size_t n_characters = 0, n_marks = 0, step = 0;
        bool after_blank = true;

        if (at >= TITLE_BYTES / 4)
                at = TITLE_BYTES / 4 - 1;
        for (size_t i = 0; i < n && n_characters < TITLE_CHARACTERS; i += step) {
                uint32_t character = utf8_next(untrusted + i, n - i, &step);

                if (IS_IN(unseen, character))
                        continue;
                if (IS_IN(blanks, character))
                        character = ' ';
                else if (IS_IN(nobodys, character))
                        character = UTF8_UNKNOWN;
                if (character == ' ' && after_blank)
                        continue;
                n_marks = IS_IN(marks, character) ? n_marks + 1 : 0;
                if (n_marks > TITLE_MARKS || (n_marks > 0 && after_blank))
                        continue;
                at += utf8_put(ret_title + at, character);
                after_blank = character == ' ';
                n_characters++;
        }
        while (at > 0 && ret_title[at - 1] == ' ')
                at--;
        ret_title[at] = '\0';
}
