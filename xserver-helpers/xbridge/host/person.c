/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the person does, on its way to the agent. */

#include <string.h>

#include "host/window.h"

static bool has(const uint8_t *set, uint8_t i)
{
        return (set[i / 8] >> (i % 8) & 1) != 0;
}

static void put(uint8_t *set, uint8_t i, bool on)
{
        if (on)
                set[i / 8] |= (uint8_t)(1 << i % 8);
        else
                set[i / 8] &= (uint8_t) ~(1 << i % 8);
}

/* The window, where the agent knows it too. */
static Window *known(Bridge *bridge, unsigned slot)
{
        return slot < LETTER_WINDOWS && bridge->windows[slot].used && bridge->is_greeted ? &bridge->windows[slot]
                                                                                         : NULL;
}

void bridge_on_placed(Bridge *bridge, unsigned slot, const Area *at)
{
        Window *window = known(bridge, slot);

        if (window == NULL || window->verdict != POPUP_MANAGED || area_is_empty(at))
                return;
        window->at = *at;
        if (window->at.w > LETTER_SIDE_MAX)
                window->at.w = LETTER_SIDE_MAX;
        if (window->at.h > LETTER_SIDE_MAX)
                window->at.h = LETTER_SIDE_MAX;
        window->is_moved = true;
}

void bridge_on_state(Bridge *bridge, unsigned slot, uint32_t flags)
{
        Window *window = known(bridge, slot);
        Letter letter = { .type = LETTER_STATE, .is.state.flags = flags };

        if (window == NULL || window->state == flags)
                return;
        window->state = flags;
        bridge_send(bridge, slot, &letter);
        /* A window manager may keep a hidden window mapped: then nothing is exposed when it comes back. */
        if ((flags & LETTER_STATE_HIDDEN) != 0)
                window->is_seen = false;
        else if (!window->is_seen)
                bridge_on_exposed(bridge, slot, &(Area){ .w = LETTER_SIDE_MAX, .h = LETTER_SIDE_MAX });
}

void bridge_on_close(Bridge *bridge, unsigned slot)
{
        Letter letter = { .type = LETTER_CLOSE };

        if (known(bridge, slot) != NULL)
                bridge_send(bridge, slot, &letter);
}

void bridge_on_focus(Bridge *bridge, int slot)
{
        bridge->focus = slot;
        bridge->had_focus |= slot >= 0;
}

void bridge_on_blur(Bridge *bridge, int slot)
{
        if (bridge->focus == slot)
                bridge->focus = -1;
}

static void send_pointer(Bridge *bridge, unsigned slot, int32_t x, int32_t y, uint8_t button, bool down)
{
        Letter letter = { .type = LETTER_POINTER,
                          .is.pointer = { .x = x, .y = y, .button = button, .down = down ? 1 : 0 } };

        bridge_send(bridge, slot, &letter);
}

void bridge_on_pointer(Bridge *bridge, unsigned slot, int32_t x, int32_t y, int64_t now_ms)
{
        bridge->now_ms = now_ms;
        if (known(bridge, slot) != NULL)
                send_pointer(bridge, slot, x, y, 0, false);
}

void bridge_on_button(Bridge *bridge, unsigned slot, int32_t x, int32_t y, uint8_t button, bool down, int64_t now_ms)
{
        bridge->now_ms = now_ms;
        if (known(bridge, slot) == NULL || button == 0 || (!down && !has(bridge->buttons, button)))
                return;
        if (down) {
                bridge->input_ms = now_ms;
                bridge->had_input = true;
                bridge->button_slot = slot;
        }
        put(bridge->buttons, button, down);
        send_pointer(bridge, slot, x, y, button, down);
}

void bridge_on_leave(Bridge *bridge)
{
        Letter letter = { .type = LETTER_LEAVE };

        for (size_t i = 0; i < sizeof bridge->buttons; i++)
                if (bridge->buttons[i] != 0)
                        return; /* it is dragged out, and comes back or is let go */
        bridge_tell(bridge, &letter);
}

static void send_key(Bridge *bridge, uint8_t code, bool down)
{
        Letter letter = { .type = LETTER_KEY, .is.key = { .code = code, .down = down ? 1 : 0 } };

        put(bridge->keys, code, down);
        bridge_tell(bridge, &letter);
}

void bridge_on_key(Bridge *bridge, uint8_t code, bool down, int64_t now_ms)
{
        bridge->now_ms = now_ms;
        /* A key that repeats is pressed again and again, and repeats inside by itself.  One that was pressed elsewhere
         * comes up here. */
        if (code < 8 || has(bridge->keys, code) == down)
                return;
        if (down) {
                /* What several events made of the focus must be told before the first key. */
                bridge_settle(bridge, now_ms);
                bridge->input_ms = now_ms;
                bridge->had_input = true;
        }
        send_key(bridge, code, down);
}

void bridge_release_keys(Bridge *bridge)
{
        for (unsigned code = 8; code < 256; code++)
                if (has(bridge->keys, (uint8_t)code))
                        send_key(bridge, (uint8_t)code, false);
}

void bridge_on_keys_taken(Bridge *bridge)
{
        bridge_release_keys(bridge);
}

void bridge_release_buttons(Bridge *bridge)
{
        for (unsigned button = 1; button < 256; button++)
                if (has(bridge->buttons, (uint8_t)button)) {
                        put(bridge->buttons, (uint8_t)button, false);
                        /* Where it is does not change: the agent leaves the pointer alone. */
                        if (bridge->is_greeted)
                                send_pointer(bridge, bridge->button_slot, LETTER_NOWHERE, LETTER_NOWHERE,
                                             (uint8_t)button, false);
                }
}

void bridge_on_exposed(Bridge *bridge, unsigned slot, const Area *part)
{
        Window *window = known(bridge, slot);
        const Area all = { .w = LETTER_SIDE_MAX, .h = LETTER_SIDE_MAX };
        Area asked = *part;

        if (window == NULL || !window->is_visible)
                return;
        if (!window->is_seen) {
                window->is_seen = true;
                /* What waits in the buffer is the whole window, or was asked for as a part of it. */
                if (window->frame == FRAME_HELD) {
                        Area held = window->held;

                        window_draw_held(bridge, window);
                        if (held.x == 0 && held.y == 0 && held.w >= window->inner.w && held.h >= window->inner.h)
                                return;
                        asked = all;
                }
        }
        if (!area_is_empty(&asked))
                window_ask_repaint(bridge, window, &asked);
}

void bridge_on_drawn(Bridge *bridge, unsigned slot)
{
        Window *window = known(bridge, slot);

        if (window == NULL || window->frame != FRAME_DRAWN)
                return;
        window->frame = FRAME_PACED;
        window_pace(bridge, window);
}

static void settle_focus(Bridge *bridge)
{
        Letter letter = { .type = LETTER_FOCUS };

        if (bridge->focus == bridge->focus_told)
                return;
        bridge_release_keys(bridge);
        bridge->is_restless = true;
        bridge->had_input &= bridge->focus >= 0;
        letter.is.focus.on = bridge->focus >= 0 ? 1 : 0;
        bridge->focus_told = bridge->focus;
        if (bridge->is_greeted)
                bridge_send(bridge, bridge->focus >= 0 ? (unsigned)bridge->focus : 0, &letter);
}

static void settle_place(Bridge *bridge, Window *window)
{
        Letter letter = { .type = LETTER_CONFIGURE, .is.configure = window->at };

        window->is_moved = false;
        if (area_equals(&window->at, &window->inner))
                return;
        window->inner = window->at;
        if (window->is_mapped)
                window_need_buffer(bridge, window);
        bridge_send(bridge, bridge_slot(bridge, window), &letter);
}

/* Popups that are free, then those that are hidden: what there was before weighs before what is new.  One that has a
 * frame keeps it until it is mapped or configured itself: frames would come and go with the focus. */
static void settle_popups(Bridge *bridge)
{
        if (!bridge->is_restless)
                return;
        bridge->is_restless = false;
        for (int visible = 1; visible >= 0; visible--)
                for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                        Window *window = &bridge->windows[i];

                        if (window->used && window->is_popup && window->is_mapped && window->is_visible == visible &&
                            window->verdict != POPUP_MANAGED)
                                window_judge(bridge, window);
                }
}

void bridge_settle(Bridge *bridge, int64_t now_ms)
{
        bridge->now_ms = now_ms;
        settle_focus(bridge);
        settle_popups(bridge);
        for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                Window *window = &bridge->windows[i];

                if (!window->used)
                        continue;
                if (window->is_moved)
                        settle_place(bridge, window);
                if (window->frame == FRAME_PACED)
                        window_pace(bridge, window);
        }
}

int bridge_wait_ms(const Bridge *bridge, int64_t now_ms)
{
        int wait_ms = -1;

        for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                int due = bridge->windows[i].used ? window_pace_ms(bridge, &bridge->windows[i], now_ms) : -1;

                if (due >= 0 && (wait_ms < 0 || due < wait_ms))
                        wait_ms = due;
        }
        return wait_ms;
}
