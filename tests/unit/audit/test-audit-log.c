/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "audit/audit-log.h"
#include "base/cleanup.h"

enum { SECOND = 1000 * 1000 };

static AuditRecord record_of(const char *name)
{
        return (AuditRecord){ .event = AUDIT_EVENT_DBUS, .verdict = AUDIT_VERDICT_DENY, .text[AUDIT_NAME] = name };
}

static guint count_lines(Buffer *lines)
{
        guint n = 0;

        for (size_t i = 0; i < lines->n; i++)
                n += lines->bytes[i] == '\n';
        return n;
}

static void test_fold(void)
{
        CLEANUP(audit_log_freep) AuditLog *log = audit_log_new("01234567", NULL);
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        AuditRecord a = record_of("a.A"), b = record_of("a.B");

        audit_log_add(log, &a, SECOND, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 1);
        g_assert_cmpint(audit_log_due(log), ==, 0);
        for (int i = 0; i < 4; i++)
                audit_log_add(log, &a, SECOND + 1, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 1);
        audit_log_add(log, &b, SECOND + 2, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 2);
        g_assert_cmpint(audit_log_due(log), ==, SECOND + AUDIT_FOLD_MS * 1000);
        audit_log_flush(log, audit_log_due(log) - 1, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 2);
        audit_log_flush(log, audit_log_due(log), &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 3);
        g_assert_nonnull(strstr(buffer_text(&lines), "\"seq\":2"));
        g_assert_nonnull(strstr(buffer_text(&lines), "\"n\":4"));
        g_assert_cmpint(audit_log_due(log), ==, 0);
}

/* The clock is set back by hours: what was counted does not wait until they are over. */
static void test_clock(void)
{
        CLEANUP(audit_log_freep) AuditLog *log = audit_log_new("01234567", NULL);
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        AuditRecord a = record_of("a.A");

        audit_log_add(log, &a, (int64_t)9999 * SECOND, &lines);
        audit_log_add(log, &a, (int64_t)9999 * SECOND, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 1);
        audit_log_flush(log, SECOND, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 2);
        g_assert_cmpint(audit_log_due(log), ==, 0);
}

/* The bytes of what is counted are its own: neither lost nor told twice. */
static void test_bytes(void)
{
        CLEANUP(audit_log_freep) AuditLog *log = audit_log_new("01234567", NULL);
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        AuditRecord a = record_of("a.A");

        a.number[AUDIT_BYTES_IN] = 10;
        a.number[AUDIT_BYTES_OUT] = 1;
        for (int i = 0; i < 4; i++)
                audit_log_add(log, &a, SECOND, &lines);
        audit_log_finish(log, SECOND, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 2);
        g_assert_nonnull(strstr(buffer_text(&lines), "\"bytes_in\":10,"));
        g_assert_nonnull(strstr(buffer_text(&lines), "\"bytes_in\":30,"));
        g_assert_nonnull(strstr(buffer_text(&lines), "\"bytes_out\":3"));
}

/* Seventeen kinds are more than there are places: what was counted is written, not lost. */
static void test_places(void)
{
        CLEANUP(audit_log_freep) AuditLog *log = audit_log_new("01234567", "p");
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        AuditRecord a = record_of("a.A");

        audit_log_add(log, &a, SECOND, &lines);
        audit_log_add(log, &a, SECOND, &lines);
        for (int i = 0; i < 16; i++) {
                g_autofree char *name = g_strdup_printf("a.B%d", i);
                AuditRecord b = record_of(name);

                audit_log_add(log, &b, SECOND + 1 + i, &lines);
        }
        g_assert_cmpuint(count_lines(&lines), ==, 18);
        audit_log_finish(log, 2 * SECOND, &lines);
        g_assert_cmpuint(count_lines(&lines), ==, 18);
}

static void test_size(void)
{
        CLEANUP(audit_log_freep) AuditLog *log = audit_log_new("01234567", NULL);
        CLEANUP(buffer_clear) Buffer lines = BUFFER_INIT;
        size_t full;

        for (int i = 0; lines.n < AUDIT_LOG_MAX_BYTES; i++) {
                g_autofree char *name = g_strdup_printf("a.B%d.%0900d", i, 0);
                AuditRecord b = record_of(name);

                audit_log_add(log, &b, SECOND, &lines);
        }
        g_assert_nonnull(strstr(buffer_text(&lines), "\"op\":\"log-full\""));
        full = lines.n;
        for (int i = 0; i < 100; i++) {
                g_autofree char *name = g_strdup_printf("a.C%d", i);
                AuditRecord c = record_of(name);

                audit_log_add(log, &c, SECOND, &lines);
        }
        g_assert_cmpuint(lines.n, ==, full);
        audit_log_finish(log, SECOND, &lines);
        g_assert_nonnull(strstr(buffer_text(&lines) + full, "\"op\":\"log-dropped\""));
        g_assert_nonnull(strstr(buffer_text(&lines) + full, "\"n\":100"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/audit-log/fold", test_fold);
        g_test_add_func("/audit-log/clock", test_clock);
        g_test_add_func("/audit-log/bytes", test_bytes);
        g_test_add_func("/audit-log/places", test_places);
        g_test_add_func("/audit-log/size", test_size);
        return g_test_run();
}
