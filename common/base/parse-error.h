/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

/* ParseError - where in a text a pure parser stopped, and why.  The codes are the parser's own
 * (an enum in its header, all positive); GLib rooms turn them into sentences. */
typedef struct ParseError {
        size_t offset; /* bytes from the start of the text */
        int code;
} ParseError;

/* Fills *ret_error (which may be NULL) and returns the code. */
static inline int parse_error_set(ParseError *ret_error, size_t offset, int code)
{
        if (ret_error != NULL)
                *ret_error = (ParseError){ .offset = offset, .code = code };
        return code;
}
