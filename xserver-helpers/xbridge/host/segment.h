/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdint.h>

/* Memory for pixels that two X servers share: its size is sealed, so that no one can take it away under the other.  The
 * descriptor, or -errno. */
int segment_new(uint64_t bytes);
