/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Two texts, divided by the first NUL: as many lines go and come as the one has more than the other. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/line-diff.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static size_t count_lines(const char *text, size_t n)
{
        size_t lines = n > 0 && text[n - 1] != '\n' ? 1 : 0;

        for (size_t i = 0; i < n; i++)
                lines += text[i] == '\n' ? 1 : 0;
        return lines;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        const char *old = (const char *)bytes, *middle = n == 0 ? NULL : memchr(old, 0, n);
        size_t n_old = middle == NULL ? n : (size_t)(middle - old), n_new = middle == NULL ? 0 : n - n_old - 1;
        const char *new = middle == NULL ? "" : middle + 1;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        LineDiffCount count = line_diff(&text, n == 0 ? "" : old, n_old, new, n_new);

        if (text.failed || count_lines(new, n_new) + count.removed != count_lines(old, n_old) + count.added)
                abort();
        if ((count.added + count.removed == 0) != (n_old == n_new && memcmp(old == NULL ? "" : old, new, n_new) == 0))
                abort();
        return 0;
}
