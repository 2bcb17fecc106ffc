/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* What a launch makes of its credential= rules, outside of every box: the secrets are read from where the rules say,
 * and an authority for the hosts is made.  state: for serve.h; bundle: the certificates that the box trusts, the
 * authority's behind the system's.
 *
 * 0, or -errno with a sentence. */
int credential_make(const char *const *rules, size_t n, Buffer *state, Buffer *bundle, Buffer *error);
