/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An X client that does what its arguments say, one after the other, then prints what happens to its windows until its
 * input ends.  For tests: ordinary windows, and those of a program that wants to look like something else.
 *
 *      win X Y W H COLOUR        a window; the first is number 0
 *      or X Y W H COLOUR BORDER  one without a window manager
 *      place N X Y W H           moves and resizes
 *      name N TEXT               WM_NAME, in Latin 1
 *      title N TEXT   full N     a title; hints of a size that is the screen's
 *      ask N STATE               _NET_WM_STATE_ of that name, by a message
 *      type N TYPE               _NET_WM_WINDOW_TYPE_ of that name
 *      activate N   shape N      wants to be in front; only a corner of it is there
 *      dot N X Y COLOUR          draws 8x8 pixels
 *      many N COLOUR             as many small windows without a window manager, side by side
 *      follow N MS               a window where the pointer is, for so long
 *      hide N   show N   close N wait MS */

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xcb/shape.h>
#include <xcb/xcb.h>

enum { WINDOWS = 4096, SIZE_HINTS = 18 };

typedef struct Client {
        xcb_connection_t *x;
        xcb_screen_t *screen;
        xcb_gcontext_t gc;
        xcb_window_t windows[WINDOWS];
        size_t n;
} Client;

static xcb_atom_t atom(const Client *client, const char *prefix, const char *name)
{
        char text[128];
        xcb_intern_atom_reply_t *reply = NULL;
        xcb_atom_t found;

        (void)snprintf(text, sizeof text, "%s%s", prefix, name);
        reply = xcb_intern_atom_reply(client->x, xcb_intern_atom(client->x, 0, (uint16_t)strlen(text), text), NULL);
        found = reply != NULL ? reply->atom : 0;
        free(reply);
        return found;
}

static int number(char *const **words)
{
        return (int)strtol(*(*words)++, NULL, 0);
}

static xcb_window_t window(const Client *client, char *const **words)
{
        size_t i = (size_t)number(words);

        return i < client->n ? client->windows[i] : 0;
}

static void make(Client *client, int x, int y, int w, int h, uint32_t colour, int is_or, int border)
{
        const uint32_t values[] = { colour, 0, (uint32_t)is_or,
                                    XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE |
                                            XCB_EVENT_MASK_BUTTON_PRESS | XCB_EVENT_MASK_BUTTON_RELEASE |
                                            XCB_EVENT_MASK_STRUCTURE_NOTIFY | XCB_EVENT_MASK_FOCUS_CHANGE |
                                            XCB_EVENT_MASK_ENTER_WINDOW | XCB_EVENT_MASK_LEAVE_WINDOW };
        xcb_window_t id = xcb_generate_id(client->x);

        (void)xcb_create_window(
                client->x, XCB_COPY_FROM_PARENT, id, client->screen->root, (int16_t)x, (int16_t)y, (uint16_t)w,
                (uint16_t)h, (uint16_t)border, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT,
                XCB_CW_BACK_PIXEL | XCB_CW_BORDER_PIXEL | XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
        (void)xcb_map_window(client->x, id);
        if (client->n < WINDOWS)
                client->windows[client->n++] = id;
}

static void place(const Client *client, xcb_window_t id, int x, int y, int w, int h)
{
        const uint32_t values[] = { (uint32_t)x, (uint32_t)y, (uint32_t)w, (uint32_t)h };

        (void)xcb_configure_window(client->x, id, w > 0 ? 15 : 3, values);
}

static void ask_root(const Client *client, xcb_window_t id, const char *type, uint32_t first, uint32_t second)
{
        xcb_client_message_event_t message = { .response_type = XCB_CLIENT_MESSAGE, .format = 32, .window = id };

        message.type = atom(client, "", type);
        message.data.data32[0] = first;
        message.data.data32[1] = second;
        (void)xcb_send_event(client->x, 0, client->screen->root,
                             XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY,
                             (const char *)&message);
}

static void set_full(const Client *client, xcb_window_t id)
{
        const uint32_t w = client->screen->width_in_pixels, h = client->screen->height_in_pixels;
        const uint32_t hints[SIZE_HINTS] = { 1 | 2 | 16 | 32, 0, 0, w, h, w, h, w, h };

        (void)xcb_change_property(client->x, XCB_PROP_MODE_REPLACE, id, XCB_ATOM_WM_NORMAL_HINTS,
                                  XCB_ATOM_WM_SIZE_HINTS, 32, SIZE_HINTS, hints);
        place(client, id, 0, 0, (int)w, (int)h);
}

static void dot(const Client *client, xcb_window_t id, int x, int y, uint32_t colour)
{
        const xcb_rectangle_t square = { (int16_t)x, (int16_t)y, 8, 8 };

        (void)xcb_change_gc(client->x, client->gc, XCB_GC_FOREGROUND, &colour);
        (void)xcb_poly_fill_rectangle(client->x, id, client->gc, 1, &square);
}

static void show_events(const Client *client, int wait_ms);

static void follow(const Client *client, xcb_window_t id, int ms)
{
        for (int t = 0; t < ms; t += 20) {
                xcb_query_pointer_reply_t *reply =
                        xcb_query_pointer_reply(client->x, xcb_query_pointer(client->x, client->screen->root), NULL);

                if (reply != NULL)
                        place(client, id, reply->root_x - 5, reply->root_y - 5, 0, 0);
                free(reply);
                (void)xcb_flush(client->x);
                show_events(client, 20);
        }
}

static void many(Client *client, int n, uint32_t colour)
{
        for (int i = 0; i < n; i++)
                make(client, i % 20 * 64, i / 20 % 20 * 40, 64, 40, colour, 1, 0);
}

static int act(Client *client, char *const **words)
{
        const char *verb = *(*words)++;
        xcb_window_t id;

        if (strcmp(verb, "win") == 0 || strcmp(verb, "or") == 0) {
                int x = number(words), y = number(words), w = number(words), h = number(words);
                uint32_t colour = (uint32_t)number(words);

                make(client, x, y, w, h, colour, verb[0] == 'o', verb[0] == 'o' ? number(words) : 0);
                return 0;
        }
        if (strcmp(verb, "many") == 0) {
                int n = number(words);

                many(client, n, (uint32_t)number(words));
                return 0;
        }
        if (strcmp(verb, "wait") == 0) {
                (void)xcb_flush(client->x);
                show_events(client, number(words));
                return 0;
        }
        id = window(client, words);
        if (strcmp(verb, "place") == 0) {
                int x = number(words), y = number(words), w = number(words);

                place(client, id, x, y, w, number(words));
        } else if (strcmp(verb, "title") == 0) {
                const char *text = *(*words)++;

                (void)xcb_change_property(client->x, XCB_PROP_MODE_REPLACE, id, atom(client, "", "_NET_WM_NAME"),
                                          atom(client, "", "UTF8_STRING"), 8, (uint32_t)strlen(text), text);
        } else if (strcmp(verb, "name") == 0) {
                const char *text = *(*words)++;

                (void)xcb_change_property(client->x, XCB_PROP_MODE_REPLACE, id, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8,
                                          (uint32_t)strlen(text), text);
        } else if (strcmp(verb, "full") == 0) {
                set_full(client, id);
        } else if (strcmp(verb, "ask") == 0) {
                ask_root(client, id, "_NET_WM_STATE", 1, atom(client, "_NET_WM_STATE_", *(*words)++));
        } else if (strcmp(verb, "type") == 0) {
                xcb_atom_t type = atom(client, "_NET_WM_WINDOW_TYPE_", *(*words)++);

                (void)xcb_change_property(client->x, XCB_PROP_MODE_REPLACE, id, atom(client, "", "_NET_WM_WINDOW_TYPE"),
                                          XCB_ATOM_ATOM, 32, 1, &type);
        } else if (strcmp(verb, "activate") == 0) {
                ask_root(client, id, "_NET_ACTIVE_WINDOW", 1, 0);
        } else if (strcmp(verb, "shape") == 0) {
                const xcb_rectangle_t corner = { 0, 0, 40, 40 };

                (void)xcb_shape_rectangles(client->x, XCB_SHAPE_SO_SET, XCB_SHAPE_SK_BOUNDING, 0, id, 0, 0, 1, &corner);
        } else if (strcmp(verb, "dot") == 0) {
                int x = number(words), y = number(words);

                dot(client, id, x, y, (uint32_t)number(words));
        } else if (strcmp(verb, "follow") == 0) {
                follow(client, id, number(words));
        } else if (strcmp(verb, "hide") == 0) {
                (void)xcb_unmap_window(client->x, id);
        } else if (strcmp(verb, "show") == 0) {
                (void)xcb_map_window(client->x, id);
        } else if (strcmp(verb, "close") == 0) {
                (void)xcb_destroy_window(client->x, id);
        } else {
                return -1;
        }
        return 0;
}

static size_t index_of(const Client *client, xcb_window_t id)
{
        size_t i = 0;

        while (i < client->n && client->windows[i] != id)
                i++;
        return i;
}

static void show_event(const Client *client, const xcb_generic_event_t *event)
{
        const xcb_key_press_event_t *input = (const xcb_key_press_event_t *)event;
        const xcb_configure_notify_event_t *at = (const xcb_configure_notify_event_t *)event;
        const xcb_focus_in_event_t *focus = (const xcb_focus_in_event_t *)event;

        switch (event->response_type & 0x7f) {
        case XCB_KEY_PRESS:
        case XCB_KEY_RELEASE:
                (void)printf("%s %zu %d state %d\n", event->response_type == XCB_KEY_PRESS ? "key" : "key-up",
                             index_of(client, input->event), input->detail, input->state);
                break;
        case XCB_BUTTON_PRESS:
        case XCB_BUTTON_RELEASE:
                (void)printf("%s %zu %d at %d %d root %d %d\n",
                             event->response_type == XCB_BUTTON_PRESS ? "button" : "button-up",
                             index_of(client, input->event), input->detail, input->event_x, input->event_y,
                             input->root_x, input->root_y);
                break;
        case XCB_CONFIGURE_NOTIFY:
                (void)printf("configure %zu %d %d %d %d\n", index_of(client, at->window), at->x, at->y, at->width,
                             at->height);
                break;
        case XCB_FOCUS_IN:
        case XCB_FOCUS_OUT:
                (void)printf("focus %zu %s\n", index_of(client, focus->event),
                             event->response_type == XCB_FOCUS_IN ? "in" : "out");
                break;
        case XCB_ENTER_NOTIFY:
        case XCB_LEAVE_NOTIFY:
                (void)printf("%s %zu\n", event->response_type == XCB_ENTER_NOTIFY ? "enter" : "leave",
                             index_of(client, ((const xcb_enter_notify_event_t *)event)->event));
                break;
        default:
                break;
        }
        (void)fflush(stdout);
}

static int64_t now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* wait_ms: -1 until the input or the display ends. */
static void show_events(const Client *client, int wait_ms)
{
        int64_t until = now_ms() + wait_ms;
        char byte;

        for (;;) {
                struct pollfd polls[2] = { { .fd = xcb_get_file_descriptor(client->x), .events = POLLIN },
                                           { .fd = wait_ms < 0 ? 0 : -1, .events = POLLIN } };
                xcb_generic_event_t *event = NULL;
                int64_t left = wait_ms < 0 ? -1 : until - now_ms();

                while ((event = xcb_poll_for_event(client->x)) != NULL) {
                        show_event(client, event);
                        free(event);
                }
                if (xcb_connection_has_error(client->x))
                        exit(3);
                if ((wait_ms >= 0 && left <= 0) || poll(polls, 2, (int)left) < 0)
                        return;
                if (polls[1].revents != 0 && read(0, &byte, 1) <= 0)
                        return;
        }
}

int main(int argc, char **argv)
{
        static Client client;
        char *const *words = argv + 1;

        client.x = xcb_connect(NULL, NULL);
        if (xcb_connection_has_error(client.x))
                return 1;
        client.screen = xcb_setup_roots_iterator(xcb_get_setup(client.x)).data;
        client.gc = xcb_generate_id(client.x);
        (void)xcb_create_gc(client.x, client.gc, client.screen->root, 0, NULL);
        while (words < argv + argc)
                if (act(&client, &words) < 0)
                        return 2;
        (void)xcb_flush(client.x);
        (void)printf("done\n");
        (void)fflush(stdout);
        show_events(&client, -1);
        return 0;
}
