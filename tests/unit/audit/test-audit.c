/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "audit/audit.h"
#include "audit/fields.h"
#include "base/cleanup.h"

static const AuditStamp stamp = {
        .seq = 17, .time_us = 1735787045678901, .sid = "0123abcd", .profile = "agents/agent"
};

static const AuditRecord denied = {
        .event = AUDIT_EVENT_DBUS,
        .verdict = AUDIT_VERDICT_DENY,
        .text = { [AUDIT_OP] = "call",
                  [AUDIT_VIA] = "session-bus",
                  [AUDIT_NAME] = "org.example.Notes",
                  [AUDIT_MEMBER] = "org.example.Notes.Erase",
                  [AUDIT_BY] = "default",
                  [AUDIT_MEND] = "[Session Bus Policy] org.example.Notes=talk" },
        .number = { [AUDIT_PID] = 12, [AUDIT_N] = 1 },
};

static char *print(const AuditRecord *record)
{
        CLEANUP(buffer_clear) Buffer line = BUFFER_INIT;

        audit_record_print(record, &stamp, &line);
        return g_strdup(buffer_text(&line));
}

static void test_print(void)
{
        g_autofree char *line = print(&denied);

        g_assert_cmpstr(line, ==,
                        "{\"v\":1,\"seq\":17,\"ts\":\"2025-01-02T03:04:05.678Z\",\"sid\":\"0123abcd\","
                        "\"profile\":\"agents/agent\",\"ev\":\"dbus\",\"op\":\"call\",\"via\":\"session-bus\","
                        "\"name\":\"org.example.Notes\",\"member\":\"org.example.Notes.Erase\",\"by\":\"default\","
                        "\"mend\":\"[Session Bus Policy] org.example.Notes=talk\",\"verdict\":\"deny\",\"pid\":12,"
                        "\"n\":1,\"trust\":\"supervisor\"}\n");
}

/* What an app chooses stays one line of plain characters. */
static void test_hostile(void)
{
        const AuditRecord record = { .event = AUDIT_EVENT_FILE,
                                     .text[AUDIT_PATH] = "a\n{\"v\":1}\x1b[2J\xe2\x80\xae\xff\"" };
        g_autofree char *line = print(&record);

        g_assert_nonnull(strstr(line, "\"path\":\"a\\u000a{\\\"v\\\":1}\\u001b[2J\\u202e\\ufffd\\\"\""));
        g_assert_true(strchr(line, '\n') == line + strlen(line) - 1);
}

static void test_cut(void)
{
        g_autofree char *text = g_strnfill(AUDIT_TEXT_MAX_BYTES + 1, 'x'), *line = NULL;
        const AuditRecord record = { .event = AUDIT_EVENT_FILE, .text[AUDIT_PATH] = text };

        /* The character that the cut would part goes as a whole. */
        memcpy(text + AUDIT_TEXT_MAX_BYTES - 1, "\xc3\xa4", 2);
        line = print(&record);
        g_assert_nonnull(strstr(line, "xx\xe2\x80\xa6\""));
        g_assert_null(strstr(line, "\\ufffd"));
        g_assert_null(strstr(line, "\xc3"));
}

static void test_secrets(void)
{
        const AuditRecord record = {
                .event = AUDIT_EVENT_NET,
                .text = { [AUDIT_HOST] = "me:hunter2@example.org", [AUDIT_PATH] = "/v1?key=hunter2#hunter2" },
                .number[AUDIT_PORT] = 443
        };
        g_autofree char *line = print(&record);

        g_assert_null(strstr(line, "hunter2"));
        g_assert_nonnull(strstr(line, "\"host\":\"example.org\",\"port\":443,\"path\":\"/v1\""));
}

static void test_message(void)
{
        CLEANUP(message_freep) Message *message = audit_record_to_message(&denied), *odd = message_new("audit");
        AuditRecord back = { 0 };

        g_assert_cmpint(audit_record_from_message(&back, message), ==, 0);
        g_assert_true(audit_record_equals(&denied, &back));
        g_assert_cmpint(back.number[AUDIT_PID], ==, 12);
        g_assert_cmpint(audit_record_from_message(&back, odd), ==, -EINVAL);
        message_add(odd, "ev", "dbus");
        message_add_number(odd, "n", -5);
        message_add(odd, "seq", "99");
        g_assert_cmpint(audit_record_from_message(&back, odd), ==, 0);
        g_assert_cmpint(back.number[AUDIT_N], ==, 1);
        message_add(odd, "verdict", "maybe");
        g_assert_cmpint(audit_record_from_message(&back, odd), ==, -EINVAL);
}

static void test_round(void)
{
        for (int text = 0; text < _AUDIT_TEXT_MAX; text++) {
                AuditRecord record = { .event = AUDIT_EVENT_TRIGGER,
                                       .trust = AUDIT_TRUST_HINT,
                                       .number = { 1, 2, 3, 4, 5 } };
                g_autofree char *line = NULL;
                AuditRecord back = { 0 };
                AuditStamp at = { 0 };

                record.text[text] = "a\"\\\n\xc3\xa4\xf0\x9f\x98\x80\xf3\xa0\x80\x81";
                line = print(&record);
                g_assert_cmpint(audit_record_parse(&back, &at, line, strlen(line)), ==, 0);
                g_assert_true(audit_record_equals(&record, &back));
                for (int i = 0; i < _AUDIT_NUMBER_MAX; i++)
                        g_assert_cmpint(back.number[i], ==, record.number[i]);
                g_assert_cmpuint(at.seq, ==, 17);
                g_assert_cmpint(at.time_us, ==, 1735787045678000);
                g_assert_cmpstr(at.sid, ==, stamp.sid);
                g_assert_cmpstr(at.profile, ==, stamp.profile);
                audit_record_clear(&back);
        }
}

static const struct Row {
        const char *path, *line;
        int want;
} rows[] = {
        { "/audit/parse/least", "{\"sid\":\"a\",\"ev\":\"net\"}", 0 },
        { "/audit/parse/newer", "{\"sid\":\"a\",\"ev\":\"net\",\"x\":null,\"y\":true,\"z\":-1}", -EINVAL },
        { "/audit/parse/newer-words", "{\"sid\":\"a\",\"ev\":\"net\",\"x\":null,\"y\":true,\"z\":\"w\"}", 0 },
        { "/audit/parse/spaces", " { \"sid\" : \"a\" , \"ev\" : \"net\" } \n", 0 },
        { "/audit/parse/empty", "", -EINVAL },
        { "/audit/parse/cut", "{\"sid\":\"a\",\"ev\":\"net\"", -EINVAL },
        { "/audit/parse/cut-string", "{\"sid\":\"a", -EINVAL },
        { "/audit/parse/cut-escape", "{\"sid\":\"a\\", -EINVAL },
        { "/audit/parse/cut-unicode", "{\"sid\":\"a\\u00", -EINVAL },
        { "/audit/parse/two", "{\"sid\":\"a\",\"ev\":\"net\"}{}", -EINVAL },
        { "/audit/parse/nested", "{\"sid\":\"a\",\"ev\":\"net\",\"x\":{}}", -EINVAL },
        { "/audit/parse/no-sid", "{\"ev\":\"net\"}", -EINVAL },
        { "/audit/parse/no-event", "{\"sid\":\"a\"}", -EINVAL },
        { "/audit/parse/event", "{\"sid\":\"a\",\"ev\":\"nets\"}", -EINVAL },
        { "/audit/parse/time", "{\"sid\":\"a\",\"ev\":\"net\",\"ts\":\"now\"}", -EINVAL },
        { "/audit/parse/time-early", "{\"sid\":\"a\",\"ev\":\"net\",\"ts\":\"1012-01-02T03:04:05.678Z\"}", -EINVAL },
        { "/audit/parse/nul", "{\"sid\":\"a\\u0000\",\"ev\":\"net\"}", -EINVAL },
        { "/audit/parse/lone-low", "{\"sid\":\"\\udc00\",\"ev\":\"net\"}", -EINVAL },
        { "/audit/parse/lone-high", "{\"sid\":\"\\ud800x\",\"ev\":\"net\"}", -EINVAL },
        { "/audit/parse/number", "{\"sid\":\"a\",\"ev\":\"net\",\"n\":99999999999999999999}", -EINVAL },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        AuditRecord record = { 0 };
        AuditStamp at = { 0 };

        g_assert_cmpint(audit_record_parse(&record, &at, row->line, strlen(row->line)), ==, row->want);
        g_assert_true((record.owned != NULL) == (row->want == 0));
        audit_record_clear(&record);
}

static void test_words(void)
{
        for (int i = AUDIT_EVENT_NONE + 1; i < _AUDIT_EVENT_MAX; i++) {
                const char *word = audit_event_word((AuditEvent)i);

                g_assert_cmpint(audit_event_parse(word, strlen(word)), ==, i);
        }
        for (int i = AUDIT_VERDICT_NONE + 1; i < _AUDIT_VERDICT_MAX; i++) {
                const char *word = audit_verdict_word((AuditVerdict)i);

                g_assert_cmpint(audit_verdict_parse(word, strlen(word)), ==, i);
        }
        g_assert_cmpint(audit_event_parse("", 0), ==, _AUDIT_EVENT_MAX);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/audit/print", test_print);
        g_test_add_func("/audit/hostile", test_hostile);
        g_test_add_func("/audit/cut", test_cut);
        g_test_add_func("/audit/secrets", test_secrets);
        g_test_add_func("/audit/message", test_message);
        g_test_add_func("/audit/round", test_round);
        g_test_add_func("/audit/words", test_words);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
