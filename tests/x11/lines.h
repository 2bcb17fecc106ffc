/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <xcb/xcb.h>

/* A test's X client that does as it is told: a command a line on stdin, an answer a line on stdout.  Its end is
 * stdin's. */

enum { LINES_MAX_WORDS = 8 };

typedef struct Lines {
        xcb_connection_t *connection;
        void (*on_event)(void *data, xcb_generic_event_t *event);
        void (*on_idle)(void *data);                         /* each few milliseconds; may be NULL */
        void (*on_command)(void *data, int n, char **words); /* answers by lines_say() */
        void *data;
} Lines;

/* 0: stdin ended; 1: the server did. */
int lines_run(const Lines *lines);

void lines_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

xcb_screen_t *lines_screen(xcb_connection_t *connection);
xcb_atom_t lines_atom(xcb_connection_t *connection, const char *name);

/* The key that gives a small letter, or 0; and the letter that a key gives, or '?'. */
xcb_keycode_t lines_key_of(xcb_connection_t *connection, char letter);
char lines_letter_of(xcb_connection_t *connection, xcb_keycode_t key);
