/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An app that is all paint: a window of 1280x800 that gets another colour at each key, or by itself.
 *
 *      fps N       so often in a second; 0: not by itself
 *      free        as fast as its server takes it */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lines.h"

enum { WIDTH = 1280, HEIGHT = 800 };

typedef struct Painter {
        xcb_connection_t *connection;
        xcb_window_t window;
        xcb_gcontext_t gc;
        unsigned frame;
        long fps;
        int free;
        double next;
} Painter;

static double now(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void paint(Painter *painter)
{
        static const uint32_t colours[] = { 0x1030a0, 0xa03010, 0x10a030, 0x8080ff };
        const xcb_rectangle_t all = { 0, 0, WIDTH, HEIGHT };

        xcb_change_gc(painter->connection, painter->gc, XCB_GC_FOREGROUND, &colours[painter->frame % 4]);
        xcb_poly_fill_rectangle(painter->connection, painter->window, painter->gc, 1, &all);
        xcb_flush(painter->connection);
}

static void paint_next(Painter *painter)
{
        painter->frame++;
        paint(painter);
}

static void on_event(void *data, xcb_generic_event_t *event)
{
        Painter *painter = data;

        if ((event->response_type & 0x7f) == XCB_KEY_PRESS)
                paint_next(painter);
        else if ((event->response_type & 0x7f) == XCB_EXPOSE && ((xcb_expose_event_t *)event)->count == 0)
                paint(painter);
}

static void on_idle(void *data)
{
        Painter *painter = data;

        if (painter->free) {
                /* A turn of the loop paints for a while: the loop itself rests between its turns. */
                for (double end = now() + 0.25; now() < end;) {
                        paint_next(painter);
                        free(xcb_get_input_focus_reply(painter->connection, xcb_get_input_focus(painter->connection),
                                                       NULL));
                }
        } else if (painter->fps > 0 && now() >= painter->next) {
                paint_next(painter);
                painter->next += 1.0 / (double)painter->fps;
                if (painter->next < now())
                        painter->next = now();
        }
}

static void on_command(void *data, int n, char **words)
{
        Painter *painter = data;

        painter->free = strcmp(words[0], "free") == 0;
        painter->fps = n > 1 ? strtol(words[1], NULL, 10) : 0;
        painter->next = now();
        lines_say("%s", words[0]);
}

int main(void)
{
        Painter painter = { .connection = xcb_connect(NULL, NULL) };
        xcb_connection_t *connection = painter.connection;
        const uint32_t values[] = { 0, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_EXPOSURE };
        const uint32_t hints[9] = { 1, 1 }; /* InputHint: it takes keys, which not everyone assumes */
        xcb_screen_t *screen;

        if (xcb_connection_has_error(connection))
                return 2;
        screen = lines_screen(connection);
        painter.window = xcb_generate_id(connection);
        painter.gc = xcb_generate_id(connection);
        xcb_create_window(connection, XCB_COPY_FROM_PARENT, painter.window, screen->root, 0, 0, WIDTH, HEIGHT, 0,
                          XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK,
                          values);
        xcb_change_property(connection, XCB_PROP_MODE_REPLACE, painter.window, XCB_ATOM_WM_HINTS, XCB_ATOM_WM_HINTS, 32,
                            sizeof hints / sizeof *hints, hints);
        xcb_create_gc(connection, painter.gc, painter.window, 0, NULL);
        xcb_map_window(connection, painter.window);
        xcb_flush(connection);
        lines_say("ready");
        return lines_run(&(Lines){ .connection = connection,
                                   .on_event = on_event,
                                   .on_idle = on_idle,
                                   .on_command = on_command,
                                   .data = &painter });
}
