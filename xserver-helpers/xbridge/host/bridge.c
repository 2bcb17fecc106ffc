/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The agent's letters.  What the person does: host/person.c; pixels: host/frame.c. */

#include "host/bridge.h"

#include <stdlib.h>
#include <string.h>

#include "host/window.h"
#include "judge/title.h"

Bridge *bridge_new(const BridgeOptions *options, Backend *backend, Post *post)
{
        Bridge *bridge = calloc(1, sizeof *bridge);

        if (bridge == NULL)
                return NULL;
        bridge->options = *options;
        bridge->backend = backend;
        bridge->post = post;
        bridge->epoch = options->epoch;
        bridge->focus = bridge->focus_told = -1;
        bridge->urgency = (Bucket){ .per_second = 1, .burst = 1, .tokens_milli = 1000 };
        bridge->cursors = bucket_full(30, 30);
        bridge->bells = bucket_full(2, 4);
        return bridge;
}

void bridge_free(Bridge *bridge)
{
        free(bridge);
}

uint64_t bridge_stale(const Bridge *bridge)
{
        return bridge->stale;
}

Window *bridge_window(Bridge *bridge, unsigned slot, uint32_t generation)
{
        Window *window = &bridge->windows[slot];

        if (window->used && window->generation == generation)
                return window;
        bridge->stale++;
        return NULL;
}

unsigned bridge_slot(const Bridge *bridge, const Window *window)
{
        return (unsigned)(window - bridge->windows);
}

void bridge_send(Bridge *bridge, unsigned slot, Letter *letter)
{
        letter->slot = (uint16_t)slot;
        letter->generation = bridge->windows[slot].generation;
        post_send(bridge->post, letter, -1);
}

void bridge_tell(Bridge *bridge, const Letter *letter)
{
        if (bridge->is_greeted)
                post_send(bridge->post, letter, -1);
}

void bridge_begin(Bridge *bridge, int64_t now_ms)
{
        Letter letter = { .type = LETTER_WELCOME, .is.welcome = { .version = LETTER_VERSION, .epoch = bridge->epoch } };

        bridge->now_ms = bridge->born_ms = now_ms;
        post_send(bridge->post, &letter, -1);
}

static void tell_screen(Bridge *bridge)
{
        Letter letter = { .type = LETTER_SCREEN };

        letter.is.screen.n = (uint32_t)bridge->n_monitors;
        letter.is.screen.dpi = bridge->dpi;
        memcpy(letter.is.screen.monitors, bridge->monitors, bridge->n_monitors * sizeof *bridge->monitors);
        bridge_tell(bridge, &letter);
}

void bridge_on_screen(Bridge *bridge, const LetterMonitor *monitors, size_t n, uint32_t dpi)
{
        bridge->n_monitors = n < LETTER_MONITORS ? n : LETTER_MONITORS;
        memcpy(bridge->monitors, monitors, bridge->n_monitors * sizeof *monitors);
        bridge->dpi = dpi;
        bridge->is_restless = true;
        tell_screen(bridge);
}

static void forget(Bridge *bridge, Window *window)
{
        unsigned slot = bridge_slot(bridge, window);

        if (!window->used)
                return;
        if (bridge->button_slot == slot)
                bridge_release_buttons(bridge);
        window_drop_buffer(bridge, window);
        bridge->backend->class->destroy(bridge->backend, slot);
        if (bridge->focus == (int)slot)
                bridge->focus = -1;
        if (bridge->focus_told == (int)slot) {
                bridge->focus_told = -1;
                bridge_release_keys(bridge);
        }
        *window = (Window){ .generation = window->generation };
}

static void on_hello(Bridge *bridge, const Letter *letter)
{
        if (letter->is.hello.epoch != bridge->epoch) {
                /* Another agent, in the place of one that is gone, or one that began before us. */
                if (letter->is.hello.epoch != 0)
                        return;
                for (size_t i = 0; i < LETTER_WINDOWS && bridge->is_greeted; i++) {
                        forget(bridge, &bridge->windows[i]);
                        bridge->windows[i].generation = 0;
                }
                bridge->epoch += bridge->is_greeted ? 1 : 0;
                bridge->is_greeted = false;
                memset(bridge->keys, 0, sizeof bridge->keys);
                memset(bridge->buttons, 0, sizeof bridge->buttons);
                bridge_begin(bridge, bridge->now_ms);
                return;
        }
        if (bridge->is_greeted)
                return;
        bridge->is_greeted = true;
        tell_screen(bridge);
        bridge->backend->class->renew(bridge->backend);
}

enum { FIT_MARGIN = 16 };

/* No larger than what a person can see at once, unless the window manager makes it so: a window of a screen's size is
 * taken for one that wants to be full-screen, and loses its frame. */
static Area fit(const Bridge *bridge, const Area *at)
{
        Area work = popup_work_area(bridge->monitors, bridge->n_monitors, at), fitting = *at;

        if (area_is_empty(&work))
                return fitting;
        work = area_grow(&work, -BACKEND_BORDER - FIT_MARGIN);
        fitting.w = at->w < work.w ? at->w : work.w;
        fitting.h = at->h < work.h ? at->h : work.h;
        return fitting;
}

/* Are all slots but one in use? */
static bool is_full(const Bridge *bridge)
{
        size_t n = 0;

        for (size_t i = 0; i < LETTER_WINDOWS; i++)
                n += bridge->windows[i].used;
        return n + 1 >= LETTER_WINDOWS;
}

static void on_open(Bridge *bridge, const Letter *letter)
{
        Window *window = &bridge->windows[letter->slot];
        char title[TITLE_BYTES] = "";
        bool is_first = !bridge->had_focus && bridge->now_ms - bridge->born_ms < BRIDGE_NEW_MS;

        if (window->used && window->generation == letter->generation) {
                bridge->stale++;
                return;
        }
        forget(bridge, window);
        if (!bridge->is_full_told && is_full(bridge)) {
                bridge->is_full_told = true;
                bridge->backend->class->news(bridge->backend, NEWS_WINDOWS);
        }
        *window = (Window){ .used = true,
                            .generation = letter->generation,
                            .inner = letter->is.open.at,
                            .at = letter->is.open.at,
                            .is_popup = (letter->is.open.flags & LETTER_OPEN_POPUP) != 0,
                            .verdict = POPUP_HIDDEN,
                            .titles = bucket_full(10, 20),
                            .icons = bucket_full(1, 4),
                            .shapes = bucket_full(20, 40) };
        if (!window->is_popup)
                window->at = fit(bridge, &window->at);
        bridge->backend->class->create(
                bridge->backend, letter->slot,
                &(BackendWindow){ .at = window->at, .is_free = false, .may_focus = bridge->focus >= 0 || is_first });
        title_make(title, bridge->options.label, "", 0);
        bridge->backend->class->title(bridge->backend, letter->slot, title);
        window_need_buffer(bridge, window);
}

void window_judge(Bridge *bridge, Window *window)
{
        const BackendClass *class = bridge->backend->class;
        unsigned slot = bridge_slot(bridge, window);
        PopupVerdict verdict = POPUP_MANAGED;
        Area at = window->inner;

        if (!window->is_mapped) {
                verdict = POPUP_HIDDEN;
        } else if (window->is_popup) {
                Area others[LETTER_WINDOWS];
                PopupScene scene = { .monitors = bridge->monitors,
                                     .n_monitors = bridge->n_monitors,
                                     .others = others,
                                     .focused = bridge->focus >= 0,
                                     .since_input_ms = bridge->had_input ? bridge->now_ms - bridge->input_ms : -1,
                                     .share_percent = bridge->options.share_percent };
                Area outer = area_grow(&at, BACKEND_BORDER);

                for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                        const Window *other = &bridge->windows[i];

                        if (other != window && other->used && other->is_popup && other->is_visible &&
                            other->verdict == POPUP_FREE)
                                others[scene.n_others++] = area_grow(&other->at, BACKEND_BORDER);
                }
                verdict = popup_judge(&scene, &outer, window->hints.kind, window->was_free, &outer);
                at = verdict == POPUP_FREE ? area_grow(&outer, -BACKEND_BORDER) : fit(bridge, &at);
        }
        if (verdict != window->verdict && window->is_visible) {
                class->show(bridge->backend, slot, false);
                window->is_visible = window->is_seen = false;
        }
        if (window->is_popup && verdict == POPUP_MANAGED && verdict != window->verdict &&
            window->hints.kind != LETTER_KIND_SPLASH)
                class->news(bridge->backend, NEWS_POPUP);
        if (verdict == POPUP_FREE || (window->is_popup && verdict != window->verdict)) {
                if (!area_equals(&at, &window->at))
                        class->place(bridge->backend, slot, &at);
                window->at = at;
        }
        if (verdict != POPUP_HIDDEN && !window->is_visible) {
                class->set_free(bridge->backend, slot, verdict == POPUP_FREE);
                class->show(bridge->backend, slot, true);
                window->is_visible = true;
        }
        window->verdict = verdict;
        if (verdict != POPUP_HIDDEN || !window->is_mapped)
                window->was_free = verdict == POPUP_FREE;
}

static void on_show(Bridge *bridge, Window *window, const Letter *letter)
{
        bool is_popup = (letter->is.show.flags & LETTER_OPEN_POPUP) != 0;

        window->is_mapped = letter->is.show.on != 0;
        if (window->is_popup != is_popup) {
                window->is_popup = is_popup;
                bridge->is_restless = true;
        }
        if (!window->is_mapped && bridge->button_slot == bridge_slot(bridge, window))
                bridge_release_buttons(bridge);
        if (window->is_mapped)
                window_need_buffer(bridge, window);
        else
                window_drop_buffer(bridge, window);
        window_judge(bridge, window);
        /* One that is gone may leave room for one that was too much. */
        bridge->is_restless |= window->is_popup;
}

static void on_place(Bridge *bridge, Window *window, const Letter *letter)
{
        bool is_new_size = letter->is.place.at.w != window->inner.w || letter->is.place.at.h != window->inner.h;

        /* It went where it was told to go: nobody's news. */
        if (letter->is.place.asked == 0 && area_equals(&letter->is.place.at, &window->inner))
                return;
        window->inner = letter->is.place.at;
        if (is_new_size && window->is_mapped)
                window_need_buffer(bridge, window);
        if (window->is_popup) {
                bridge->is_restless = true;
                window_judge(bridge, window);
                if (window->verdict != POPUP_MANAGED)
                        return;
        } else if (letter->is.place.asked == 0 && window->is_visible) {
                return;
        }
        window->at = fit(bridge, &window->inner);
        bridge->backend->class->place(bridge->backend, bridge_slot(bridge, window), &window->at);
        window->is_moved = !area_equals(&window->at, &window->inner);
}

static void on_title(Bridge *bridge, Window *window, const Letter *letter)
{
        char title[TITLE_BYTES] = "";

        if (!bucket_take(&window->titles, bridge->now_ms))
                return;
        title_make(title, bridge->options.label, letter->is.title.text, letter->is.title.n);
        bridge->backend->class->title(bridge->backend, bridge_slot(bridge, window), title);
}

static void on_hints(Bridge *bridge, Window *window, const Letter *letter)
{
        const Area huge = { window->at.x, window->at.y, LETTER_SIDE_MAX, LETTER_SIDE_MAX };
        Area most = fit(bridge, &huge);
        int parent = -1;

        window->hints = letter->is.hints;
        /* A least size is not a way round fit(). */
        if (window->hints.min_w > most.w)
                window->hints.min_w = most.w;
        if (window->hints.min_h > most.h)
                window->hints.min_h = most.h;
        if ((window->hints.flags & LETTER_HINT_PARENT) != 0) {
                const Window *other = &bridge->windows[window->hints.parent_slot];

                if (other->used && other != window && other->generation == window->hints.parent_generation)
                        parent = (int)window->hints.parent_slot;
        }
        /* One call for attention in ten seconds, and none from where the person is already. */
        if ((window->hints.flags & LETTER_HINT_URGENT) != 0 &&
            (bridge->focus >= 0 || !bucket_take(&bridge->urgency, bridge->now_ms / 10)))
                window->hints.flags &= ~(uint32_t)LETTER_HINT_URGENT;
        bridge->backend->class->hints(bridge->backend, bridge_slot(bridge, window), &window->hints, parent);
        bridge->is_restless |= window->is_popup;
}

bool bridge_has_focus(const Bridge *bridge)
{
        return bridge->focus >= 0;
}

bool bridge_is_in_use(const Bridge *bridge, int64_t now_ms)
{
        return bridge->focus >= 0 && bridge->had_input && now_ms - bridge->input_ms <= POPUP_INPUT_MS;
}

static bool is_granted(const Bridge *bridge, const Window *window, LetterWish wish, uint32_t on)
{
        bool is_in_use = bridge_is_in_use(bridge, bridge->now_ms);

        switch (wish) {
        case LETTER_WISH_ICONIFY:
                return !window->is_popup;
        case LETTER_WISH_ACTIVATE:
                return bridge->focus >= 0 && !window->is_popup;
        case LETTER_WISH_FULLSCREEN:
                return on == 0 || (bridge->options.may_fullscreen && is_in_use);
        case LETTER_WISH_WIDE:
        case LETTER_WISH_HIGH:
                return on == 0 || is_in_use;
        case LETTER_WISH_DRAG:
                return bridge->buttons[0] != 0 && bridge->button_slot == bridge_slot(bridge, window);
        case _LETTER_WISH_MAX:
        default:
                return false;
        }
}

static void on_wish(Bridge *bridge, Window *window, const Letter *letter)
{
        if (!window->is_visible || window->verdict != POPUP_MANAGED)
                return;
        if (!is_granted(bridge, window, letter->is.wish.wish, letter->is.wish.on)) {
                if (letter->is.wish.wish == LETTER_WISH_FULLSCREEN)
                        bridge->backend->class->news(bridge->backend, NEWS_FULLSCREEN);
                return;
        }
        /* The window manager has the pointer from here on: no button will come up for us. */
        if (letter->is.wish.wish == LETTER_WISH_DRAG)
                bridge_release_buttons(bridge);
        bridge->backend->class->wish(bridge->backend, letter->slot, letter->is.wish.wish, letter->is.wish.on);
}

static void on_icon(Bridge *bridge, Window *window, const Letter *letter)
{
        if (bucket_take(&window->icons, bridge->now_ms))
                bridge->backend->class->icon(bridge->backend, letter->slot, letter->is.icon.w, letter->is.icon.h,
                                             letter->is.icon.pixels);
}

static void on_shape(Bridge *bridge, Window *window, const Letter *letter)
{
        if (!window->is_popup && bucket_take(&window->shapes, bridge->now_ms))
                bridge->backend->class->shape(bridge->backend, letter->slot, letter->is.shape.rects,
                                              letter->is.shape.n);
}

static void on_gone(Bridge *bridge, Window *window, const Letter *letter)
{
        (void)letter;
        bridge->is_restless |= window->is_popup;
        forget(bridge, window);
}

static void on_cursor(Bridge *bridge, const Letter *letter)
{
        if (bucket_take(&bridge->cursors, bridge->now_ms))
                bridge->backend->class->cursor(bridge->backend, letter->is.cursor.w, letter->is.cursor.h,
                                               letter->is.cursor.x, letter->is.cursor.y, letter->is.cursor.pixels);
}

static void (*const on_window[])(Bridge *, Window *, const Letter *) = {
        [LETTER_GONE] = on_gone,          [LETTER_SHOW] = on_show,   [LETTER_PLACE] = on_place,
        [LETTER_TITLE] = on_title,        [LETTER_HINTS] = on_hints, [LETTER_WISH] = on_wish,
        [LETTER_FRAME] = window_on_frame, [LETTER_ICON] = on_icon,   [LETTER_SHAPE] = on_shape,
        [_LETTER_TYPE_MAX - 1] = NULL,
};
_Static_assert(sizeof on_window == _LETTER_TYPE_MAX * sizeof *on_window, "a letter has no row");

void bridge_on_letter(Bridge *bridge, const Letter *letter, int64_t now_ms)
{
        bridge->now_ms = now_ms;
        if (letter->type == LETTER_HELLO) {
                on_hello(bridge, letter);
        } else if (!bridge->is_greeted) {
                bridge->stale++; /* meant for the daemon before us */
        } else if (letter->type == LETTER_OPEN) {
                on_open(bridge, letter);
        } else if (letter->type == LETTER_CURSOR) {
                on_cursor(bridge, letter);
        } else if (letter->type == LETTER_TAKE) {
                bridge->backend->class->clip(bridge->backend, letter);
        } else if (letter->type == LETTER_BELL) {
                if (bucket_take(&bridge->bells, now_ms))
                        bridge->backend->class->bell(bridge->backend);
        } else if (on_window[letter->type] != NULL) {
                Window *window = bridge_window(bridge, letter->slot, letter->generation);

                if (window != NULL)
                        on_window[letter->type](bridge, window, letter);
        }
}
