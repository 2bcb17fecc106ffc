/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a compositor says first: no event is longer than what came, and each name that is taken ends where it should. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wayland-helpers/globals.h"
#include "wayland-helpers/risk.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        bool done = false;
        size_t used = 0;
        int r;

        while (!done && (r = wayland_globals_step(&names, &done, bytes + used, n - used)) > 0) {
                used += (size_t)r;
                if (used > n)
                        abort();
        }
        if (names.n > used || (names.n > 0 && names.bytes[names.n - 1] != '\0'))
                abort();
        if (wayland_risks(&text, &names) != (text.n > 0))
                abort();
        return 0;
}
