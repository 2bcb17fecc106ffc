/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reads a line of an audit log.  Pure.  A flat object only: strings, integers and literals; that is all a record has,
 * so there is nothing to recurse into.  Unescaping never makes a text longer, so it is done in place, in one copy. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/audit.h"
#include "audit/fields.h"

typedef enum ValueKind { VALUE_TEXT, VALUE_NUMBER, VALUE_OTHER } ValueKind;

typedef struct Value {
        ValueKind kind;
        const char *text;
        int64_t number;
} Value;

static void skip_space(char **p)
{
        *p += strspn(*p, " \t\r\n");
}

static bool take(char **p, char c)
{
        skip_space(p);
        if (**p != c)
                return false;
        (*p)++;
        return true;
}

/* Four hex digits at p, or -1. */
static int32_t hex4(const char *p)
{
        int32_t n = 0;

        for (int i = 0; i < 4; i++) {
                static const char digits[] = "0123456789abcdef";
                const char *digit =
                        p[i] == '\0' ? NULL : strchr(digits, p[i] | (p[i] >= 'A' && p[i] <= 'F' ? 0x20 : 0));

                if (digit == NULL)
                        return -1;
                n = n * 16 + (int32_t)(digit - digits);
        }
        return n;
}

static char *put_utf8(char *out, uint32_t point)
{
        if (point < 0x80) {
                *out++ = (char)point;
                return out;
        }
        if (point < 0x800) {
                *out++ = (char)(0xc0 | point >> 6);
        } else {
                if (point < 0x10000) {
                        *out++ = (char)(0xe0 | point >> 12);
                } else {
                        *out++ = (char)(0xf0 | point >> 18);
                        *out++ = (char)(0x80 | (point >> 12 & 0x3f));
                }
                *out++ = (char)(0x80 | (point >> 6 & 0x3f));
        }
        *out++ = (char)(0x80 | (point & 0x3f));
        return out;
}

/* After "\u": the digits and, for a high surrogate, its other half.  NUL and lone halves are refused. */
static bool take_unicode(char **p, char **out)
{
        int32_t point = hex4(*p), low;

        if (point <= 0 || (point >= 0xdc00 && point <= 0xdfff))
                return false;
        *p += 4;
        if (point >= 0xd800 && point <= 0xdbff) {
                if ((*p)[0] != '\\' || (*p)[1] != 'u')
                        return false;
                low = hex4(*p + 2);
                if (low < 0xdc00 || low > 0xdfff)
                        return false;
                *p += 6;
                point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        }
        *out = put_utf8(*out, (uint32_t)point);
        return true;
}

static bool take_escape(char **p, char **out)
{
        static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
        char c = **p;
        const char *at = c == '\0' ? NULL : strchr(from, c);

        if (c == 'u') {
                (*p)++;
                return take_unicode(p, out);
        }
        if (at == NULL)
                return false;
        (*p)++;
        *(*out)++ = to[at - from];
        return true;
}

static bool take_string(char **p, const char **ret)
{
        char *start, *out;

        if (!take(p, '"'))
                return false;
        start = out = *p;
        while (**p != '"') {
                if ((unsigned char)**p < 0x20)
                        return false; /* the end too */
                if (**p != '\\') {
                        *out++ = *(*p)++;
                        continue;
                }
                (*p)++;
                if (!take_escape(p, &out))
                        return false;
        }
        (*p)++;
        *out = '\0';
        *ret = start;
        return true;
}

static bool take_number(char **p, int64_t *ret)
{
        char *end = NULL;

        errno = 0;
        *ret = strtoll(*p, &end, 10);
        if (errno != 0 || end == *p)
                return false;
        *p = end;
        return true;
}

static bool take_value(char **p, Value *ret)
{
        static const char *const literals[] = { "null", "true", "false" };

        skip_space(p);
        if (**p == '"') {
                ret->kind = VALUE_TEXT;
                return take_string(p, &ret->text);
        }
        if (**p == '-' || (**p >= '0' && **p <= '9')) {
                ret->kind = VALUE_NUMBER;
                return take_number(p, &ret->number);
        }
        for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
                if (strncmp(*p, literals[i], strlen(literals[i])) == 0) {
                        *p += strlen(literals[i]);
                        ret->kind = VALUE_OTHER;
                        return true;
                }
        }
        return false;
}

static bool read_time(const char *text, int64_t *ret_us)
{
        struct tm tm = { 0 };
        int ms = 0, end = 0;
        time_t seconds;

        /* NOLINTNEXTLINE(cert-err34-c): the widths keep each number small */
        if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
                   &tm.tm_min, &tm.tm_sec, &ms, &end) != 7 ||
            end == 0 || text[end] != '\0' || ms < 0)
                return false;
        tm.tm_year -= 1900;
        tm.tm_mon -= 1;
        seconds = timegm(&tm);
        if (seconds < 0)
                return false;
        *ret_us = (int64_t)seconds * 1000000 + ms * 1000;
        return true;
}

static bool take_word(AuditRecord *record, const char *key, const char *text)
{
        size_t n = strlen(text);

        if (strcmp(key, "ev") == 0)
                return (record->event = audit_event_parse(text, n)) != _AUDIT_EVENT_MAX;
        if (strcmp(key, "verdict") == 0)
                return (record->verdict = audit_verdict_parse(text, n)) != _AUDIT_VERDICT_MAX;
        if (strcmp(key, "trust") == 0)
                return (record->trust = audit_trust_parse(text, n)) != _AUDIT_TRUST_MAX;
        for (int i = 0; i < _AUDIT_TEXT_MAX; i++)
                if (strcmp(key, audit_text_name((AuditText)i)) == 0)
                        record->text[i] = text;
        return true;
}

/* false: a known key with a value that it can't have. */
static bool take_field(AuditRecord *record, AuditStamp *stamp, const char *key, const Value *value)
{
        if (value->kind == VALUE_TEXT) {
                if (strcmp(key, "ts") == 0)
                        return read_time(value->text, &stamp->time_us);
                if (strcmp(key, "sid") == 0)
                        stamp->sid = value->text;
                if (strcmp(key, "profile") == 0)
                        stamp->profile = value->text;
                return take_word(record, key, value->text);
        }
        if (value->kind == VALUE_NUMBER) {
                if (value->number < 0)
                        return false;
                if (strcmp(key, "seq") == 0)
                        stamp->seq = (uint64_t)value->number;
                for (int i = 0; i < _AUDIT_NUMBER_MAX; i++)
                        if (strcmp(key, audit_number_name((AuditNumber)i)) == 0)
                                record->number[i] = value->number;
        }
        return true;
}

static bool parse(AuditRecord *record, AuditStamp *stamp, char *p)
{
        if (!take(&p, '{'))
                return false;
        do {
                Value value = { 0 };
                const char *key = NULL;

                if (!take_string(&p, &key) || !take(&p, ':') || !take_value(&p, &value) ||
                    !take_field(record, stamp, key, &value))
                        return false;
        } while (take(&p, ','));
        if (!take(&p, '}'))
                return false;
        skip_space(&p);
        return *p == '\0' && record->event != AUDIT_EVENT_NONE && stamp->sid != NULL;
}

int audit_record_parse(AuditRecord *ret_record, AuditStamp *ret_stamp, const char *untrusted_line, size_t n)
{
        AuditRecord record = { 0 };
        AuditStamp stamp = { 0 };

        if (n > AUDIT_LINE_MAX || memchr(untrusted_line, '\0', n) != NULL)
                return -EINVAL;
        record.owned = strndup(untrusted_line, n);
        if (record.owned == NULL)
                return -ENOMEM;
        if (!parse(&record, &stamp, record.owned)) {
                audit_record_clear(&record);
                return -EINVAL;
        }
        if (record.number[AUDIT_N] == 0)
                record.number[AUDIT_N] = 1;
        *ret_record = record;
        *ret_stamp = stamp;
        return 0;
}
