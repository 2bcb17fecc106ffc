/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An agent that says anything, and a person who does anything, against what the daemon decides; the screen is one that
 * only checks.  Whatever was said: what is drawn lies in a buffer that is there, of a window that is shown; popups
 * without a frame cover no more than they may; memory is what the windows shown need; every title has its label. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "host/bridge.h"
#include "judge/popup.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

typedef struct Shown {
        bool is_made, is_shown, is_free, is_drawing;
        Area at;
        uint64_t bytes;
} Shown;

typedef struct Screen {
        Backend backend;
        Shown windows[LETTER_WINDOWS];
        uint64_t bytes;
} Screen;

static const LetterMonitor monitors[] = { { { 0, 0, 1280, 800 }, { 0, 0, 1280, 760 } },
                                          { { 1280, 0, 800, 600 }, { 1280, 0, 800, 600 } } };

static void require(bool good)
{
        if (!good)
                abort();
}

static Shown *shown(Backend *backend, unsigned slot)
{
        require(slot < LETTER_WINDOWS);
        return &((Screen *)backend)->windows[slot];
}

static void create(Backend *backend, unsigned slot, const BackendWindow *window)
{
        require(!shown(backend, slot)->is_made && !area_is_empty(&window->at));
        *shown(backend, slot) = (Shown){ .is_made = true, .at = window->at, .is_free = window->is_free };
}

static void detach(Backend *backend, unsigned slot)
{
        Shown *window = shown(backend, slot);

        ((Screen *)backend)->bytes -= window->bytes;
        window->bytes = 0;
}

static void destroy(Backend *backend, unsigned slot)
{
        detach(backend, slot);
        require(shown(backend, slot)->is_made);
        *shown(backend, slot) = (Shown){ 0 };
}

static void show(Backend *backend, unsigned slot, bool on)
{
        require(shown(backend, slot)->is_made && shown(backend, slot)->is_shown != on);
        shown(backend, slot)->is_shown = on;
}

static void set_free(Backend *backend, unsigned slot, bool is_free)
{
        require(!shown(backend, slot)->is_shown);
        shown(backend, slot)->is_free = is_free;
}

static void place(Backend *backend, unsigned slot, const Area *at)
{
        require(shown(backend, slot)->is_made && !area_is_empty(at));
        shown(backend, slot)->at = *at;
}

static void title(Backend *backend, unsigned slot, const char *text)
{
        require(shown(backend, slot)->is_made && strncmp(text, "[box]", 5) == 0);
}

static void hints(Backend *backend, unsigned slot, const LetterHints *told, int parent)
{
        require(shown(backend, slot)->is_made && told->kind < _LETTER_KIND_MAX);
        require(parent < LETTER_WINDOWS && parent != (int)slot &&
                (parent < 0 || shown(backend, (unsigned)parent)->is_made));
}

static void icon(Backend *backend, unsigned slot, uint32_t w, uint32_t h, const uint32_t *pixels)
{
        require(shown(backend, slot)->is_made && w <= LETTER_ICON_SIDE && h <= LETTER_ICON_SIDE && pixels != NULL);
}

static void shape(Backend *backend, unsigned slot, const Area *rects, size_t n)
{
        require(shown(backend, slot)->is_made && n <= LETTER_SHAPES && rects != NULL);
}

static bool attach(Backend *backend, unsigned slot, int fd, uint64_t bytes)
{
        Shown *window = shown(backend, slot);

        require(window->is_made && window->bytes == 0 && lseek(fd, 0, SEEK_END) == (off_t)bytes);
        (void)close(fd);
        window->bytes = bytes;
        ((Screen *)backend)->bytes += bytes;
        require(((Screen *)backend)->bytes <= BRIDGE_BYTES_MAX);
        return true;
}

static void draw(Backend *backend, unsigned slot, const Area *at)
{
        Shown *window = shown(backend, slot);

        require(window->is_shown && (uint64_t)area_pixels(at) * 4 <= window->bytes);
        window->is_drawing = true;
}

static void wish(Backend *backend, unsigned slot, LetterWish what, uint32_t on)
{
        require(shown(backend, slot)->is_shown && !shown(backend, slot)->is_free);
        require(what < _LETTER_WISH_MAX && (what != LETTER_WISH_FULLSCREEN || on == 0));
}

static void cursor(Backend *backend, uint32_t w, uint32_t h, uint32_t x, uint32_t y, const uint32_t *pixels)
{
        require(backend != NULL && w <= LETTER_CURSOR_SIDE && h <= LETTER_CURSOR_SIDE && x < w && y < h &&
                pixels != NULL);
}

static void nothing(Backend *backend)
{
        require(backend != NULL);
}

static void news(Backend *backend, BackendNews what)
{
        require(backend != NULL && what < _BACKEND_NEWS_MAX);
}

static void clip(Backend *backend, const Letter *letter)
{
        require(backend != NULL && letter->is.clip.selection < _CLIP_SELECTION_MAX);
}

static const BackendClass class = {
        .create = create,
        .destroy = destroy,
        .show = show,
        .set_free = set_free,
        .place = place,
        .title = title,
        .hints = hints,
        .icon = icon,
        .shape = shape,
        .attach = attach,
        .detach = detach,
        .draw = draw,
        .wish = wish,
        .cursor = cursor,
        .bell = nothing,
        .renew = nothing,
        .news = news,
        .clip = clip,
};

static void check_popups(const Screen *screen)
{
        Area popups[POPUP_AT_ONCE + 1];
        size_t n = 0;

        for (size_t i = 0; i < LETTER_WINDOWS; i++)
                if (screen->windows[i].is_shown && screen->windows[i].is_free) {
                        require(n < POPUP_AT_ONCE);
                        popups[n++] = area_grow(&screen->windows[i].at, BACKEND_BORDER);
                }
        for (size_t i = 0; i < sizeof monitors / sizeof *monitors; i++)
                require(popup_covered(popups, n, &monitors[i].at) * 100 <=
                        area_pixels(&monitors[i].at) * POPUP_SHARE_PERCENT);
}

/* What the person does: four bytes. */
static void act(Bridge *bridge, Screen *screen, const uint8_t *b, int64_t now)
{
        unsigned slot = b[1] % 8;
        int32_t x = (int8_t)b[2] * 16, y = (int8_t)b[3] * 16;
        const Area at = { x, y, 1 + b[2] * 8, 1 + b[3] * 8 };

        switch (b[0] % 12) {
        case 0:
                bridge_on_focus(bridge, (int)slot);
                break;
        case 1:
                bridge_on_blur(bridge, (int)slot);
                break;
        case 2:
                bridge_on_button(bridge, slot, x, y, b[2] % 8, b[3] % 2 != 0, now);
                break;
        case 3:
                bridge_on_pointer(bridge, slot, x, y, now);
                break;
        case 4:
                bridge_on_key(bridge, b[2], b[3] % 2 != 0, now);
                break;
        case 5:
                bridge_on_leave(bridge);
                break;
        case 6:
                bridge_on_placed(bridge, slot, &at);
                break;
        case 7:
                bridge_on_exposed(bridge, slot, &at);
                break;
        case 8:
                if (screen->windows[slot].is_drawing)
                        bridge_on_drawn(bridge, slot);
                screen->windows[slot].is_drawing = false;
                break;
        case 9:
                bridge_on_state(bridge, slot, b[2] & _LETTER_STATE_ALL);
                break;
        case 10:
                bridge_on_close(bridge, slot);
                break;
        default:
                bridge_on_keys_taken(bridge);
                break;
        }
}

/* A letter of the agent: as many of the bytes as there are, the rest zeros; small slots and generations, so that they
 * meet. */
static size_t speak(Bridge *bridge, const uint8_t *b, size_t n, int64_t now)
{
        static Letter untrusted, letter;
        LetterType type = LETTER_HELLO + b[0] % (_LETTER_TYPE_MAX - LETTER_HELLO);
        size_t n_body, n_given;

        memset(&untrusted, 0, letter_size(type));
        untrusted.type = (uint16_t)type;
        untrusted.slot = b[1] % 8;
        untrusted.generation = b[2] % 4;
        n_body = letter_size(type) - offsetof(Letter, is);
        n_given = n - 3 < n_body ? n - 3 : n_body;
        if (n_given > 64)
                n_given = 64;
        memcpy(&untrusted.is, b + 3, n_given);
        if (letter_check(&letter, &untrusted, letter_size(type), LETTER_FROM_AGENT, 0) == 0)
                bridge_on_letter(bridge, &letter, now);
        return 3 + n_given;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        const BridgeOptions options = { .label = "box", .share_percent = POPUP_SHARE_PERCENT, .epoch = 1 };
        const Letter hello = { .type = LETTER_HELLO, .is.hello = { LETTER_VERSION, 1, 1280, 800 } };
        CLEANUP(post_freep) Post *post = NULL;
        CLEANUP(bridge_freep) Bridge *bridge = NULL;
        CLEANUP(fd_closep) int far = -1;
        Screen *screen = calloc(1, sizeof *screen);
        int64_t now = 1000;
        int sockets[2];

        require(screen != NULL && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) == 0);
        far = sockets[1];
        screen->backend.class = &class;
        post = post_new(&sockets[0], LETTER_FROM_DAEMON);
        bridge = bridge_new(&options, &screen->backend, post);
        bridge_begin(bridge, now);
        bridge_on_screen(bridge, monitors, 2, 0);
        bridge_on_letter(bridge, &hello, now);
        for (size_t i = 0; i + 4 <= n;) {
                char packet[LETTER_BYTES_MAX];

                now += bytes[i] % 3 * 400;
                if ((bytes[i] & 0x80) != 0) {
                        i += speak(bridge, bytes + i, n - i, now);
                } else {
                        act(bridge, screen, bytes + i, now);
                        i += 4;
                }
                bridge_settle(bridge, now);
                check_popups(screen);
                /* The agent reads, and its descriptors are closed by the kernel: nothing is taken out of the packet. */
                while (recv(far, packet, sizeof packet, MSG_DONTWAIT) > 0)
                        ;
                post_flush(post);
        }
        free(screen);
        return 0;
}
