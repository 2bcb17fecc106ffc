/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names on a bus: one walk over dotted elements, told by flags which of the specification's kinds it reads.  Small
 * because the kinds differ only in dashes and leading digits.  No ctype: its answers follow the locale. */

#include "ids/bus-name.h"

typedef enum Allow {
        ALLOW_DASH = 1 << 0,
        ALLOW_LEADING_DIGIT = 1 << 1,
} Allow;

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* The length of the element at the start of text; 0: there is none. */
static size_t element(const char *text, size_t n, unsigned allow)
{
        size_t i = 0;

        if (n > 0 && is_digit(text[0]) && !(allow & ALLOW_LEADING_DIGIT))
                return 0;
        while (i < n && (is_letter(text[i]) || is_digit(text[i]) || (text[i] == '-' && (allow & ALLOW_DASH))))
                i++;
        return i;
}

/* Two elements or more with a dot between, and nothing else. */
static bool is_dotted(const char *text, size_t n, unsigned allow)
{
        size_t n_elements = 0, at = 0;

        for (;;) {
                size_t n_element = element(text + at, n - at, allow);

                if (n_element == 0)
                        return false;
                n_elements++;
                at += n_element;
                if (at == n)
                        return n_elements >= 2;
                if (text[at] != '.')
                        return false;
                at++;
        }
}

bool bus_name_is_well_known(const char *text, size_t n)
{
        return n <= BUS_NAME_MAX && is_dotted(text, n, ALLOW_DASH);
}

bool bus_name_is_unique(const char *text, size_t n)
{
        return n <= BUS_NAME_MAX && n > 0 && text[0] == ':' &&
               is_dotted(text + 1, n - 1, ALLOW_DASH | ALLOW_LEADING_DIGIT);
}

bool bus_name_is_pattern(const char *text, size_t n)
{
        if (n >= 2 && text[n - 1] == '*' && text[n - 2] == '.')
                n -= 2;
        return bus_name_is_well_known(text, n);
}

bool bus_interface_is_valid(const char *text, size_t n)
{
        return n <= BUS_NAME_MAX && is_dotted(text, n, 0);
}

bool bus_member_is_valid(const char *text, size_t n)
{
        return n > 0 && n <= BUS_NAME_MAX && element(text, n, 0) == n;
}

bool bus_path_is_valid(const char *text, size_t n)
{
        size_t at = 0;

        if (n == 1)
                return text[0] == '/';
        while (at < n) {
                size_t n_element = 0;

                if (text[at] != '/')
                        return false;
                at++;
                n_element = element(text + at, n - at, ALLOW_LEADING_DIGIT);
                if (n_element == 0)
                        return false;
                at += n_element;
        }
        return n > 0;
}
