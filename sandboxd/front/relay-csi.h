/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "front/relay-state.h"

/* One control sequence, without "ESC [", its final byte last: "?1049h".  Appends it, or what of it may pass, or
 * nothing. */
void relay_csi(RelayState *state, const char *untrusted_sequence, Buffer *out, Buffer *replies);
