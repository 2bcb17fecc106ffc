/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The person's monitors inside: the inner server's screen is one picture that has room for all of them, and is divided
 * as they are (RandR 1.5 monitors, which need no hardware); and how large a point is on them. */

#include <stdio.h>
#include <string.h>
#include <xcb/randr.h>
#include <xcb/xcbext.h>

#include "agent/inner.h"

enum { DPI = 96, NAME_BYTES = 24 };

/* RRSetMonitor as it is sent: libxcb 1.15's own function for it takes the length from the wrong place. */
typedef struct MonitorRequest {
        uint8_t opcodes[2];
        uint16_t length;
        xcb_window_t window;
        xcb_randr_monitor_info_t monitor;
        xcb_randr_output_t output;
} MonitorRequest;

static void set_monitor(const Agent *agent, uint32_t i, const Area *at, uint32_t dpi)
{
        const xcb_protocol_request_t request = {
                .count = 1, .ext = &xcb_randr_id, .opcode = XCB_RANDR_SET_MONITOR, .isvoid = 1
        };
        struct iovec parts[3] = { { 0 } }; /* libxcb uses two before the first */
        /* The server's own monitor goes when another has its output. */
        bool has_output = i == 0 && agent->output != 0;
        MonitorRequest bytes = { .window = agent->screen->root,
                                 .monitor = { .name = agent->monitor_names[i],
                                              .primary = i == 0,
                                              .nOutput = has_output,
                                              .x = (int16_t)at->x,
                                              .y = (int16_t)at->y,
                                              .width = (uint16_t)at->w,
                                              .height = (uint16_t)at->h,
                                              .width_in_millimeters = (uint32_t)at->w * 254 / 10 / dpi,
                                              .height_in_millimeters = (uint32_t)at->h * 254 / 10 / dpi },
                                 .output = agent->output };

        parts[2] = (struct iovec){ .iov_base = &bytes,
                                   .iov_len = has_output ? sizeof bytes : offsetof(MonitorRequest, output) };
        (void)xcb_send_request(agent->x, 0, parts + 2, &request);
}

static void set_monitors(Agent *agent)
{
        uint32_t n = agent->n_monitors < LETTER_MONITORS ? agent->n_monitors : LETTER_MONITORS;

        /* One of a name that there is already is not taken. */
        for (uint32_t i = 0; i < agent->n_set; i++)
                (void)xcb_randr_delete_monitor(agent->x, agent->screen->root, agent->monitor_names[i]);
        for (uint32_t i = 0; i < n; i++)
                set_monitor(agent, i, &agent->monitors[i], agent->dpi > 0 ? agent->dpi : DPI);
        agent->n_set = n;
}

static void on_name(Agent *agent, Client *none, uint32_t i, void *reply)
{
        (void)none;
        agent->monitor_names[i] = reply != NULL ? ((const xcb_intern_atom_reply_t *)reply)->atom : 0;
        if (i == LETTER_MONITORS - 1)
                set_monitors(agent);
}

static void on_resources(Agent *agent, Client *none, uint32_t detail, void *reply)
{
        const xcb_randr_get_screen_resources_current_reply_t *resources = reply;

        (void)none;
        (void)detail;
        /* Behind the crtcs, of a word each. */
        if (resources != NULL && resources->num_outputs > 0 &&
            resources->length > (uint32_t)resources->num_crtcs + resources->num_outputs)
                agent->output = ((const xcb_randr_output_t *)(resources + 1))[resources->num_crtcs];
}

static void ask_names(Agent *agent)
{
        answer_expect(agent, xcb_randr_get_screen_resources_current(agent->x, agent->screen->root).sequence, NULL, 0,
                      on_resources);
        for (uint32_t i = 0; i < LETTER_MONITORS; i++) {
                char name[NAME_BYTES];

                (void)snprintf(name, sizeof name, "oriel-%u", i);
                answer_expect(agent, xcb_intern_atom(agent->x, 0, (uint16_t)strlen(name), name).sequence, NULL, i,
                              on_name);
        }
}

static void set_dpi(const Agent *agent)
{
        char text[NAME_BYTES] = "";

        if (agent->dpi == 0)
                return;
        (void)snprintf(text, sizeof text, "Xft.dpi:\t%u\n", agent->dpi);
        (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, agent->screen->root, XCB_ATOM_RESOURCE_MANAGER,
                                  XCB_ATOM_STRING, 8, (uint32_t)strlen(text), text);
}

void screen_on_letter(Agent *agent, const Letter *letter)
{
        const Area whole = { 0, 0, agent->screen->width_in_pixels, agent->screen->height_in_pixels };
        Area work = { 0 };

        agent->n_monitors = 0;
        agent->dpi = letter->is.screen.dpi;
        for (uint32_t i = 0; i < letter->is.screen.n; i++) {
                Area at = area_meet(&letter->is.screen.monitors[i].at, &whole);

                work = area_join(&work, &letter->is.screen.monitors[i].work);
                if (!area_is_empty(&at))
                        agent->monitors[agent->n_monitors++] = at;
        }
        set_dpi(agent);
        if (!area_is_empty(&work)) {
                const uint32_t values[4] = { (uint32_t)work.x, (uint32_t)work.y, (uint32_t)work.w, (uint32_t)work.h };

                (void)xcb_change_property(agent->x, XCB_PROP_MODE_REPLACE, agent->screen->root,
                                          agent->atoms[ATOM_NET_WORKAREA], XCB_ATOM_CARDINAL, 32, 4, values);
        }
        if (!agent->has_randr || agent->n_monitors == 0)
                return;
        if (agent->monitor_names[0] != 0)
                set_monitors(agent);
        else
                ask_names(agent);
}
