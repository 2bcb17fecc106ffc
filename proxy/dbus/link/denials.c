/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first of a kind is sent at once; the rest of half a second as one message with a count. */
#include "link/denials.h"

#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/bucket.h"
#include "base/buffer.h"

typedef struct Kept {
        Message *message; /* NULL: free */
        Buffer key;
        int64_t until_ms;
        int64_t n; /* repeats since it was sent */
} Kept;

struct Denials {
        int socket;
        Kept kept[DENIALS_KEPT];
        Bucket bucket;
        int64_t n_lost;
};

Denials *denials_new(int socket)
{
        Denials *denials = calloc(1, sizeof *denials);

        if (denials == NULL)
                return NULL;
        denials->socket = socket;
        denials->bucket = bucket_full(DENIALS_PER_SECOND, DENIALS_BURST);
        return denials;
}

static void forget(Kept *kept)
{
        message_free(kept->message);
        buffer_clear(&kept->key);
        *kept = (Kept){ 0 };
}

void denials_free(Denials *denials)
{
        if (denials == NULL)
                return;
        for (size_t i = 0; i < DENIALS_KEPT; i++)
                forget(&denials->kept[i]);
        free(denials);
}

static void send_or_count(Denials *denials, const Message *message, int64_t n, int64_t now_ms)
{
        if (!bucket_take(&denials->bucket, now_ms) || message_send(denials->socket, message, NULL, 0) < 0)
                denials->n_lost += n;
}

static void send_lost(Denials *denials, int64_t now_ms)
{
        AuditRecord record = { .event = AUDIT_EVENT_LIMIT,
                               .verdict = AUDIT_VERDICT_DENY,
                               .text = { [AUDIT_OP] = "dbus" },
                               .number = { [AUDIT_N] = denials->n_lost } };
        CLEANUP(message_freep) Message *message = NULL;

        if (denials->n_lost == 0 || !bucket_take(&denials->bucket, now_ms))
                return;
        message = audit_record_to_message(&record);
        if (message != NULL && message_send(denials->socket, message, NULL, 0) == 0)
                denials->n_lost = 0;
}

/* The time of one is over: its repeats go out. */
static void settle(Denials *denials, Kept *kept, int64_t now_ms)
{
        if (kept->n > 0) {
                message_add_number(kept->message, "n", kept->n);
                send_or_count(denials, kept->message, kept->n, now_ms);
        }
        forget(kept);
}

void denials_flush(Denials *denials, int64_t now_ms)
{
        for (size_t i = 0; i < DENIALS_KEPT; i++)
                if (denials->kept[i].message != NULL && denials->kept[i].until_ms <= now_ms)
                        settle(denials, &denials->kept[i], now_ms);
        send_lost(denials, now_ms);
}

int64_t denials_due(const Denials *denials)
{
        int64_t due = denials->n_lost > 0 ? denials->bucket.taken_ms + 1000 : -1;

        for (size_t i = 0; i < DENIALS_KEPT; i++) {
                const Kept *kept = &denials->kept[i];

                /* One without repeats has nothing to say, and wakes nobody. */
                if (kept->message != NULL && kept->n > 0 && (due < 0 || kept->until_ms < due))
                        due = kept->until_ms;
        }
        return due;
}

static const char *op_of(const WireHeader *header)
{
        switch (header->type == WIRE_CALL ? verdict_bus_method(header) : BUS_METHOD_NONE) {
        case BUS_METHOD_CLAIM:
                return "own";
        case BUS_METHOD_START:
                return "start";
        case BUS_METHOD_NONE:
        case BUS_METHOD_FREE:
        case BUS_METHOD_HELLO:
        case BUS_METHOD_MATCH:
        case BUS_METHOD_LIST:
        case BUS_METHOD_HAS:
        case BUS_METHOD_OWNER:
        case BUS_METHOD_PERSON:
        case _BUS_METHOD_MAX:
        default:
                return header->type == WIRE_SIGNAL ? "signal" : "call";
        }
}

/* The line of a profile that would allow it; nothing where no line would. */
static void add_mend(Buffer *mend, const char *via, const char *op, const WireHeader *header, const RouteOutput *output)
{
        bool accessibility = strcmp(via, "accessibility-bus") == 0;
        const char *name = output->name, *bus = strcmp(via, "system-bus") == 0 ? "System" : "Session";

        if (output->guarded && output->verdict == VERDICT_INSTEAD)
                buffer_add_text(mend, "oriel menu add APP makes a launcher that starts it in its box");
        if (output->guarded || name == NULL || name[0] == ':' || strcmp(name, VERDICT_BUS) == 0 ||
            bus_policy_is_reserved(name))
                return;
        /* Where the profile has rules for the name, a policy beside them has no effect; for this bus there are none. */
        if (output->verdict == VERDICT_DENIED && strcmp(op, "call") == 0 && header->interface != NULL && !accessibility)
                buffer_printf(mend, "[%s Bus Rules] %s=call:%s.%s", bus, name, header->interface, header->member);
        else
                buffer_printf(mend, "[%s Bus Policy] %s=%s", accessibility ? "Accessibility" : bus, name,
                              strcmp(op, "own") == 0 ? "own" : "talk");
}

static Message *make_message(const char *via, const WireHeader *header, const RouteOutput *output)
{
        CLEANUP(buffer_clear) Buffer member = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer mend = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer path = BUFFER_INIT;
        AuditRecord record = { .event = AUDIT_EVENT_DBUS, .verdict = AUDIT_VERDICT_DENY };

        record.text[AUDIT_OP] = op_of(header);
        record.text[AUDIT_VIA] = via;
        record.text[AUDIT_NAME] = output->name;
        if (header->path != NULL)
                buffer_printf(&path, "%.*s", AUDIT_TEXT_MAX_BYTES, header->path); /* it may be very long */
        record.text[AUDIT_PATH] = header->path != NULL ? buffer_text(&path) : NULL;
        buffer_printf(&member, "%s%s%s", header->interface != NULL ? header->interface : "",
                      header->interface != NULL ? "." : "", header->member);
        record.text[AUDIT_MEMBER] = buffer_text(&member);
        /* Denied: a rule speaks of the name, and not of this. */
        record.text[AUDIT_BY] = output->guarded ? "guard" : output->verdict == VERDICT_DENIED ? "rule" : "default";
        add_mend(&mend, via, record.text[AUDIT_OP], header, output);
        record.text[AUDIT_MEND] = mend.n > 0 ? buffer_text(&mend) : NULL;
        return audit_record_to_message(&record);
}

static void make_key(Buffer *key, const char *via, const WireHeader *header, const RouteOutput *output)
{
        buffer_printf(key, "%d %d %s %s %.1024s %s %s", header->type, output->verdict, via,
                      output->name != NULL ? output->name : "", header->path != NULL ? header->path : "",
                      header->interface != NULL ? header->interface : "", header->member != NULL ? header->member : "");
}

/* The place of that key, else a free one, else that of the oldest. */
static Kept *find(Denials *denials, const char *key)
{
        Kept *best = &denials->kept[0];

        for (size_t i = 0; i < DENIALS_KEPT; i++) {
                Kept *kept = &denials->kept[i];

                if (kept->message != NULL && strcmp(buffer_text(&kept->key), key) == 0)
                        return kept;
                if (best->message != NULL && (kept->message == NULL || kept->until_ms < best->until_ms))
                        best = kept;
        }
        return best;
}

void denials_add(Denials *denials, const char *via, const WireHeader *header, const RouteOutput *output, int64_t now_ms)
{
        CLEANUP(buffer_clear) Buffer key = BUFFER_INIT;
        Kept *kept = NULL;

        make_key(&key, via, header, output);
        if (buffer_text(&key) == NULL)
                return;
        denials_flush(denials, now_ms);
        kept = find(denials, buffer_text(&key));
        if (kept->message != NULL && strcmp(buffer_text(&kept->key), buffer_text(&key)) == 0) {
                kept->n++;
                return;
        }
        if (kept->message != NULL)
                settle(denials, kept, now_ms);
        kept->message = make_message(via, header, output);
        if (kept->message == NULL)
                return;
        kept->key = key;
        key = (Buffer)BUFFER_INIT;
        kept->until_ms = now_ms + DENIALS_FOLD_MS;
        send_or_count(denials, kept->message, 1, now_ms);
}
