/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "front/relay-state.h"

/* The longest control string that is looked at; longer ones are dropped. */
enum { RELAY_STRING_MAX = 4096 };

/* The text between "ESC ]" and its end.  Appends the command cleaned, or nothing. */
void relay_osc(RelayState *state, const char *untrusted_text, Buffer *out);

/* The text between "ESC P" and its end. */
void relay_dcs(RelayState *state, const char *untrusted_text, Buffer *out);
