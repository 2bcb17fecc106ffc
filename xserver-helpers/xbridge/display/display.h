/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <xcb/render.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>

#include "base/buffer.h"
#include "display/daemon.h"
#include "display/ledger.h"
#include "host/bridge.h"

/* What the files of the X back end share. */

typedef enum Atom {
        ATOM_WM_PROTOCOLS,
        ATOM_WM_DELETE_WINDOW,
        ATOM_WM_STATE,
        ATOM_WM_CHANGE_STATE,
        ATOM_UTF8_STRING,
        ATOM_NET_WM_NAME,
        ATOM_NET_WM_ICON_NAME,
        ATOM_NET_WM_ICON,
        ATOM_NET_WM_USER_TIME,
        ATOM_NET_ACTIVE_WINDOW,
        ATOM_NET_WM_MOVERESIZE,
        ATOM_NET_WORKAREA,
        ATOM_NET_CURRENT_DESKTOP,
        ATOM_XKB_RULES_NAMES,
        ATOM_CLIPBOARD,
        ATOM_TARGETS,
        ATOM_TIMESTAMP,
        ATOM_INCR,
        ATOM_TEXT_PLAIN,
        ATOM_NET_WM_STATE,
        ATOM_NET_WM_STATE_MODAL,
        ATOM_NET_WM_STATE_HIDDEN,
        ATOM_NET_WM_STATE_FULLSCREEN,
        ATOM_NET_WM_STATE_MAXIMIZED_HORZ,
        ATOM_NET_WM_STATE_MAXIMIZED_VERT,
        ATOM_NET_WM_WINDOW_TYPE,
        ATOM_NET_WM_WINDOW_TYPE_NORMAL,
        ATOM_NET_WM_WINDOW_TYPE_DIALOG,
        ATOM_NET_WM_WINDOW_TYPE_UTILITY,
        ATOM_NET_WM_WINDOW_TYPE_MENU,
        ATOM_NET_WM_WINDOW_TYPE_DROPDOWN_MENU,
        ATOM_NET_WM_WINDOW_TYPE_POPUP_MENU,
        ATOM_NET_WM_WINDOW_TYPE_COMBO,
        ATOM_NET_WM_WINDOW_TYPE_TOOLTIP,
        ATOM_NET_WM_WINDOW_TYPE_NOTIFICATION,
        ATOM_NET_WM_WINDOW_TYPE_DND,
        _ATOM_MAX,
} Atom;

/* Surface - a window of the screen.  The outer one is the border, a plain colour that nothing of the box's is ever
 * drawn on; the inner one lies within it, and the server cuts what is drawn into it. */
typedef struct Surface {
        xcb_window_t outer, inner; /* 0: none */
        Area at;
        bool is_free, is_shown, is_mapped, is_placed_old;
        LetterHints hints;
        int parent;
        xcb_shm_seg_t segment;
        uint32_t draws; /* that have not been answered */
} Surface;

/* Exchange - a selection, between the person's display and the box. */
typedef struct Exchange {
        DaemonExchange policy;
        xcb_atom_t atom;
        bool is_new;                   /* the person has something that the box was not offered */
        bool is_reading, is_in_pieces; /* it is being read, for the app */
        int64_t deadline_ms;
        Buffer text;     /* what was read of it */
        Buffer incoming; /* what the app copied, as far as it came */
        Buffer pending;  /* that, cleaned, while a person is asked */
        Buffer owned;    /* that, offered to the person's programs */
        xcb_timestamp_t owned_time;
        uint64_t asked_in, asked_out; /* questions that are open; 0: none */
} Exchange;

typedef struct Display {
        Backend backend; /* the first member: a Backend is a Display */
        xcb_connection_t *x;
        xcb_screen_t *screen;
        const DaemonOptions *options;
        Post *post;
        Bridge *bridge;
        xcb_atom_t atoms[_ATOM_MAX];
        uint8_t shm_event, randr_event, xkb_event, xfixes_event;
        bool has_randr, has_xkb, has_xfixes, has_shape;
        Ledger *ledger;
        Exchange exchanges[_CLIP_SELECTION_MAX];
        xcb_gcontext_t gc;
        xcb_window_t leader; /* never shown: the group that all windows are of */
        xcb_render_pictformat_t argb;
        xcb_cursor_t cursor;
        xcb_timestamp_t time; /* of the last thing that the person did here */
        int16_t root_x, root_y;
        uint8_t button;
        bool is_leaving, is_screen_old, is_keymap_old, is_locks_old;
        Surface surfaces[LETTER_WINDOWS];
} Display;

int64_t display_now_ms(void);
/* NULL: none of ours. */
Surface *display_surface(Display *display, xcb_window_t id);
unsigned display_slot(const Display *display, const Surface *surface);

/* surface.c: the back end's class. */
extern const BackendClass display_class;
void display_set_cursor(Display *display, xcb_cursor_t cursor);

/* events.c: false: there was none. */
bool display_take_events(Display *display);
/* Monitors and panels. */
void display_read_screen(Display *display);

/* keyboard.c */
void keyboard_begin(Display *display);
void keyboard_on_event(Display *display, const xcb_generic_event_t *event);
void keyboard_send_map(Display *display);
/* Caps Lock and its like, and the layout in use. */
void keyboard_send_locks(Display *display);

/* exchange.c */
void exchange_begin(Display *display);
void exchange_end(Display *display);
/* There is a new agent. */
void exchange_renew(Display *display);
void exchange_on_letter(Display *display, const Letter *letter);
/* true: it was about a selection. */
bool exchange_on_event(Display *display, const xcb_generic_event_t *event);
void exchange_on_property(Display *display, const xcb_property_notify_event_t *event);
void exchange_settle(Display *display);
int exchange_wait_ms(const Display *display, int64_t now_ms);

/* setup.c: 0, or a sentence. */
const char *display_open(Display *display);
