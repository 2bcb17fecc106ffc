/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/cleanup.h"

/* RelayFilter - what a box's terminal may say to the caller's.  Bytes in, bytes out, no descriptor: an allow-list of
 * control characters and escape sequences, each written out whole and in canonical form or not at all, so that the
 * terminal never parses anything that was not parsed here first.
 *
 * Passed are those that full-screen programs need: text, cursor, colours, screens, mouse and paste modes, titles (cut
 * and cleaned), web links, queries that carry nothing of the screen.  Dropped are those that reach beyond the screen:
 * clipboard (OSC 52), links to files (OSC 8), notifications, file transfer and images (OSC 1337, sixel, kitty), tmux
 * pass-through, window operations, the title's report, printing, 8-bit controls.
 */
typedef struct RelayFilter RelayFilter;

/* utf8: the terminal reads UTF-8.  Where not, bytes 0x80-0x9f are controls and never pass. */
RelayFilter *relay_filter_new(bool utf8);
void relay_filter_free(RelayFilter *filter);
DEFINE_CLEANUP(RelayFilter, relay_filter_free)

/* Appends what the terminal is to get to *out, and what the box's side is to get as an answer to *replies.  Sequences
 * may be parted among calls. */
void relay_filter_push(RelayFilter *filter, const void *untrusted_bytes, size_t n, Buffer *out, Buffer *replies);

/* The box is gone: appends what puts the terminal back, as far as passed sequences changed it. */
void relay_filter_finish(RelayFilter *filter, Buffer *out);

/* True when a sequence passed that makes the terminal send something by itself (an answer, mouse or focus reports): the
 * input must be drained before a shell gets the terminal back. */
bool relay_filter_asked(const RelayFilter *filter);
