/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pair/letter.h"

/* Backend - the person's screen, as far as the bridge uses it: windows with a border of the box's colour.  What may be
 * shown the bridge decides (host/bridge.h); a back end does it, and tells what the person did.  All areas are those of
 * what is inside the border, in the screen's coordinates. */
typedef struct Backend Backend;

enum { BACKEND_BORDER = 3 };

typedef struct BackendWindow {
        Area at;
        bool is_free;   /* a popup, without the window manager */
        bool may_focus; /* a new window that may take the keyboard, if the window manager finds so */
} BackendWindow;

/* What is worth a line in the log: each was denied. */
typedef enum BackendNews {
        NEWS_POPUP,      /* a popup got the window manager's frame: it would have covered too much, or came by itself */
        NEWS_WINDOWS,    /* all slots are used */
        NEWS_PIXELS,     /* a window would have had more memory than there is for all */
        NEWS_FULLSCREEN, /* an app asked for it */
        _BACKEND_NEWS_MAX,
} BackendNews;

typedef struct BackendClass {
        /* A new one under this slot, not shown.  An old one is destroyed. */
        void (*create)(Backend *backend, unsigned slot, const BackendWindow *window);
        void (*destroy)(Backend *backend, unsigned slot);
        /* Shown or not; a window that is shown has an answer with bridge_on_placed(). */
        void (*show)(Backend *backend, unsigned slot, bool on);
        /* Without the window manager, or with it; only while it is not shown. */
        void (*set_free)(Backend *backend, unsigned slot, bool is_free);
        void (*place)(Backend *backend, unsigned slot, const Area *at);
        void (*title)(Backend *backend, unsigned slot, const char *text);
        /* parent: a slot, or -1. */
        void (*hints)(Backend *backend, unsigned slot, const LetterHints *hints, int parent);
        void (*icon)(Backend *backend, unsigned slot, uint32_t w, uint32_t h, const uint32_t *pixels);
        void (*shape)(Backend *backend, unsigned slot, const Area *rects, size_t n);
        /* Memory of pixels, from now on; the descriptor is the back end's.  false: there is no use for it. */
        bool (*attach)(Backend *backend, unsigned slot, int fd, uint64_t bytes);
        void (*detach)(Backend *backend, unsigned slot);
        /* Lines of at->w pixels, from the start of the memory.  Answered with bridge_on_drawn(). */
        void (*draw)(Backend *backend, unsigned slot, const Area *at);
        void (*wish)(Backend *backend, unsigned slot, LetterWish wish, uint32_t on);
        void (*cursor)(Backend *backend, uint32_t w, uint32_t h, uint32_t x, uint32_t y, const uint32_t *pixels);
        void (*bell)(Backend *backend);
        /* A new agent knows nothing of the keyboard yet, nor of selections. */
        void (*renew)(Backend *backend);
        void (*news)(Backend *backend, BackendNews news);
        /* A LETTER_TAKE, checked. */
        void (*clip)(Backend *backend, const Letter *letter);
} BackendClass;

struct Backend {
        const BackendClass *class;
};
