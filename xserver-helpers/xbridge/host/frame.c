/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pixels: a buffer for each window, and the way of a frame through it. */

#include <fcntl.h>

#include "base/fd.h"
#include "host/segment.h"
#include "host/window.h"

enum { ROUND = 64 * 1024 };

static uint64_t bytes_for(const Area *at)
{
        return ((uint64_t)area_pixels(at) * 4 + ROUND - 1) / ROUND * ROUND;
}

void window_drop_buffer(Bridge *bridge, Window *window)
{
        if (window->bytes == 0)
                return;
        bridge->backend->class->detach(bridge->backend, bridge_slot(bridge, window));
        bridge->bytes -= window->bytes;
        window->bytes = 0;
        window->frame = FRAME_IDLE;
}

void window_need_buffer(Bridge *bridge, Window *window)
{
        CLEANUP(fd_closep) int fd = -1, copy = -1;
        unsigned slot = bridge_slot(bridge, window);
        uint64_t need = bytes_for(&window->inner);
        Letter letter = { .type = LETTER_BUFFER };

        if (need <= window->bytes && need >= window->bytes / 2)
                return;
        /* One that grows will grow again; what is not written to is no memory. */
        if (window->bytes > 0 && need > window->bytes)
                need += need / 4 / ROUND * ROUND;
        window_drop_buffer(bridge, window);
        if (bridge->bytes + need > BRIDGE_BYTES_MAX) {
                bridge->backend->class->news(bridge->backend, NEWS_PIXELS);
                return;
        }
        fd = segment_new(need);
        copy = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (copy < 0 || !bridge->backend->class->attach(bridge->backend, slot, fd_steal(&copy), need))
                return;
        window->bytes = need;
        bridge->bytes += need;
        window->serial = ++bridge->serial;
        letter.slot = (uint16_t)slot;
        letter.generation = window->generation;
        letter.is.buffer.bytes = need;
        letter.is.buffer.serial = window->serial;
        post_send(bridge->post, &letter, fd_steal(&fd));
}

static void draw(Bridge *bridge, Window *window, const Area *at)
{
        window->frame = FRAME_DRAWN;
        window->drawn_ms = bridge->now_ms;
        bridge->backend->class->draw(bridge->backend, bridge_slot(bridge, window), at);
}

void window_on_frame(Bridge *bridge, Window *window, const Letter *letter)
{
        const Area *at = &letter->is.frame.at;

        if (window->bytes == 0 || letter->is.frame.serial != window->serial || window->frame != FRAME_IDLE ||
            (uint64_t)area_pixels(at) * 4 > window->bytes) {
                bridge->stale++;
                return;
        }
        if (window->is_seen) {
                draw(bridge, window, at);
                return;
        }
        window->frame = FRAME_HELD;
        window->held = *at;
}

void window_ask_repaint(Bridge *bridge, Window *window, const Area *part)
{
        Letter letter = { .type = LETTER_REPAINT, .is.repaint = *part };

        bridge_send(bridge, bridge_slot(bridge, window), &letter);
}

void window_draw_held(Bridge *bridge, Window *window)
{
        if (window->frame == FRAME_HELD)
                draw(bridge, window, &window->held);
}

int window_pace_ms(const Bridge *bridge, const Window *window, int64_t now_ms)
{
        int64_t due = 0;

        if (window->frame != FRAME_PACED)
                return -1;
        if (bridge->options.frames > 0)
                due = window->drawn_ms + 1000 / bridge->options.frames - now_ms;
        return due > 0 ? (int)due : 0;
}

void window_pace(Bridge *bridge, Window *window)
{
        Letter letter = { .type = LETTER_DONE };

        if (window_pace_ms(bridge, window, bridge->now_ms) != 0)
                return;
        window->frame = FRAME_IDLE;
        letter.is.done.serial = window->serial;
        bridge_send(bridge, bridge_slot(bridge, window), &letter);
}
