/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings of git that a run left.  What is harmless stays so where a harmless line is added, and is not where one is
 * that names a program. */
#include <stdint.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "protect/git-config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static bool judge_with(const uint8_t *bytes, size_t n, const char *more)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add(&text, bytes, n);
        buffer_add_text(&text, more);
        return !text.failed && git_config_is_harmless(text.bytes, text.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        if (!git_config_is_harmless((const char *)bytes, n))
                return 0;
        if (!judge_with(bytes, n, "\n[user]\n\tname = a\n") || judge_with(bytes, n, "\n[core]\n\tfsmonitor = a\n"))
                abort();
        return 0;
}
