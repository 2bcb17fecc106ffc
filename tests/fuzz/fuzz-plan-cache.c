/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Remembered plans: what decodes encodes to the same bytes; and what a parked box is told stays within its own. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cache/entry.h"
#include "warm/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(buffer_clear) Buffer again = BUFFER_INIT;
        CLEANUP(freep) Witness *witnesses = NULL;
        CacheEntry entry = { 0 };
        WarmCall call;
        size_t at = 0, i = 0;

        if (cache_entry_decode(&entry, bytes, n) != 0)
                return 0;
        witnesses = calloc(entry.n_witnesses + 1, sizeof *witnesses);
        while (i < entry.n_witnesses && cache_entry_witness(&entry, &at, &witnesses[i]))
                i++;
        if (i != entry.n_witnesses || cache_entry_witness(&entry, &at, &witnesses[i]))
                abort();
        /* Whatever it borrows lies in there. */
        if (warm_call_decode(&call, entry.call, entry.n_call) == 0 && call.n_words + call.n_notes > 0 &&
            ((const char *)call.words)[call.n_words - 1] != '\0')
                abort();
        cache_entry_encode(&again, &entry, witnesses);
        if (again.failed || again.n != n || memcmp(again.bytes, bytes, n) != 0)
                abort();
        return 0;
}
