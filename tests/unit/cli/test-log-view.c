/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/log-egress.h"
#include "cli/log-view.h"

static const AuditStamp stamp = {
        .seq = 1, .time_us = 1000000000LL * G_USEC_PER_SEC, .sid = "0123abcd", .profile = "apps/x"
};
static const AuditRecord denied = {
        .event = AUDIT_EVENT_DBUS,
        .verdict = AUDIT_VERDICT_DENY,
        .text = { [AUDIT_OP] = "call",
                  [AUDIT_NAME] = "org.a.\x1b[2J",
                  [AUDIT_MEMBER] = "org.a.B.Do\nit",
                  [AUDIT_BY] = "default",
                  [AUDIT_MEND] = "[Session Bus Policy] org.a.B=talk" },
        .number = { [AUDIT_N] = 3 },
};
static const AuditRecord allowed = {
        .event = AUDIT_EVENT_NET,
        .verdict = AUDIT_VERDICT_ALLOW,
        .text = { [AUDIT_OP] = "connect", [AUDIT_HOST] = "example.org" },
        .number = { [AUDIT_PORT] = 443 },
};

static void test_line(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        log_view_print(&denied, &stamp, &text);
        log_view_print(&allowed, &stamp, &text);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "2001-09-09 01:46:40 0123abcd apps/x  deny  dbus call org.a.\\x1b[2J org.a.B.Do\\x0ait (x3)\n"
                        "2001-09-09 01:46:40 0123abcd apps/x  allow net connect example.org port 443\n");
}

static void add_close(LogEgress *egress, const char *host, const char *via, gint64 out, gint64 in, gint64 n)
{
        const AuditRecord record = { .event = AUDIT_EVENT_NET,
                                     .verdict = AUDIT_VERDICT_ALLOW,
                                     .text = { [AUDIT_OP] = "close", [AUDIT_HOST] = host, [AUDIT_VIA] = via },
                                     .number = { [AUDIT_BYTES_OUT] = out, [AUDIT_BYTES_IN] = in, [AUDIT_N] = n } };

        log_egress_add(egress, &record);
}

static void test_egress(void)
{
        g_autoptr(LogEgress) egress = log_egress_new();
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT, json = BUFFER_INIT;
        AuditRecord refused = { .event = AUDIT_EVENT_NET,
                                .verdict = AUDIT_VERDICT_DENY,
                                .text = { [AUDIT_OP] = "connect", [AUDIT_HOST] = "b.org" },
                                .number = { [AUDIT_N] = 3 } };

        log_egress_print(egress, false, &text);
        g_assert_cmpuint(text.n, ==, 0);
        add_close(egress, "a.org", "transparent", 10, 20, 1);
        add_close(egress, "b.org", "connect", 100, 1, 4);
        add_close(egress, "a.org", "socks5", 5, 0, 0);
        add_close(egress, "127.0.0.1", "port-in", 1000, 0, 1);
        log_egress_add(egress, &allowed);
        log_egress_add(egress, &refused);
        log_egress_add(egress, &denied);
        log_egress_print(egress, false, &text);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "      bytes out        bytes in  connections   denied  name\n"
                        "            100               1            4        3  b.org\n"
                        "             15              20            2        0  a.org\n"
                        "              0               0            0        0  example.org\n");
        log_egress_print(egress, true, &json);
        g_assert_nonnull(strstr(buffer_text(&json), "{\"host\":\"b.org\",\"bytes_out\":100,\"bytes_in\":1,"
                                                    "\"connections\":4,\"denied\":3}"));
}

static void test_why(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        log_view_why(&denied, &stamp, &text);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "2001-09-09 01:46:40 0123abcd apps/x\n"
                        "  denied: dbus call org.a.\\x1b[2J org.a.B.Do\\x0ait (x3)\n"
                        "  by:     default\n"
                        "  mend:   [Session Bus Policy] org.a.B=talk\n");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/log-view/line", test_line);
        g_test_add_func("/log-view/why", test_why);
        g_test_add_func("/log-view/egress", test_egress);
        return g_test_run();
}
