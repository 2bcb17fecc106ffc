/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/relay-state.h"

void relay_state_restore(RelayState *state, Buffer *out)
{
        const struct {
                bool changed;
                const char *back;
        } steps[] = {
                { state->link, "\033]8;;\033\\" },
                { state->attributes, "\033[0m" },
                { state->charset, "\033(B\017" },
                { state->region, "\0337\033[r\0338" }, /* resetting the region moves the cursor */
                { state->keypad, "\033>" },
                { state->cursor_style, "\033[0 q" },
                { state->modify_keys, "\033[>4m" },
                { state->kitty_set, "\033[=0u" },
                { state->pointer, "\033]22;\033\\" },
                { state->palette, "\033]104\033\\" },
                { state->foreground, "\033]110\033\\" },
                { state->background, "\033]111\033\\" },
                { state->cursor_colour, "\033]112\033\\" },
                { state->title, "\033[23;0t" },
        };
        const RelayModes modes = { .asked = state->modes.asked };

        if (state->kitty_pushed > 0)
                buffer_printf(out, "\033[<%uu", state->kitty_pushed);
        relay_modes_restore(&state->modes, out); /* leaves the alternate screen, so attributes come after */
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
                if (steps[i].changed)
                        buffer_add_text(out, steps[i].back);
        *state = (RelayState){ .modes = modes, .asked = state->asked };
}
