/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the person sees, asked of the person's server: times are from the command's arrival, in microseconds.
 *
 *      painted RRGGBB N MS     when N pixels of that colour were on the screen; -1: not within MS
 *      mapped MS               when the window manager had one window more than at the last count
 *      count                   its windows now
 *      click                   the middle of the screen, with the first button
 *      keys N                  N keys, each: how long until the middle had another colour
 *      changes MS              how often the middle changed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xcb/xtest.h>

#include "lines.h"

enum {
        ROWS = 16,       /* one row of so many is looked at */
        KEY_US = 500000, /* a key that was not seen by then is lost */
        PAUSE_US = 30000,
};

typedef struct Probe {
        xcb_connection_t *connection;
        xcb_screen_t *screen;
        xcb_atom_t clients;
        uint32_t n_clients;
} Probe;

static double now_us(void)
{
        struct timespec time;

        clock_gettime(CLOCK_MONOTONIC, &time);
        return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void sleep_us(long us)
{
        const struct timespec time = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };

        (void)nanosleep(&time, NULL);
}

static unsigned coloured(const Probe *probe, uint32_t colour)
{
        xcb_get_image_cookie_t cookies[256];
        unsigned n = 0, found = 0;

        for (uint16_t y = ROWS / 2; y < probe->screen->height_in_pixels && n < 256; y = (uint16_t)(y + ROWS))
                cookies[n++] = xcb_get_image(probe->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, probe->screen->root, 0,
                                             (int16_t)y, probe->screen->width_in_pixels, 1, ~0U);
        for (unsigned i = 0; i < n; i++) {
                xcb_get_image_reply_t *image = xcb_get_image_reply(probe->connection, cookies[i], NULL);
                const uint32_t *pixels = image != NULL ? (const void *)xcb_get_image_data(image) : NULL;

                for (int x = 0; image != NULL && x < xcb_get_image_data_length(image) / 4; x++)
                        found += (pixels[x] & 0xffffff) == colour ? ROWS : 0;
                free(image);
        }
        return found;
}

static uint32_t middle(const Probe *probe)
{
        xcb_get_image_reply_t *image =
                xcb_get_image_reply(probe->connection,
                                    xcb_get_image(probe->connection, XCB_IMAGE_FORMAT_Z_PIXMAP, probe->screen->root,
                                                  (int16_t)(probe->screen->width_in_pixels / 2),
                                                  (int16_t)(probe->screen->height_in_pixels / 2), 1, 1, ~0U),
                                    NULL);
        uint32_t colour = image != NULL ? *(const uint32_t *)(const void *)xcb_get_image_data(image) & 0xffffff : 0;

        free(image);
        return colour;
}

static uint32_t count(const Probe *probe)
{
        xcb_get_property_reply_t *reply = xcb_get_property_reply(
                probe->connection,
                xcb_get_property(probe->connection, 0, probe->screen->root, probe->clients, XCB_ATOM_WINDOW, 0, 1024),
                NULL);
        uint32_t n = reply != NULL ? (uint32_t)xcb_get_property_value_length(reply) / 4 : 0;

        free(reply);
        return n;
}

static void painted(const Probe *probe, int n, char **words)
{
        uint32_t colour = n > 3 ? (uint32_t)strtoul(words[1], NULL, 16) : 0;
        unsigned many = n > 3 ? (unsigned)strtoul(words[2], NULL, 10) : 0;
        double start = now_us(), end = start + (n > 3 ? strtod(words[3], NULL) * 1000 : 0);

        while (coloured(probe, colour) < many)
                if (now_us() > end) {
                        lines_say("painted -1");
                        return;
                }
        lines_say("painted %.0f", now_us() - start);
}

static void mapped(Probe *probe, int n, char **words)
{
        double start = now_us(), end = start + (n > 1 ? strtod(words[1], NULL) * 1000 : 0);

        while (count(probe) <= probe->n_clients) {
                if (now_us() > end) {
                        lines_say("mapped -1");
                        return;
                }
                sleep_us(200);
        }
        lines_say("mapped %.0f", now_us() - start);
}

static void fake(const Probe *probe, uint8_t kind, uint8_t detail)
{
        xcb_test_fake_input(probe->connection, kind, detail, 0, XCB_NONE, 0, 0, 0);
        xcb_flush(probe->connection);
}

static void click(const Probe *probe)
{
        xcb_test_fake_input(probe->connection, XCB_MOTION_NOTIFY, 0, 0, probe->screen->root,
                            (int16_t)(probe->screen->width_in_pixels / 2 + 8),
                            (int16_t)(probe->screen->height_in_pixels / 2 + 8), 0);
        fake(probe, XCB_BUTTON_PRESS, 1);
        sleep_us(20000);
        fake(probe, XCB_BUTTON_RELEASE, 1);
        lines_say("click");
}

static void keys(const Probe *probe, int n, char **words)
{
        xcb_keycode_t key = lines_key_of(probe->connection, 'a');
        long many = n > 1 ? strtol(words[1], NULL, 10) : 0;

        printf("keys");
        for (long i = 0; i < many; i++) {
                uint32_t before = middle(probe);
                double start = now_us();

                fake(probe, XCB_KEY_PRESS, key);
                while (middle(probe) == before && now_us() - start < KEY_US)
                        continue;
                printf(" %.0f", now_us() - start);
                fake(probe, XCB_KEY_RELEASE, key);
                sleep_us(PAUSE_US);
        }
        lines_say("%s", "");
}

static void changes(const Probe *probe, int n, char **words)
{
        double end = now_us() + (n > 1 ? strtod(words[1], NULL) * 1000 : 0);
        uint32_t last = middle(probe);
        unsigned found = 0;

        while (now_us() < end) {
                uint32_t next = middle(probe);

                found += next != last;
                last = next;
        }
        lines_say("changes %u", found);
}

static void on_command(void *data, int n, char **words)
{
        Probe *probe = data;

        if (strcmp(words[0], "painted") == 0) {
                painted(probe, n, words);
        } else if (strcmp(words[0], "mapped") == 0) {
                mapped(probe, n, words);
        } else if (strcmp(words[0], "count") == 0) {
                probe->n_clients = count(probe);
                lines_say("count %u", probe->n_clients);
        } else if (strcmp(words[0], "click") == 0) {
                click(probe);
        } else if (strcmp(words[0], "keys") == 0) {
                keys(probe, n, words);
        } else if (strcmp(words[0], "changes") == 0) {
                changes(probe, n, words);
        } else {
                lines_say("what?");
        }
}

static void on_event(void *data, xcb_generic_event_t *event)
{
        (void)data;
        (void)event;
}

int main(void)
{
        Probe probe = { .connection = xcb_connect(NULL, NULL) };

        if (xcb_connection_has_error(probe.connection))
                return 2;
        probe.screen = lines_screen(probe.connection);
        probe.clients = lines_atom(probe.connection, "_NET_CLIENT_LIST");
        lines_say("ready");
        return lines_run(&(Lines){
                .connection = probe.connection, .on_event = on_event, .on_command = on_command, .data = &probe });
}
