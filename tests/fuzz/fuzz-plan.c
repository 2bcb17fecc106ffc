/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Plans as bytes: what decodes encodes to the same bytes, can be checked, and if it is good printed both ways. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/check.h"
#include "plan/code.h"
#include "plan/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(buffer_clear) Buffer again = BUFFER_INIT, why = BUFFER_INIT, text = BUFFER_INIT, json = BUFFER_INIT;
        CLEANUP(plan_freep) Plan *plan = NULL;
        ParseError error = { 0 };

        if (plan_decode(&plan, &error, bytes, n) != 0) {
                if (plan != NULL || error.offset > n || error.code == 0)
                        abort();
                return 0;
        }
        plan_encode(plan, &again);
        if (again.failed || again.n != n || memcmp(again.bytes, bytes, n) != 0)
                abort();
        if (plan_check(plan, &why) != (buffer_text(&why)[0] == '\0'))
                abort();
        if (why.n > 0)
                return 0;
        plan_print(plan, &text);
        plan_print_json(plan, &json);
        if (buffer_text(&text) == NULL || buffer_text(&json) == NULL)
                abort();
        return 0;
}
