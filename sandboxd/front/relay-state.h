/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "front/relay-modes.h"

/* What passed sequences changed at the terminal, so that it can be put back. */
typedef struct RelayState {
        RelayModes modes;
        unsigned kitty_pushed; /* levels of the kitty keyboard stack */
        bool asked;            /* a query passed */
        bool attributes, charset, region, keypad, cursor_style, modify_keys, kitty_set;
        bool title, link, pointer;
        bool palette, foreground, background, cursor_colour;
} RelayState;

void relay_state_restore(RelayState *state, Buffer *out);
