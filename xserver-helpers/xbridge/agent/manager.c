/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What clients expect of a window manager (ICCCM 4, EWMH 1.5): every request has an answer, so that none of them waits.
 */

#include <stdlib.h>
#include <string.h>
#include <xcb/composite.h>
#include <xcb/xfixes.h>

#include "agent/inner.h"

enum {
        STATE_WITHDRAWN = 0,
        STATE_NORMAL = 1,
        STATE_ICONIC = 3,
        /* _NET_WM_STATE */
        CHANGE_REMOVE = 0,
        CHANGE_TOGGLE = 2,
        EXTENTS = 4,
};

static const char *const atom_names[] = {
        [ATOM_WM_PROTOCOLS] = "WM_PROTOCOLS",
        [ATOM_WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
        [ATOM_WM_TAKE_FOCUS] = "WM_TAKE_FOCUS",
        [ATOM_WM_STATE] = "WM_STATE",
        [ATOM_WM_CHANGE_STATE] = "WM_CHANGE_STATE",
        [ATOM_WM_S0] = "WM_S0",
        [ATOM_UTF8_STRING] = "UTF8_STRING",
        [ATOM_XKB_RULES_NAMES] = "_XKB_RULES_NAMES",
        [ATOM_CLIPBOARD] = "CLIPBOARD",
        [ATOM_TARGETS] = "TARGETS",
        [ATOM_INCR] = "INCR",
        [ATOM_TEXT_PLAIN] = "text/plain;charset=utf-8",
        [ATOM_NET_SUPPORTED] = "_NET_SUPPORTED",
        [ATOM_NET_SUPPORTING_WM_CHECK] = "_NET_SUPPORTING_WM_CHECK",
        [ATOM_NET_CLIENT_LIST] = "_NET_CLIENT_LIST",
        [ATOM_NET_NUMBER_OF_DESKTOPS] = "_NET_NUMBER_OF_DESKTOPS",
        [ATOM_NET_CURRENT_DESKTOP] = "_NET_CURRENT_DESKTOP",
        [ATOM_NET_DESKTOP_GEOMETRY] = "_NET_DESKTOP_GEOMETRY",
        [ATOM_NET_DESKTOP_VIEWPORT] = "_NET_DESKTOP_VIEWPORT",
        [ATOM_NET_WORKAREA] = "_NET_WORKAREA",
        [ATOM_NET_ACTIVE_WINDOW] = "_NET_ACTIVE_WINDOW",
        [ATOM_NET_CLOSE_WINDOW] = "_NET_CLOSE_WINDOW",
        [ATOM_NET_MOVERESIZE_WINDOW] = "_NET_MOVERESIZE_WINDOW",
        [ATOM_NET_WM_MOVERESIZE] = "_NET_WM_MOVERESIZE",
        [ATOM_NET_REQUEST_FRAME_EXTENTS] = "_NET_REQUEST_FRAME_EXTENTS",
        [ATOM_NET_FRAME_EXTENTS] = "_NET_FRAME_EXTENTS",
        [ATOM_NET_WM_NAME] = "_NET_WM_NAME",
        [ATOM_NET_WM_ICON] = "_NET_WM_ICON",
        [ATOM_NET_WM_DESKTOP] = "_NET_WM_DESKTOP",
        [ATOM_NET_WM_ALLOWED_ACTIONS] = "_NET_WM_ALLOWED_ACTIONS",
        [ATOM_NET_WM_STATE] = "_NET_WM_STATE",
        [ATOM_NET_WM_STATE_MODAL] = "_NET_WM_STATE_MODAL",
        [ATOM_NET_WM_STATE_HIDDEN] = "_NET_WM_STATE_HIDDEN",
        [ATOM_NET_WM_STATE_FULLSCREEN] = "_NET_WM_STATE_FULLSCREEN",
        [ATOM_NET_WM_STATE_MAXIMIZED_HORZ] = "_NET_WM_STATE_MAXIMIZED_HORZ",
        [ATOM_NET_WM_STATE_MAXIMIZED_VERT] = "_NET_WM_STATE_MAXIMIZED_VERT",
        [ATOM_NET_WM_STATE_DEMANDS_ATTENTION] = "_NET_WM_STATE_DEMANDS_ATTENTION",
        [ATOM_NET_WM_STATE_FOCUSED] = "_NET_WM_STATE_FOCUSED",
        [ATOM_NET_WM_WINDOW_TYPE] = "_NET_WM_WINDOW_TYPE",
        [ATOM_NET_WM_WINDOW_TYPE_NORMAL] = "_NET_WM_WINDOW_TYPE_NORMAL",
        [ATOM_NET_WM_WINDOW_TYPE_DIALOG] = "_NET_WM_WINDOW_TYPE_DIALOG",
        [ATOM_NET_WM_WINDOW_TYPE_UTILITY] = "_NET_WM_WINDOW_TYPE_UTILITY",
        [ATOM_NET_WM_WINDOW_TYPE_TOOLBAR] = "_NET_WM_WINDOW_TYPE_TOOLBAR",
        [ATOM_NET_WM_WINDOW_TYPE_SPLASH] = "_NET_WM_WINDOW_TYPE_SPLASH",
        [ATOM_NET_WM_WINDOW_TYPE_MENU] = "_NET_WM_WINDOW_TYPE_MENU",
        [ATOM_NET_WM_WINDOW_TYPE_DROPDOWN_MENU] = "_NET_WM_WINDOW_TYPE_DROPDOWN_MENU",
        [ATOM_NET_WM_WINDOW_TYPE_POPUP_MENU] = "_NET_WM_WINDOW_TYPE_POPUP_MENU",
        [ATOM_NET_WM_WINDOW_TYPE_COMBO] = "_NET_WM_WINDOW_TYPE_COMBO",
        [ATOM_NET_WM_WINDOW_TYPE_TOOLTIP] = "_NET_WM_WINDOW_TYPE_TOOLTIP",
        [ATOM_NET_WM_WINDOW_TYPE_NOTIFICATION] = "_NET_WM_WINDOW_TYPE_NOTIFICATION",
        [ATOM_NET_WM_WINDOW_TYPE_DND] = "_NET_WM_WINDOW_TYPE_DND",
        [ATOM_NET_WM_ACTION_MOVE] = "_NET_WM_ACTION_MOVE",
        [ATOM_NET_WM_ACTION_RESIZE] = "_NET_WM_ACTION_RESIZE",
        [ATOM_NET_WM_ACTION_MINIMIZE] = "_NET_WM_ACTION_MINIMIZE",
        [ATOM_NET_WM_ACTION_MAXIMIZE_HORZ] = "_NET_WM_ACTION_MAXIMIZE_HORZ",
        [ATOM_NET_WM_ACTION_MAXIMIZE_VERT] = "_NET_WM_ACTION_MAXIMIZE_VERT",
        [ATOM_NET_WM_ACTION_FULLSCREEN] = "_NET_WM_ACTION_FULLSCREEN",
        [ATOM_NET_WM_ACTION_CLOSE] = "_NET_WM_ACTION_CLOSE",
};
_Static_assert(sizeof atom_names == _ATOM_MAX * sizeof *atom_names, "a name is missing");
_Static_assert(ATOM_NET_WM_WINDOW_TYPE_DND - ATOM_NET_WM_WINDOW_TYPE_NORMAL == LETTER_KIND_DND, "one order of kinds");

static void set(Agent *agent, xcb_window_t id, Atom property, xcb_atom_t type, const uint32_t *values, size_t n)
{
        (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, id, agent->atoms[property], type, 32, (uint32_t)n,
                                  values);
}

/* The one time that the agent waits for the inner server: before it is ready, and no app is there yet. */
static bool intern(Agent *agent)
{
        xcb_intern_atom_cookie_t cookies[_ATOM_MAX];

        for (size_t i = 0; i < _ATOM_MAX; i++)
                cookies[i] = xcb_intern_atom(agent->x, 0, (uint16_t)strlen(atom_names[i]), atom_names[i]);
        for (size_t i = 0; i < _ATOM_MAX; i++) {
                xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(agent->x, cookies[i], NULL);

                agent->atoms[i] = reply != NULL ? reply->atom : 0;
                free(reply);
                if (agent->atoms[i] == 0)
                        return false;
        }
        return true;
}

static void make_windows(Agent *agent)
{
        const uint32_t free_of_us = 1;
        const uint32_t check_values[] = { 1, XCB_EVENT_MASK_PROPERTY_CHANGE };
        static const char name[] = "oriel";

        agent->check = xcb_generate_id(agent->x);
        agent->nowhere = xcb_generate_id(agent->x);
        (void)xcb_create_window(agent->x, 0, agent->check, agent->screen->root, -1, -1, 1, 1, 0,
                                XCB_WINDOW_CLASS_INPUT_ONLY, 0, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK,
                                check_values);
        (void)xcb_create_window(agent->x, 0, agent->nowhere, agent->screen->root,
                                (int16_t)(agent->screen->width_in_pixels - 1),
                                (int16_t)(agent->screen->height_in_pixels - 1), 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY, 0,
                                XCB_CW_OVERRIDE_REDIRECT, &free_of_us);
        (void)xcb_map_window(agent->x, agent->nowhere);
        set(agent, agent->check, ATOM_NET_SUPPORTING_WM_CHECK, XCB_ATOM_WINDOW, &agent->check, 1);
        set(agent, agent->screen->root, ATOM_NET_SUPPORTING_WM_CHECK, XCB_ATOM_WINDOW, &agent->check, 1);
        (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, agent->check, agent->atoms[ATOM_NET_WM_NAME],
                                  agent->atoms[ATOM_UTF8_STRING], 8, sizeof name - 1, name);
        (void)xcb_set_selection_owner(agent->x, agent->check, agent->atoms[ATOM_WM_S0], XCB_CURRENT_TIME);
}

static void set_root(Agent *agent)
{
        const uint32_t one = 1, zeros[2] = { 0 };
        const uint32_t size[2] = { agent->screen->width_in_pixels, agent->screen->height_in_pixels };
        const uint32_t work[4] = { 0, 0, size[0], size[1] };
        xcb_window_t root = agent->screen->root;

        set(agent, root, ATOM_NET_SUPPORTED, XCB_ATOM_ATOM, agent->atoms + ATOM_NET_SUPPORTED,
            _ATOM_MAX - ATOM_NET_SUPPORTED);
        set(agent, root, ATOM_NET_NUMBER_OF_DESKTOPS, XCB_ATOM_CARDINAL, &one, 1);
        set(agent, root, ATOM_NET_CURRENT_DESKTOP, XCB_ATOM_CARDINAL, zeros, 1);
        set(agent, root, ATOM_NET_DESKTOP_VIEWPORT, XCB_ATOM_CARDINAL, zeros, 2);
        set(agent, root, ATOM_NET_DESKTOP_GEOMETRY, XCB_ATOM_CARDINAL, size, 2);
        set(agent, root, ATOM_NET_WORKAREA, XCB_ATOM_CARDINAL, work, 4);
        manager_set_list(agent);
        manager_set_active(agent);
}

bool manager_begin(Agent *agent)
{
        const uint32_t events = XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT | XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY |
                                XCB_EVENT_MASK_PROPERTY_CHANGE;
        xcb_generic_error_t *error =
                xcb_request_check(agent->x, xcb_change_window_attributes_checked(agent->x, agent->screen->root,
                                                                                 XCB_CW_EVENT_MASK, &events));

        if (error != NULL) {
                free(error);
                return false;
        }
        if (!intern(agent))
                return false;
        (void)xcb_composite_redirect_subwindows(agent->x, agent->screen->root, XCB_COMPOSITE_REDIRECT_MANUAL);
        (void)xcb_xfixes_select_cursor_input(agent->x, agent->screen->root,
                                             XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
        make_windows(agent);
        set_root(agent);
        answer_expect(agent, xcb_query_tree(agent->x, agent->screen->root).sequence, NULL, 0, client_on_screen_tree);
        return true;
}

void manager_set_list(Agent *agent)
{
        xcb_window_t list[LETTER_WINDOWS];
        size_t n = 0;

        for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                const Client *client = &agent->clients[i];

                if (client->state != CLIENT_FREE && client->is_mapped && !client->is_popup)
                        list[n++] = client->id;
        }
        set(agent, agent->screen->root, ATOM_NET_CLIENT_LIST, XCB_ATOM_WINDOW, list, n);
        agent->is_list_old = false;
}

void manager_set_active(Agent *agent)
{
        xcb_window_t active = agent->focus >= 0 ? agent->clients[agent->focus].id : 0;

        set(agent, agent->screen->root, ATOM_NET_ACTIVE_WINDOW, XCB_ATOM_WINDOW, &active, 1);
}

void manager_set_wm_state(Agent *agent, const Client *client)
{
        uint32_t values[2] = { STATE_NORMAL, 0 };

        if (!client->is_mapped)
                values[0] = STATE_WITHDRAWN;
        else if ((client->state_flags & LETTER_STATE_HIDDEN) != 0)
                values[0] = STATE_ICONIC;
        set(agent, client->id, ATOM_WM_STATE, agent->atoms[ATOM_WM_STATE], values, 2);
}

void manager_set_states(Agent *agent, const Client *client)
{
        static const struct {
                uint32_t flag;
                Atom atom;
        } rows[] = {
                { LETTER_STATE_HIDDEN, ATOM_NET_WM_STATE_HIDDEN },
                { LETTER_STATE_FULLSCREEN, ATOM_NET_WM_STATE_FULLSCREEN },
                { LETTER_STATE_WIDE, ATOM_NET_WM_STATE_MAXIMIZED_HORZ },
                { LETTER_STATE_HIGH, ATOM_NET_WM_STATE_MAXIMIZED_VERT },
        };
        xcb_atom_t states[8];
        size_t n = 0;

        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
                if ((client->state_flags & rows[i].flag) != 0)
                        states[n++] = agent->atoms[rows[i].atom];
        if ((client->hints.flags & LETTER_HINT_MODAL) != 0)
                states[n++] = agent->atoms[ATOM_NET_WM_STATE_MODAL];
        if (agent->focus == (int)client_slot(agent, client))
                states[n++] = agent->atoms[ATOM_NET_WM_STATE_FOCUSED];
        set(agent, client->id, ATOM_NET_WM_STATE, XCB_ATOM_ATOM, states, n);
}

static void set_extents(Agent *agent, xcb_window_t id)
{
        const uint32_t none[EXTENTS] = { 0 };

        set(agent, id, ATOM_NET_FRAME_EXTENTS, XCB_ATOM_CARDINAL, none, EXTENTS);
}

void manager_begin_client(Agent *agent, const Client *client)
{
        const uint32_t desktop = 0;

        set(agent, client->id, ATOM_NET_WM_DESKTOP, XCB_ATOM_CARDINAL, &desktop, 1);
        set(agent, client->id, ATOM_NET_WM_ALLOWED_ACTIONS, XCB_ATOM_ATOM, agent->atoms + ATOM_NET_WM_ACTION_MOVE,
            ATOM_NET_WM_ACTION_CLOSE - ATOM_NET_WM_ACTION_MOVE + 1);
        set_extents(agent, client->id);
        manager_set_wm_state(agent, client);
}

void manager_send(Agent *agent, xcb_window_t id, Atom type, uint32_t first, uint32_t second)
{
        const xcb_client_message_event_t message = { .response_type = XCB_CLIENT_MESSAGE,
                                                     .format = 32,
                                                     .window = id,
                                                     .type = agent->atoms[type],
                                                     .data.data32 = { first, second } };

        (void)xcb_send_event(agent->x, 0, id, XCB_EVENT_MASK_NO_EVENT, (const char *)&message);
}

void manager_close(Agent *agent, const Client *client)
{
        if (client->deletes)
                manager_send(agent, client->id, ATOM_WM_PROTOCOLS, agent->atoms[ATOM_WM_DELETE_WINDOW], agent->time);
        else
                (void)xcb_kill_client(agent->x, client->id);
}

void manager_tell_configured(Agent *agent, const Client *client)
{
        const xcb_configure_notify_event_t event = { .response_type = XCB_CONFIGURE_NOTIFY,
                                                     .event = client->id,
                                                     .window = client->id,
                                                     .x = (int16_t)(client->at.x - client->border),
                                                     .y = (int16_t)(client->at.y - client->border),
                                                     .width = (uint16_t)client->at.w,
                                                     .height = (uint16_t)client->at.h,
                                                     .border_width = client->border };

        (void)xcb_send_event(agent->x, 0, client->id, XCB_EVENT_MASK_STRUCTURE_NOTIFY, (const char *)&event);
}

/* As it was asked: its owner goes on at once.  What the person's window manager makes of it comes back as a letter. */
static void configure(Agent *agent, xcb_window_t id, const xcb_configure_request_event_t *event, uint16_t mask)
{
        uint32_t values[5];
        size_t n = 0;

        if ((mask & XCB_CONFIG_WINDOW_X) != 0)
                values[n++] = (uint32_t)(int32_t)event->x;
        if ((mask & XCB_CONFIG_WINDOW_Y) != 0)
                values[n++] = (uint32_t)(int32_t)event->y;
        if ((mask & XCB_CONFIG_WINDOW_WIDTH) != 0)
                values[n++] = event->width;
        if ((mask & XCB_CONFIG_WINDOW_HEIGHT) != 0)
                values[n++] = event->height;
        if ((mask & XCB_CONFIG_WINDOW_BORDER_WIDTH) != 0)
                values[n++] = event->border_width;
        (void)xcb_configure_window(agent->x, id, mask, values);
}

void manager_on_configure_request(Agent *agent, const xcb_configure_request_event_t *event)
{
        Client *client = client_of(agent, event->window);
        uint16_t mask = event->value_mask & (XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                                             XCB_CONFIG_WINDOW_HEIGHT | XCB_CONFIG_WINDOW_BORDER_WIDTH);
        Area wanted;

        if (client == NULL || client->state != CLIENT_OPEN || !client->is_mapped) {
                configure(agent, event->window, event, mask);
                return;
        }
        wanted = client->at;
        if ((mask & XCB_CONFIG_WINDOW_X) != 0)
                wanted.x = event->x + client->border;
        if ((mask & XCB_CONFIG_WINDOW_Y) != 0)
                wanted.y = event->y + client->border;
        if ((mask & XCB_CONFIG_WINDOW_WIDTH) != 0)
                wanted.w = event->width;
        if ((mask & XCB_CONFIG_WINDOW_HEIGHT) != 0)
                wanted.h = event->height;
        if (area_equals(&wanted, &client->at)) {
                manager_tell_configured(agent, client);
                return;
        }
        configure(agent, event->window, event, mask);
        agent->letter->type = LETTER_PLACE;
        agent->letter->is.place.at = wanted;
        agent->letter->is.place.asked = 1;
        client_send(agent, client);
}

static void wish(Agent *agent, const Client *client, LetterWish what, uint32_t on)
{
        agent->letter->type = LETTER_WISH;
        agent->letter->is.wish.wish = what;
        agent->letter->is.wish.on = on;
        client_send(agent, client);
}

static void on_state_message(Agent *agent, Client *client, const uint32_t *data)
{
        static const struct {
                Atom atom;
                LetterWish wish;
                uint32_t flag;
        } rows[] = {
                { ATOM_NET_WM_STATE_FULLSCREEN, LETTER_WISH_FULLSCREEN, LETTER_STATE_FULLSCREEN },
                { ATOM_NET_WM_STATE_MAXIMIZED_HORZ, LETTER_WISH_WIDE, LETTER_STATE_WIDE },
                { ATOM_NET_WM_STATE_MAXIMIZED_VERT, LETTER_WISH_HIGH, LETTER_STATE_HIGH },
        };

        for (size_t i = 1; i <= 2; i++) {
                for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
                        if (data[i] == agent->atoms[rows[row].atom])
                                wish(agent, client, rows[row].wish,
                                     data[0] == CHANGE_TOGGLE ? (client->state_flags & rows[row].flag) == 0
                                                              : data[0] != CHANGE_REMOVE);
                if (data[i] == agent->atoms[ATOM_NET_WM_STATE_DEMANDS_ATTENTION] ||
                    data[i] == agent->atoms[ATOM_NET_WM_STATE_MODAL]) {
                        uint32_t flag = data[i] == agent->atoms[ATOM_NET_WM_STATE_MODAL] ? LETTER_HINT_MODAL
                                                                                         : LETTER_HINT_URGENT;

                        client->hints.flags =
                                data[0] == CHANGE_REMOVE ? client->hints.flags & ~flag : client->hints.flags | flag;
                        agent->letter->type = LETTER_HINTS;
                        agent->letter->is.hints = client->hints;
                        client_send(agent, client);
                }
        }
        manager_set_states(agent, client);
}

static void on_place_message(Agent *agent, const Client *client, const uint32_t *data)
{
        enum { AT_X = 1, HAS_X = 8 };
        xcb_configure_request_event_t event = { .window = client->id,
                                                .value_mask = (uint16_t)(data[0] >> HAS_X & 15),
                                                .x = (int16_t)data[AT_X],
                                                .y = (int16_t)data[AT_X + 1],
                                                .width = (uint16_t)data[AT_X + 2],
                                                .height = (uint16_t)data[AT_X + 3] };

        if (event.width > 0 && event.height > 0)
                manager_on_configure_request(agent, &event);
}

void manager_on_message(Agent *agent, const xcb_client_message_event_t *event)
{
        Client *client = client_of(agent, event->window);
        const uint32_t *data = event->data.data32;
        const xcb_atom_t *atoms = agent->atoms;

        if (event->format != 32)
                return;
        if (event->type == atoms[ATOM_NET_REQUEST_FRAME_EXTENTS])
                set_extents(agent, event->window);
        if (client == NULL || client->state != CLIENT_OPEN)
                return;
        if (event->type == atoms[ATOM_NET_WM_STATE])
                on_state_message(agent, client, data);
        else if (event->type == atoms[ATOM_NET_ACTIVE_WINDOW])
                wish(agent, client, LETTER_WISH_ACTIVATE, 1);
        else if (event->type == atoms[ATOM_NET_CLOSE_WINDOW])
                manager_close(agent, client);
        else if (event->type == atoms[ATOM_NET_MOVERESIZE_WINDOW])
                on_place_message(agent, client, data);
        else if (event->type == atoms[ATOM_NET_WM_MOVERESIZE] && data[2] <= LETTER_DRAG_MAX)
                wish(agent, client, LETTER_WISH_DRAG, data[2]);
        else if (event->type == atoms[ATOM_WM_CHANGE_STATE] && data[0] == STATE_ICONIC)
                wish(agent, client, LETTER_WISH_ICONIFY, 1);
}
