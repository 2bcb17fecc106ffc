/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Made-up messages.  What is hidden is answered in the words of dbus-daemon, so that it reads like a name that is not
 * there; what is denied says so. */
#include "route/answer.h"

#include "base/cleanup.h"
#include "wire/body.h"

static void put_text(Buffer *text, Verdict verdict, const WireHeader *call, const char *about)
{
        switch (verdict) {
        case VERDICT_HIDDEN:
                buffer_printf(text, "The name %s was not provided by any .service files", about);
                break;
        case VERDICT_NO_OWNER:
                buffer_printf(text, "Could not get owner of name '%s': no such name", about);
                break;
        case VERDICT_DENIED:
                buffer_printf(text, "The sandbox does not allow %s.%s on %s",
                              call->interface != NULL ? call->interface : "(no interface)", call->member, about);
                break;
        case VERDICT_UNKNOWN:
                buffer_printf(text, "Unknown method %s", call->member);
                break;
        case VERDICT_BAD_ARGS:
                buffer_printf(text, "Call to %s has wrong args", call->member);
                break;
        case VERDICT_BAD_RULE:
                buffer_add_text(text, "The match rule can't be read");
                break;
        case VERDICT_LIMIT:
                buffer_add_text(text, "Too many calls without an answer, or too long an answer");
                break;
        case VERDICT_PASS:
        case VERDICT_ASK:
        case VERDICT_DROP:
        case VERDICT_FALSE:
        case VERDICT_INSTEAD:
        case VERDICT_CLOSE:
        case _VERDICT_MAX:
        default:
                break;
        }
}

void answer_put(Buffer *to_client,
                Verdict verdict,
                const WireHeader *call,
                const char *about,
                const char *client,
                uint32_t serial)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader header = {
                .type = verdict == VERDICT_FALSE ? WIRE_RETURN : WIRE_ERROR,
                .flags = WIRE_NO_REPLY_EXPECTED,
                .serial = serial,
                .has_reply_serial = true,
                .reply_serial = call->serial,
                .error_name = verdict_error_name(verdict),
                .destination = client,
                .sender = VERDICT_BUS,
                .signature = verdict == VERDICT_FALSE ? "b" : "s",
        };

        put_text(&text, verdict, call, about);
        if (verdict == VERDICT_FALSE)
                wire_put_u32(&body, 0);
        else if (buffer_text(&text) != NULL)
                wire_put_string(&body, buffer_text(&text));
        else
                body.failed = true;
        wire_build(to_client, &header, &body);
}

void answer_put_busy(Buffer *to_bus, const WireHeader *call, uint32_t serial)
{
        WireHeader header = {
                .type = WIRE_ERROR,
                .flags = WIRE_NO_REPLY_EXPECTED,
                .serial = serial,
                .has_reply_serial = true,
                .reply_serial = call->serial,
                .error_name = verdict_error_name(VERDICT_LIMIT),
                .destination = call->sender,
        };

        wire_build(to_bus, &header, NULL);
}

void answer_put_bus_call(Buffer *to_bus, const char *member, const char *argument, uint32_t serial, uint8_t flags)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader header = {
                .type = WIRE_CALL,
                .flags = flags,
                .serial = serial,
                .path = "/org/freedesktop/DBus",
                .interface = VERDICT_BUS,
                .member = member,
                .destination = VERDICT_BUS,
                .signature = argument != NULL ? "s" : NULL,
        };

        if (argument != NULL)
                wire_put_string(&body, argument);
        wire_build(to_bus, &header, &body);
}
