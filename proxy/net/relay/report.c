/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/buffer.h"

typedef struct Kept {
        char *key; /* NULL: free */
        AuditRecord record;
        char *texts[_AUDIT_TEXT_MAX];
        int64_t until_ms, n; /* n: repeats since it was sent */
} Kept;

struct Report {
        int socket;
        Kept kept[REPORT_KEPT];
        Bucket bucket;
        int64_t n_lost;
};

Report *report_new(int socket)
{
        Report *report = calloc(1, sizeof *report);

        if (report == NULL)
                return NULL;
        report->socket = socket;
        report->bucket = bucket_full(REPORT_PER_SECOND, REPORT_BURST);
        return report;
}

static void forget(Kept *kept)
{
        for (size_t i = 0; i < _AUDIT_TEXT_MAX; i++)
                free(kept->texts[i]);
        free(kept->key);
        *kept = (Kept){ 0 };
}

void report_free(Report *report)
{
        if (report == NULL)
                return;
        for (size_t i = 0; i < REPORT_KEPT; i++)
                forget(&report->kept[i]);
        free(report);
}

static bool send_now(Report *report, const AuditRecord *record, int64_t now_ms)
{
        CLEANUP(message_freep) Message *message = NULL;

        if (report->socket < 0 || !bucket_take(&report->bucket, now_ms))
                return false;
        message = audit_record_to_message(record);
        return message != NULL && message_send(report->socket, message, NULL, 0) == 0;
}

/* The time of one is over: its repeats go out. */
static void settle(Report *report, Kept *kept, int64_t now_ms)
{
        kept->record.number[AUDIT_N] = kept->n;
        if (kept->n > 0 && !send_now(report, &kept->record, now_ms))
                report->n_lost += kept->n;
        forget(kept);
}

int64_t report_flush(Report *report, int64_t now_ms)
{
        int64_t due = -1;

        for (size_t i = 0; i < REPORT_KEPT; i++) {
                Kept *kept = &report->kept[i];

                if (kept->key != NULL && kept->until_ms <= now_ms)
                        settle(report, kept, now_ms);
                else if (kept->key != NULL && kept->n > 0 && (due < 0 || kept->until_ms - now_ms < due))
                        due = kept->until_ms - now_ms;
        }
        if (report->n_lost > 0 && report->socket >= 0) {
                AuditRecord lost = { .event = AUDIT_EVENT_LIMIT,
                                     .verdict = AUDIT_VERDICT_DENY,
                                     .text = { [AUDIT_OP] = "net" },
                                     .number = { [AUDIT_N] = report->n_lost } };

                if (send_now(report, &lost, now_ms))
                        report->n_lost = 0;
                else if (due < 0 || due > 1000)
                        due = 1000;
        }
        return due;
}

static void make_key(Buffer *key, const AuditRecord *record)
{
        buffer_printf(key, "%d %lld", record->verdict, (long long)record->number[AUDIT_PORT]);
        for (size_t i = 0; i < _AUDIT_TEXT_MAX; i++)
                if (i != AUDIT_IP)
                        buffer_printf(key, " %s", record->text[i] != NULL ? record->text[i] : "");
}

/* The place of that key, else a free one, else that of the oldest. */
static Kept *find(Report *report, const char *key)
{
        Kept *best = &report->kept[0];

        for (size_t i = 0; i < REPORT_KEPT; i++) {
                Kept *kept = &report->kept[i];

                if (kept->key != NULL && strcmp(kept->key, key) == 0)
                        return kept;
                if (best->key != NULL && (kept->key == NULL || kept->until_ms < best->until_ms))
                        best = kept;
        }
        return best;
}

void report_add(Report *report, const AuditRecord *record, int64_t now_ms)
{
        CLEANUP(buffer_clear) Buffer key = BUFFER_INIT;
        AuditRecord told = *record;
        Kept *kept = NULL;

        told.event = AUDIT_EVENT_NET;
        make_key(&key, &told);
        if (report->socket < 0 || buffer_text(&key) == NULL)
                return;
        (void)report_flush(report, now_ms);
        /* The end of an instance is the end of this process: what matters is not held back. */
        if (told.number[AUDIT_BYTES_IN] + told.number[AUDIT_BYTES_OUT] >= REPORT_LARGE) {
                report->n_lost += send_now(report, &told, now_ms) ? 0 : 1;
                return;
        }
        kept = find(report, buffer_text(&key));
        if (kept->key != NULL && strcmp(kept->key, buffer_text(&key)) == 0) {
                kept->n++;
                kept->record.number[AUDIT_BYTES_IN] += record->number[AUDIT_BYTES_IN];
                kept->record.number[AUDIT_BYTES_OUT] += record->number[AUDIT_BYTES_OUT];
                return;
        }
        if (kept->key != NULL)
                settle(report, kept, now_ms);
        if (!send_now(report, &told, now_ms)) {
                report->n_lost++;
                return;
        }
        kept->record = told;
        kept->record.number[AUDIT_BYTES_IN] = kept->record.number[AUDIT_BYTES_OUT] = 0;
        for (size_t i = 0; i < _AUDIT_TEXT_MAX; i++) {
                kept->texts[i] = told.text[i] != NULL ? strdup(told.text[i]) : NULL;
                kept->record.text[i] = kept->texts[i];
        }
        kept->until_ms = now_ms + REPORT_FOLD_MS;
        kept->key = buffer_steal(&key);
}
