/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "start/environment.h"

#include <string.h>

bool start_environment_keeps(const char *variable)
{
        static const char *const kept[] = { "LANG=", "LANGUAGE=", "LC_ALL=", "LC_MESSAGES=", "LC_CTYPE=", "TERM=" };

        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
                if (strncmp(variable, kept[i], strlen(kept[i])) == 0)
                        return true;
        return false;
}

void start_environment_drop(char **environment)
{
        char **to = environment;

        for (char **from = environment; *from != NULL; from++) {
                if (start_environment_keeps(*from))
                        *to++ = *from;
                else
                        explicit_bzero(*from, strlen(*from));
        }
        *to = NULL;
}
