/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* oriel-generate bash | fish | words: what is made from the tables of commands and options while Oriel is built. */

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/completion.h"

int main(int argc, char **argv)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        if (argc == 2 && strcmp(argv[1], "bash") == 0)
                completion_print_bash(&text);
        else if (argc == 2 && strcmp(argv[1], "fish") == 0)
                completion_print_fish(&text);
        else if (argc == 2 && strcmp(argv[1], "words") == 0)
                completion_print_words(&text);
        else
                return 2;
        return buffer_text(&text) == NULL || fputs(buffer_text(&text), stdout) < 0 || fflush(stdout) != 0;
}
