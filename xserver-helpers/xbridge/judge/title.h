/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

enum {
        TITLE_CHARACTERS = 128, /* of the app's part */
        TITLE_BYTES = 1024,     /* with the label and a NUL */
        TITLE_MARKS = 3,        /* accents on one letter */
};

/* A window's title for the person's desktop: "[LABEL] " and what the app wants, of which nothing is left that turns the
 * direction of writing, can't be seen, begins a line, or belongs to nobody.  Blanks of all kinds are one blank.  What
 * is no UTF-8 is U+FFFD. */
void title_make(char ret_title[TITLE_BYTES], const char *label, const char *untrusted_text, size_t n);
