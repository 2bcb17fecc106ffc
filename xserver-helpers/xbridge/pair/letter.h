/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "pair/area.h"

/* Letter - what the two halves of the bridge say to each other.  One letter is one packet of a SOCK_SEQPACKET socket;
 * its length follows from its type alone, and both halves are the same program on the same machine, so that numbers are
 * the machine's own.  Windows are named by slot and generation: a slot is used again, a generation never, and no number
 * of either X server crosses.  What each letter means, and in which order they come: docs/theory/xbridge.md. */

enum {
        LETTER_VERSION = 1,
        LETTER_WINDOWS = 256,             /* slots */
        LETTER_SIDE_MAX = 8192,           /* of a window, in pixels: four times 1920 */
        LETTER_FAR = 16383,               /* how far from the origin: X has 16 bits */
        LETTER_NOWHERE = -2 * LETTER_FAR, /* of a button that comes up by itself: the pointer stays where it is */
        LETTER_TEXT_BYTES = 512,          /* of a title: 128 characters of four bytes */
        LETTER_CURSOR_SIDE = 64,
        LETTER_ICON_SIDE = 48,
        LETTER_CHUNK_BYTES = 4096,
        LETTER_MONITORS = 16,
        LETTER_SHAPES = 512, /* rectangles of a shape */
        LETTER_BYTES_MAX = 4 * LETTER_CURSOR_SIDE * LETTER_CURSOR_SIDE + 64,
};

typedef enum LetterType {
        LETTER_NONE,
        /* The daemon's. */
        LETTER_WELCOME,   /* begins: the agent answers with HELLO and tells of all its windows */
        LETTER_SCREEN,    /* the person's monitors */
        LETTER_BUFFER,    /* memory for a window's pixels; one descriptor comes with it */
        LETTER_DONE,      /* a frame is on the screen: the next may come */
        LETTER_REPAINT,   /* this part was lost */
        LETTER_CONFIGURE, /* the window is here now */
        LETTER_STATE,     /* what the window manager made of it */
        LETTER_CLOSE,     /* the person closed it */
        LETTER_FOCUS,     /* it has the keyboard; none has */
        LETTER_POINTER,   /* the pointer moved, a button changed */
        LETTER_LEAVE,     /* the pointer is in none of the windows */
        LETTER_KEY,       /* a key changed */
        LETTER_LOCKS,     /* Caps Lock and its like, the layout in use */
        LETTER_KEYMAP,    /* a piece of the keyboard's map */
        LETTER_REPEAT,    /* how keys repeat */
        LETTER_GIVE,      /* of selections: what the person has */
        LETTER_END,       /* it is over, and no other daemon will come */
        /* The agent's. */
        LETTER_HELLO,  /* begins; epoch 0: the agent is new and waits for WELCOME */
        LETTER_OPEN,   /* a window; it is not shown yet */
        LETTER_GONE,   /* it is no more */
        LETTER_SHOW,   /* it was mapped, unmapped */
        LETTER_PLACE,  /* where it is, or wants to be */
        LETTER_TITLE,  /* */
        LETTER_HINTS,  /* kind, relations, sizes */
        LETTER_WISH,   /* something that the window manager decides */
        LETTER_FRAME,  /* pixels are in the buffer */
        LETTER_CURSOR, /* */
        LETTER_ICON,   /* */
        LETTER_SHAPE,  /* */
        LETTER_BELL,   /* */
        LETTER_TAKE,   /* of selections: what the app has, or wants */
        _LETTER_TYPE_MAX,
} LetterType;

typedef enum LetterFrom {
        LETTER_FROM_DAEMON,
        LETTER_FROM_AGENT,
} LetterFrom;

enum {
        LETTER_OPEN_POPUP = 1 << 0, /* override-redirect */
        LETTER_OPEN_ALPHA = 1 << 1,
        _LETTER_OPEN_ALL = (1 << 2) - 1,

        LETTER_STATE_HIDDEN = 1 << 0,
        LETTER_STATE_FULLSCREEN = 1 << 1,
        LETTER_STATE_WIDE = 1 << 2, /* maximised */
        LETTER_STATE_HIGH = 1 << 3,
        _LETTER_STATE_ALL = (1 << 4) - 1,

        LETTER_HINT_PARENT = 1 << 0, /* it belongs to another window: parent_slot, parent_generation */
        LETTER_HINT_MODAL = 1 << 1,
        LETTER_HINT_URGENT = 1 << 2,
        LETTER_HINT_PLACED = 1 << 3, /* the person or the app chose the place */
        LETTER_HINT_MIN = 1 << 4,
        LETTER_HINT_MAX = 1 << 5,
        LETTER_HINT_STEP = 1 << 6,
        LETTER_HINT_BASE = 1 << 7,
        LETTER_HINT_ASPECT = 1 << 8,
        LETTER_HINT_DEAF = 1 << 9, /* it takes no keys */
        _LETTER_HINT_ALL = (1 << 10) - 1,
};

typedef enum LetterKind { /* of a window: _NET_WM_WINDOW_TYPE */
                          LETTER_KIND_NORMAL,
                          LETTER_KIND_DIALOG,
                          LETTER_KIND_UTILITY,
                          LETTER_KIND_TOOLBAR,
                          LETTER_KIND_SPLASH,
                          LETTER_KIND_MENU,
                          LETTER_KIND_DROPDOWN,
                          LETTER_KIND_POPUP,
                          LETTER_KIND_COMBO,
                          LETTER_KIND_TOOLTIP,
                          LETTER_KIND_NOTIFICATION,
                          LETTER_KIND_DND,
                          _LETTER_KIND_MAX,
} LetterKind;

typedef enum LetterWish {
        LETTER_WISH_ICONIFY,
        LETTER_WISH_ACTIVATE,   /* in front of the others, with the keyboard */
        LETTER_WISH_FULLSCREEN, /* on: 0 or 1 */
        LETTER_WISH_WIDE,
        LETTER_WISH_HIGH,
        LETTER_WISH_DRAG, /* the person drags it by a part that the app drew; on: a direction of _NET_WM_MOVERESIZE */
        _LETTER_WISH_MAX,
} LetterWish;

typedef enum LetterSelection {
        CLIP_CLIPBOARD,
        CLIP_PRIMARY,
        _CLIP_SELECTION_MAX,
} LetterSelection;

typedef enum LetterClip {
        CLIP_LISTEN,  /* GIVE: tell me what the app copies */
        CLIP_OFFER,   /* GIVE: the person has something to paste */
        CLIP_WANT,    /* TAKE: the app pastes it */
        CLIP_TEXT,    /* a piece of text */
        CLIP_NOTHING, /* GIVE: there is none */
        _CLIP_KIND_MAX,
} LetterClip;

enum { LETTER_DRAG_MAX = 8 }; /* _NET_WM_MOVERESIZE_MOVE */

typedef struct LetterMonitor {
        Area at, work; /* work: without the panels */
} LetterMonitor;

typedef struct LetterHints {
        uint32_t flags; /* LETTER_HINT_ */
        uint32_t kind;
        uint32_t parent_slot, parent_generation;
        int32_t min_w, min_h, max_w, max_h, step_w, step_h, base_w, base_h;
        int32_t least_x, least_y, most_x, most_y; /* aspect */
} LetterHints;

typedef struct Letter {
        uint16_t type, slot;
        uint32_t generation;
        union {
                struct {
                        uint32_t version, epoch;
                } welcome;
                struct {
                        uint32_t n, dpi; /* dpi: 0 where the person's session says nothing */
                        LetterMonitor monitors[LETTER_MONITORS];
                } screen;
                struct {
                        uint64_t bytes;
                        uint32_t serial, unused;
                } buffer;
                struct {
                        uint32_t serial;
                } done;
                Area repaint;
                Area configure;
                struct {
                        uint32_t flags;
                } state;
                struct {
                        uint32_t on;
                } focus;
                struct {
                        int32_t x, y;
                        uint32_t button, down; /* button 0: it only moved */
                } pointer;
                struct {
                        uint32_t code, down;
                } key;
                struct {
                        uint32_t modifiers, group;
                } locks;
                struct {
                        uint32_t kind, n, last; /* kind: a KeymapPart */
                        uint8_t bytes[LETTER_CHUNK_BYTES];
                } keymap;
                struct {
                        uint32_t on, delay_ms, interval_ms;
                } repeat;
                struct {
                        uint32_t selection, kind, n, last;
                        uint8_t bytes[LETTER_CHUNK_BYTES];
                } clip;
                struct {
                        uint32_t version, epoch, w, h; /* of the inner screen */
                } hello;
                struct {
                        Area at;
                        uint32_t flags;
                } open;
                struct {
                        uint32_t on, flags; /* LETTER_OPEN_ */
                } show;
                struct {
                        Area at;
                        uint32_t asked; /* 1: the app wants it; 0: it is so */
                } place;
                struct {
                        uint32_t n;
                        char text[LETTER_TEXT_BYTES];
                } title;
                LetterHints hints;
                struct {
                        uint32_t wish, on;
                } wish;
                struct {
                        Area at;
                        uint32_t serial;
                } frame;
                struct {
                        uint32_t w, h, x, y; /* x, y: the hot spot */
                        uint32_t pixels[LETTER_CURSOR_SIDE * LETTER_CURSOR_SIDE];
                } cursor;
                struct {
                        uint32_t w, h;
                        uint32_t pixels[LETTER_ICON_SIDE * LETTER_ICON_SIDE];
                } icon;
                struct {
                        uint32_t n; /* 0: it is a rectangle */
                        Area rects[LETTER_SHAPES];
                } shape;
        } is;
} Letter;

/* Of a type, 0 for none. */
size_t letter_size(LetterType type);
LetterFrom letter_from(LetterType type);

typedef enum LetterFault {
        LETTER_FAULT_SIZE = 1, /* too short, or not as long as its type says */
        LETTER_FAULT_TYPE,     /* none, or one of the other half */
        LETTER_FAULT_SLOT,
        LETTER_FAULT_FIELD,      /* a value that means nothing */
        LETTER_FAULT_DESCRIPTOR, /* one came where none belongs, or the other way round */
} LetterFault;

/* The one place where the peer's bytes become a letter: every number is cut to what it can mean.  0 or a LetterFault.
 */
int letter_check(Letter *ret_letter, const void *untrusted_bytes, size_t n, LetterFrom from, size_t n_descriptors);
