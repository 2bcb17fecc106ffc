/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What an attacker on X would like to have: a window of the person's with a title, a colour and typed secrets, that
 * owns CLIPBOARD and PRIMARY.
 *
 *      victim TITLE RRGGBB TEXT
 *
 *      keys            what was typed into it since the last time
 *      owns            the selections that it still owns
 *      own             owns them again
 *      window          its id
 *      focus           does it have the keyboard? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lines.h"

enum { KEYS = 256 };

typedef struct Victim {
        xcb_connection_t *connection;
        xcb_window_t window;
        const char *text;
        xcb_atom_t selections[2], utf8, targets;
        char keys[KEYS];
        size_t n;
        int focused;
} Victim;

static void own(Victim *victim)
{
        for (int i = 0; i < 2; i++)
                xcb_set_selection_owner(victim->connection, victim->window, victim->selections[i], XCB_CURRENT_TIME);
}

static void answer(Victim *victim, const xcb_selection_request_event_t *request)
{
        xcb_selection_notify_event_t notify = { .response_type = XCB_SELECTION_NOTIFY,
                                                .time = request->time,
                                                .requestor = request->requestor,
                                                .selection = request->selection,
                                                .target = request->target,
                                                .property = request->property };

        if (request->target == victim->targets)
                xcb_change_property(victim->connection, XCB_PROP_MODE_REPLACE, request->requestor, request->property,
                                    XCB_ATOM_ATOM, 32, 1, &victim->utf8);
        else if (request->target == victim->utf8)
                xcb_change_property(victim->connection, XCB_PROP_MODE_REPLACE, request->requestor, request->property,
                                    victim->utf8, 8, (uint32_t)strlen(victim->text), victim->text);
        else
                notify.property = XCB_ATOM_NONE;
        xcb_send_event(victim->connection, 0, request->requestor, 0, (const char *)&notify);
}

static void on_event(void *data, xcb_generic_event_t *event)
{
        Victim *victim = data;

        switch (event->response_type & 0x7f) {
        case XCB_KEY_PRESS:
                if (victim->n + 1 < KEYS)
                        victim->keys[victim->n++] =
                                lines_letter_of(victim->connection, ((xcb_key_press_event_t *)event)->detail);
                break;
        case XCB_FOCUS_IN:
                victim->focused = 1;
                break;
        case XCB_FOCUS_OUT:
                victim->focused = 0;
                break;
        case XCB_SELECTION_REQUEST:
                answer(victim, (const xcb_selection_request_event_t *)event);
                break;
        default:
                break;
        }
}

static int owns(Victim *victim, int i)
{
        xcb_get_selection_owner_reply_t *reply = xcb_get_selection_owner_reply(
                victim->connection, xcb_get_selection_owner(victim->connection, victim->selections[i]), NULL);
        int owner = reply != NULL && reply->owner == victim->window;

        free(reply);
        return owner;
}

static void on_command(void *data, int n, char **words)
{
        Victim *victim = data;

        (void)n;
        if (strcmp(words[0], "keys") == 0) {
                victim->keys[victim->n] = '\0';
                lines_say("keys %s", victim->keys);
                victim->n = 0;
        } else if (strcmp(words[0], "owns") == 0) {
                lines_say("owns%s%s", owns(victim, 0) ? " CLIPBOARD" : "", owns(victim, 1) ? " PRIMARY" : "");
        } else if (strcmp(words[0], "own") == 0) {
                own(victim);
                lines_say("own %d %d", owns(victim, 0), owns(victim, 1));
        } else if (strcmp(words[0], "window") == 0) {
                lines_say("window %u", victim->window);
        } else if (strcmp(words[0], "focus") == 0) {
                lines_say("focus %d", victim->focused);
        } else {
                lines_say("what?");
        }
}

int main(int argc, char **argv)
{
        Victim victim = { .connection = xcb_connect(NULL, NULL) };
        uint32_t values[] = { 0, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_FOCUS_CHANGE };
        xcb_connection_t *connection = victim.connection;
        xcb_screen_t *screen;

        if (argc != 4 || xcb_connection_has_error(connection))
                return 2;
        screen = lines_screen(connection);
        values[0] = (uint32_t)strtoul(argv[2], NULL, 16);
        victim.text = argv[3];
        victim.window = xcb_generate_id(connection);
        victim.selections[0] = lines_atom(connection, "CLIPBOARD");
        victim.selections[1] = XCB_ATOM_PRIMARY;
        victim.utf8 = lines_atom(connection, "UTF8_STRING");
        victim.targets = lines_atom(connection, "TARGETS");
        xcb_create_window(connection, XCB_COPY_FROM_PARENT, victim.window, screen->root, 40, 40, 300, 200, 0,
                          XCB_WINDOW_CLASS_INPUT_OUTPUT, screen->root_visual, XCB_CW_BACK_PIXEL | XCB_CW_EVENT_MASK,
                          values);
        xcb_change_property(connection, XCB_PROP_MODE_REPLACE, victim.window, XCB_ATOM_WM_NAME, XCB_ATOM_STRING, 8,
                            (uint32_t)strlen(argv[1]), argv[1]);
        xcb_map_window(connection, victim.window);
        own(&victim);
        xcb_flush(connection);
        lines_say("ready");
        return lines_run(
                &(Lines){ .connection = connection, .on_event = on_event, .on_command = on_command, .data = &victim });
}
