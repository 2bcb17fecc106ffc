/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the person does on their X server, told to the bridge. */

#include <stdlib.h>
#include <string.h>
#include <xcb/randr.h>

#include "display/display.h"

/* Bit 7: another client sent it; for input that counts for nothing. */
enum { SENT = 0x80 };

static void on_key(Display *display, const xcb_key_press_event_t *event, bool down)
{
        const Surface *surface = display_surface(display, event->event);

        if (surface == NULL)
                return;
        display->time = event->time;
        /* Without a window manager nobody says who has the keyboard. */
        if (down)
                bridge_on_focus(display->bridge, (int)display_slot(display, surface));
        bridge_on_key(display->bridge, event->detail, down, display_now_ms());
}

static void on_button(Display *display, const xcb_button_press_event_t *event, bool down)
{
        const Surface *surface = display_surface(display, event->event);

        if (surface == NULL)
                return;
        display->time = event->time;
        display->root_x = event->root_x;
        display->root_y = event->root_y;
        display->button = event->detail;
        display->is_leaving = false;
        bridge_on_button(display->bridge, display_slot(display, surface), event->event_x - BACKEND_BORDER,
                         event->event_y - BACKEND_BORDER, event->detail, down, display_now_ms());
}

static void on_pointer(Display *display, xcb_window_t id, int16_t x, int16_t y)
{
        const Surface *surface = display_surface(display, id);

        if (surface == NULL)
                return;
        display->is_leaving = false;
        bridge_on_pointer(display->bridge, display_slot(display, surface), x - BACKEND_BORDER, y - BACKEND_BORDER,
                          display_now_ms());
}

static void on_focus(Display *display, const xcb_focus_in_event_t *event, bool in)
{
        const Surface *surface = display_surface(display, event->event);
        int slot = surface != NULL ? (int)display_slot(display, surface) : -1;

        if (surface == NULL || event->detail == XCB_NOTIFY_DETAIL_POINTER ||
            event->detail == XCB_NOTIFY_DETAIL_INFERIOR)
                return;
        display->is_locks_old |= in;
        if (in && event->mode != XCB_NOTIFY_MODE_GRAB)
                bridge_on_focus(display->bridge, slot);
        else if (!in && event->mode == XCB_NOTIFY_MODE_GRAB)
                bridge_on_keys_taken(display->bridge);
        else if (!in && event->mode != XCB_NOTIFY_MODE_UNGRAB)
                bridge_on_blur(display->bridge, slot);
}

/* Where it is now; who reparented it tells in root coordinates, the server does not. */
static void on_configure(Display *display, const xcb_configure_notify_event_t *event)
{
        Surface *surface = display_surface(display, event->window);
        const uint32_t size[2] = { (uint32_t)(event->width - 2 * BACKEND_BORDER),
                                   (uint32_t)(event->height - 2 * BACKEND_BORDER) };
        bool is_sent = (event->response_type & SENT) != 0;
        Area at;

        if (surface == NULL || event->width <= 2 * BACKEND_BORDER || event->height <= 2 * BACKEND_BORDER)
                return;
        at = (Area){ surface->at.x, surface->at.y, (int32_t)size[0], (int32_t)size[1] };
        /* Before it is mapped the window manager moves it about. */
        if (is_sent || surface->is_free) {
                at.x = event->x + BACKEND_BORDER;
                at.y = event->y + BACKEND_BORDER;
        } else if (surface->is_mapped) {
                surface->is_placed_old = true;
        }
        if (at.w != surface->at.w || at.h != surface->at.h)
                (void)xcb_configure_window(display->x, surface->inner,
                                           XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
        surface->at = at;
        if (!surface->is_placed_old && (is_sent || surface->is_mapped))
                bridge_on_placed(display->bridge, display_slot(display, surface), &at);
}

static void find_place(Display *display, Surface *surface)
{
        xcb_translate_coordinates_reply_t *reply = xcb_translate_coordinates_reply(
                display->x, xcb_translate_coordinates(display->x, surface->outer, display->screen->root, 0, 0), NULL);

        surface->is_placed_old = false;
        if (reply != NULL) {
                surface->at.x = reply->dst_x + BACKEND_BORDER;
                surface->at.y = reply->dst_y + BACKEND_BORDER;
        }
        free(reply);
        bridge_on_placed(display->bridge, display_slot(display, surface), &surface->at);
}

static void read_state(Display *display, const Surface *surface)
{
        static const struct {
                Atom atom;
                uint32_t flag;
        } rows[] = {
                { ATOM_NET_WM_STATE_HIDDEN, LETTER_STATE_HIDDEN },
                { ATOM_NET_WM_STATE_FULLSCREEN, LETTER_STATE_FULLSCREEN },
                { ATOM_NET_WM_STATE_MAXIMIZED_HORZ, LETTER_STATE_WIDE },
                { ATOM_NET_WM_STATE_MAXIMIZED_VERT, LETTER_STATE_HIGH },
        };
        xcb_get_property_reply_t *reply =
                xcb_get_property_reply(display->x,
                                       xcb_get_property(display->x, 0, surface->outer,
                                                        display->atoms[ATOM_NET_WM_STATE], XCB_ATOM_ATOM, 0, 32),
                                       NULL);
        uint32_t flags = 0;

        if (reply == NULL)
                return;
        for (int i = 0; i < xcb_get_property_value_length(reply) / 4; i++)
                for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
                        if (((const xcb_atom_t *)xcb_get_property_value(reply))[i] == display->atoms[rows[row].atom])
                                flags |= rows[row].flag;
        free(reply);
        bridge_on_state(display->bridge, display_slot(display, surface), flags);
}

static void on_property(Display *display, const xcb_property_notify_event_t *event)
{
        const Surface *surface = display_surface(display, event->window);

        if (event->window == display->leader)
                exchange_on_property(display, event);
        else if (event->window == display->screen->root) {
                display->is_screen_old |= event->atom == display->atoms[ATOM_NET_WORKAREA] ||
                                          event->atom == display->atoms[ATOM_NET_CURRENT_DESKTOP] ||
                                          event->atom == XCB_ATOM_RESOURCE_MANAGER;
                /* setxkbmap writes it after the map. */
                display->is_keymap_old |= event->atom == display->atoms[ATOM_XKB_RULES_NAMES];
        } else if (surface != NULL && event->atom == display->atoms[ATOM_NET_WM_STATE])
                read_state(display, surface);
}

static void on_message(Display *display, const xcb_client_message_event_t *event)
{
        const Surface *surface = display_surface(display, event->window);

        if (surface != NULL && event->type == display->atoms[ATOM_WM_PROTOCOLS] && event->format == 32 &&
            event->data.data32[0] == display->atoms[ATOM_WM_DELETE_WINDOW])
                bridge_on_close(display->bridge, display_slot(display, surface));
}

static void on_expose(Display *display, const xcb_expose_event_t *event)
{
        const Surface *surface = display_surface(display, event->window);
        const Area part = { event->x, event->y, event->width, event->height };

        if (surface != NULL)
                bridge_on_exposed(display->bridge, display_slot(display, surface), &part);
}

static void on_completion(Display *display, const xcb_shm_completion_event_t *event)
{
        Surface *surface = display_surface(display, event->drawable);

        if (surface != NULL && event->shmseg == surface->segment)
                bridge_on_drawn(display->bridge, display_slot(display, surface));
}

static void on_input(Display *display, const xcb_generic_event_t *event)
{
        const xcb_enter_notify_event_t *crossing = (const xcb_enter_notify_event_t *)event;
        const xcb_motion_notify_event_t *motion = (const xcb_motion_notify_event_t *)event;

        switch (event->response_type) {
        case XCB_KEY_PRESS:
        case XCB_KEY_RELEASE:
                on_key(display, (const xcb_key_press_event_t *)event, event->response_type == XCB_KEY_PRESS);
                break;
        case XCB_BUTTON_PRESS:
        case XCB_BUTTON_RELEASE:
                on_button(display, (const xcb_button_press_event_t *)event, event->response_type == XCB_BUTTON_PRESS);
                break;
        case XCB_MOTION_NOTIFY:
                on_pointer(display, motion->event, motion->event_x, motion->event_y);
                break;
        case XCB_ENTER_NOTIFY:
                if (crossing->detail != XCB_NOTIFY_DETAIL_INFERIOR)
                        on_pointer(display, crossing->event, crossing->event_x, crossing->event_y);
                break;
        case XCB_LEAVE_NOTIFY:
                display->is_leaving |= crossing->detail != XCB_NOTIFY_DETAIL_INFERIOR;
                break;
        case XCB_FOCUS_IN:
        case XCB_FOCUS_OUT:
                on_focus(display, (const xcb_focus_in_event_t *)event, event->response_type == XCB_FOCUS_IN);
                break;
        default:
                break;
        }
}

static void on_event(Display *display, const xcb_generic_event_t *event)
{
        uint8_t type = event->response_type & (uint8_t)~SENT;
        Surface *surface = NULL;

        if (type >= XCB_KEY_PRESS && type <= XCB_FOCUS_OUT) {
                on_input(display, event);
                return;
        }
        if (exchange_on_event(display, event))
                return;
        if (type == display->shm_event + XCB_SHM_COMPLETION) {
                on_completion(display, (const xcb_shm_completion_event_t *)event);
                return;
        }
        if (display->has_randr && type == display->randr_event + XCB_RANDR_SCREEN_CHANGE_NOTIFY) {
                display->is_screen_old = true;
                return;
        }
        if (display->has_xkb && type == display->xkb_event) {
                keyboard_on_event(display, event);
                return;
        }
        switch (type) {
        case XCB_EXPOSE:
                on_expose(display, (const xcb_expose_event_t *)event);
                break;
        case XCB_CONFIGURE_NOTIFY:
                on_configure(display, (const xcb_configure_notify_event_t *)event);
                break;
        case XCB_MAP_NOTIFY:
        case XCB_UNMAP_NOTIFY:
                surface = display_surface(display, ((const xcb_map_notify_event_t *)event)->window);
                if (surface != NULL) {
                        surface->is_mapped = type == XCB_MAP_NOTIFY;
                        surface->is_placed_old = surface->is_mapped;
                }
                break;
        case XCB_REPARENT_NOTIFY:
                surface = display_surface(display, ((const xcb_reparent_notify_event_t *)event)->window);
                if (surface != NULL)
                        surface->is_placed_old |= surface->is_mapped;
                break;
        case XCB_PROPERTY_NOTIFY:
                on_property(display, (const xcb_property_notify_event_t *)event);
                break;
        case XCB_CLIENT_MESSAGE:
                on_message(display, (const xcb_client_message_event_t *)event);
                break;
        default:
                break;
        }
}

/* What was only noted while events were read. */
static void settle(Display *display)
{
        for (size_t i = 0; i < LETTER_WINDOWS; i++)
                if (display->surfaces[i].outer != 0 && display->surfaces[i].is_placed_old)
                        find_place(display, &display->surfaces[i]);
        if (display->is_screen_old)
                display_read_screen(display);
        if (display->is_leaving)
                bridge_on_leave(display->bridge);
        display->is_leaving = false;
}

bool display_take_events(Display *display)
{
        xcb_generic_event_t *event = NULL;
        bool any = false;

        while ((event = xcb_poll_for_event(display->x)) != NULL) {
                on_event(display, event);
                free(event);
                any = true;
        }
        if (any)
                settle(display);
        if (display->is_keymap_old)
                keyboard_send_map(display);
        if (display->is_locks_old)
                keyboard_send_locks(display);
        bridge_settle(display->bridge, display_now_ms());
        exchange_settle(display);
        return any;
}

/* The panels of all monitors in one rectangle: what _NET_WORKAREA says, of the desktop that is shown. */
static Area work_area(const Display *display)
{
        Area work = { 0, 0, display->screen->width_in_pixels, display->screen->height_in_pixels };
        xcb_get_property_reply_t *reply =
                xcb_get_property_reply(display->x,
                                       xcb_get_property(display->x, 0, display->screen->root,
                                                        display->atoms[ATOM_NET_WORKAREA], XCB_ATOM_CARDINAL, 0, 4),
                                       NULL);

        if (reply != NULL && reply->format == 32 && xcb_get_property_value_length(reply) == sizeof work) {
                const uint32_t *values = xcb_get_property_value(reply);
                Area told = { (int32_t)values[0], (int32_t)values[1], (int32_t)values[2], (int32_t)values[3] };

                told = area_meet(&told, &work);
                if (!area_is_empty(&told))
                        work = told;
        }
        free(reply);
        return work;
}

static size_t read_monitors(const Display *display, LetterMonitor *monitors, const Area *work)
{
        xcb_randr_get_monitors_reply_t *reply =
                display->has_randr
                        ? xcb_randr_get_monitors_reply(
                                  display->x, xcb_randr_get_monitors(display->x, display->screen->root, 1), NULL)
                        : NULL;
        size_t n = 0;

        if (reply != NULL)
                for (xcb_randr_monitor_info_iterator_t i = xcb_randr_get_monitors_monitors_iterator(reply);
                     i.rem > 0 && n < LETTER_MONITORS; xcb_randr_monitor_info_next(&i)) {
                        monitors[n].at = (Area){ i.data->x, i.data->y, i.data->width, i.data->height };
                        monitors[n].work = area_meet(&monitors[n].at, work);
                        if (area_is_empty(&monitors[n].work))
                                monitors[n].work = monitors[n].at;
                        n += area_is_empty(&monitors[n].at) ? 0 : 1;
                }
        free(reply);
        if (n == 0)
                monitors[n++] = (LetterMonitor){ .at = { 0, 0, display->screen->width_in_pixels,
                                                         display->screen->height_in_pixels },
                                                 .work = *work };
        return n;
}

/* What the person's session says fonts are drawn for: "Xft.dpi: 96" among the resources; 0: nothing. */
static uint32_t read_dpi(const Display *display)
{
        static const char key[] = "Xft.dpi:";
        xcb_get_property_reply_t *reply =
                xcb_get_property_reply(display->x,
                                       xcb_get_property(display->x, 0, display->screen->root, XCB_ATOM_RESOURCE_MANAGER,
                                                        XCB_ATOM_STRING, 0, 16384),
                                       NULL);
        size_t n = reply != NULL ? (size_t)xcb_get_property_value_length(reply) : 0;
        char *text = n > 0 ? strndup(xcb_get_property_value(reply), n) : NULL;
        const char *line = text != NULL ? strstr(text, key) : NULL;
        long dpi = line != NULL && (line == text || line[-1] == '\n') ? strtol(line + strlen(key), NULL, 10) : 0;

        free(text);
        free(reply);
        return dpi >= 24 && dpi <= 960 ? (uint32_t)dpi : 0;
}

void display_read_screen(Display *display)
{
        LetterMonitor monitors[LETTER_MONITORS];
        Area work = work_area(display);

        display->is_screen_old = false;
        bridge_on_screen(display->bridge, monitors, read_monitors(display, monitors, &work), read_dpi(display));
}
