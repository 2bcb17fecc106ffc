/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Match rules: whatever is accepted comes out in a spelling that is read again as itself, and never asks to listen to
 * others. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/match-rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        CLEANUP(freep) char *text = strndup((const char *)data, n);
        CLEANUP(buffer_clear) Buffer first = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer second = BUFFER_INIT;
        ParseError error = { 0 };

        if (text == NULL)
                return 0;
        if (match_rule_rewrite(&first, &error, text) != 0) {
                if (error.code == 0 || error.offset > n)
                        abort();
                return 0;
        }
        if (buffer_text(&first) == NULL || first.n > MATCH_RULE_MAX)
                return 0;
        if (match_rule_rewrite(&second, NULL, first.bytes) != 0 || buffer_text(&second) == NULL ||
            strcmp(first.bytes, second.bytes) != 0)
                abort();
        return 0;
}
