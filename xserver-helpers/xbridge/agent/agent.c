/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "agent/agent.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xcb/composite.h>
#include <xcb/randr.h>
#include <xcb/shape.h>
#include <xcb/xfixes.h>
#include <xcb/xkb.h>
#include <xcb/xtest.h>

#include "agent/inner.h"
#include "base/fd.h"
#include "base/rest.h"

enum { BUSY_TURNS = 256 };

static void on_map_request(Agent *agent, xcb_window_t id)
{
        if (client_of(agent, id) == NULL)
                client_meet(agent, id, false);
        (void)xcb_map_window(agent->x, id);
}

static void on_map(Agent *agent, const xcb_map_notify_event_t *event)
{
        Client *client = client_of(agent, event->window);

        if (event->event != agent->screen->root || event->window == agent->nowhere)
                return;
        if (client == NULL && event->override_redirect != 0) {
                client_meet(agent, event->window, true);
                client = client_of(agent, event->window);
        }
        if (client != NULL)
                client_on_mapped(agent, client, event->override_redirect != 0);
}

static void on_core_event(Agent *agent, const xcb_generic_event_t *event, uint8_t type)
{
        Client *client = NULL;

        switch (type) {
        case XCB_MAP_REQUEST:
                on_map_request(agent, ((const xcb_map_request_event_t *)event)->window);
                break;
        case XCB_MAP_NOTIFY:
                on_map(agent, (const xcb_map_notify_event_t *)event);
                break;
        case XCB_UNMAP_NOTIFY:
                client = client_of(agent, ((const xcb_unmap_notify_event_t *)event)->window);
                if (client != NULL)
                        client_on_unmapped(agent, client);
                break;
        case XCB_REPARENT_NOTIFY:
                client = client_of(agent, ((const xcb_reparent_notify_event_t *)event)->window);
                if (client != NULL && ((const xcb_reparent_notify_event_t *)event)->parent != agent->screen->root)
                        client_on_destroyed(agent, client);
                break;
        case XCB_DESTROY_NOTIFY:
                client = client_of(agent, ((const xcb_destroy_notify_event_t *)event)->window);
                if (client != NULL)
                        client_on_destroyed(agent, client);
                break;
        case XCB_CONFIGURE_REQUEST:
                manager_on_configure_request(agent, (const xcb_configure_request_event_t *)event);
                break;
        case XCB_CONFIGURE_NOTIFY:
                client = client_of(agent, ((const xcb_configure_notify_event_t *)event)->window);
                if (client != NULL && (event->response_type & 0x80) == 0)
                        client_on_configured(agent, client, (const xcb_configure_notify_event_t *)event);
                break;
        case XCB_PROPERTY_NOTIFY:
                agent->time = ((const xcb_property_notify_event_t *)event)->time;
                if (((const xcb_property_notify_event_t *)event)->window == agent->check)
                        clip_on_property(agent, (const xcb_property_notify_event_t *)event);
                client = client_of(agent, ((const xcb_property_notify_event_t *)event)->window);
                if (client != NULL)
                        client_on_property(agent, client, ((const xcb_property_notify_event_t *)event)->atom);
                break;
        case XCB_SELECTION_CLEAR:
                clip_on_cleared(agent, (const xcb_selection_clear_event_t *)event);
                break;
        case XCB_SELECTION_REQUEST:
                clip_on_request(agent, (const xcb_selection_request_event_t *)event);
                break;
        case XCB_SELECTION_NOTIFY:
                clip_on_converted(agent, (const xcb_selection_notify_event_t *)event);
                break;
        case XCB_CLIENT_MESSAGE:
                manager_on_message(agent, (const xcb_client_message_event_t *)event);
                break;
        default:
                break;
        }
}

static void on_shape(Agent *agent, const xcb_shape_notify_event_t *event)
{
        Client *client = client_of(agent, event->affected_window);

        if (client != NULL && event->shape_kind == XCB_SHAPE_SK_BOUNDING && client->state == CLIENT_OPEN)
                client_on_shape(agent, client);
}

static void on_event(Agent *agent, const xcb_generic_event_t *event)
{
        uint8_t type = event->response_type & 0x7f;

        if (type == agent->damage_event + XCB_DAMAGE_NOTIFY)
                picture_on_damage(agent, (const xcb_damage_notify_event_t *)event);
        else if (type == agent->fixes_event + XCB_XFIXES_CURSOR_NOTIFY)
                picture_ask_cursor(agent);
        else if (type == agent->fixes_event + XCB_XFIXES_SELECTION_NOTIFY)
                clip_on_owner(agent, (const xcb_xfixes_selection_notify_event_t *)event);
        else if (agent->has_xkb && type == agent->xkb_event)
                keyboard_on_bell(agent, event);
        else if (agent->has_shape && type == agent->shape_event + XCB_SHAPE_NOTIFY)
                on_shape(agent, (const xcb_shape_notify_event_t *)event);
        else
                on_core_event(agent, event, type);
}

static bool read_display(Agent *agent)
{
        xcb_generic_event_t *event = NULL;
        bool any = false;

        /* Daemon slow: what would become letters waits in the server's queue for us. */
        while (!post_waits(agent->post) && (event = xcb_poll_for_event(agent->x)) != NULL) {
                on_event(agent, event);
                free(event);
                any = true;
        }
        return answer_take(agent) || any;
}

static bool read_link(Agent *agent)
{
        bool any = false;
        int fd = -1;

        while (post_receive(agent->post, agent->incoming, &fd) > 0) {
                feed_letter(agent, agent->incoming, fd);
                any = true;
        }
        return any;
}

static void loop(Agent *agent)
{
        Rest rest = { 0 };
        unsigned n_turns = 0;

        for (;;) {
                struct pollfd polls[2] = { { .fd = xcb_get_file_descriptor(agent->x), .events = POLLIN },
                                           { .fd = post_socket(agent->post), .events = POLLIN } };
                bool any = true;

                while (any) {
                        any = read_display(agent);
                        any |= read_link(agent);
                        picture_step(agent);
                        if (agent->is_list_old)
                                manager_set_list(agent);
                        (void)xcb_flush(agent->x);
                        post_flush(agent->post);
                }
                if (agent->is_over || xcb_connection_has_error(agent->x) || post_fault(agent->post) != 0)
                        return;
                if (post_waits(agent->post))
                        polls[1].events |= POLLOUT;
                /* Much was done: what it needed goes back when nothing is. */
                if (++n_turns % BUSY_TURNS == 0)
                        rest = (Rest){ 0 };
                (void)rest_poll(&rest, polls, 2, -1);
        }
}

static bool extension(Agent *agent, xcb_extension_t *id, uint8_t *ret_event)
{
        const xcb_query_extension_reply_t *reply = xcb_get_extension_data(agent->x, id);

        if (reply == NULL || reply->present == 0)
                return false;
        *ret_event = reply->first_event;
        return true;
}

/* Each must be asked for its version once, or it answers nothing. */
static const char *extensions(Agent *agent)
{
        uint8_t unused = 0;

        xcb_prefetch_extension_data(agent->x, &xcb_composite_id);
        xcb_prefetch_extension_data(agent->x, &xcb_damage_id);
        xcb_prefetch_extension_data(agent->x, &xcb_shm_id);
        xcb_prefetch_extension_data(agent->x, &xcb_test_id);
        xcb_prefetch_extension_data(agent->x, &xcb_xfixes_id);
        xcb_prefetch_extension_data(agent->x, &xcb_xkb_id);
        xcb_prefetch_extension_data(agent->x, &xcb_shape_id);
        xcb_prefetch_extension_data(agent->x, &xcb_randr_id);
        if (!extension(agent, &xcb_composite_id, &unused))
                return "Composite";
        if (!extension(agent, &xcb_damage_id, &agent->damage_event))
                return "DAMAGE";
        if (!extension(agent, &xcb_shm_id, &unused))
                return "MIT-SHM";
        if (!extension(agent, &xcb_test_id, &unused))
                return "XTEST";
        if (!extension(agent, &xcb_xfixes_id, &agent->fixes_event))
                return "XFIXES";
        agent->has_shape = extension(agent, &xcb_shape_id, &agent->shape_event);
        agent->has_randr = extension(agent, &xcb_randr_id, &unused);
        if (agent->has_randr)
                xcb_discard_reply(agent->x, xcb_randr_query_version(agent->x, 1, 5).sequence);
        agent->has_xkb = extension(agent, &xcb_xkb_id, &agent->xkb_event);
        if (agent->has_xkb)
                xcb_discard_reply(
                        agent->x,
                        xcb_xkb_use_extension(agent->x, XCB_XKB_MAJOR_VERSION, XCB_XKB_MINOR_VERSION).sequence);
        xcb_discard_reply(agent->x, xcb_composite_query_version(agent->x, 0, 4).sequence);
        xcb_discard_reply(agent->x, xcb_damage_query_version(agent->x, 1, 1).sequence);
        xcb_discard_reply(agent->x, xcb_shm_query_version(agent->x).sequence);
        xcb_discard_reply(agent->x, xcb_xfixes_query_version(agent->x, 5, 0).sequence);
        return NULL;
}

static int begin(Agent *agent)
{
        const char *lacks = NULL;

        agent->x = xcb_connect(NULL, NULL);
        if (xcb_connection_has_error(agent->x)) {
                (void)fprintf(stderr, "oriel-xbridge agent: no connection to the box's display\n");
                return 1;
        }
        agent->screen = xcb_setup_roots_iterator(xcb_get_setup(agent->x)).data;
        lacks = agent->screen == NULL ? "screen" : extensions(agent);
        if (lacks != NULL) {
                (void)fprintf(stderr, "oriel-xbridge agent: the box's display has no %s\n", lacks);
                return 1;
        }
        keyboard_listen(agent);
        if (!manager_begin(agent)) {
                (void)fprintf(stderr, "oriel-xbridge agent: the box's display has another window manager\n");
                return 1;
        }
        return 0;
}

int agent_run(const AgentOptions *options)
{
        Agent *agent = calloc(1, sizeof *agent);
        CLEANUP(post_freep) Post *post = NULL;
        int link = options->link_fd, r = 1;

        if (agent != NULL) {
                agent->letter = calloc(1, sizeof *agent->letter);
                agent->incoming = calloc(1, sizeof *agent->incoming);
        }
        post = post_new(&link, LETTER_FROM_AGENT);
        if (agent != NULL && agent->letter != NULL && agent->incoming != NULL && post != NULL) {
                agent->post = post;
                agent->focus = agent->on_top = -1;
                r = begin(agent);
        }
        if (r == 0) {
                const Letter hello = { .type = LETTER_HELLO, .is.hello.version = LETTER_VERSION };

                post_send(post, &hello, -1);
                (void)xcb_flush(agent->x);
                if (options->ready_fd >= 0)
                        (void)fd_write_all(options->ready_fd, "\n", 1);
                (void)fd_close(options->ready_fd);
                loop(agent);
        }
        if (agent != NULL) {
                if (agent->x != NULL)
                        xcb_disconnect(agent->x);
                free(agent->letter);
                free(agent->incoming);
                free(agent->keymap);
                clip_end(agent);
        }
        free(agent);
        return r;
}
