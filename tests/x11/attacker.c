/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An X client that tries what X lets a client do to others.  Whether an attempt did anything is for the test to see,
 * which looks from the other side; the answer here is what this client learnt.
 *
 *      watch                   begins to listen: XInput raw keys, XRecord, the keymap polled
 *      heard                   keys heard in each of the three ways since
 *      screenshot RRGGBB       pixels of that colour on the screen
 *      titles TEXT             windows with TEXT in the title
 *      property NAME           the root window's property of that name
 *      convert SELECTION       its text
 *      own SELECTION           takes it
 *      pointer                 where the pointer is
 *      warp X Y                moves it
 *      type LETTERS            by XTEST
 *      send XID LETTERS        by SendEvent, to that window
 *      grab, ungrab            the keyboard
 *      steal                   the keyboard's focus
 *      kill XID                ends that window's client
 *      open                    lets every client in (what xhost + does)
 *      remap                   exchanges the keys of a and b
 *      abstract N              does a server listen on display N's abstract socket?
 *      keys                    what was typed into its own window */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <xcb/record.h>
#include <xcb/xcb.h>
#include <xcb/xcbext.h>
#include <xcb/xinput.h>
#include <xcb/xtest.h>

#include "lines.h"

enum { TEXT = 512, DEEP = 12, WAIT_MS = 800, KEYS = 256 };

typedef struct Attacker {
        xcb_connection_t *connection, *recorder;
        xcb_screen_t *screen;
        xcb_window_t window;
        uint8_t xinput; /* its major opcode; 0: there is none */
        unsigned record;
        int watching;
        unsigned raw, recorded, polled;
        uint8_t down[32];
        char text[TEXT], keys[KEYS];
        size_t n_keys;
        int arrived;
} Attacker;

static void sleep_ms(long ms)
{
        const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

        (void)nanosleep(&time, NULL);
}

/* ---- Listening ---- */

static void begin_xinput(Attacker *attacker)
{
        const xcb_query_extension_reply_t *there = xcb_get_extension_data(attacker->connection, &xcb_input_id);
        struct {
                xcb_input_event_mask_t head;
                uint32_t mask;
        } events = { { XCB_INPUT_DEVICE_ALL_MASTER, 1 }, XCB_INPUT_XI_EVENT_MASK_RAW_KEY_PRESS };

        if (there == NULL || !there->present)
                return;
        attacker->xinput = there->major_opcode;
        free(xcb_input_xi_query_version_reply(attacker->connection,
                                              xcb_input_xi_query_version(attacker->connection, 2, 2), NULL));
        xcb_input_xi_select_events(attacker->connection, attacker->screen->root, 1, &events.head);
}

static void begin_record(Attacker *attacker)
{
        const xcb_query_extension_reply_t *there = xcb_get_extension_data(attacker->connection, &xcb_record_id);
        xcb_record_range_t range = { .device_events = { XCB_KEY_PRESS, XCB_KEY_PRESS } };
        xcb_record_client_spec_t all = XCB_RECORD_CS_ALL_CLIENTS;
        xcb_record_context_t context;

        if (there == NULL || !there->present || attacker->recorder != NULL)
                return;
        attacker->recorder = xcb_connect(NULL, NULL);
        context = xcb_generate_id(attacker->connection);
        free(xcb_request_check(attacker->connection, xcb_record_create_context_checked(attacker->connection, context, 0,
                                                                                       1, 1, &all, &range)));
        attacker->record = xcb_record_enable_context(attacker->recorder, context).sequence;
        xcb_flush(attacker->recorder);
}

static void poll_record(Attacker *attacker)
{
        void *reply = NULL;
        xcb_generic_error_t *error = NULL;

        while (attacker->recorder != NULL && xcb_poll_for_reply(attacker->recorder, attacker->record, &reply, &error) &&
               reply != NULL) {
                xcb_record_enable_context_reply_t *part = reply;
                const uint8_t *bytes = xcb_record_enable_context_data(part);
                int n = xcb_record_enable_context_data_length(part);

                for (int i = 0; part->category == 0 && i + 32 <= n; i += 32)
                        attacker->recorded += bytes[i] == XCB_KEY_PRESS;
                free(reply);
                reply = NULL;
        }
        free(error);
}

static void poll_keymap(Attacker *attacker)
{
        xcb_query_keymap_reply_t *reply =
                xcb_query_keymap_reply(attacker->connection, xcb_query_keymap(attacker->connection), NULL);

        for (int i = 0; reply != NULL && i < 32; i++)
                attacker->polled += (unsigned)__builtin_popcount(reply->keys[i] & ~attacker->down[i]);
        if (reply != NULL)
                memcpy(attacker->down, reply->keys, 32);
        free(reply);
}

static void on_idle(void *data)
{
        Attacker *attacker = data;

        if (!attacker->watching)
                return;
        poll_record(attacker);
        poll_keymap(attacker);
}

static void watch(Attacker *attacker, char **words)
{
        (void)words;
        begin_xinput(attacker);
        begin_record(attacker);
        poll_keymap(attacker);
        attacker->watching = 1;
        attacker->raw = attacker->recorded = attacker->polled = 0;
        lines_say("watch");
}

static void heard(Attacker *attacker, char **words)
{
        (void)words;
        lines_say("heard raw=%u record=%u keymap=%u", attacker->raw, attacker->recorded, attacker->polled);
}

/* ---- Looking ---- */

static void screenshot(Attacker *attacker, char **words)
{
        uint32_t colour = (uint32_t)strtoul(words[1] != NULL ? words[1] : "", NULL, 16);
        xcb_screen_t *screen = attacker->screen;
        unsigned found = 0;

        /* In strips: the whole may be more than a reply holds. */
        for (uint16_t y = 0; y < screen->height_in_pixels; y = (uint16_t)(y + 64)) {
                uint16_t h = (uint16_t)(screen->height_in_pixels - y < 64 ? screen->height_in_pixels - y : 64);
                xcb_get_image_reply_t *image =
                        xcb_get_image_reply(attacker->connection,
                                            xcb_get_image(attacker->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, screen->root,
                                                          0, (int16_t)y, screen->width_in_pixels, h, ~0U),
                                            NULL);
                const uint32_t *pixels = image != NULL ? (const void *)xcb_get_image_data(image) : NULL;
                int n = image != NULL ? xcb_get_image_data_length(image) / 4 : 0;

                for (int i = 0; i < n; i++)
                        found += (pixels[i] & 0xffffff) == colour;
                free(image);
        }
        lines_say("screenshot %u", found);
}

static unsigned with_title(Attacker *attacker, xcb_window_t window, const char *text, int deep)
{
        xcb_get_property_reply_t *title = xcb_get_property_reply(
                attacker->connection,
                xcb_get_property(attacker->connection, 0, window, XCB_ATOM_WM_NAME, XCB_GET_PROPERTY_TYPE_ANY, 0, 64),
                NULL);
        xcb_query_tree_reply_t *tree = NULL;
        unsigned found = 0;

        if (title != NULL && xcb_get_property_value_length(title) > 0)
                found += memmem(xcb_get_property_value(title), (size_t)xcb_get_property_value_length(title), text,
                                strlen(text)) != NULL;
        free(title);
        if (deep > 0)
                tree = xcb_query_tree_reply(attacker->connection, xcb_query_tree(attacker->connection, window), NULL);
        for (int i = 0; tree != NULL && i < xcb_query_tree_children_length(tree); i++)
                found += with_title(attacker, xcb_query_tree_children(tree)[i], text, deep - 1);
        free(tree);
        return found;
}

static void titles(Attacker *attacker, char **words)
{
        lines_say("titles %u", words[1] != NULL ? with_title(attacker, attacker->screen->root, words[1], DEEP) : 0);
}

static void say_property(Attacker *attacker, const char *what, xcb_window_t window, xcb_atom_t name)
{
        xcb_get_property_reply_t *reply = xcb_get_property_reply(
                attacker->connection,
                xcb_get_property(attacker->connection, 0, window, name, XCB_GET_PROPERTY_TYPE_ANY, 0, TEXT / 4 - 1),
                NULL);

        if (reply == NULL || xcb_get_property_value_length(reply) == 0)
                lines_say("%s", what);
        else
                lines_say("%s %.*s", what, xcb_get_property_value_length(reply),
                          (const char *)xcb_get_property_value(reply));
        free(reply);
}

static void property(Attacker *attacker, char **words)
{
        say_property(attacker, "property", attacker->screen->root,
                     lines_atom(attacker->connection, words[1] != NULL ? words[1] : "WM_NAME"));
}

static void pointer(Attacker *attacker, char **words)
{
        xcb_query_pointer_reply_t *reply = xcb_query_pointer_reply(
                attacker->connection, xcb_query_pointer(attacker->connection, attacker->screen->root), NULL);

        (void)words;
        lines_say("pointer %d %d", reply != NULL ? reply->root_x : -1, reply != NULL ? reply->root_y : -1);
        free(reply);
}

/* ---- Selections ---- */

static void on_event(void *data, xcb_generic_event_t *event)
{
        Attacker *attacker = data;
        uint8_t type = event->response_type & 0x7f;

        if (type == XCB_GE_GENERIC && ((xcb_ge_generic_event_t *)event)->extension == attacker->xinput)
                attacker->raw += ((xcb_ge_generic_event_t *)event)->event_type == XCB_INPUT_RAW_KEY_PRESS;
        else if (type == XCB_SELECTION_NOTIFY)
                attacker->arrived = ((xcb_selection_notify_event_t *)event)->property != XCB_ATOM_NONE ? 1 : -1;
        else if (type == XCB_KEY_PRESS && attacker->n_keys + 1 < KEYS)
                attacker->keys[attacker->n_keys++] =
                        lines_letter_of(attacker->connection, ((xcb_key_press_event_t *)event)->detail);
}

static void convert(Attacker *attacker, char **words)
{
        xcb_atom_t place = lines_atom(attacker->connection, "ATTACK");

        attacker->arrived = 0;
        xcb_convert_selection(attacker->connection, attacker->window,
                              lines_atom(attacker->connection, words[1] != NULL ? words[1] : "CLIPBOARD"),
                              lines_atom(attacker->connection, "UTF8_STRING"), place, XCB_CURRENT_TIME);
        for (int waited = 0; attacker->arrived == 0 && waited < WAIT_MS; waited += 10) {
                xcb_generic_event_t *event;

                xcb_flush(attacker->connection);
                sleep_ms(10);
                while ((event = xcb_poll_for_event(attacker->connection)) != NULL) {
                        on_event(attacker, event);
                        free(event);
                }
        }
        if (attacker->arrived == 1)
                say_property(attacker, "convert", attacker->window, place);
        else
                lines_say("convert");
}

static void own(Attacker *attacker, char **words)
{
        xcb_set_selection_owner(attacker->connection, attacker->window,
                                lines_atom(attacker->connection, words[1] != NULL ? words[1] : "CLIPBOARD"),
                                XCB_CURRENT_TIME);
        lines_say("own");
}

/* ---- Acting ---- */

static void warp(Attacker *attacker, char **words)
{
        if (words[1] != NULL && words[2] != NULL)
                xcb_warp_pointer(attacker->connection, XCB_NONE, attacker->screen->root, 0, 0, 0, 0,
                                 (int16_t)strtol(words[1], NULL, 10), (int16_t)strtol(words[2], NULL, 10));
        lines_say("warp");
}

static void type(Attacker *attacker, char **words)
{
        for (const char *letter = words[1] != NULL ? words[1] : ""; *letter != '\0'; letter++) {
                xcb_keycode_t key = lines_key_of(attacker->connection, *letter);

                xcb_test_fake_input(attacker->connection, XCB_KEY_PRESS, key, 0, XCB_NONE, 0, 0, 0);
                xcb_test_fake_input(attacker->connection, XCB_KEY_RELEASE, key, 0, XCB_NONE, 0, 0, 0);
                xcb_flush(attacker->connection);
                sleep_ms(10);
        }
        lines_say("type");
}

static void send_keys(Attacker *attacker, char **words)
{
        xcb_window_t window = (xcb_window_t)strtoul(words[1] != NULL ? words[1] : "0", NULL, 10);

        for (const char *letter = words[1] != NULL && words[2] != NULL ? words[2] : ""; *letter != '\0'; letter++) {
                xcb_key_press_event_t event = { .response_type = XCB_KEY_PRESS,
                                                .detail = lines_key_of(attacker->connection, *letter),
                                                .root = attacker->screen->root,
                                                .event = window,
                                                .same_screen = 1 };

                xcb_send_event(attacker->connection, 0, window, XCB_EVENT_MASK_KEY_PRESS, (const char *)&event);
        }
        lines_say("send");
}

static void grab(Attacker *attacker, char **words)
{
        xcb_grab_keyboard_reply_t *reply =
                xcb_grab_keyboard_reply(attacker->connection,
                                        xcb_grab_keyboard(attacker->connection, 0, attacker->screen->root,
                                                          XCB_CURRENT_TIME, XCB_GRAB_MODE_ASYNC, XCB_GRAB_MODE_ASYNC),
                                        NULL);

        (void)words;
        lines_say("grab %d", reply != NULL ? reply->status : -1);
        free(reply);
}

static void ungrab(Attacker *attacker, char **words)
{
        (void)words;
        xcb_ungrab_keyboard(attacker->connection, XCB_CURRENT_TIME);
        lines_say("ungrab");
}

static void steal(Attacker *attacker, char **words)
{
        (void)words;
        xcb_set_input_focus(attacker->connection, XCB_INPUT_FOCUS_PARENT, attacker->window, XCB_CURRENT_TIME);
        lines_say("steal");
}

static void kill_client(Attacker *attacker, char **words)
{
        xcb_kill_client(attacker->connection, (uint32_t)strtoul(words[1] != NULL ? words[1] : "1", NULL, 10));
        lines_say("kill");
}

static void open_display(Attacker *attacker, char **words)
{
        xcb_generic_error_t *error = xcb_request_check(
                attacker->connection, xcb_set_access_control_checked(attacker->connection, XCB_ACCESS_CONTROL_DISABLE));

        (void)words;
        lines_say("open %d", error != NULL ? error->error_code : 0);
        free(error);
}

static void remap(Attacker *attacker, char **words)
{
        xcb_keycode_t key = lines_key_of(attacker->connection, 'a');
        const xcb_keysym_t symbols[] = { 'b', 'B' };

        (void)words;
        xcb_change_keyboard_mapping(attacker->connection, 1, key, 2, symbols);
        lines_say("remap");
}

static void abstract(Attacker *attacker, char **words)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        int n = snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "/tmp/.X11-unix/X%s",
                         words[1] != NULL ? words[1] : "0");

        (void)attacker;
        lines_say("abstract %d", connect(fd, (const struct sockaddr *)&address,
                                         (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) == 0);
        close(fd);
}

static void keys(Attacker *attacker, char **words)
{
        (void)words;
        attacker->keys[attacker->n_keys] = '\0';
        lines_say("keys %s", attacker->keys);
        attacker->n_keys = 0;
}

static void on_command(void *data, int n, char **words)
{
        static const struct {
                const char *word;
                void (*act)(Attacker *attacker, char **words);
        } acts[] = {
                { "watch", watch },       { "heard", heard },       { "screenshot", screenshot },
                { "titles", titles },     { "property", property }, { "pointer", pointer },
                { "convert", convert },   { "own", own },           { "warp", warp },
                { "type", type },         { "send", send_keys },    { "grab", grab },
                { "ungrab", ungrab },     { "steal", steal },       { "kill", kill_client },
                { "open", open_display }, { "remap", remap },       { "keys", keys },
                { "abstract", abstract },
        };

        (void)n;
        for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
                if (strcmp(acts[i].word, words[0]) == 0) {
                        acts[i].act(data, words);
                        /* What was asked for was done when the next command comes. */
                        free(xcb_get_input_focus_reply(((Attacker *)data)->connection,
                                                       xcb_get_input_focus(((Attacker *)data)->connection), NULL));
                        return;
                }
        lines_say("what?");
}

int main(void)
{
        Attacker attacker = { .connection = xcb_connect(NULL, NULL) };
        xcb_connection_t *connection = attacker.connection;
        const uint32_t values[] = { 0x203040, XCB_EVENT_MASK_KEY_PRESS };
        static const char title[] = "attacker";

        if (xcb_connection_has_error(connection)) {
                lines_say("no display");
                return 1;
        }
        attacker.screen = lines_screen(connection);
        attacker.window = xcb_generate_id(connection);
        xcb_create_window(connection, XCB_COPY_FROM_PARENT, attacker.window, attacker.screen->root, 500, 300, 200, 150,
                          0, XCB_WINDOW_CLASS_INPUT_OUTPUT, attacker.screen->root_visual,
                          XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK, values);
        xcb_change_property(connection, XCB_PROP_MODE_REPLACE, attacker.window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8,
                            sizeof title - 1, title);
        xcb_map_window(connection, attacker.window);
        xcb_flush(connection);
        lines_say("ready");
        return lines_run(&(Lines){ .connection = connection,
                                   .on_event = on_event,
                                   .on_idle = on_idle,
                                   .on_command = on_command,
                                   .data = &attacker });
}
