/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of environment variables: the form of a bus member, without its length limit. */

#include "ids/env-name.h"

bool env_name_is_valid(const char *text, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                char c = text[i];
                bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

                if (!letter && (i == 0 || c < '0' || c > '9'))
                        return false;
        }
        return n > 0;
}
