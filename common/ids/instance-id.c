/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Instance ids and names. */

#include "ids/instance-id.h"

#include <stdio.h>
#include <string.h>

enum { MAX_INSTANCE_NAME = 64 };

#define LETTERS_AND_DIGITS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool instance_id_is_valid(const char *text)
{
        return strspn(text, "0123456789abcdef") == INSTANCE_ID_SIZE - 1 && text[INSTANCE_ID_SIZE - 1] == '\0';
}

void instance_id_format(char ret_id[INSTANCE_ID_SIZE], uint32_t number)
{
        snprintf(ret_id, INSTANCE_ID_SIZE, "%08x", (unsigned)number);
}

bool instance_name_is_valid(const char *text)
{
        size_t n = strlen(text);

        /* An id in capitals would be taken for the id by a person. */
        if (n == INSTANCE_ID_SIZE - 1 && strspn(text, "0123456789abcdefABCDEF") == n)
                return false;
        return n <= MAX_INSTANCE_NAME && strspn(text, LETTERS_AND_DIGITS) > 0 &&
               strspn(text, LETTERS_AND_DIGITS "._-") == n;
}
