/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/bucket.h"
#include "host/bridge.h"
#include "judge/popup.h"

/* What the files of the bridge share of it. */

/* IDLE: the agent may send a frame.
 *     ends      LETTER_FRAME -> HELD where the window can't be seen, else DRAWN
 * HELD: a frame is in the buffer and waits for the window to be seen; the agent writes no other, so that a window which
 * nobody sees costs nothing.
 *     ends      the first exposure -> DRAWN
 * DRAWN: the screen reads the buffer.
 *     ends      bridge_on_drawn() -> PACED
 * PACED: the next frame would be too early.
 *     ends      its time -> IDLE, with LETTER_DONE
 * A new buffer is IDLE from any of them: whatever was in the old one is drawn no more. */
typedef enum FrameState {
        FRAME_IDLE,
        FRAME_HELD,
        FRAME_DRAWN,
        FRAME_PACED,
} FrameState;

typedef struct Window {
        bool used;
        uint32_t generation;
        Area inner;      /* where the agent has it, as far as it was told or told us */
        Area at;         /* where it is on the person's screen */
        bool is_popup;   /* it wants to be free of the window manager */
        bool is_mapped;  /* inside */
        bool is_visible; /* the back end shows it */
        bool is_seen;    /* it was exposed since */
        bool is_moved;   /* the agent must be told where it is */
        PopupVerdict verdict;
        bool was_free; /* so it was shown last, since it was mapped */
        LetterHints hints;
        uint32_t state; /* LETTER_STATE_ */
        uint32_t serial;
        uint64_t bytes; /* of the buffer; 0: none */
        FrameState frame;
        Area held;
        int64_t drawn_ms; /* when the last frame was */
        Bucket titles, icons, shapes;
} Window;

struct Bridge {
        BridgeOptions options;
        Backend *backend;
        Post *post;
        uint32_t epoch;
        bool is_greeted; /* the agent has answered this epoch */
        uint64_t stale, bytes;
        uint32_t serial; /* of the last buffer */
        int64_t now_ms, born_ms, input_ms;
        bool is_full_told;
        bool had_input, had_focus, is_restless; /* restless: popups must be judged again */
        int focus, focus_told;                  /* slots, or -1 */
        uint8_t keys[32], buttons[32];
        unsigned button_slot;
        Bucket urgency, cursors, bells;
        LetterMonitor monitors[LETTER_MONITORS];
        size_t n_monitors;
        uint32_t dpi;
        Window windows[LETTER_WINDOWS];
};

/* The window of a letter; NULL, counted, where it is another by now. */
Window *bridge_window(Bridge *bridge, unsigned slot, uint32_t generation);
unsigned bridge_slot(const Bridge *bridge, const Window *window);
void bridge_send(Bridge *bridge, unsigned slot, Letter *letter);

/* Room for its pixels, of the size it has; what is much too large is given back. */
void window_need_buffer(Bridge *bridge, Window *window);
void window_drop_buffer(Bridge *bridge, Window *window);
void window_on_frame(Bridge *bridge, Window *window, const Letter *letter);
void window_draw_held(Bridge *bridge, Window *window);
void window_ask_repaint(Bridge *bridge, Window *window, const Area *part);
/* It is time: DONE. */
void window_pace(Bridge *bridge, Window *window);
int window_pace_ms(const Bridge *bridge, const Window *window, int64_t now_ms);

/* Shows it as it may be shown now. */
void window_judge(Bridge *bridge, Window *window);

/* Whatever is down is up. */
void bridge_release_keys(Bridge *bridge);
void bridge_release_buttons(Bridge *bridge);
