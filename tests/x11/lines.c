/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "lines.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STEP_MS = 4, LINE = 1024 };

void lines_say(const char *format, ...)
{
        va_list args;

        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        putchar('\n');
        fflush(stdout);
}

xcb_screen_t *lines_screen(xcb_connection_t *connection)
{
        return xcb_setup_roots_iterator(xcb_get_setup(connection)).data;
}

xcb_atom_t lines_atom(xcb_connection_t *connection, const char *name)
{
        xcb_intern_atom_reply_t *reply =
                xcb_intern_atom_reply(connection, xcb_intern_atom(connection, 0, (uint16_t)strlen(name), name), NULL);
        xcb_atom_t atom = reply != NULL ? reply->atom : XCB_ATOM_NONE;

        free(reply);
        return atom;
}

static xcb_get_keyboard_mapping_reply_t *mapping(xcb_connection_t *connection)
{
        const xcb_setup_t *setup = xcb_get_setup(connection);

        return xcb_get_keyboard_mapping_reply(
                connection,
                xcb_get_keyboard_mapping(connection, setup->min_keycode,
                                         (uint8_t)(setup->max_keycode - setup->min_keycode + 1)),
                NULL);
}

xcb_keycode_t lines_key_of(xcb_connection_t *connection, char letter)
{
        const xcb_setup_t *setup = xcb_get_setup(connection);
        xcb_get_keyboard_mapping_reply_t *map = mapping(connection);
        xcb_keycode_t key = 0;

        for (int i = 0; map != NULL && key == 0 && i <= setup->max_keycode - setup->min_keycode; i++)
                if (xcb_get_keyboard_mapping_keysyms(map)[i * map->keysyms_per_keycode] == (xcb_keysym_t)letter)
                        key = (xcb_keycode_t)(setup->min_keycode + i);
        free(map);
        return key;
}

char lines_letter_of(xcb_connection_t *connection, xcb_keycode_t key)
{
        const xcb_setup_t *setup = xcb_get_setup(connection);
        xcb_get_keyboard_mapping_reply_t *map = mapping(connection);
        xcb_keysym_t symbol =
                map != NULL
                        ? xcb_get_keyboard_mapping_keysyms(map)[(key - setup->min_keycode) * map->keysyms_per_keycode]
                        : 0;

        free(map);
        return symbol > ' ' && symbol < 0x7f ? (char)symbol : '?';
}

static void obey(const Lines *lines, char *line)
{
        char *words[LINES_MAX_WORDS + 1] = { NULL };
        int n = 0;

        for (char *word = strtok(line, " "); word != NULL && n < LINES_MAX_WORDS; word = strtok(NULL, " "))
                words[n++] = word;
        if (n > 0)
                lines->on_command(lines->data, n, words);
}

static void drain(const Lines *lines)
{
        xcb_generic_event_t *event;

        while ((event = xcb_poll_for_event(lines->connection)) != NULL) {
                lines->on_event(lines->data, event);
                free(event);
        }
        if (lines->on_idle != NULL)
                lines->on_idle(lines->data);
        xcb_flush(lines->connection);
}

int lines_run(const Lines *lines)
{
        struct pollfd fds[] = { { .fd = xcb_get_file_descriptor(lines->connection), .events = POLLIN },
                                { .fd = STDIN_FILENO, .events = POLLIN } };
        char text[LINE] = "";
        size_t n = 0;

        for (;;) {
                char *end;

                drain(lines);
                if (xcb_connection_has_error(lines->connection))
                        return 1;
                (void)poll(fds, 2, lines->on_idle != NULL ? STEP_MS : 1000);
                if ((fds[1].revents & (POLLIN | POLLHUP)) != 0) {
                        ssize_t r = read(STDIN_FILENO, text + n, sizeof text - 1 - n);

                        if (r <= 0)
                                return 0;
                        n += (size_t)r;
                        text[n] = '\0';
                }
                while ((end = strchr(text, '\n')) != NULL) {
                        *end = '\0';
                        obey(lines, text);
                        n -= (size_t)(end + 1 - text);
                        memmove(text, end + 1, n + 1);
                }
        }
}
