/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/cleanup.h"
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
        return g_test_run();
}
