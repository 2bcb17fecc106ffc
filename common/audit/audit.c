/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Audit records: value, message, line of JSON.  Pure.  Reading them back is audit-parse.c. */
#include "audit/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/fields.h"

enum { NAME_MAX_BYTES = 16 };

/* Secrets live in a URL's userinfo and query: neither is ever written. */
static void without_secrets(const AuditRecord *record, AuditText text, const char **value, size_t *n)
{
        const char *at;

        if (record->event != AUDIT_EVENT_NET)
                return;
        if (text == AUDIT_HOST && (at = memrchr(*value, '@', *n)) != NULL) {
                *n -= (size_t)(at + 1 - *value);
                *value = at + 1;
        }
        if (text == AUDIT_PATH)
                *n = strcspn(*value, "?#");
}

static void add_text(const AuditRecord *record, AuditText text, Buffer *line)
{
        CLEANUP(buffer_clear) Buffer part = BUFFER_INIT;
        const char *value = record->text[text];
        size_t n;
        bool cut;

        if (value == NULL)
                return;
        n = strlen(value);
        without_secrets(record, text, &value, &n);
        cut = n > AUDIT_TEXT_MAX_BYTES;
        if (cut) {
                n = AUDIT_TEXT_MAX_BYTES;
                while (n > 0 && ((unsigned char)value[n] & 0xc0) == 0x80)
                        n--;
        }
        buffer_add(&part, value, n);
        if (cut)
                buffer_add_text(&part, "\xe2\x80\xa6");
        buffer_printf(line, ",\"%s\":", audit_text_name(text));
        if (buffer_text(&part) == NULL)
                line->failed = true;
        else
                buffer_add_json(line, buffer_text(&part));
}

static void add_time(int64_t time_us, Buffer *line)
{
        time_t seconds = (time_t)(time_us / 1000000);
        char text[32];
        struct tm tm;

        if (gmtime_r(&seconds, &tm) == NULL || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
                text[0] = '\0';
        buffer_printf(line, ",\"ts\":\"%s.%03dZ\"", text, (int)(time_us / 1000 % 1000));
}

static void add_word(const char *name, const char *word, Buffer *line)
{
        if (word != NULL)
                buffer_printf(line, ",\"%s\":\"%s\"", name, word);
}

void audit_record_print(const AuditRecord *record, const AuditStamp *stamp, Buffer *ret_line)
{
        buffer_printf(ret_line, "{\"v\":%d,\"seq\":%" PRIu64, AUDIT_VERSION, stamp->seq);
        add_time(stamp->time_us, ret_line);
        buffer_add_text(ret_line, ",\"sid\":");
        buffer_add_json(ret_line, stamp->sid);
        if (stamp->profile != NULL) {
                buffer_add_text(ret_line, ",\"profile\":");
                buffer_add_json(ret_line, stamp->profile);
        }
        add_word("ev", audit_event_word(record->event), ret_line);
        for (int i = 0; i < _AUDIT_TEXT_MAX; i++) {
                add_text(record, (AuditText)i, ret_line);
                if (i == AUDIT_HOST && record->number[AUDIT_PORT] != 0)
                        buffer_printf(ret_line, ",\"port\":%" PRId64, record->number[AUDIT_PORT]);
        }
        add_word("verdict", audit_verdict_word(record->verdict), ret_line);
        for (int i = AUDIT_PORT + 1; i < _AUDIT_NUMBER_MAX; i++)
                if (record->number[i] != 0)
                        buffer_printf(ret_line, ",\"%s\":%" PRId64, audit_number_name((AuditNumber)i),
                                      record->number[i]);
        add_word("trust", audit_trust_word(record->trust), ret_line);
        buffer_add_text(ret_line, "}\n");
}

/* A message's key: '-' for the '_' of JSON. */
static const char *message_key(char key[NAME_MAX_BYTES], const char *name)
{
        size_t i = 0;

        for (; i < NAME_MAX_BYTES - 1 && name[i] != '\0'; i++)
                key[i] = (char)(name[i] == '_' ? '-' : name[i]);
        key[i] = '\0';
        return key;
}

Message *audit_record_to_message(const AuditRecord *record)
{
        CLEANUP(message_freep) Message *message = message_new("audit");
        const char *event = audit_event_word(record->event), *verdict = audit_verdict_word(record->verdict),
                   *trust = audit_trust_word(record->trust);
        char key[NAME_MAX_BYTES];

        if (message == NULL)
                return NULL;
        if (event != NULL)
                message_add(message, "ev", event);
        if (verdict != NULL)
                message_add(message, "verdict", verdict);
        if (trust != NULL)
                message_add(message, "trust", trust);
        for (int i = 0; i < _AUDIT_TEXT_MAX; i++)
                if (record->text[i] != NULL)
                        message_add(message, message_key(key, audit_text_name((AuditText)i)), record->text[i]);
        for (int i = 0; i < _AUDIT_NUMBER_MAX; i++)
                if (record->number[i] != 0)
                        message_add_number(message, message_key(key, audit_number_name((AuditNumber)i)),
                                           record->number[i]);
        return STEAL(message);
}

int audit_record_from_message(AuditRecord *ret_record, const Message *untrusted)
{
        const char *event = message_get(untrusted, "ev"), *verdict = message_get(untrusted, "verdict"),
                   *trust = message_get(untrusted, "trust");
        AuditRecord record = { .verdict = AUDIT_VERDICT_NONE, .trust = AUDIT_TRUST_SUPERVISOR };
        char key[NAME_MAX_BYTES];

        record.event = event == NULL ? _AUDIT_EVENT_MAX : audit_event_parse(event, strlen(event));
        if (verdict != NULL)
                record.verdict = audit_verdict_parse(verdict, strlen(verdict));
        if (trust != NULL)
                record.trust = audit_trust_parse(trust, strlen(trust));
        if (record.event == _AUDIT_EVENT_MAX || record.verdict == _AUDIT_VERDICT_MAX ||
            record.trust == _AUDIT_TRUST_MAX)
                return -EINVAL;
        for (int i = 0; i < _AUDIT_TEXT_MAX; i++)
                record.text[i] = message_get(untrusted, message_key(key, audit_text_name((AuditText)i)));
        for (int i = 0; i < _AUDIT_NUMBER_MAX; i++) {
                int64_t number = message_get_number(untrusted, message_key(key, audit_number_name((AuditNumber)i)), 0);

                record.number[i] = number < 0 ? 0 : number;
        }
        if (record.number[AUDIT_N] == 0)
                record.number[AUDIT_N] = 1;
        *ret_record = record;
        return 0;
}

bool audit_record_equals(const AuditRecord *a, const AuditRecord *b)
{
        if (a->event != b->event || a->verdict != b->verdict || a->trust != b->trust ||
            a->number[AUDIT_PORT] != b->number[AUDIT_PORT])
                return false;
        for (int i = 0; i < _AUDIT_TEXT_MAX; i++)
                if ((a->text[i] == NULL) != (b->text[i] == NULL) ||
                    (a->text[i] != NULL && strcmp(a->text[i], b->text[i]) != 0))
                        return false;
        return true;
}

void audit_record_clear(AuditRecord *record)
{
        free(record->owned);
        *record = (AuditRecord){ 0 };
}
