/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writer's side of an audit log.  An app can raise a record with every message it sends, so what it costs is
 * bounded three times: repeats fold, texts are cut, the whole has a size. */
#include "audit/audit-log.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum { FOLD_PLACES = 16 };

/* A record that was written, and what came since. */
typedef struct Fold {
        Message *message;   /* holds the texts of record; NULL: free place */
        AuditRecord record; /* its bytes: of the equal ones */
        int64_t until_us;
        int64_t more; /* equal ones since it was written */
} Fold;

struct AuditLog {
        char *sid, *profile;
        uint64_t seq;
        size_t written;  /* bytes */
        int64_t dropped; /* records that the size cost */
        Fold folds[FOLD_PLACES];
};

AuditLog *audit_log_new(const char *sid, const char *profile)
{
        CLEANUP(audit_log_freep) AuditLog *log = calloc(1, sizeof *log);

        if (log == NULL)
                return NULL;
        log->sid = strdup(sid);
        log->profile = profile == NULL ? NULL : strdup(profile);
        if (log->sid == NULL || (profile != NULL && log->profile == NULL))
                return NULL;
        return STEAL(log);
}

void audit_log_free(AuditLog *log)
{
        if (log == NULL)
                return;
        for (size_t i = 0; i < FOLD_PLACES; i++)
                message_free(log->folds[i].message);
        free(log->sid);
        free(log->profile);
        free(log);
}

static void write_line(AuditLog *log, const AuditRecord *record, int64_t now_us, Buffer *lines)
{
        const AuditStamp stamp = { .seq = log->seq, .time_us = now_us, .sid = log->sid, .profile = log->profile };
        size_t before = lines->n;

        log->seq++;
        audit_record_print(record, &stamp, lines);
        log->written += lines->n - before;
}

/* Writes, or counts what there is no room for. */
static void put(AuditLog *log, const AuditRecord *record, int64_t now_us, Buffer *lines)
{
        if (log->written < AUDIT_LOG_MAX_BYTES) {
                write_line(log, record, now_us, lines);
                if (log->written >= AUDIT_LOG_MAX_BYTES) {
                        const AuditRecord full = { .event = AUDIT_EVENT_LIMIT, .text[AUDIT_OP] = "log-full" };

                        write_line(log, &full, now_us, lines);
                }
                return;
        }
        log->dropped += record->number[AUDIT_N] == 0 ? 1 : record->number[AUDIT_N];
}

/* Empties a place; what was counted there becomes one line. */
static void settle(AuditLog *log, Fold *fold, int64_t now_us, Buffer *lines)
{
        if (fold->more > 0) {
                fold->record.number[AUDIT_N] = fold->more;
                put(log, &fold->record, now_us, lines);
        }
        message_free(fold->message);
        *fold = (Fold){ 0 };
}

/* A free place, else the one that is due first. */
static Fold *choose_place(AuditLog *log)
{
        Fold *best = &log->folds[0];

        for (size_t i = 0; i < FOLD_PLACES; i++) {
                Fold *fold = &log->folds[i];

                if (fold->message == NULL)
                        return fold;
                if (fold->until_us < best->until_us)
                        best = fold;
        }
        return best;
}

/* Remembers a record that was just written.  Out of memory costs the folding, not the record. */
static void remember(AuditLog *log, const AuditRecord *record, int64_t now_us, Buffer *lines)
{
        Fold *fold = choose_place(log);

        settle(log, fold, now_us, lines);
        fold->message = audit_record_to_message(record);
        if (fold->message == NULL)
                return;
        if (audit_record_from_message(&fold->record, fold->message) < 0) {
                message_free(STEAL(fold->message));
                return;
        }
        /* Its own bytes are in its own line. */
        fold->record.number[AUDIT_BYTES_IN] = fold->record.number[AUDIT_BYTES_OUT] = 0;
        fold->until_us = now_us + AUDIT_FOLD_MS * 1000;
}

static void add_number(int64_t *sum, int64_t n)
{
        *sum = n > 0 && *sum > INT64_MAX - n ? INT64_MAX : *sum + n;
}

void audit_log_add(AuditLog *log, const AuditRecord *record, int64_t now_us, Buffer *lines)
{
        int64_t n = record->number[AUDIT_N] == 0 ? 1 : record->number[AUDIT_N];

        audit_log_flush(log, now_us, lines);
        for (size_t i = 0; i < FOLD_PLACES; i++) {
                Fold *fold = &log->folds[i];

                if (fold->message != NULL && audit_record_equals(&fold->record, record)) {
                        add_number(&fold->more, n);
                        add_number(&fold->record.number[AUDIT_BYTES_IN], record->number[AUDIT_BYTES_IN]);
                        add_number(&fold->record.number[AUDIT_BYTES_OUT], record->number[AUDIT_BYTES_OUT]);
                        return;
                }
        }
        put(log, record, now_us, lines);
        remember(log, record, now_us, lines);
}

int64_t audit_log_due(const AuditLog *log)
{
        int64_t due = 0;

        for (size_t i = 0; i < FOLD_PLACES; i++) {
                const Fold *fold = &log->folds[i];

                /* A place that counted nothing waits for its next use: no wake-up for it. */
                if (fold->message != NULL && fold->more > 0 && (due == 0 || fold->until_us < due))
                        due = fold->until_us;
        }
        return due;
}

/* Its time is over; or the clock was set back, and nobody knows how long it has waited. */
static bool is_due(const Fold *fold, int64_t now_us)
{
        return fold->until_us <= now_us || fold->until_us - now_us > AUDIT_FOLD_MS * 1000;
}

void audit_log_flush(AuditLog *log, int64_t now_us, Buffer *lines)
{
        for (size_t i = 0; i < FOLD_PLACES; i++)
                if (log->folds[i].message != NULL && is_due(&log->folds[i], now_us))
                        settle(log, &log->folds[i], now_us, lines);
}

void audit_log_finish(AuditLog *log, int64_t now_us, Buffer *lines)
{
        for (size_t i = 0; i < FOLD_PLACES; i++)
                settle(log, &log->folds[i], now_us, lines);
        if (log->dropped > 0) {
                const AuditRecord lost = { .event = AUDIT_EVENT_LIMIT,
                                           .text[AUDIT_OP] = "log-dropped",
                                           .number[AUDIT_N] = log->dropped };

                write_line(log, &lost, now_us, lines);
                log->dropped = 0;
        }
}
