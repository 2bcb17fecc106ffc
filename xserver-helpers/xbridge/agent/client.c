/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A window's life, from its first mapping: what the app says about it becomes letters. */

#include <stdlib.h>
#include <string.h>
#include <xcb/shape.h>

#include "agent/inner.h"
#include "agent/property.h"

enum {
        TEXT_WORDS = LETTER_TEXT_BYTES / 4,
        ICON_WORDS = 512 * 1024, /* all sizes of an icon: 1 MiB pixels would be 1024x1024 */
        ATOMS = 32,
};

unsigned client_slot(const Agent *agent, const Client *client)
{
        return (unsigned)(client - agent->clients);
}

Client *client_of(Agent *agent, xcb_window_t id)
{
        for (size_t i = 0; i < LETTER_WINDOWS; i++)
                if (agent->clients[i].state != CLIENT_FREE && agent->clients[i].id == id)
                        return &agent->clients[i];
        return NULL;
}

Client *client_of_letter(Agent *agent, const Letter *letter)
{
        Client *client = &agent->clients[letter->slot];

        return client->state == CLIENT_OPEN && client->generation == letter->generation ? client : NULL;
}

void client_send(Agent *agent, const Client *client)
{
        agent->letter->slot = (uint16_t)client_slot(agent, client);
        agent->letter->generation = client->generation;
        post_send(agent->post, agent->letter, -1);
}

static Client *free_client(Agent *agent)
{
        Client *unmapped = NULL;

        for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                Client *client = &agent->clients[i];

                if (client->state == CLIENT_FREE)
                        return client;
                if (client->state == CLIENT_OPEN && !client->is_mapped)
                        unmapped = client;
        }
        /* All in use: one that nobody sees is met again when it is mapped again. */
        if (unmapped != NULL)
                client_on_destroyed(agent, unmapped);
        return unmapped;
}

static uint32_t open_flags(const Client *client)
{
        return (client->is_popup ? LETTER_OPEN_POPUP : 0U) | (client->has_alpha ? LETTER_OPEN_ALPHA : 0U);
}

static void send_show(Agent *agent, const Client *client)
{
        agent->letter->type = LETTER_SHOW;
        agent->letter->is.show.on = client->is_mapped;
        agent->letter->is.show.flags = open_flags(client);
        client_send(agent, client);
}

static void send_hints(Agent *agent, Client *client)
{
        const Client *parent = client->parent != 0 ? client_of(agent, client->parent) : NULL;

        client->hints.flags &= ~(uint32_t)LETTER_HINT_PARENT;
        if (parent != NULL && parent != client) {
                client->hints.flags |= LETTER_HINT_PARENT;
                client->hints.parent_slot = client_slot(agent, parent);
                client->hints.parent_generation = parent->generation;
        }
        if (client->state != CLIENT_OPEN)
                return;
        agent->letter->type = LETTER_HINTS;
        agent->letter->is.hints = client->hints;
        client_send(agent, client);
}

static void send_place(Agent *agent, const Client *client)
{
        agent->letter->type = LETTER_PLACE;
        agent->letter->is.place.at = client->at;
        agent->letter->is.place.asked = 0;
        client_send(agent, client);
}

static void send_open(Agent *agent, Client *client)
{
        agent->letter->type = LETTER_OPEN;
        agent->letter->is.open.at = client->at;
        agent->letter->is.open.flags = open_flags(client);
        client_send(agent, client);
        send_hints(agent, client);
}

/* Title, icon and shape are asked for once more: nobody keeps them here. */
static void ask_title(Agent *agent, const Client *client);
static void ask_icon(Agent *agent, const Client *client);

static void open_client(Agent *agent, Client *client)
{
        client->state = CLIENT_OPEN;
        send_open(agent, client);
        if (client->is_popup) {
                if (client->is_mapped)
                        send_show(agent, client);
                return;
        }
        /* A window appears with its title. */
        client->awaits_title = true;
        ask_title(agent, client);
        ask_icon(agent, client);
        client->is_shaped = false;
        client_on_shape(agent, client);
}

/* One answer less is missing. */
static void answered(Agent *agent, Client *client)
{
        if (client->state != CLIENT_ASKED || --client->n_asked > 0)
                return;
        open_client(agent, client);
}

static void on_geometry(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        const xcb_get_geometry_reply_t *geometry = reply;

        (void)detail;
        if (geometry == NULL || (geometry->depth != agent->screen->root_depth && geometry->depth != 32)) {
                client_on_destroyed(agent, client);
                return;
        }
        client->at = (Area){ geometry->x + geometry->border_width, geometry->y + geometry->border_width,
                             geometry->width, geometry->height };
        client->border = geometry->border_width;
        client->has_alpha = geometry->depth == 32;
        answered(agent, client);
}

static void on_attributes(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        const xcb_get_window_attributes_reply_t *attributes = reply;

        (void)detail;
        if (attributes == NULL || attributes->_class == XCB_WINDOW_CLASS_INPUT_ONLY) {
                client_on_destroyed(agent, client);
                return;
        }
        client->is_popup = attributes->override_redirect != 0;
        if (attributes->map_state == XCB_MAP_STATE_VIEWABLE)
                client_on_mapped(agent, client, client->is_popup);
        answered(agent, client);
}

static void on_sizes(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        client->hints.flags &= ~(uint32_t)(LETTER_HINT_PLACED | LETTER_HINT_MIN | LETTER_HINT_MAX | LETTER_HINT_STEP |
                                           LETTER_HINT_BASE | LETTER_HINT_ASPECT);
        property_sizes(&client->hints, untrusted, n);
        send_hints(agent, client);
        answered(agent, client);
}

static void on_wm_hints(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        client->hints.flags &= ~(uint32_t)(LETTER_HINT_URGENT | LETTER_HINT_DEAF);
        property_wm_hints(&client->hints, untrusted, n);
        send_hints(agent, client);
        answered(agent, client);
}

static void on_parent(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        client->parent = n > 0 ? untrusted[0] : 0;
        send_hints(agent, client);
        answered(agent, client);
}

static void on_protocols(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        client->deletes = client->takes_focus = false;
        for (size_t i = 0; i < n; i++) {
                client->deletes |= untrusted[i] == agent->atoms[ATOM_WM_DELETE_WINDOW];
                client->takes_focus |= untrusted[i] == agent->atoms[ATOM_WM_TAKE_FOCUS];
        }
        answered(agent, client);
}

static void on_kind(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        client->hints.kind = client->parent != 0 && !client->is_popup ? LETTER_KIND_DIALOG : LETTER_KIND_NORMAL;
        for (size_t i = n; i-- > 0;) /* the first that is known counts */
                for (unsigned kind = 0; kind < _LETTER_KIND_MAX; kind++)
                        if (untrusted[i] == agent->atoms[ATOM_NET_WM_WINDOW_TYPE_NORMAL + kind])
                                client->hints.kind = kind;
        send_hints(agent, client);
        answered(agent, client);
}

static void on_states(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        for (size_t i = 0; i < n; i++) {
                if (untrusted[i] == agent->atoms[ATOM_NET_WM_STATE_MODAL])
                        client->hints.flags |= LETTER_HINT_MODAL;
                if (untrusted[i] == agent->atoms[ATOM_NET_WM_STATE_DEMANDS_ATTENTION])
                        client->hints.flags |= LETTER_HINT_URGENT;
        }
        send_hints(agent, client);
        answered(agent, client);
}

static void on_title(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0, at = 0;
        const uint8_t *untrusted = answer_property(reply, 8, &n);
        const xcb_get_property_reply_t *property = reply;
        bool is_latin = property != NULL && property->type == XCB_ATOM_STRING;

        agent->letter->type = LETTER_TITLE;
        for (size_t i = 0; i < n && at + 1 < LETTER_TEXT_BYTES; i++) {
                if (is_latin && untrusted[i] >= 0x80)
                        agent->letter->is.title.text[at++] = (char)(0xc0 | untrusted[i] >> 6);
                agent->letter->is.title.text[at++] =
                        (char)(is_latin && untrusted[i] >= 0x80 ? 0x80 | (untrusted[i] & 0x3f) : untrusted[i]);
        }
        agent->letter->is.title.n = (uint32_t)at;
        if (client->state == CLIENT_OPEN && (n > 0 || (client->awaits_title && detail == XCB_ATOM_WM_NAME)))
                client_send(agent, client);
        if (detail == XCB_ATOM_WM_NAME)
                return;
        if (client->awaits_title && client->is_mapped)
                send_show(agent, client);
        client->awaits_title = false;
}

/* More parts than a letter holds: a rectangle. */
static void on_shape(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        const xcb_shape_get_rectangles_reply_t *shape = reply;
        const xcb_rectangle_t *untrusted = (const xcb_rectangle_t *)(shape + 1);
        size_t n = shape != NULL && shape->rectangles_len <= shape->length / 2 ? shape->rectangles_len : 0;
        const Area whole = { .w = client->at.w, .h = client->at.h };

        (void)detail;
        if (client->state != CLIENT_OPEN)
                return;
        agent->letter->type = LETTER_SHAPE;
        agent->letter->is.shape.n = 0;
        for (size_t i = 0; i < n && n <= LETTER_SHAPES; i++) {
                const Area part = { untrusted[i].x, untrusted[i].y, untrusted[i].width, untrusted[i].height };
                Area in = area_meet(&part, &whole);

                if (!area_is_empty(&in) && !area_equals(&in, &whole))
                        agent->letter->is.shape.rects[agent->letter->is.shape.n++] = in;
        }
        if (agent->letter->is.shape.n == 0 && !client->is_shaped)
                return;
        client->is_shaped = agent->letter->is.shape.n > 0;
        client_send(agent, client);
}

void client_on_shape(Agent *agent, Client *client)
{
        if (agent->has_shape && !client->is_popup)
                answer_expect(agent, xcb_shape_get_rectangles(agent->x, client->id, XCB_SHAPE_SK_BOUNDING).sequence,
                              client, 0, on_shape);
}

static void on_icon(Agent *agent, Client *client, uint32_t detail, void *reply)
{
        size_t n = 0;
        const uint32_t *untrusted = answer_property(reply, 32, &n);

        (void)detail;
        if (client->state == CLIENT_OPEN && property_icon(agent->letter, untrusted, n))
                client_send(agent, client);
}

static void ask(Agent *agent, const Client *client, xcb_atom_t atom, uint32_t n_words, AnswerHandler *handler)
{
        answer_expect(agent, xcb_get_property(agent->x, 0, client->id, atom, XCB_ATOM_ANY, 0, n_words).sequence, client,
                      atom, handler);
}

/* The newer property is the last word, where there is one. */
static void ask_title(Agent *agent, const Client *client)
{
        ask(agent, client, XCB_ATOM_WM_NAME, TEXT_WORDS, on_title);
        ask(agent, client, agent->atoms[ATOM_NET_WM_NAME], TEXT_WORDS, on_title);
}

static void ask_icon(Agent *agent, const Client *client)
{
        ask(agent, client, agent->atoms[ATOM_NET_WM_ICON], ICON_WORDS, on_icon);
}

/* What must be known before the window is shown; `parent` before `kind`. */
static const struct {
        bool is_predefined;
        uint32_t atom; /* an Atom, or one of XCB_ATOM_ */
        AnswerHandler *handler;
} properties[] = {
        { true, XCB_ATOM_WM_NORMAL_HINTS, on_sizes },   { true, XCB_ATOM_WM_HINTS, on_wm_hints },
        { true, XCB_ATOM_WM_TRANSIENT_FOR, on_parent }, { false, ATOM_WM_PROTOCOLS, on_protocols },
        { false, ATOM_NET_WM_WINDOW_TYPE, on_kind },    { false, ATOM_NET_WM_STATE, on_states },
};
enum { PROPERTIES = sizeof properties / sizeof *properties };

static xcb_atom_t property_atom(const Agent *agent, size_t i)
{
        return properties[i].is_predefined ? properties[i].atom : agent->atoms[properties[i].atom];
}

void client_meet(Agent *agent, xcb_window_t id, bool is_popup)
{
        Client *client = free_client(agent);
        const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;

        if (client == NULL)
                return;
        *client = (Client){ .state = CLIENT_ASKED,
                            .id = id,
                            .generation = ++agent->generation,
                            .is_popup = is_popup,
                            .n_asked = PROPERTIES + 2 };
        (void)xcb_change_window_attributes(agent->x, id, XCB_CW_EVENT_MASK, &events);
        answer_expect(agent, xcb_get_geometry(agent->x, id).sequence, client, 0, on_geometry);
        answer_expect(agent, xcb_get_window_attributes(agent->x, id).sequence, client, 0, on_attributes);
        if (agent->has_shape)
                (void)xcb_shape_select_input(agent->x, id, 1);
        for (size_t i = 0; i < PROPERTIES; i++)
                ask(agent, client, property_atom(agent, i), ATOMS, properties[i].handler);
}

void client_on_property(Agent *agent, Client *client, xcb_atom_t atom)
{
        for (size_t i = 0; i < PROPERTIES && client->state == CLIENT_OPEN; i++)
                /* Our own writing is no news. */
                if (atom == property_atom(agent, i) && properties[i].atom != ATOM_NET_WM_STATE)
                        ask(agent, client, atom, ATOMS, properties[i].handler);
        if (client->state != CLIENT_OPEN || client->is_popup)
                return;
        if (atom == agent->atoms[ATOM_NET_WM_NAME] || atom == XCB_ATOM_WM_NAME)
                ask_title(agent, client);
        else if (atom == agent->atoms[ATOM_NET_WM_ICON])
                ask_icon(agent, client);
}

void client_on_mapped(Agent *agent, Client *client, bool is_popup)
{
        if (client->is_mapped)
                return;
        client->is_mapped = true;
        client->is_popup = is_popup;
        agent->on_top = -1;
        agent->is_list_old = true;
        picture_renew(agent, client);
        if (!is_popup)
                manager_begin_client(agent, client);
        if (client->state == CLIENT_OPEN) {
                send_place(agent, client);
                if (!client->awaits_title)
                        send_show(agent, client);
        }
        if (agent->focus == (int)client_slot(agent, client))
                feed_focus(agent);
}

void client_on_unmapped(Agent *agent, Client *client)
{
        if (!client->is_mapped)
                return;
        client->is_mapped = false;
        agent->is_list_old = true;
        picture_lost(agent, client);
        if (!client->is_popup)
                manager_set_wm_state(agent, client);
        if (client->state == CLIENT_OPEN)
                send_show(agent, client);
}

void client_on_destroyed(Agent *agent, Client *client)
{
        picture_end(agent, client);
        if (client->state == CLIENT_OPEN) {
                agent->letter->type = LETTER_GONE;
                client_send(agent, client);
        }
        if (agent->on_top == (int)client_slot(agent, client))
                agent->on_top = -1;
        agent->is_list_old = true;
        *client = (Client){ .state = CLIENT_FREE };
}

void client_on_configured(Agent *agent, Client *client, const xcb_configure_notify_event_t *event)
{
        Area at = { event->x + event->border_width, event->y + event->border_width, event->width, event->height };
        bool is_new_size = at.w != client->at.w || at.h != client->at.h || client->border != event->border_width;
        bool is_new = is_new_size || !area_equals(&at, &client->at);

        client->at = at;
        client->border = event->border_width;
        if (client->is_popup)
                agent->on_top = -1;
        if (is_new_size && client->is_mapped)
                picture_renew(agent, client);
        /* An older state than the one that we have asked for since. */
        if ((int32_t)(((const xcb_generic_event_t *)event)->full_sequence - client->configured) < 0)
                return;
        if (is_new && client->state == CLIENT_OPEN)
                send_place(agent, client);
}

void client_tell_all(Agent *agent)
{
        for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                Client *client = &agent->clients[i];

                if (client->state != CLIENT_OPEN)
                        continue;
                picture_drop_buffer(agent, client);
                open_client(agent, client);
                picture_dirty(agent, client, &(Area){ .w = client->at.w, .h = client->at.h });
        }
}

void client_on_screen_tree(Agent *agent, Client *none, uint32_t detail, void *reply)
{
        const xcb_query_tree_reply_t *tree = reply;
        const xcb_window_t *untrusted_children = NULL;
        size_t n;

        (void)none;
        (void)detail;
        if (tree == NULL)
                return;
        untrusted_children = (const xcb_window_t *)(tree + 1);
        n = tree->length < tree->children_len ? tree->length : tree->children_len;
        for (size_t i = 0; i < n; i++)
                if (untrusted_children[i] != agent->check && untrusted_children[i] != agent->nowhere)
                        client_meet(agent, untrusted_children[i], false);
}
