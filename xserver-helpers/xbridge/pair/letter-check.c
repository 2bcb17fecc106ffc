/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All that one half of the bridge believes of the other passes through here.  It looks at one letter alone, and knows
 * no window: whether a slot is used and a generation is the present one, its receiver knows.  The agent's letters may
 * be anything; the daemon's are checked the same way, so that a fault of ours is one line rather than a wild write. */

#include <string.h>

#include "pair/letter.h"

static uint32_t at_most(uint32_t untrusted_number, uint32_t most)
{
        return untrusted_number < most ? untrusted_number : most;
}

static int32_t within(int32_t untrusted_number, int32_t least, int32_t most)
{
        return untrusted_number < least ? least : untrusted_number > most ? most : untrusted_number;
}

/* A window, or a part of one. */
static Area an_area(const Area *untrusted_area)
{
        return (Area){ .x = within(untrusted_area->x, -LETTER_FAR, LETTER_FAR),
                       .y = within(untrusted_area->y, -LETTER_FAR, LETTER_FAR),
                       .w = within(untrusted_area->w, 1, LETTER_SIDE_MAX),
                       .h = within(untrusted_area->h, 1, LETTER_SIDE_MAX) };
}

static int check_hello(Letter *letter, const Letter *untrusted)
{
        letter->is.hello.version = untrusted->is.hello.version;
        letter->is.hello.epoch = untrusted->is.hello.epoch;
        letter->is.hello.w = at_most(untrusted->is.hello.w, 4 * LETTER_SIDE_MAX);
        letter->is.hello.h = at_most(untrusted->is.hello.h, 4 * LETTER_SIDE_MAX);
        return letter->is.hello.version == LETTER_VERSION ? 0 : LETTER_FAULT_FIELD;
}

static int check_open(Letter *letter, const Letter *untrusted)
{
        letter->is.open.at = an_area(&untrusted->is.open.at);
        letter->is.open.flags = untrusted->is.open.flags & _LETTER_OPEN_ALL;
        return 0;
}

static int check_show(Letter *letter, const Letter *untrusted)
{
        letter->is.show.on = untrusted->is.show.on != 0;
        letter->is.show.flags = untrusted->is.show.flags & _LETTER_OPEN_ALL;
        return 0;
}

static int check_place(Letter *letter, const Letter *untrusted)
{
        letter->is.place.at = an_area(&untrusted->is.place.at);
        letter->is.place.asked = untrusted->is.place.asked != 0;
        return 0;
}

/* What the text may look like, judge/title.h says. */
static int check_title(Letter *letter, const Letter *untrusted)
{
        letter->is.title.n = at_most(untrusted->is.title.n, LETTER_TEXT_BYTES);
        memcpy(letter->is.title.text, untrusted->is.title.text, letter->is.title.n);
        return 0;
}

static int32_t a_side(int32_t untrusted_side)
{
        return within(untrusted_side, 0, LETTER_SIDE_MAX);
}

static int check_hints(Letter *letter, const Letter *untrusted)
{
        const LetterHints *untrusted_hints = &untrusted->is.hints;
        LetterHints *hints = &letter->is.hints;

        if (untrusted_hints->kind >= _LETTER_KIND_MAX)
                return LETTER_FAULT_FIELD;
        hints->flags = untrusted_hints->flags & _LETTER_HINT_ALL;
        hints->kind = untrusted_hints->kind;
        if ((hints->flags & LETTER_HINT_PARENT) != 0) {
                if (untrusted_hints->parent_slot >= LETTER_WINDOWS)
                        return LETTER_FAULT_SLOT;
                hints->parent_slot = untrusted_hints->parent_slot;
                hints->parent_generation = untrusted_hints->parent_generation;
        }
        hints->min_w = a_side(untrusted_hints->min_w);
        hints->min_h = a_side(untrusted_hints->min_h);
        hints->max_w = within(untrusted_hints->max_w, 1, LETTER_SIDE_MAX);
        hints->max_h = within(untrusted_hints->max_h, 1, LETTER_SIDE_MAX);
        hints->step_w = within(untrusted_hints->step_w, 1, LETTER_SIDE_MAX);
        hints->step_h = within(untrusted_hints->step_h, 1, LETTER_SIDE_MAX);
        hints->base_w = a_side(untrusted_hints->base_w);
        hints->base_h = a_side(untrusted_hints->base_h);
        hints->least_x = within(untrusted_hints->least_x, 1, LETTER_SIDE_MAX);
        hints->least_y = within(untrusted_hints->least_y, 1, LETTER_SIDE_MAX);
        hints->most_x = within(untrusted_hints->most_x, 1, LETTER_SIDE_MAX);
        hints->most_y = within(untrusted_hints->most_y, 1, LETTER_SIDE_MAX);
        return 0;
}

static int check_wish(Letter *letter, const Letter *untrusted)
{
        letter->is.wish.wish = untrusted->is.wish.wish;
        letter->is.wish.on = at_most(untrusted->is.wish.on, LETTER_DRAG_MAX);
        return letter->is.wish.wish < _LETTER_WISH_MAX ? 0 : LETTER_FAULT_FIELD;
}

static int check_frame(Letter *letter, const Letter *untrusted)
{
        letter->is.frame.at = an_area(&untrusted->is.frame.at);
        letter->is.frame.serial = untrusted->is.frame.serial;
        return 0;
}

static int check_cursor(Letter *letter, const Letter *untrusted)
{
        uint32_t w = untrusted->is.cursor.w, h = untrusted->is.cursor.h;

        if (w < 1 || h < 1 || w > LETTER_CURSOR_SIDE || h > LETTER_CURSOR_SIDE)
                return LETTER_FAULT_FIELD;
        letter->is.cursor.w = w;
        letter->is.cursor.h = h;
        letter->is.cursor.x = at_most(untrusted->is.cursor.x, w - 1);
        letter->is.cursor.y = at_most(untrusted->is.cursor.y, h - 1);
        memcpy(letter->is.cursor.pixels, untrusted->is.cursor.pixels, (size_t)w * h * sizeof(uint32_t));
        return 0;
}

static int check_icon(Letter *letter, const Letter *untrusted)
{
        uint32_t w = untrusted->is.icon.w, h = untrusted->is.icon.h;

        if (w < 1 || h < 1 || w > LETTER_ICON_SIDE || h > LETTER_ICON_SIDE)
                return LETTER_FAULT_FIELD;
        letter->is.icon.w = w;
        letter->is.icon.h = h;
        memcpy(letter->is.icon.pixels, untrusted->is.icon.pixels, (size_t)w * h * sizeof(uint32_t));
        return 0;
}

static int check_shape(Letter *letter, const Letter *untrusted)
{
        letter->is.shape.n = at_most(untrusted->is.shape.n, LETTER_SHAPES);
        for (uint32_t i = 0; i < letter->is.shape.n; i++)
                letter->is.shape.rects[i] = an_area(&untrusted->is.shape.rects[i]);
        return 0;
}

static int check_bare(Letter *letter, const Letter *untrusted)
{
        (void)letter;
        (void)untrusted;
        return 0;
}

static int check_welcome(Letter *letter, const Letter *untrusted)
{
        letter->is.welcome.version = untrusted->is.welcome.version;
        letter->is.welcome.epoch = untrusted->is.welcome.epoch;
        return letter->is.welcome.version == LETTER_VERSION && letter->is.welcome.epoch != 0 ? 0 : LETTER_FAULT_FIELD;
}

static int check_screen(Letter *letter, const Letter *untrusted)
{
        letter->is.screen.n = at_most(untrusted->is.screen.n, LETTER_MONITORS);
        letter->is.screen.dpi = at_most(untrusted->is.screen.dpi, 1000);
        for (uint32_t i = 0; i < letter->is.screen.n; i++) {
                letter->is.screen.monitors[i].at = an_area(&untrusted->is.screen.monitors[i].at);
                letter->is.screen.monitors[i].work = an_area(&untrusted->is.screen.monitors[i].work);
        }
        return 0;
}

static int check_buffer(Letter *letter, const Letter *untrusted)
{
        letter->is.buffer.bytes = untrusted->is.buffer.bytes;
        letter->is.buffer.serial = untrusted->is.buffer.serial;
        return letter->is.buffer.bytes <= UINT64_C(4) * (LETTER_SIDE_MAX * LETTER_SIDE_MAX + LETTER_SIDE_MAX)
                       ? 0
                       : LETTER_FAULT_FIELD;
}

static int check_done(Letter *letter, const Letter *untrusted)
{
        letter->is.done.serial = untrusted->is.done.serial;
        return 0;
}

static int check_area(Letter *letter, const Letter *untrusted)
{
        letter->is.configure = an_area(&untrusted->is.configure);
        return 0;
}

static int check_state(Letter *letter, const Letter *untrusted)
{
        letter->is.state.flags = untrusted->is.state.flags & _LETTER_STATE_ALL;
        return 0;
}

static int check_focus(Letter *letter, const Letter *untrusted)
{
        letter->is.focus.on = untrusted->is.focus.on != 0;
        return 0;
}

static int check_pointer(Letter *letter, const Letter *untrusted)
{
        letter->is.pointer.x = within(untrusted->is.pointer.x, -2 * LETTER_FAR, 2 * LETTER_FAR);
        letter->is.pointer.y = within(untrusted->is.pointer.y, -2 * LETTER_FAR, 2 * LETTER_FAR);
        letter->is.pointer.button = untrusted->is.pointer.button;
        letter->is.pointer.down = untrusted->is.pointer.down != 0;
        return letter->is.pointer.button <= UINT8_MAX ? 0 : LETTER_FAULT_FIELD;
}

static int check_key(Letter *letter, const Letter *untrusted)
{
        letter->is.key.code = untrusted->is.key.code;
        letter->is.key.down = untrusted->is.key.down != 0;
        return letter->is.key.code >= 8 && letter->is.key.code <= UINT8_MAX ? 0 : LETTER_FAULT_FIELD;
}

static int check_locks(Letter *letter, const Letter *untrusted)
{
        letter->is.locks.modifiers = untrusted->is.locks.modifiers & UINT8_MAX;
        letter->is.locks.group = at_most(untrusted->is.locks.group, 3);
        return 0;
}

static int check_keymap(Letter *letter, const Letter *untrusted)
{
        letter->is.keymap.kind = at_most(untrusted->is.keymap.kind, UINT8_MAX);
        letter->is.keymap.last = untrusted->is.keymap.last != 0;
        letter->is.keymap.n = at_most(untrusted->is.keymap.n, LETTER_CHUNK_BYTES);
        memcpy(letter->is.keymap.bytes, untrusted->is.keymap.bytes, letter->is.keymap.n);
        return 0;
}

static int check_repeat(Letter *letter, const Letter *untrusted)
{
        letter->is.repeat.on = untrusted->is.repeat.on != 0;
        letter->is.repeat.delay_ms = at_most(untrusted->is.repeat.delay_ms, UINT16_MAX);
        letter->is.repeat.interval_ms = at_most(untrusted->is.repeat.interval_ms, UINT16_MAX);
        return 0;
}

static int check_clip(Letter *letter, const Letter *untrusted)
{
        letter->is.clip.selection = untrusted->is.clip.selection;
        letter->is.clip.kind = untrusted->is.clip.kind;
        letter->is.clip.last = untrusted->is.clip.last != 0;
        letter->is.clip.n = at_most(untrusted->is.clip.n, LETTER_CHUNK_BYTES);
        memcpy(letter->is.clip.bytes, untrusted->is.clip.bytes, letter->is.clip.n);
        return letter->is.clip.selection < _CLIP_SELECTION_MAX && letter->is.clip.kind < _CLIP_KIND_MAX
                       ? 0
                       : LETTER_FAULT_FIELD;
}

static int (*const checks[])(Letter *, const Letter *) = {
        [LETTER_WELCOME] = check_welcome, [LETTER_SCREEN] = check_screen, [LETTER_BUFFER] = check_buffer,
        [LETTER_DONE] = check_done,       [LETTER_REPAINT] = check_area,  [LETTER_CONFIGURE] = check_area,
        [LETTER_STATE] = check_state,     [LETTER_CLOSE] = check_bare,    [LETTER_FOCUS] = check_focus,
        [LETTER_POINTER] = check_pointer, [LETTER_LEAVE] = check_bare,    [LETTER_KEY] = check_key,
        [LETTER_LOCKS] = check_locks,     [LETTER_KEYMAP] = check_keymap, [LETTER_REPEAT] = check_repeat,
        [LETTER_GIVE] = check_clip,       [LETTER_END] = check_bare,      [LETTER_HELLO] = check_hello,
        [LETTER_OPEN] = check_open,       [LETTER_GONE] = check_bare,     [LETTER_SHOW] = check_show,
        [LETTER_PLACE] = check_place,     [LETTER_TITLE] = check_title,   [LETTER_HINTS] = check_hints,
        [LETTER_WISH] = check_wish,       [LETTER_FRAME] = check_frame,   [LETTER_CURSOR] = check_cursor,
        [LETTER_ICON] = check_icon,       [LETTER_SHAPE] = check_shape,   [LETTER_BELL] = check_bare,
        [LETTER_TAKE] = check_clip,
};
_Static_assert(sizeof checks == _LETTER_TYPE_MAX * sizeof *checks, "a check is missing");
_Static_assert(offsetof(Letter, is.repaint) == offsetof(Letter, is.configure), "one check serves both");

int letter_check(Letter *ret_letter, const void *untrusted_bytes, size_t n, LetterFrom from, size_t n_descriptors)
{
        const Letter *untrusted = untrusted_bytes;

        if (n < offsetof(Letter, is))
                return LETTER_FAULT_SIZE;
        if (letter_size(untrusted->type) == 0 || letter_from(untrusted->type) != from)
                return LETTER_FAULT_TYPE;
        if (n != letter_size(untrusted->type))
                return LETTER_FAULT_SIZE;
        if (untrusted->slot >= LETTER_WINDOWS)
                return LETTER_FAULT_SLOT;
        if (n_descriptors != (untrusted->type == LETTER_BUFFER ? 1 : 0))
                return LETTER_FAULT_DESCRIPTOR;
        ret_letter->type = untrusted->type;
        ret_letter->slot = untrusted->slot;
        ret_letter->generation = untrusted->generation;
        return checks[untrusted->type](ret_letter, untrusted);
}
