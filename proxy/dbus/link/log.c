/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One line for the message, and one or two for what became of it.  They go out in one write, so that those of several
 * processes do not mix. */
#include "link/log.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/fd.h"

static void add_what(Buffer *line, const WireHeader *header, char other)
{
        const char *interface = header->interface != NULL ? header->interface : "(no interface)";

        switch (header->type) {
        case WIRE_CALL:
        case WIRE_SIGNAL:
                buffer_printf(line, "%s %s.%s at %s\n", header->type == WIRE_CALL ? "call" : "signal", interface,
                              header->member, header->path);
                break;
        case WIRE_ERROR:
                buffer_printf(line, "return error %s from %c%" PRId32 "\n", header->error_name, other,
                              (int32_t)header->reply_serial);
                break;
        case WIRE_RETURN:
                buffer_printf(line, "return from %c%" PRId32 "\n", other, (int32_t)header->reply_serial);
                break;
        default:
                buffer_printf(line, "unknown type %d\n", header->type);
        }
}

static void add_verdict(Buffer *line, WireFrom from, const WireHeader *header, const RouteOutput *output)
{
        bool answered = output->to_client.n > 0 || output->to_bus.n > 0;

        if (output->wants > BUS_ACCESS_NONE && output->verdict != VERDICT_PASS && output->name != NULL)
                buffer_printf(line, "Filtering message due to arg0 %s, policy: %d (required %d)\n", output->name,
                              output->has, output->wants);
        switch (output->verdict) {
        case VERDICT_HIDDEN:
        case VERDICT_NO_OWNER:
        case VERDICT_FALSE:
                buffer_add_text(line, answered ? "*HIDDEN* (ping)\n" : "*HIDDEN*\n");
                break;
        case VERDICT_ASK:
                buffer_add_text(line, "*ASKED*\n");
                break;
        case VERDICT_DENIED:
        case VERDICT_UNKNOWN:
        case VERDICT_BAD_ARGS:
        case VERDICT_BAD_RULE:
        case VERDICT_LIMIT:
                buffer_add_text(line, answered ? "*DENIED* (ping)\n" : "*DENIED*\n");
                break;
        case VERDICT_DROP:
                if (header->type == WIRE_RETURN || header->type == WIRE_ERROR)
                        buffer_add_text(line, from == WIRE_FROM_BUS && header->reply_serial >= WIRE_FIRST_OWN_SERIAL
                                                      ? "*SKIPPED*\n"
                                                      : "*Unexpected reply*\n");
                else
                        buffer_add_text(line, "*FILTERED OUT*\n");
                break;
        case VERDICT_PASS:
                if (from == WIRE_FROM_BUS && output->to_client.n > 0)
                        buffer_add_text(line, "*REWRITTEN*\n");
                break;
        case VERDICT_INSTEAD:
                buffer_add_text(line, "*ANSWERED*\n");
                break;
        case VERDICT_CLOSE:
        case _VERDICT_MAX:
        default:
                break;
        }
}

void log_message(WireFrom from, const WireHeader *header, const RouteOutput *output)
{
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;

        if (from == WIRE_FROM_CLIENT)
                buffer_printf(&line, "C%" PRId32 ": -> %s ", (int32_t)header->serial,
                              header->destination != NULL ? header->destination : "(no dest)");
        else
                buffer_printf(&line, "B%" PRId32 ": <- %s ", (int32_t)header->serial,
                              header->sender != NULL ? header->sender : "(no sender)");
        add_what(&line, header, from == WIRE_FROM_CLIENT ? 'B' : 'C');
        add_verdict(&line, from, header, output);
        if (!line.failed)
                fd_write_all(STDOUT_FILENO, line.bytes, line.n);
}
