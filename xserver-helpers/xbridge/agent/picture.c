/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pixels of windows, from the inner server's pixmaps into memory that the person's server reads; and the cursor. */

#include <xcb/composite.h>
#include <xcb/xfixes.h>

#include "agent/inner.h"
#include "agent/property.h"
#include "base/fd.h"

void picture_begin(Agent *agent, Client *client)
{
        if (client->damage != 0)
                return;
        client->damage = xcb_generate_id(agent->x);
        (void)xcb_damage_create(agent->x, client->damage, client->id, XCB_DAMAGE_REPORT_LEVEL_BOUNDING_BOX);
}

static void free_pixmap(Agent *agent, Client *client)
{
        if (client->pixmap != 0)
                (void)xcb_free_pixmap(agent->x, client->pixmap);
        client->pixmap = 0;
}

void picture_dirty(Agent *agent, Client *client, const Area *part)
{
        const Area whole = { .w = client->at.w, .h = client->at.h };
        Area in = area_meet(part, &whole);

        (void)agent;
        client->dirty = area_join(&client->dirty, &in);
}

void picture_renew(Agent *agent, Client *client)
{
        picture_begin(agent, client);
        free_pixmap(agent, client);
        client->pixmap = xcb_generate_id(agent->x);
        (void)xcb_composite_name_window_pixmap(agent->x, client->id, client->pixmap);
        client->dirty = (Area){ .w = client->at.w, .h = client->at.h };
}

void picture_lost(Agent *agent, Client *client)
{
        free_pixmap(agent, client);
        client->dirty = (Area){ 0 };
}

void picture_drop_buffer(Agent *agent, Client *client)
{
        if (client->segment != 0)
                (void)xcb_shm_detach(agent->x, client->segment);
        client->segment = 0;
        client->bytes = 0;
        client->serial = 0;
        client->is_sent = client->is_reading = false;
}

void picture_end(Agent *agent, Client *client)
{
        free_pixmap(agent, client);
        picture_drop_buffer(agent, client);
        /* The server destroyed the damage object together with its window, unless the window lives on. */
        if (client->damage != 0)
                (void)xcb_damage_destroy(agent->x, client->damage);
        client->damage = 0;
}

void picture_on_damage(Agent *agent, const xcb_damage_notify_event_t *event)
{
        Client *client = client_of(agent, event->drawable);
        const Area part = { event->area.x, event->area.y, event->area.width, event->area.height };

        if (client != NULL)
                picture_dirty(agent, client, &part);
}

void picture_on_buffer(Agent *agent, Client *client, const Letter *letter, int fd)
{
        picture_drop_buffer(agent, client);
        client->segment = xcb_generate_id(agent->x);
        client->serial = letter->is.buffer.serial;
        client->bytes = letter->is.buffer.bytes;
        (void)xcb_shm_attach_fd(agent->x, client->segment, fd, 0);
        client->dirty = (Area){ .w = client->at.w, .h = client->at.h };
}

static void on_read(Agent *agent, Client *client, uint32_t serial, void *reply)
{
        if (serial != client->serial)
                return;
        client->is_reading = false;
        if (reply == NULL)
                return;
        client->is_sent = true;
        agent->letter->type = LETTER_FRAME;
        agent->letter->is.frame.at = client->reading;
        agent->letter->is.frame.serial = serial;
        client_send(agent, client);
}

static void read_picture(Agent *agent, Client *client)
{
        const Area whole = { .w = client->at.w, .h = client->at.h };

        client->reading = area_meet(&client->dirty, &whole);
        if (area_is_empty(&client->reading) || (uint64_t)area_pixels(&client->reading) * 4 > client->bytes)
                return;
        /* What is drawn from here on is reported again. */
        (void)xcb_damage_subtract(agent->x, client->damage, 0, 0);
        client->dirty = (Area){ 0 };
        client->is_reading = true;
        answer_expect(agent,
                      xcb_shm_get_image(agent->x, client->pixmap, (int16_t)(client->reading.x + client->border),
                                        (int16_t)(client->reading.y + client->border), (uint16_t)client->reading.w,
                                        (uint16_t)client->reading.h, UINT32_MAX, XCB_IMAGE_FORMAT_Z_PIXMAP,
                                        client->segment, 0)
                              .sequence,
                      client, client->serial, on_read);
}

void picture_step(Agent *agent)
{
        for (size_t i = 0; i < LETTER_WINDOWS; i++) {
                Client *client = &agent->clients[i];

                if (client->state == CLIENT_OPEN && client->segment != 0 && client->pixmap != 0 && !client->is_sent &&
                    !client->is_reading && !area_is_empty(&client->dirty))
                        read_picture(agent, client);
        }
}

static void on_cursor(Agent *agent, Client *none, uint32_t detail, void *reply)
{
        const xcb_xfixes_get_cursor_image_reply_t *image = reply;

        (void)none;
        (void)detail;
        if (image == NULL)
                return;
        agent->letter->slot = 0;
        if (property_cursor(agent->letter, (const uint32_t *)(image + 1), image->length, image->width, image->height,
                            image->xhot, image->yhot))
                post_send(agent->post, agent->letter, -1);
}

void picture_ask_cursor(Agent *agent)
{
        answer_expect(agent, xcb_xfixes_get_cursor_image(agent->x).sequence, NULL, 0, on_cursor);
}
