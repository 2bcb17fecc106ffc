/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon tells becomes what the inner server's clients see: keys, the pointer, places, the focus. */

#include <string.h>
#include <xcb/xtest.h>

#include "agent/inner.h"
#include "base/fd.h"

static void raise(Agent *agent, xcb_window_t id)
{
        const uint32_t above = XCB_STACK_MODE_ABOVE;

        (void)xcb_configure_window(agent->x, id, XCB_CONFIG_WINDOW_STACK_MODE, &above);
}

/* Input goes to whatever is on top inside, which must be what the person sees under the pointer. */
static void bring_to_top(Agent *agent, const Client *client)
{
        unsigned slot = client_slot(agent, client);

        if (agent->on_top == (int)slot && !agent->is_nowhere)
                return;
        raise(agent, client->id);
        for (size_t i = 0; i < LETTER_WINDOWS && !client->is_popup; i++) {
                const Client *popup = &agent->clients[i];

                if (popup->state != CLIENT_FREE && popup->is_popup && popup->is_mapped)
                        raise(agent, popup->id);
        }
        agent->on_top = (int)slot;
        agent->is_nowhere = false;
}

static void fake(const Agent *agent, uint8_t type, uint8_t detail, int32_t x, int32_t y)
{
        (void)xcb_test_fake_input(agent->x, type, detail, XCB_CURRENT_TIME, agent->screen->root, (int16_t)x, (int16_t)y,
                                  0);
}

static void on_pointer(Agent *agent, const Letter *letter)
{
        const Client *client = client_of_letter(agent, letter);
        uint8_t button = (uint8_t)letter->is.pointer.button;
        bool is_up = letter->is.pointer.down == 0;

        /* A button that comes up does so wherever its window went. */
        if (client == NULL && (button == 0 || !is_up))
                return;
        if (client != NULL && letter->is.pointer.x != LETTER_NOWHERE) {
                bring_to_top(agent, client);
                fake(agent, XCB_MOTION_NOTIFY, 0, client->at.x + letter->is.pointer.x,
                     client->at.y + letter->is.pointer.y);
        }
        if (button != 0)
                fake(agent, is_up ? XCB_BUTTON_RELEASE : XCB_BUTTON_PRESS, button, 0, 0);
}

static void go_nowhere(Agent *agent)
{
        if (agent->is_nowhere)
                return;
        raise(agent, agent->nowhere);
        fake(agent, XCB_MOTION_NOTIFY, 0, agent->screen->width_in_pixels - 1, agent->screen->height_in_pixels - 1);
        agent->is_nowhere = true;
}

static void on_leave(Agent *agent, const Letter *letter)
{
        (void)letter;
        go_nowhere(agent);
}

static void on_key(Agent *agent, const Letter *letter)
{
        fake(agent, letter->is.key.down != 0 ? XCB_KEY_PRESS : XCB_KEY_RELEASE, (uint8_t)letter->is.key.code, 0, 0);
}

void feed_focus(Agent *agent)
{
        const Client *client = agent->focus >= 0 ? &agent->clients[agent->focus] : NULL;

        if (client == NULL || client->state != CLIENT_OPEN) {
                (void)xcb_set_input_focus(agent->x, XCB_INPUT_FOCUS_NONE, agent->nowhere, XCB_CURRENT_TIME);
        } else {
                if ((client->hints.flags & LETTER_HINT_DEAF) == 0)
                        (void)xcb_set_input_focus(agent->x, XCB_INPUT_FOCUS_POINTER_ROOT, client->id, XCB_CURRENT_TIME);
                if (client->takes_focus)
                        manager_send(agent, client->id, ATOM_WM_PROTOCOLS, agent->atoms[ATOM_WM_TAKE_FOCUS],
                                     agent->time);
        }
        manager_set_active(agent);
}

static bool has_popups(const Agent *agent)
{
        for (size_t i = 0; i < LETTER_WINDOWS; i++)
                if (agent->clients[i].state != CLIENT_FREE && agent->clients[i].is_popup && agent->clients[i].is_mapped)
                        return true;
        return false;
}

static void on_focus(Agent *agent, const Letter *letter)
{
        const Client *client = client_of_letter(agent, letter);
        int before = agent->focus;

        agent->focus = letter->is.focus.on != 0 && client != NULL ? (int)letter->slot : -1;
        if (before >= 0 && agent->focus < 0 && has_popups(agent)) {
                /* The person went elsewhere.  A menu holds the pointer by a grab, and closes at a click outside: this
                 * is one, where no window is. */
                go_nowhere(agent);
                fake(agent, XCB_BUTTON_PRESS, 1, 0, 0);
                fake(agent, XCB_BUTTON_RELEASE, 1, 0, 0);
        }
        feed_focus(agent);
        if (before >= 0 && before != agent->focus && agent->clients[before].state == CLIENT_OPEN)
                manager_set_states(agent, &agent->clients[before]);
        if (agent->focus >= 0)
                manager_set_states(agent, &agent->clients[agent->focus]);
}

static void on_configure(Agent *agent, const Letter *letter)
{
        Client *client = client_of_letter(agent, letter);
        const Area *at = &letter->is.configure;
        uint32_t values[4];

        if (client == NULL)
                return;
        values[0] = (uint32_t)(at->x - client->border);
        values[1] = (uint32_t)(at->y - client->border);
        values[2] = (uint32_t)at->w;
        values[3] = (uint32_t)at->h;
        client->configured = xcb_configure_window(agent->x, client->id,
                                                  XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y | XCB_CONFIG_WINDOW_WIDTH |
                                                          XCB_CONFIG_WINDOW_HEIGHT,
                                                  values)
                                     .sequence;
}

static void on_state(Agent *agent, const Letter *letter)
{
        Client *client = client_of_letter(agent, letter);

        if (client == NULL)
                return;
        client->state_flags = letter->is.state.flags;
        manager_set_wm_state(agent, client);
        manager_set_states(agent, client);
}

static void on_close(Agent *agent, const Letter *letter)
{
        const Client *client = client_of_letter(agent, letter);

        if (client != NULL)
                manager_close(agent, client);
}

static void on_done(Agent *agent, const Letter *letter)
{
        Client *client = client_of_letter(agent, letter);

        if (client != NULL && client->serial == letter->is.done.serial)
                client->is_sent = false;
}

static void on_repaint(Agent *agent, const Letter *letter)
{
        Client *client = client_of_letter(agent, letter);

        if (client != NULL)
                picture_dirty(agent, client, &letter->is.repaint);
}

static void on_welcome(Agent *agent, const Letter *letter)
{
        Letter hello = { .type = LETTER_HELLO };

        if (letter->is.welcome.epoch == agent->epoch)
                return;
        agent->epoch = letter->is.welcome.epoch;
        agent->focus = -1;
        hello.is.hello.version = LETTER_VERSION;
        hello.is.hello.epoch = agent->epoch;
        hello.is.hello.w = agent->screen->width_in_pixels;
        hello.is.hello.h = agent->screen->height_in_pixels;
        post_send(agent->post, &hello, -1);
        clip_renew(agent);
        client_tell_all(agent);
        picture_ask_cursor(agent);
}

static void on_end(Agent *agent, const Letter *letter)
{
        (void)letter;
        agent->is_over = true;
}

static void (*const handlers[])(Agent *, const Letter *) = {
        [LETTER_WELCOME] = on_welcome,
        [LETTER_SCREEN] = screen_on_letter,
        [LETTER_DONE] = on_done,
        [LETTER_REPAINT] = on_repaint,
        [LETTER_CONFIGURE] = on_configure,
        [LETTER_STATE] = on_state,
        [LETTER_CLOSE] = on_close,
        [LETTER_FOCUS] = on_focus,
        [LETTER_POINTER] = on_pointer,
        [LETTER_LEAVE] = on_leave,
        [LETTER_KEY] = on_key,
        [LETTER_END] = on_end,
        [LETTER_KEYMAP] = keyboard_on_piece,
        [LETTER_LOCKS] = keyboard_on_locks,
        [LETTER_REPEAT] = keyboard_on_repeat,
        [LETTER_GIVE] = clip_on_letter,
        [_LETTER_TYPE_MAX - 1] = NULL,
};

void feed_letter(Agent *agent, const Letter *letter, int fd)
{
        Client *client = NULL;

        if (letter->type == LETTER_BUFFER) {
                client = client_of_letter(agent, letter);
                if (client != NULL)
                        picture_on_buffer(agent, client, letter, fd_steal(&fd));
                (void)fd_close(fd);
        } else if (handlers[letter->type] != NULL) {
                handlers[letter->type](agent, letter);
        }
}
