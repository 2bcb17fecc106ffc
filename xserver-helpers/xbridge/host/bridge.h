/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>

#include "base/cleanup.h"
#include "host/backend.h"
#include "pair/post.h"

/* Bridge - what the daemon knows of a box's windows, and all that it decides: letters of the agent come in on one side,
 * what the person does on the other.  It believes nothing of the former but what letter_check() let through, and
 * generations that it was told of before. */
typedef struct Bridge Bridge;

typedef struct BridgeOptions {
        const char *label;      /* of the box, before every title */
        uint32_t share_percent; /* POPUP_SHARE_PERCENT */
        uint32_t frames;        /* at most so many of a window in a second; 0: as many as the screen takes */
        bool may_fullscreen;    /* an app may ask for it itself */
        uint32_t epoch;         /* a number that no daemon before this one had, for the same agent; not 0 */
} BridgeOptions;

enum {
        BRIDGE_BYTES_MAX = 512 * 1024 * 1024, /* of all windows' pixels: 15 of 3840x2160 */
        BRIDGE_NEW_MS = 30 * 1000,            /* so long the first window of a box may take the keyboard */
};

/* post and backend are borrowed. */
Bridge *bridge_new(const BridgeOptions *options, Backend *backend, Post *post);
void bridge_free(Bridge *bridge);
DEFINE_CLEANUP(Bridge, bridge_free)

/* Greets the agent. */
void bridge_begin(Bridge *bridge, int64_t now_ms);
void bridge_on_letter(Bridge *bridge, const Letter *letter, int64_t now_ms);
/* Letters of windows that are not, or are others by now. */
uint64_t bridge_stale(const Bridge *bridge);

/* What happens on the person's screen.  slot: that of a window which the back end was told to create. */
void bridge_on_screen(Bridge *bridge, const LetterMonitor *monitors, size_t n, uint32_t dpi);
void bridge_on_placed(Bridge *bridge, unsigned slot, const Area *at);
void bridge_on_state(Bridge *bridge, unsigned slot, uint32_t flags);
void bridge_on_close(Bridge *bridge, unsigned slot);
void bridge_on_focus(Bridge *bridge, int slot);
void bridge_on_blur(Bridge *bridge, int slot);
void bridge_on_pointer(Bridge *bridge, unsigned slot, int32_t x, int32_t y, int64_t now_ms);
void bridge_on_button(Bridge *bridge, unsigned slot, int32_t x, int32_t y, uint8_t button, bool down, int64_t now_ms);
void bridge_on_leave(Bridge *bridge);
/* A key that is pressed again while it is down repeats. */
void bridge_on_key(Bridge *bridge, uint8_t code, bool down, int64_t now_ms);
/* The window manager took the keyboard for a moment. */
void bridge_on_keys_taken(Bridge *bridge);
void bridge_on_exposed(Bridge *bridge, unsigned slot, const Area *part);
void bridge_on_drawn(Bridge *bridge, unsigned slot);
/* Does a window of the box have the keyboard?  Has the person just pressed something in it, too? */
bool bridge_has_focus(const Bridge *bridge);
bool bridge_is_in_use(const Bridge *bridge, int64_t now_ms);
/* A letter about the keyboard or a selection, as it is. */
void bridge_tell(Bridge *bridge, const Letter *letter);

/* After everything that could be read was read: what several events made of one thing is told once. */
void bridge_settle(Bridge *bridge, int64_t now_ms);
/* Milliseconds until bridge_settle() has something to do without an event; -1: never. */
int bridge_wait_ms(const Bridge *bridge, int64_t now_ms);
