/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A portal answers with the path of a Request object, which says later what became of it (XDG Desktop Portal,
 * "org.freedesktop.portal.Request"). */
#include "route/stand-in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/body.h"

#define REQUESTS "/org/freedesktop/portal/desktop/request/"

struct StandIn {
        GuardKind kind;
        char *text; /* the Request's path, or the address */
};

static const struct {
        const char *takes;  /* signature */
        const char *before; /* of it, what is before the options */
        uint32_t response;  /* 0: as asked; 2: ended, and not by the person */
} forms[_GUARD_KIND_MAX] = {
        [GUARD_BACKGROUND] = { "sa{sv}", "s", 0 },
        [GUARD_LAUNCHER] = { "ssva{sv}", "ssv", 2 },
};

static bool is_token(const char *text)
{
        return *text != '\0' && strlen(text) <= 255 &&
               text[strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

/* The path that the client knows before it is told: ":1.7" and "t" are .../request/1_7/t. */
static int put_path(Buffer *path, const char *client, const char *token, uint32_t serial)
{
        buffer_add_text(path, REQUESTS);
        for (const char *p = client + 1; *p != '\0'; p++)
                buffer_add_byte(path, *p == '.' ? '_' : *p);
        buffer_add_byte(path, '/');
        if (token != NULL)
                buffer_add_text(path, token);
        else
                buffer_printf(path, "oriel%u", serial);
        return buffer_text(path) != NULL ? 0 : -ENOMEM;
}

static int read_token(const char **ret, GuardKind kind, const WireHeader *call, const uint8_t *untrusted_body)
{
        WireReader reader = { 0 };
        const char *type = forms[kind].before;

        if (untrusted_body == NULL || call->signature == NULL || strcmp(call->signature, forms[kind].takes) != 0)
                return -EINVAL;
        reader = wire_reader(call, untrusted_body);
        while (*type != '\0' && wire_skip(&reader, &type))
                continue;
        *ret = wire_find_text(&reader, "handle_token");
        return reader.failed || (*ret != NULL && !is_token(*ret)) ? -EINVAL : 0;
}

int stand_in_new(StandIn **ret,
                 GuardKind kind,
                 const WireHeader *call,
                 const uint8_t *untrusted_body,
                 const char *client,
                 const char *address)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        const char *token = NULL;
        StandIn *stand_in = NULL;
        int r = 0;

        if (kind == GUARD_ADDRESS)
                buffer_add_text(&text, address);
        else
                r = read_token(&token, kind, call, untrusted_body);
        if (r == 0 && kind != GUARD_ADDRESS)
                r = put_path(&text, client, token, call->serial);
        if (r < 0)
                return r;
        stand_in = calloc(1, sizeof *stand_in);
        if (stand_in == NULL || buffer_text(&text) == NULL) {
                free(stand_in);
                return -ENOMEM;
        }
        stand_in->kind = kind;
        stand_in->text = buffer_steal(&text);
        *ret = stand_in;
        return 0;
}

void stand_in_free(StandIn *stand_in)
{
        if (stand_in != NULL)
                free(stand_in->text);
        free(stand_in);
}

void stand_in_put_call(Buffer *to_bus, const WireHeader *call)
{
        WireHeader ping = {
                .type = WIRE_CALL,
                .flags = call->flags,
                .serial = call->serial,
                .path = call->path,
                .interface = "org.freedesktop.DBus.Peer",
                .member = "Ping",
                .destination = call->destination,
        };

        wire_build(to_bus, &ping, NULL);
}

static void align(Buffer *body)
{
        while (body->n % 8 != 0 && !body->failed)
                buffer_add_byte(body, '\0');
}

static void put_switch(Buffer *body, const char *name, bool value)
{
        align(body);
        wire_put_string(body, name);
        buffer_add(body, "\1b", 3);
        wire_put_u32(body, value);
}

/* Response: its code, and the results; of the background, that nothing stands against it but the start with the
 * session. */
static void put_response(Buffer *to_client, const StandIn *stand_in, WireHeader header)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;

        wire_put_u32(&body, forms[stand_in->kind].response);
        wire_put_u32(&body, 0); /* the length of the results; they begin at a multiple of 8 */
        if (stand_in->kind == GUARD_BACKGROUND) {
                put_switch(&body, "background", true);
                put_switch(&body, "autostart", false);
        }
        if (!body.failed)
                wire_write_u32(body.bytes + 4, (uint32_t)body.n - 8, false);
        wire_build(to_client, &header, &body);
}

void stand_in_put_answer(Buffer *to_client,
                         const StandIn *stand_in,
                         const WireHeader *answer,
                         const char *client,
                         uint32_t signal_serial)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader header = {
                .type = WIRE_RETURN,
                .flags = WIRE_NO_REPLY_EXPECTED,
                .serial = answer->serial,
                .has_reply_serial = true,
                .reply_serial = answer->reply_serial,
                .destination = client,
                .sender = answer->sender,
                .signature = stand_in->kind == GUARD_ADDRESS ? "s" : "o",
        };

        wire_put_string(&body, stand_in->text);
        wire_build(to_client, &header, &body);
        if (stand_in->kind != GUARD_ADDRESS)
                put_response(to_client, stand_in,
                             (WireHeader){ .type = WIRE_SIGNAL,
                                           .flags = WIRE_NO_REPLY_EXPECTED,
                                           .serial = signal_serial,
                                           .path = stand_in->text,
                                           .interface = "org.freedesktop.portal.Request",
                                           .member = "Response",
                                           .destination = client,
                                           .sender = answer->sender,
                                           .signature = "ua{sv}" });
}
