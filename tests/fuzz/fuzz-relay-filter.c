/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The terminal relay: whatever comes, what goes out is the same however it was parted, holds no control but the allowed
 * ones, and no sequence that isn't on the list of beginnings. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "front/relay-filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const Buffer *out)
{
        const unsigned char *p = (const unsigned char *)out->bytes;

        for (size_t i = 0; i < out->n; i++) {
                if (p[i] < 0x07 || (p[i] > 0x0f && p[i] < 0x20 && p[i] != 0x1b) || p[i] == 0x7f)
                        abort();
                if (p[i] == 0xc2 && (i + 1 >= out->n || p[i + 1] < 0xa0))
                        abort();
                if (p[i] != 0x1b)
                        continue;
                if (i + 1 >= out->n || strchr("[]P\\6789=>DEHMNOc#()*+-./", p[i + 1]) == NULL)
                        abort();
                if (p[i + 1] == ']' && (i + 2 >= out->n || strchr("01289", p[i + 2]) == NULL) &&
                    memcmp(p + i + 2, "4;", 2) != 0)
                        abort();
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(relay_filter_freep) RelayFilter *whole = relay_filter_new(true), *parted = relay_filter_new(true);
        CLEANUP(buffer_clear) Buffer a = BUFFER_INIT, b = BUFFER_INIT, replies = BUFFER_INIT;

        relay_filter_push(whole, bytes, n, &a, &replies);
        for (size_t i = 0; i < n; i++)
                relay_filter_push(parted, bytes + i, 1, &b, &replies);
        if (a.n != b.n || (a.n > 0 && memcmp(a.bytes, b.bytes, a.n) != 0))
                abort();
        relay_filter_finish(whole, &a);
        check(&a);
        return 0;
}
