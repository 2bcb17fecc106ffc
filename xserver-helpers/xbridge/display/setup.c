/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The connection to the person's X server, and what is asked of it once. */

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/randr.h>
#include <xcb/shape.h>
#include <xcb/xfixes.h>
#include <xcb/xkb.h>

#include "display/display.h"

static const char *const atom_names[] = {
        [ATOM_WM_PROTOCOLS] = "WM_PROTOCOLS",
        [ATOM_WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
        [ATOM_WM_STATE] = "WM_STATE",
        [ATOM_WM_CHANGE_STATE] = "WM_CHANGE_STATE",
        [ATOM_UTF8_STRING] = "UTF8_STRING",
        [ATOM_NET_WM_NAME] = "_NET_WM_NAME",
        [ATOM_NET_WM_ICON_NAME] = "_NET_WM_ICON_NAME",
        [ATOM_NET_WM_ICON] = "_NET_WM_ICON",
        [ATOM_NET_WM_USER_TIME] = "_NET_WM_USER_TIME",
        [ATOM_NET_ACTIVE_WINDOW] = "_NET_ACTIVE_WINDOW",
        [ATOM_NET_WM_MOVERESIZE] = "_NET_WM_MOVERESIZE",
        [ATOM_NET_WORKAREA] = "_NET_WORKAREA",
        [ATOM_NET_CURRENT_DESKTOP] = "_NET_CURRENT_DESKTOP",
        [ATOM_XKB_RULES_NAMES] = "_XKB_RULES_NAMES",
        [ATOM_CLIPBOARD] = "CLIPBOARD",
        [ATOM_TARGETS] = "TARGETS",
        [ATOM_TIMESTAMP] = "TIMESTAMP",
        [ATOM_INCR] = "INCR",
        [ATOM_TEXT_PLAIN] = "text/plain;charset=utf-8",
        [ATOM_NET_WM_STATE] = "_NET_WM_STATE",
        [ATOM_NET_WM_STATE_MODAL] = "_NET_WM_STATE_MODAL",
        [ATOM_NET_WM_STATE_HIDDEN] = "_NET_WM_STATE_HIDDEN",
        [ATOM_NET_WM_STATE_FULLSCREEN] = "_NET_WM_STATE_FULLSCREEN",
        [ATOM_NET_WM_STATE_MAXIMIZED_HORZ] = "_NET_WM_STATE_MAXIMIZED_HORZ",
        [ATOM_NET_WM_STATE_MAXIMIZED_VERT] = "_NET_WM_STATE_MAXIMIZED_VERT",
        [ATOM_NET_WM_WINDOW_TYPE] = "_NET_WM_WINDOW_TYPE",
        [ATOM_NET_WM_WINDOW_TYPE_NORMAL] = "_NET_WM_WINDOW_TYPE_NORMAL",
        [ATOM_NET_WM_WINDOW_TYPE_DIALOG] = "_NET_WM_WINDOW_TYPE_DIALOG",
        [ATOM_NET_WM_WINDOW_TYPE_UTILITY] = "_NET_WM_WINDOW_TYPE_UTILITY",
        [ATOM_NET_WM_WINDOW_TYPE_MENU] = "_NET_WM_WINDOW_TYPE_MENU",
        [ATOM_NET_WM_WINDOW_TYPE_DROPDOWN_MENU] = "_NET_WM_WINDOW_TYPE_DROPDOWN_MENU",
        [ATOM_NET_WM_WINDOW_TYPE_POPUP_MENU] = "_NET_WM_WINDOW_TYPE_POPUP_MENU",
        [ATOM_NET_WM_WINDOW_TYPE_COMBO] = "_NET_WM_WINDOW_TYPE_COMBO",
        [ATOM_NET_WM_WINDOW_TYPE_TOOLTIP] = "_NET_WM_WINDOW_TYPE_TOOLTIP",
        [ATOM_NET_WM_WINDOW_TYPE_NOTIFICATION] = "_NET_WM_WINDOW_TYPE_NOTIFICATION",
        [ATOM_NET_WM_WINDOW_TYPE_DND] = "_NET_WM_WINDOW_TYPE_DND",
};
_Static_assert(sizeof atom_names == _ATOM_MAX * sizeof *atom_names, "a name is missing");

int64_t display_now_ms(void)
{
        struct timespec now;

        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Surface *display_surface(Display *display, xcb_window_t id)
{
        for (size_t i = 0; i < LETTER_WINDOWS && id != 0; i++)
                if (display->surfaces[i].outer == id || display->surfaces[i].inner == id)
                        return &display->surfaces[i];
        return NULL;
}

unsigned display_slot(const Display *display, const Surface *surface)
{
        return (unsigned)(surface - display->surfaces);
}

static bool intern(Display *display)
{
        xcb_intern_atom_cookie_t cookies[_ATOM_MAX];
        bool good = true;

        for (size_t i = 0; i < _ATOM_MAX; i++)
                cookies[i] = xcb_intern_atom(display->x, 0, (uint16_t)strlen(atom_names[i]), atom_names[i]);
        for (size_t i = 0; i < _ATOM_MAX; i++) {
                xcb_intern_atom_reply_t *reply = xcb_intern_atom_reply(display->x, cookies[i], NULL);

                display->atoms[i] = reply != NULL ? reply->atom : 0;
                good &= display->atoms[i] != 0;
                free(reply);
        }
        return good;
}

/* 8 bits each of alpha, red, green and blue, from the top. */
static xcb_render_pictformat_t find_argb(const Display *display)
{
        xcb_render_query_pict_formats_reply_t *reply =
                xcb_render_query_pict_formats_reply(display->x, xcb_render_query_pict_formats(display->x), NULL);
        const xcb_render_pictforminfo_t *formats = reply != NULL ? xcb_render_query_pict_formats_formats(reply) : NULL;
        xcb_render_pictformat_t found = 0;

        for (uint32_t i = 0; reply != NULL && i < reply->num_formats; i++)
                if (formats[i].depth == 32 && formats[i].type == XCB_RENDER_PICT_TYPE_DIRECT &&
                    formats[i].direct.alpha_mask == 0xff && formats[i].direct.alpha_shift == 24 &&
                    formats[i].direct.red_shift == 16 && formats[i].direct.green_shift == 8 &&
                    formats[i].direct.blue_shift == 0)
                        found = formats[i].id;
        free(reply);
        return found;
}

static bool has_shared_memory(Display *display)
{
        const xcb_query_extension_reply_t *shm = xcb_get_extension_data(display->x, &xcb_shm_id);
        xcb_shm_query_version_reply_t *version = NULL;
        bool good = false;

        if (shm == NULL || shm->present == 0)
                return false;
        display->shm_event = shm->first_event;
        version = xcb_shm_query_version_reply(display->x, xcb_shm_query_version(display->x), NULL);
        good = version != NULL && (version->major_version > 1 || version->minor_version >= 2);
        free(version);
        return good;
}

static void listen_to_screen(Display *display)
{
        const xcb_query_extension_reply_t *randr = xcb_get_extension_data(display->x, &xcb_randr_id);
        xcb_randr_query_version_reply_t *version = NULL;
        const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;

        (void)xcb_change_window_attributes(display->x, display->screen->root, XCB_CW_EVENT_MASK, &events);
        if (randr == NULL || randr->present == 0)
                return;
        display->randr_event = randr->first_event;
        version = xcb_randr_query_version_reply(display->x, xcb_randr_query_version(display->x, 1, 5), NULL);
        display->has_randr = version != NULL && (version->major_version > 1 || version->minor_version >= 5);
        free(version);
        (void)xcb_randr_select_input(display->x, display->screen->root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
}

static bool is_known_format(const Display *display)
{
        const xcb_setup_t *setup = xcb_get_setup(display->x);

        if (display->screen->root_depth != 24 || setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST)
                return false;
        for (xcb_format_iterator_t i = xcb_setup_pixmap_formats_iterator(setup); i.rem > 0; xcb_format_next(&i))
                if (i.data->depth == 24)
                        return i.data->bits_per_pixel == 32;
        return false;
}

const char *display_open(Display *display)
{
        const uint32_t quiet = 0;

        display->x = xcb_connect(NULL, NULL);
        if (xcb_connection_has_error(display->x))
                return "no connection to the display";
        display->screen = xcb_setup_roots_iterator(xcb_get_setup(display->x)).data;
        xcb_prefetch_extension_data(display->x, &xcb_shm_id);
        xcb_prefetch_extension_data(display->x, &xcb_randr_id);
        xcb_prefetch_extension_data(display->x, &xcb_render_id);
        xcb_prefetch_extension_data(display->x, &xcb_xkb_id);
        xcb_prefetch_extension_data(display->x, &xcb_xfixes_id);
        xcb_prefetch_extension_data(display->x, &xcb_shape_id);
        if (!is_known_format(display))
                return "the display is not one of 24 bits a pixel";
        if (!has_shared_memory(display))
                return "the display does not share memory (MIT-SHM 1.2)";
        if (!intern(display))
                return "the display gives no atoms";
        listen_to_screen(display);
        keyboard_begin(display);
        if (xcb_get_extension_data(display->x, &xcb_render_id)->present != 0)
                display->argb = find_argb(display);
        display->gc = xcb_generate_id(display->x);
        (void)xcb_create_gc(display->x, display->gc, display->screen->root, XCB_GC_GRAPHICS_EXPOSURES, &quiet);
        display->leader = xcb_generate_id(display->x);
        (void)xcb_create_window(display->x, XCB_COPY_FROM_PARENT, display->leader, display->screen->root, -1, -1, 1, 1,
                                0, XCB_WINDOW_CLASS_INPUT_OUTPUT, XCB_COPY_FROM_PARENT, 0, NULL);
        display->has_shape = xcb_get_extension_data(display->x, &xcb_shape_id)->present != 0;
        exchange_begin(display);
        return NULL;
}
