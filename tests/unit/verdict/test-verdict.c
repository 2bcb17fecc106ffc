/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/cleanup.h"
#include "verdict/verdict.h"

static void add(BusPolicy *policy, const char *option)
{
        CLEANUP(bus_rule_freep) BusRule *rule = NULL;
        BusRuleKind kind = BUS_RULE_SEE;

        while (!g_str_has_prefix(option, bus_rule_kind_word(kind)))
                kind++;
        g_assert_cmpint(bus_rule_parse(&rule, NULL, kind, strchr(option, '=') + 1), ==, 0);
        g_assert_cmpint(bus_policy_add(policy, &rule), ==, 0);
}

#define CALL(dest)                                                                                                     \
        {                                                                                                              \
                .type = WIRE_CALL, .destination = dest, .path = "/x", .interface = "i.j", .member = "M"                \
        }
#define QUIET_CALL(dest, f)                                                                                            \
        {                                                                                                              \
                .type = WIRE_CALL, .flags = f, .destination = dest, .path = "/x", .interface = "i.j", .member = "M"    \
        }
#define SIGNAL(dest)                                                                                                   \
        {                                                                                                              \
                .type = WIRE_SIGNAL, .destination = dest, .path = "/x", .interface = "i.j", .member = "M"              \
        }
#define REPLY(dest)                                                                                                    \
        {                                                                                                              \
                .type = WIRE_RETURN, .destination = dest, .reply_serial = 7, .has_reply_serial = true                  \
        }

static const struct Row {
        const char *path;
        const char *rules[3];
        WireHeader header;
        const char *peer; /* the name whose standing it is; NULL: the destination */
        gboolean awaited;
        Verdict verdict;
} client_rows[] = {
        { "/verdict/client/talk", { "talk=a.b" }, CALL("a.b"), NULL, FALSE, VERDICT_PASS },
        { "/verdict/client/own", { "own=a.b" }, CALL("a.b"), NULL, FALSE, VERDICT_PASS },
        { "/verdict/client/see", { "see=a.b" }, CALL("a.b"), NULL, FALSE, VERDICT_DENIED },
        { "/verdict/client/none", { "talk=a.c" }, CALL("a.b"), NULL, FALSE, VERDICT_HIDDEN },
        { "/verdict/client/none-no-start",
          { NULL },
          QUIET_CALL("a.b", WIRE_NO_AUTO_START),
          NULL,
          FALSE,
          VERDICT_NO_OWNER },
        { "/verdict/client/none-unique", { "talk=a.c" }, CALL(":1.5"), "a.b", FALSE, VERDICT_NO_OWNER },
        { "/verdict/client/unique", { "talk=a.b" }, CALL(":1.5"), "a.b", FALSE, VERDICT_PASS },
        { "/verdict/client/call-rule", { "call=a.b=i.j.M" }, CALL("a.b"), NULL, FALSE, VERDICT_PASS },
        { "/verdict/client/call-rule-by-unique", { "call=a.b=i.j.M" }, CALL(":1.5"), "a.b", FALSE, VERDICT_PASS },
        { "/verdict/client/call-rule-other", { "call=a.b=i.j.N" }, CALL("a.b"), NULL, FALSE, VERDICT_DENIED },
        { "/verdict/client/call-rule-path", { "call=a.b=@/y" }, CALL("a.b"), NULL, FALSE, VERDICT_DENIED },
        { "/verdict/client/broadcast-rule", { "broadcast=a.b=*" }, CALL("a.b"), NULL, FALSE, VERDICT_DENIED },
        { "/verdict/client/reserved", { "talk=org.oriel.*" }, CALL("org.oriel.Sandbox1"), NULL, FALSE, VERDICT_HIDDEN },
        { "/verdict/client/no-destination", { NULL }, CALL(NULL), NULL, FALSE, VERDICT_UNKNOWN },
        { "/verdict/client/ping",
          { NULL },
          { .type = WIRE_CALL, .path = "/", .interface = "org.freedesktop.DBus.Peer", .member = "Ping" },
          NULL,
          FALSE,
          VERDICT_PASS },
        { "/verdict/client/broadcast", { NULL }, SIGNAL(NULL), NULL, FALSE, VERDICT_PASS },
        { "/verdict/client/signal-talk", { "talk=a.b" }, SIGNAL("a.b"), NULL, FALSE, VERDICT_PASS },
        { "/verdict/client/signal-see", { "see=a.b" }, SIGNAL("a.b"), NULL, FALSE, VERDICT_DENIED },
        { "/verdict/client/signal-call-rule", { "call=a.b=*" }, SIGNAL("a.b"), NULL, FALSE, VERDICT_DENIED },
        { "/verdict/client/signal-none", { NULL }, SIGNAL("a.b"), NULL, FALSE, VERDICT_HIDDEN },
        { "/verdict/client/reply", { NULL }, REPLY(":1.5"), "a.b", TRUE, VERDICT_PASS },
        { "/verdict/client/reply-unasked", { "own=a.b" }, REPLY(":1.5"), "a.b", FALSE, VERDICT_DROP },
        { "/verdict/client/reply-no-destination", { NULL }, REPLY(NULL), NULL, FALSE, VERDICT_DROP },
        { "/verdict/client/type-9", { "own=a.b" }, { .type = 9, .destination = "a.b" }, NULL, TRUE, VERDICT_CLOSE },
};

#define FROM(t, s, d)                                                                                                  \
        {                                                                                                              \
                .type = t, .sender = s, .destination = d, .path = "/x", .interface = "i.j", .member = "M"              \
        }

static const struct Row bus_rows[] = {
        { "/verdict/bus/reply", { NULL }, REPLY(":1.9"), "a.b", TRUE, VERDICT_PASS },
        { "/verdict/bus/reply-unasked", { "own=a.b" }, REPLY(":1.9"), "a.b", FALSE, VERDICT_DROP },
        { "/verdict/bus/call", { NULL }, FROM(WIRE_CALL, ":1.5", ":1.9"), "a.b", FALSE, VERDICT_PASS },
        { "/verdict/bus/call-no-destination",
          { "own=a.b" },
          FROM(WIRE_CALL, ":1.5", NULL),
          "a.b",
          FALSE,
          VERDICT_DROP },
        { "/verdict/bus/call-no-sender", { "own=a.b" }, FROM(WIRE_CALL, NULL, ":1.9"), "a.b", FALSE, VERDICT_DROP },
        { "/verdict/bus/signal", { NULL }, FROM(WIRE_SIGNAL, ":1.5", ":1.9"), "a.b", FALSE, VERDICT_PASS },
        { "/verdict/bus/signal-as-reply",
          { "own=a.b" },
          { .type = WIRE_SIGNAL, .sender = ":1.5", .destination = ":1.9", .has_reply_serial = true, .reply_serial = 7 },
          "a.b",
          FALSE,
          VERDICT_DROP },
        { "/verdict/bus/call-as-reply",
          { "own=a.b" },
          { .type = WIRE_CALL, .sender = ":1.5", .destination = ":1.9", .has_reply_serial = true, .reply_serial = 7 },
          "a.b",
          TRUE,
          VERDICT_DROP },
        { "/verdict/bus/broadcast-none", { NULL }, FROM(WIRE_SIGNAL, ":1.5", NULL), "a.b", FALSE, VERDICT_DROP },
        { "/verdict/bus/broadcast-see", { "see=a.b" }, FROM(WIRE_SIGNAL, ":1.5", NULL), "a.b", FALSE, VERDICT_DROP },
        { "/verdict/bus/broadcast-talk", { "talk=a.b" }, FROM(WIRE_SIGNAL, ":1.5", NULL), "a.b", FALSE, VERDICT_PASS },
        { "/verdict/bus/broadcast-own", { "own=a.b" }, FROM(WIRE_SIGNAL, ":1.5", NULL), "a.b", FALSE, VERDICT_PASS },
        { "/verdict/bus/broadcast-rule",
          { "broadcast=a.b=i.j.M@/x" },
          FROM(WIRE_SIGNAL, ":1.5", NULL),
          "a.b",
          FALSE,
          VERDICT_PASS },
        { "/verdict/bus/broadcast-rule-other",
          { "broadcast=a.b=i.j.N" },
          FROM(WIRE_SIGNAL, ":1.5", NULL),
          "a.b",
          FALSE,
          VERDICT_DROP },
        { "/verdict/bus/CVE-2026-93676",
          { "call=a.b=*", "broadcast=a.b=i.j.Other" },
          FROM(WIRE_SIGNAL, ":1.5", NULL),
          "a.b",
          FALSE,
          VERDICT_DROP },
        { "/verdict/bus/broadcast-reserved",
          { "talk=org.oriel.*" },
          FROM(WIRE_SIGNAL, ":1.5", NULL),
          "org.oriel.Sandbox1",
          FALSE,
          VERDICT_DROP },
        { "/verdict/bus/type-9", { "own=a.b" }, { .type = 9, .sender = ":1.5" }, "a.b", TRUE, VERDICT_DROP },
};

static Verdict judge(const struct Row *row, Verdict (*verdict)(const VerdictCase *))
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        BusStanding standing = { 0 };
        VerdictCase it = {
                .policy = policy, .header = &row->header, .standing = &standing, .reply_awaited = row->awaited
        };
        const char *name = row->peer != NULL ? row->peer : row->header.destination;

        for (gsize i = 0; i < G_N_ELEMENTS(row->rules) && row->rules[i] != NULL; i++)
                add(policy, row->rules[i]);
        if (name != NULL)
                bus_policy_look_up(policy, name, &standing);
        return verdict(&it);
}

static void test_client(const void *data)
{
        const struct Row *row = data;

        g_assert_cmpint(judge(row, verdict_from_client), ==, row->verdict);
}

static void test_bus(const void *data)
{
        const struct Row *row = data;

        g_assert_cmpint(judge(row, verdict_from_bus), ==, row->verdict);
}

/* Each method of the bus with each access to its argument: P passes, D denied, H hidden, N no owner, F false. */
static const struct Method {
        const char *interface, *member, *verdicts; /* none, see, talk, own */
} methods[] = {
        { VERDICT_BUS, "Hello", "PPPP" },
        { VERDICT_BUS, "GetId", "PPPP" },
        { VERDICT_BUS, "AddMatch", "PPPP" },
        { VERDICT_BUS, "RemoveMatch", "PPPP" },
        { VERDICT_BUS, "ListNames", "PPPP" },
        { VERDICT_BUS, "ListActivatableNames", "PPPP" },
        { VERDICT_BUS, "NameHasOwner", "FPPP" },
        { VERDICT_BUS, "GetNameOwner", "NPPP" },
        { VERDICT_BUS, "GetConnectionUnixProcessID", "HPPP" },
        { VERDICT_BUS, "GetConnectionUnixUser", "HPPP" },
        { VERDICT_BUS, "GetConnectionCredentials", "HPPP" },
        { VERDICT_BUS, "GetConnectionSELinuxSecurityContext", "HPPP" },
        { VERDICT_BUS, "GetAdtAuditSessionData", "HPPP" },
        { VERDICT_BUS, "StartServiceByName", "HDPP" },
        { VERDICT_BUS, "RequestName", "HDDP" },
        { VERDICT_BUS, "ReleaseName", "HDDP" },
        { VERDICT_BUS, "ListQueuedOwners", "HDDP" },
        { VERDICT_BUS, "UpdateActivationEnvironment", "DDDD" },
        { VERDICT_BUS, "ReloadConfig", "DDDD" },
        { VERDICT_BUS, "BecomeMonitor", "DDDD" },
        { VERDICT_BUS, "hello", "DDDD" },
        { VERDICT_BUS, "Hell", "DDDD" },
        { VERDICT_BUS, "HelloX", "DDDD" },
        { VERDICT_BUS ".Introspectable", "Introspect", "PPPP" },
        { VERDICT_BUS ".Introspectable", "Anything", "PPPP" },
        { VERDICT_BUS ".Monitoring", "BecomeMonitor", "DDDD" },
        { VERDICT_BUS ".Properties", "GetAll", "DDDD" },
        { VERDICT_BUS ".Peer", "Ping", "DDDD" },
        { VERDICT_BUS ".Debug.Stats", "GetStats", "DDDD" },
        { VERDICT_BUS ".Verbose", "EnableVerbose", "DDDD" },
        { "org.freedesktop.DBusX", "Hello", "DDDD" },
        { NULL, "Hello", "DDDD" },
        { NULL, "GetId", "DDDD" },
};

static void test_methods(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(methods); i++) {
                WireHeader header = { .type = WIRE_CALL,
                                      .interface = methods[i].interface,
                                      .member = methods[i].member };
                BusMethod method = verdict_bus_method(&header);

                for (BusAccess access = BUS_ACCESS_NONE; access < _BUS_ACCESS_MAX; access++) {
                        static const char letters[] = { [VERDICT_PASS] = 'P',
                                                        [VERDICT_DENIED] = 'D',
                                                        [VERDICT_HIDDEN] = 'H',
                                                        [VERDICT_NO_OWNER] = 'N',
                                                        [VERDICT_FALSE] = 'F' };

                        g_assert_cmpint(letters[verdict_bus_call(method, access)], ==, methods[i].verdicts[access]);
                }
        }
}

static void test_owner_changed(void)
{
        g_assert_cmpint(verdict_owner_changed("a.b", BUS_ACCESS_SEE, FALSE), ==, VERDICT_PASS);
        g_assert_cmpint(verdict_owner_changed("a.b", BUS_ACCESS_NONE, FALSE), ==, VERDICT_DROP);
        g_assert_cmpint(verdict_owner_changed("a.b", BUS_ACCESS_NONE, TRUE), ==, VERDICT_DROP);
        g_assert_cmpint(verdict_owner_changed(":1.5", BUS_ACCESS_NONE, FALSE), ==, VERDICT_DROP);
        g_assert_cmpint(verdict_owner_changed(":1.5", BUS_ACCESS_NONE, TRUE), ==, VERDICT_PASS);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(client_rows); i++)
                g_test_add_data_func(client_rows[i].path, &client_rows[i], test_client);
        for (gsize i = 0; i < G_N_ELEMENTS(bus_rows); i++)
                g_test_add_data_func(bus_rows[i].path, &bus_rows[i], test_bus);
        g_test_add_func("/verdict/methods", test_methods);
        g_test_add_func("/verdict/owner-changed", test_owner_changed);
        return g_test_run();
}
