/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>

#include "base/buffer.h"
#include "pair/keymap.h"
#include "pair/post.h"

/* What the files of the agent share. */

typedef enum Atom {
        ATOM_WM_PROTOCOLS,
        ATOM_WM_DELETE_WINDOW,
        ATOM_WM_TAKE_FOCUS,
        ATOM_WM_STATE,
        ATOM_WM_CHANGE_STATE,
        ATOM_WM_S0,
        ATOM_UTF8_STRING,
        ATOM_XKB_RULES_NAMES,
        ATOM_CLIPBOARD,
        ATOM_TARGETS,
        ATOM_INCR,
        ATOM_TEXT_PLAIN,
        ATOM_NET_SUPPORTED,
        ATOM_NET_SUPPORTING_WM_CHECK,
        ATOM_NET_CLIENT_LIST,
        ATOM_NET_NUMBER_OF_DESKTOPS,
        ATOM_NET_CURRENT_DESKTOP,
        ATOM_NET_DESKTOP_GEOMETRY,
        ATOM_NET_DESKTOP_VIEWPORT,
        ATOM_NET_WORKAREA,
        ATOM_NET_ACTIVE_WINDOW,
        ATOM_NET_CLOSE_WINDOW,
        ATOM_NET_MOVERESIZE_WINDOW,
        ATOM_NET_WM_MOVERESIZE,
        ATOM_NET_REQUEST_FRAME_EXTENTS,
        ATOM_NET_FRAME_EXTENTS,
        ATOM_NET_WM_NAME,
        ATOM_NET_WM_ICON,
        ATOM_NET_WM_DESKTOP,
        ATOM_NET_WM_ALLOWED_ACTIONS,
        ATOM_NET_WM_STATE,
        ATOM_NET_WM_STATE_MODAL,
        ATOM_NET_WM_STATE_HIDDEN,
        ATOM_NET_WM_STATE_FULLSCREEN,
        ATOM_NET_WM_STATE_MAXIMIZED_HORZ,
        ATOM_NET_WM_STATE_MAXIMIZED_VERT,
        ATOM_NET_WM_STATE_DEMANDS_ATTENTION,
        ATOM_NET_WM_STATE_FOCUSED,
        ATOM_NET_WM_WINDOW_TYPE,
        ATOM_NET_WM_WINDOW_TYPE_NORMAL, /* from here on as LetterKind has them */
        ATOM_NET_WM_WINDOW_TYPE_DIALOG,
        ATOM_NET_WM_WINDOW_TYPE_UTILITY,
        ATOM_NET_WM_WINDOW_TYPE_TOOLBAR,
        ATOM_NET_WM_WINDOW_TYPE_SPLASH,
        ATOM_NET_WM_WINDOW_TYPE_MENU,
        ATOM_NET_WM_WINDOW_TYPE_DROPDOWN_MENU,
        ATOM_NET_WM_WINDOW_TYPE_POPUP_MENU,
        ATOM_NET_WM_WINDOW_TYPE_COMBO,
        ATOM_NET_WM_WINDOW_TYPE_TOOLTIP,
        ATOM_NET_WM_WINDOW_TYPE_NOTIFICATION,
        ATOM_NET_WM_WINDOW_TYPE_DND,
        ATOM_NET_WM_ACTION_MOVE,
        ATOM_NET_WM_ACTION_RESIZE,
        ATOM_NET_WM_ACTION_MINIMIZE,
        ATOM_NET_WM_ACTION_MAXIMIZE_HORZ,
        ATOM_NET_WM_ACTION_MAXIMIZE_VERT,
        ATOM_NET_WM_ACTION_FULLSCREEN,
        ATOM_NET_WM_ACTION_CLOSE,
        _ATOM_MAX,
} Atom;

/* FREE: the slot is nobody's.
 *     ends      a window is mapped -> ASKED
 * ASKED: its properties were asked for; the daemon knows nothing of it yet.
 *     ends      the last answer -> OPEN, with LETTER_OPEN; it is destroyed -> FREE
 * OPEN: the daemon shows it, while it is mapped.
 *     ends      it is destroyed -> FREE, with LETTER_GONE */
typedef enum ClientState {
        CLIENT_FREE,
        CLIENT_ASKED,
        CLIENT_OPEN,
} ClientState;

typedef struct Client {
        ClientState state;
        xcb_window_t id;
        uint32_t generation;
        Area at; /* without its border */
        uint16_t border;
        bool is_popup, is_mapped, has_alpha, awaits_title, is_shaped;
        bool deletes, takes_focus; /* WM_PROTOCOLS */
        unsigned n_asked;          /* answers that are missing */
        LetterHints hints;
        xcb_window_t parent;
        uint32_t state_flags; /* LETTER_STATE_ of the daemon */
        uint32_t configured;  /* sequence number of our last configure */
        /* Its picture. */
        xcb_pixmap_t pixmap;
        xcb_damage_damage_t damage;
        Area dirty;
        bool is_reading; /* the server was asked to copy pixels */
        bool is_sent;    /* the daemon has not said DONE */
        Area reading;
        xcb_shm_seg_t segment; /* 0: none */
        uint32_t serial;
        uint64_t bytes;
} Client;

/* A selection of the inner server. */
enum { CLIP_WAITING = 8 };

typedef struct Clip {
        bool is_heard;                                       /* the daemon wants to know what apps copy */
        bool is_ours;                                        /* what the person has is offered */
        bool is_reading, is_in_pieces;                       /* what an app has */
        Buffer text, given;                                  /* of the app; of the person */
        xcb_selection_request_event_t waiting[CLIP_WAITING]; /* apps that paste */
        size_t n_waiting;
} Clip;

typedef struct Agent Agent;

/* What becomes of an answer; client: NULL where its window is gone, or none was meant.  reply: NULL for an error. */
typedef void AnswerHandler(Agent *agent, Client *client, uint32_t detail, void *reply);

typedef struct Answer {
        unsigned sequence;
        uint16_t slot; /* LETTER_WINDOWS: none */
        uint32_t generation, detail;
        AnswerHandler *handler;
} Answer;

enum { ANSWERS = 4096 };

struct Agent {
        xcb_connection_t *x;
        xcb_screen_t *screen;
        Post *post;
        xcb_atom_t atoms[_ATOM_MAX];
        xcb_window_t check;   /* ours, and a sign that there is a window manager */
        xcb_window_t nowhere; /* ours, without a picture: where the pointer is when it is in no window */
        uint8_t damage_event, fixes_event, shape_event, xkb_event;
        uint32_t epoch, generation;
        int focus; /* slot, or -1 */
        int on_top;
        bool is_nowhere, is_over, is_list_old;
        xcb_timestamp_t time;
        Letter *letter;   /* to write in */
        Letter *incoming; /* the one that is being read */
        bool has_xkb, has_shape, has_randr;
        uint8_t *keymap; /* the part that is coming */
        size_t n_keymap;
        uint32_t keymap_part, name_round;
        uint16_t name_modifiers;
        uint8_t name_groups;
        size_t n_names;
        xcb_atom_t name_atoms[KEYMAP_TEXTS];
        Answer answers[ANSWERS];
        size_t first_answer, n_answers;
        uint32_t n_monitors, n_set, dpi; /* n_set: that the server was told of */
        Area monitors[LETTER_MONITORS];
        xcb_atom_t monitor_names[LETTER_MONITORS];
        xcb_randr_output_t output;
        Clip clips[_CLIP_SELECTION_MAX];
        Client clients[LETTER_WINDOWS];
};

unsigned client_slot(const Agent *agent, const Client *client);
/* NULL: there is none. */
Client *client_of(Agent *agent, xcb_window_t id);
Client *client_of_letter(Agent *agent, const Letter *letter);
/* Sends agent->letter. */
void client_send(Agent *agent, const Client *client);

/* client.c: a window's life. */
void client_meet(Agent *agent, xcb_window_t id, bool is_popup);
void client_on_mapped(Agent *agent, Client *client, bool is_popup);
void client_on_unmapped(Agent *agent, Client *client);
void client_on_destroyed(Agent *agent, Client *client);
void client_on_configured(Agent *agent, Client *client, const xcb_configure_notify_event_t *event);
void client_on_property(Agent *agent, Client *client, xcb_atom_t atom);
void client_on_shape(Agent *agent, Client *client);
/* Tells a daemon that is new of all windows. */
void client_tell_all(Agent *agent);
void client_on_screen_tree(Agent *agent, Client *none, uint32_t detail, void *reply);

/* answer.c */
void answer_expect(Agent *agent, unsigned sequence, const Client *client, uint32_t detail, AnswerHandler *handler);
/* Handles those that are there; true: there were some. */
bool answer_take(Agent *agent);
/* What a GetProperty reply really holds, as n items of 8 or 32 bits; NULL: nothing of that format. */
const void *answer_property(const void *reply, unsigned format, size_t *ret_n);

/* picture.c */
void picture_begin(Agent *agent, Client *client);
/* It was mapped, or has another size: the server has made a new pixmap. */
void picture_renew(Agent *agent, Client *client);
void picture_lost(Agent *agent, Client *client);
void picture_end(Agent *agent, Client *client);
void picture_on_damage(Agent *agent, const xcb_damage_notify_event_t *event);
void picture_dirty(Agent *agent, Client *client, const Area *part);
void picture_on_buffer(Agent *agent, Client *client, const Letter *letter, int fd);
void picture_drop_buffer(Agent *agent, Client *client);
/* Whatever can be read now is asked for. */
void picture_step(Agent *agent);
void picture_ask_cursor(Agent *agent);

/* manager.c: what clients expect of a window manager. */
bool manager_begin(Agent *agent);
void manager_on_configure_request(Agent *agent, const xcb_configure_request_event_t *event);
void manager_on_message(Agent *agent, const xcb_client_message_event_t *event);
void manager_tell_configured(Agent *agent, const Client *client);
void manager_set_wm_state(Agent *agent, const Client *client);
void manager_set_states(Agent *agent, const Client *client);
void manager_begin_client(Agent *agent, const Client *client);
void manager_set_list(Agent *agent);
void manager_set_active(Agent *agent);
void manager_close(Agent *agent, const Client *client);
void manager_send(Agent *agent, xcb_window_t id, Atom type, uint32_t first, uint32_t second);

/* screen.c */
void screen_on_letter(Agent *agent, const Letter *letter);

/* keyboard.c */
void keyboard_on_piece(Agent *agent, const Letter *letter);
void keyboard_on_locks(Agent *agent, const Letter *letter);
void keyboard_on_repeat(Agent *agent, const Letter *letter);
void keyboard_listen(Agent *agent);
void keyboard_on_bell(Agent *agent, const xcb_generic_event_t *event);

/* clip.c */
void clip_on_owner(Agent *agent, const xcb_xfixes_selection_notify_event_t *event);
void clip_on_cleared(Agent *agent, const xcb_selection_clear_event_t *event);
void clip_on_converted(Agent *agent, const xcb_selection_notify_event_t *event);
void clip_on_property(Agent *agent, const xcb_property_notify_event_t *event);
void clip_on_request(Agent *agent, const xcb_selection_request_event_t *event);
void clip_on_letter(Agent *agent, const Letter *letter);
/* A new daemon has heard of nothing. */
void clip_renew(Agent *agent);
void clip_end(Agent *agent);

/* feed.c: the daemon's letters. */
void feed_letter(Agent *agent, const Letter *letter, int fd);
/* The focus may be where it could not be before. */
void feed_focus(Agent *agent);
