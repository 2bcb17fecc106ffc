/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/log-view.h"

#include <glib.h>

#include "base/i18n.h"
#include "rules/bus-danger.h"

static void add_time(Buffer *text, gint64 time_us)
{
        g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
        g_autofree char *shown = time != NULL ? g_date_time_format(time, "%Y-%m-%d %H:%M:%S") : NULL;

        buffer_add_text(text, shown != NULL ? shown : "-");
}

static void add_word(Buffer *text, const char *untrusted_word)
{
        if (untrusted_word == NULL)
                return;
        buffer_add_byte(text, ' ');
        buffer_add_escaped(text, untrusted_word);
}

/* What was tried, on what. */
static void add_object(Buffer *text, const AuditRecord *record)
{
        static const AuditText objects[] = { AUDIT_NAME, AUDIT_MEMBER, AUDIT_HOST, AUDIT_IP, AUDIT_PATH, AUDIT_ACCESS };

        buffer_add_text(text, audit_event_word(record->event));
        add_word(text, record->text[AUDIT_OP]);
        for (gsize i = 0; i < G_N_ELEMENTS(objects); i++)
                add_word(text, record->text[objects[i]]);
        if (record->number[AUDIT_PORT] != 0)
                buffer_printf(text, " port %" G_GINT64_FORMAT, (gint64)record->number[AUDIT_PORT]);
        if (record->number[AUDIT_N] > 1)
                buffer_printf(text, " (x%" G_GINT64_FORMAT ")", (gint64)record->number[AUDIT_N]);
}

static void add_head(Buffer *text, const AuditStamp *stamp)
{
        add_time(text, stamp->time_us);
        add_word(text, stamp->sid);
        add_word(text, stamp->profile != NULL ? stamp->profile : "-");
}

void log_view_print(const AuditRecord *record, const AuditStamp *stamp, Buffer *ret_text)
{
        const char *verdict = audit_verdict_word(record->verdict);

        add_head(ret_text, stamp);
        buffer_printf(ret_text, "  %-5s ", verdict != NULL ? verdict : "-");
        add_object(ret_text, record);
        buffer_add_byte(ret_text, '\n');
}

/* A mend that is as good as no box is not one to follow blindly. */
static const BusDanger *danger_of(const AuditRecord *record)
{
        const char *name = record->text[AUDIT_NAME], *via = record->text[AUDIT_VIA];

        if (record->event != AUDIT_EVENT_DBUS || name == NULL)
                return NULL;
        return bus_danger_find(g_strcmp0(via, "system-bus") == 0, name, record->text[AUDIT_MEMBER]);
}

void log_view_why(const AuditRecord *record, const AuditStamp *stamp, Buffer *ret_text)
{
        add_head(ret_text, stamp);
        buffer_add_text(ret_text, _("\n  denied: "));
        add_object(ret_text, record);
        buffer_add_text(ret_text, _("\n  by:     "));
        buffer_add_escaped(ret_text, record->text[AUDIT_BY] != NULL ? record->text[AUDIT_BY] : "default");
        if (record->text[AUDIT_MEND] != NULL) {
                const BusDanger *danger = danger_of(record);

                buffer_add_text(ret_text, _("\n  mend:   "));
                buffer_add_escaped(ret_text, record->text[AUDIT_MEND]);
                if (danger != NULL)
                        buffer_printf(ret_text, _("\n  but:    whoever may call it %s"), _(danger->reason));
        }
        buffer_add_byte(ret_text, '\n');
}
