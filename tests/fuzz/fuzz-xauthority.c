/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Xauthority files: a cookie that is found lies inside the bytes, and comes back from the file we write with it. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "xserver-helpers/xauthority.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        CLEANUP(buffer_clear) Buffer written = BUFFER_INIT;
        XauthorityCookie cookie = { 0 }, again = { 0 };
        ParseError error = { 0 };

        if (xauthority_find(&cookie, &error, bytes, n, "here", "7") != 0) {
                if (error.offset > n || error.code == 0)
                        abort();
                return 0;
        }
        if (cookie.bytes < bytes || cookie.bytes + cookie.n > bytes + n)
                abort();
        xauthority_write(&written, "7", cookie.bytes, cookie.n);
        if (xauthority_find(&again, NULL, written.bytes, written.n, "", "7") != 0 || again.n != cookie.n ||
            memcmp(again.bytes, cookie.bytes, cookie.n) != 0)
                abort();
        return 0;
}
