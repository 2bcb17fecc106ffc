/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "display/daemon.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rest.h"
#include "display/confine.h"
#include "display/display.h"

enum { BUSY_TURNS = 256 };

static bool read_link(Display *display)
{
        static Letter letter; /* too large for what a loop should leave on the stack */
        bool any = false;
        int fd = -1;

        while (post_receive(display->post, &letter, &fd) > 0) {
                bridge_on_letter(display->bridge, &letter, display_now_ms());
                any = true;
        }
        return any;
}

static int wait_ms(const Display *display)
{
        int64_t now_ms = display_now_ms();
        int frame_ms = bridge_wait_ms(display->bridge, now_ms), clip_ms = exchange_wait_ms(display, now_ms);

        return frame_ms < 0 || (clip_ms >= 0 && clip_ms < frame_ms) ? clip_ms : frame_ms;
}

/* NULL: the display is gone; or what ended the link. */
static const char *loop(Display *display)
{
        Rest rest = { 0 };
        unsigned n_turns = 0;

        for (;;) {
                struct pollfd polls[3] = { { .fd = xcb_get_file_descriptor(display->x), .events = POLLIN },
                                           { .fd = post_socket(display->post), .events = POLLIN },
                                           { .fd = ledger_socket(display->ledger), .events = POLLIN } };
                bool any = true;

                while (any) {
                        any = display_take_events(display);
                        any |= read_link(display);
                        (void)xcb_flush(display->x);
                        post_flush(display->post);
                }
                if (xcb_connection_has_error(display->x))
                        return NULL;
                if (post_fault(display->post) == -EPIPE)
                        return "";
                if (post_fault(display->post) != 0)
                        return post_fault(display->post) == -ENOBUFS ? "the agent does not read"
                                                                     : "the agent sends nonsense";
                if (post_waits(display->post))
                        polls[1].events |= POLLOUT;
                /* Much was done: what it needed goes back when nothing is. */
                if (++n_turns % BUSY_TURNS == 0)
                        rest = (Rest){ 0 };
                (void)rest_poll(&rest, polls, 3, wait_ms(display));
        }
}

static int serve(Display *display, const DaemonOptions *options)
{
        const Letter end = { .type = LETTER_END };
        const BridgeOptions bridge_options = { .label = options->label,
                                               .share_percent = options->share_percent,
                                               .frames = options->frames,
                                               .may_fullscreen = options->may_fullscreen,
                                               .epoch = (uint32_t)(display_now_ms() * 64 + getpid() % 64) | 1 };
        CLEANUP(bridge_freep) Bridge *bridge = NULL;
        CLEANUP(ledger_freep) Ledger *ledger = NULL;
        const char *why = NULL;
        int r;

        display->ledger = ledger = ledger_new(options->mediator_fd);
        why = ledger == NULL ? "out of memory" : display_open(display);
        if (why == NULL) {
                bridge = bridge_new(&bridge_options, &display->backend, display->post);
                why = bridge == NULL ? "out of memory" : NULL;
        }
        if (why != NULL) {
                (void)fprintf(stderr, "oriel-xbridge daemon: %s\n", why);
                post_send(display->post, &end, -1);
                return 1;
        }
        display->bridge = bridge;
        bridge_begin(bridge, display_now_ms());
        display_read_screen(display);
        if (options->ready_fd >= 0)
                (void)fd_write_all(options->ready_fd, "\n", 1);
        (void)fd_close(options->ready_fd);
        r = confine_daemon();
        if (r < 0) {
                (void)fprintf(stderr, "oriel-xbridge daemon: can't confine itself: %s\n", strerror(-r));
                return 1;
        }
        why = loop(display);
        exchange_end(display);
        display->bridge = NULL;
        if (why == NULL) {
                /* The person's session is over: there is nothing for another daemon to do. */
                post_send(display->post, &end, -1);
                return 0;
        }
        if (*why != '\0')
                (void)fprintf(stderr, "oriel-xbridge daemon: %s\n", why);
        return *why != '\0';
}

int daemon_run(const DaemonOptions *options)
{
        Display *display = calloc(1, sizeof *display);
        CLEANUP(post_freep) Post *post = NULL;
        int link = options->link_fd, r = 1;

        post = post_new(&link, LETTER_FROM_DAEMON);
        if (display != NULL && post != NULL) {
                display->backend.class = &display_class;
                display->options = options;
                display->post = post;
                r = serve(display, options);
                if (display->x != NULL)
                        xcb_disconnect(display->x);
        }
        free(display);
        return r;
}
