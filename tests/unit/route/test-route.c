/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/cleanup.h"
#include "route/route.h"
#include "wire/body.h"

/* One connection with its client at :1.9, and the last output. */
typedef struct Fixture {
        BusPolicy *policy;
        Tracker *tracker;
        Route *route;
        RouteOutput output;
        gboolean stale; /* the tracker was not asked after the message had come */
        guint32 n_bus;  /* serials of the bus */
} Fixture;

/* ROUTE_WAIT, among the verdicts. */
#define VERDICT_WAITS _VERDICT_MAX

static void forget(Fixture *f)
{
        buffer_clear(&f->output.to_bus);
        buffer_clear(&f->output.to_client);
}

/* Builds the message, scans it as the proxy would, and gives it to the route. */
static Verdict give(Fixture *f, WireFrom from, const WireHeader *what, const Buffer *body)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader header = { 0 };
        const guint8 *found = NULL;
        int r = 0;

        forget(f);
        wire_build(&bytes, what, body);
        g_assert_false(bytes.failed);
        r = wire_header_scan(&header, (guint8 *)bytes.bytes, bytes.n, from);
        if (r != 0)
                return VERDICT_CLOSE;
        if (route_needs_body(f->route, from, &header) > 0)
                found = (guint8 *)bytes.bytes + header.n_header;
        if (from == WIRE_FROM_CLIENT)
                r = route_client_message(f->route, &header, found, !f->stale, &f->output);
        else
                r = route_bus_message(f->route, &header, found, !f->stale, &f->output);
        f->output.name = NULL; /* it points into the message */
        if (r == ROUTE_WAIT) {
                g_assert_true(f->stale);
                g_assert_cmpuint(f->output.to_bus.n + f->output.to_client.n, ==, 0);
                return VERDICT_WAITS;
        }
        g_assert_cmpint(r, ==, 0);
        return f->output.verdict;
}

static Verdict give_text(Fixture *f, WireFrom from, WireHeader what, const char *text)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;

        wire_put_string(&body, text);
        what.signature = "s";
        return give(f, from, &what, &body);
}

static WireHeader bus_call(guint32 serial, const char *member)
{
        return (WireHeader){ .type = WIRE_CALL,
                             .serial = serial,
                             .path = "/org/freedesktop/DBus",
                             .interface = VERDICT_BUS,
                             .member = member,
                             .destination = VERDICT_BUS };
}

static WireHeader call_to(guint32 serial, const char *destination)
{
        return (WireHeader){ .type = WIRE_CALL,
                             .serial = serial,
                             .path = "/x",
                             .interface = "i.j",
                             .member = "M",
                             .destination = destination };
}

static WireHeader reply_from(Fixture *f, const char *sender, guint32 reply_serial)
{
        return (WireHeader){ .type = WIRE_RETURN,
                             .serial = ++f->n_bus,
                             .has_reply_serial = true,
                             .reply_serial = reply_serial,
                             .sender = sender,
                             .destination = ":1.9" };
}

static WireHeader reply_to(guint32 serial, const char *destination, guint32 reply_serial)
{
        return (WireHeader){ .type = WIRE_RETURN,
                             .serial = serial,
                             .has_reply_serial = true,
                             .reply_serial = reply_serial,
                             .destination = destination };
}

/* The i-th message of a buffer. */
static gboolean message_at(const Buffer *buffer, gsize i, WireHeader *ret)
{
        gsize at = 0;

        for (;; i--) {
                if (at == buffer->n)
                        return FALSE;
                g_assert_cmpint(wire_header_scan(ret, (guint8 *)buffer->bytes + at, buffer->n - at, WIRE_FROM_BUS), ==,
                                0);
                if (i == 0)
                        return TRUE;
                at += ret->n_header + ret->n_body;
        }
}

static const char *text_at(const Buffer *buffer, gsize i)
{
        WireHeader header = { 0 };
        gsize at = 0;

        for (;; i--) {
                g_assert_cmpint(wire_header_scan(&header, (guint8 *)buffer->bytes + at, buffer->n - at, WIRE_FROM_BUS),
                                ==, 0);
                if (i == 0)
                        return wire_first_string(&header, (guint8 *)buffer->bytes + at + header.n_header);
                at += header.n_header + header.n_body;
        }
}

static void owner_changed(Fixture *f, const char *name, const char *old, const char *owner)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader signal = { .type = WIRE_SIGNAL,
                              .serial = ++f->n_bus,
                              .path = "/org/freedesktop/DBus",
                              .interface = VERDICT_BUS,
                              .member = "NameOwnerChanged",
                              .sender = VERDICT_BUS,
                              .signature = "sss" };

        wire_put_string(&body, name);
        wire_put_string(&body, old);
        wire_put_string(&body, owner);
        give(f, WIRE_FROM_BUS, &signal, &body);
}

static void tell_tracker(Tracker *tracker, const WireHeader *what, const Buffer *body, Buffer *to_bus)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader header = { 0 };

        wire_build(&bytes, what, body);
        g_assert_cmpint(wire_header_scan(&header, (guint8 *)bytes.bytes, bytes.n, WIRE_FROM_BUS), ==, 0);
        g_assert_cmpint(tracker_message(tracker, &header, (guint8 *)bytes.bytes + header.n_header, to_bus), ==, 0);
}

/* An answer "nobody" to every question of the tracker. */
static void start_tracker(Fixture *f)
{
        CLEANUP(buffer_clear) Buffer asked = BUFFER_INIT;
        WireHeader header = { 0 };

        g_assert_cmpint(tracker_start(f->tracker, &asked), ==, 0);
        for (gsize i = 0; message_at(&asked, i, &header); i++) {
                WireHeader none = reply_from(f, VERDICT_BUS, header.serial);
                CLEANUP(buffer_clear) Buffer more = BUFFER_INIT;

                g_assert_false(tracker_is_ready(f->tracker));
                if ((header.flags & WIRE_NO_REPLY_EXPECTED) != 0)
                        continue;
                none.type = strcmp(header.member, "Hello") == 0 ? WIRE_RETURN : WIRE_ERROR;
                none.error_name = none.type == WIRE_ERROR ? "org.freedesktop.DBus.Error.NameHasNoOwner" : NULL;
                tell_tracker(f->tracker, &none, NULL, &more);
                buffer_add(&asked, more.bytes, more.n);
        }
        g_assert_true(tracker_is_ready(f->tracker));
}

static void set_up(Fixture *f, const void *data)
{
        WireHeader hello = bus_call(1, "Hello");

        f->policy = bus_policy_new();
        for (const char *const *rules = data; *rules != NULL; rules++) {
                CLEANUP(bus_rule_freep) BusRule *rule = NULL;
                BusRuleKind kind = BUS_RULE_SEE;

                while (!g_str_has_prefix(*rules, bus_rule_kind_word(kind)))
                        kind++;
                g_assert_cmpint(bus_rule_parse(&rule, NULL, kind, strchr(*rules, '=') + 1), ==, 0);
                g_assert_cmpint(bus_policy_add(f->policy, &rule), ==, 0);
        }
        f->tracker = tracker_is_needed(f->policy) ? tracker_new(f->policy) : NULL;
        f->route = route_new(&(RouteBus){ .policy = f->policy, .tracker = f->tracker });
        g_assert_false(route_is_paused(f->route));
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hello, NULL), ==, VERDICT_PASS);
        g_assert_true(f->output.forward);
        g_assert_cmpuint(f->output.to_bus.n, ==, 0);
        g_assert_true(route_is_paused(f->route) == (f->tracker != NULL));
        if (f->tracker != NULL)
                start_tracker(f);
        g_assert_cmpint(give_text(f, WIRE_FROM_BUS, reply_from(f, VERDICT_BUS, 1), ":1.9"), ==, VERDICT_PASS);
        g_assert_false(route_is_paused(f->route));
        forget(f);
}

static void tear_down(Fixture *f, const void *data)
{
        (void)data;
        forget(f);
        route_free(f->route);
        tracker_free(f->tracker);
        bus_policy_free(f->policy);
}

static const char *const talk[] = { "talk=a.b", "see=c.d", NULL };
static const char *const own[] = { "own=a.b.*", NULL };
static const char *const call_rule[] = { "call=a.b=i.j.M", NULL };
static const char *const notes[] = { "talk=org.freedesktop.Notifications", NULL };
static const char *const nothing[] = { NULL };

static void assert_answer(Fixture *f, guint32 serial, const char *error)
{
        WireHeader header = { 0 };

        g_assert_false(f->output.forward);
        g_assert_true(message_at(&f->output.to_client, 0, &header));
        g_assert_cmpuint(header.reply_serial, ==, serial);
        g_assert_cmpstr(header.error_name, ==, error);
        g_assert_cmpstr(header.sender, ==, VERDICT_BUS);
        g_assert_cmpstr(header.destination, ==, ":1.9");
}

static void test_answer_at_once(Fixture *f, const void *data)
{
        WireHeader hidden = call_to(2, "x.y"), denied = call_to(3, "c.d");
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hidden, NULL), ==, VERDICT_HIDDEN);
        assert_answer(f, 2, "org.freedesktop.DBus.Error.ServiceUnknown");
        g_assert_cmpuint(f->output.to_bus.n, ==, 0);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &denied, NULL), ==, VERDICT_DENIED);
        assert_answer(f, 3, "org.freedesktop.DBus.Error.AccessDenied");
        denied.serial = 4;
        denied.flags = WIRE_NO_REPLY_EXPECTED;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &denied, NULL), ==, VERDICT_DENIED);
        g_assert_cmpuint(f->output.to_client.n + f->output.to_bus.n, ==, 0);
}

static void test_answer_in_order(Fixture *f, const void *data)
{
        WireHeader first = bus_call(2, "GetId"), hidden = call_to(3, "x.y"), asked = { 0 };
        WireHeader reply = reply_from(f, VERDICT_BUS, 3);
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &first, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hidden, NULL), ==, VERDICT_HIDDEN);
        g_assert_cmpuint(f->output.to_client.n, ==, 0);
        g_assert_true(message_at(&f->output.to_bus, 0, &asked));
        g_assert_cmpuint(asked.serial, ==, 3);
        g_assert_cmpstr(asked.member, ==, "GetId");
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_PASS);
        assert_answer(f, 3, "org.freedesktop.DBus.Error.ServiceUnknown");
        reply.serial = ++f->n_bus;
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_DROP);
}

static void test_replies_once(Fixture *f, const void *data)
{
        WireHeader call = call_to(5, "a.b"), reply = { 0 };
        (void)data;

        reply = reply_from(f, ":1.5", 5);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_DROP);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_CLOSE);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_DROP);
        call.flags = WIRE_NO_REPLY_EXPECTED;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_DROP);
}

static void test_reply_from_another(Fixture *f, const void *data)
{
        WireHeader call = call_to(5, ":1.5"), wrong = reply_from(f, ":1.6", 5), right = reply_from(f, ":1.5", 5);
        WireHeader id = bus_call(6, "GetId"), forged = reply_from(f, ":1.5", 6);
        (void)data;

        owner_changed(f, "a.b", "", ":1.5");
        owner_changed(f, "c.d", "", ":1.6");
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &wrong, NULL), ==, VERDICT_DROP);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &right, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &id, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &forged, NULL), ==, VERDICT_DROP);
}

/* Two peers call with one serial; each gets its answer, nobody else any, and each one only. */
static void test_equal_serials(Fixture *f, const void *data)
{
        WireHeader one = call_to(7, ":1.9"), two = call_to(7, ":1.9");
        WireHeader to_one = reply_to(2, ":1.5", 7), to_two = reply_to(3, ":1.6", 7), to_third = reply_to(4, ":1.7", 7);
        (void)data;

        one.sender = ":1.5";
        two.sender = ":1.6";
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &one, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &two, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &to_third, NULL), ==, VERDICT_DROP);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &to_two, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &to_one, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &to_one, NULL), ==, VERDICT_DROP);
}

/* CVE-2026-94422: a call to oneself made the table believe that anything with that serial was a reply. */
static void test_primed_table(Fixture *f, const void *data)
{
        WireHeader self = call_to(7, ":1.9"), back = self;
        WireHeader reply = reply_to(8, ":1.50", 7), to_name = reply_to(8, "x.y", 7);
        WireHeader disguised = call_to(9, "x.y");
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &self, NULL), ==, VERDICT_PASS);
        back.sender = ":1.9";
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &back, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &reply, NULL), ==, VERDICT_DROP);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &to_name, NULL), ==, VERDICT_DROP);
        disguised.has_reply_serial = true;
        disguised.reply_serial = 7;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &disguised, NULL), ==, VERDICT_CLOSE);
}

static void test_unique_names(Fixture *f, const void *data)
{
        WireHeader call = call_to(2, ":1.5");
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_NO_OWNER);
        owner_changed(f, "x.y", "", ":1.5");
        g_assert_false(f->output.forward);
        call.serial++;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_NO_OWNER);
        owner_changed(f, "a.b", "", ":1.5");
        g_assert_true(f->output.forward);
        call.serial++;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        owner_changed(f, ":1.5", ":1.5", "");
        g_assert_true(f->output.forward);
        call.serial++;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_NO_OWNER);
        owner_changed(f, ":1.77", "", ":1.77");
        g_assert_false(f->output.forward);
}

/* The owner of a name is known by the tracker, which may be behind what the client's own connection says: nobody is
 * refused on what is not known before it was asked. */
static void test_waits_for_tracker(Fixture *f, const void *data)
{
        CLEANUP(buffer_clear) Buffer to_bus = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader call = call_to(2, ":1.5"), to_name = call_to(3, "x.y"), header = { 0 };
        WireHeader signal = {
                .type = WIRE_SIGNAL, .serial = 1, .path = "/x", .interface = "i.j", .member = "M", .sender = ":1.5"
        };
        WireHeader changed = { .type = WIRE_SIGNAL,
                               .serial = 9,
                               .path = "/org/freedesktop/DBus",
                               .interface = VERDICT_BUS,
                               .member = "NameOwnerChanged",
                               .sender = VERDICT_BUS,
                               .signature = "sss" };
        WireHeader forged = changed;
        guint64 ticket = 0;
        (void)data;

        f->stale = TRUE;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_WAITS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &signal, NULL), ==, VERDICT_WAITS);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(4, "GetNameOwner"), ":1.5"), ==, VERDICT_WAITS);
        /* Well-known names are judged by the rules alone. */
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &to_name, NULL), ==, VERDICT_HIDDEN);
        wire_put_string(&body, "a.b");
        wire_put_string(&body, "");
        wire_put_string(&body, ":1.5");
        forged.sender = ":1.66";
        tell_tracker(f->tracker, &forged, &body, &to_bus);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_WAITS);
        ticket = tracker_ask(f->tracker, &to_bus);
        g_assert_cmpuint(tracker_answered(f->tracker), <, ticket);
        tell_tracker(f->tracker, &changed, &body, &to_bus);
        g_assert_true(message_at(&to_bus, 0, &header));
        g_assert_cmpstr(header.member, ==, "GetId");
        header = reply_from(f, VERDICT_BUS, header.serial);
        tell_tracker(f->tracker, &header, NULL, &to_bus);
        g_assert_cmpuint(tracker_answered(f->tracker), ==, ticket);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &signal, NULL), ==, VERDICT_PASS);
}

/* Where no rule speaks of any name, no owner matters, and nobody waits. */
static void test_waits_for_nobody(Fixture *f, const void *data)
{
        WireHeader call = call_to(2, ":1.5");
        (void)data;

        f->stale = TRUE;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_NO_OWNER);
}

/* What one client's connection tells serves the others. */
static void test_tracker_is_shared(Fixture *f, const void *data)
{
        CLEANUP(route_freep)
        Route *other = route_new(&(RouteBus){ .policy = f->policy, .tracker = f->tracker }), *first = f->route;
        WireHeader hello = bus_call(1, "Hello"), call = call_to(2, ":1.5");
        (void)data;

        owner_changed(f, "a.b", "", ":1.5");
        f->route = STEAL(other);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hello, NULL), ==, VERDICT_PASS);
        g_assert_false(route_is_paused(f->route));
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        /* Who wrote to the first is known to it alone. */
        call.sender = ":1.7";
        call.destination = ":1.9";
        other = STEAL(f->route);
        f->route = STEAL(first);
        first = STEAL(other);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &call, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(5, "GetNameOwner"), ":1.7"), ==, VERDICT_PASS);
        other = STEAL(f->route);
        f->route = STEAL(first);
        first = STEAL(other);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(5, "GetNameOwner"), ":1.7"), ==, VERDICT_NO_OWNER);
}

/* Each client hears that a peer left, and what it sent before: that one has heard it takes nothing from another. */
static void test_end_is_told_to_all(Fixture *f, const void *data)
{
        CLEANUP(route_freep) Route *other = route_new(&(RouteBus){ .policy = f->policy, .tracker = f->tracker });
        Route *first = f->route;
        WireHeader hello = bus_call(1, "Hello"), last = {
                .type = WIRE_SIGNAL, .serial = 7, .path = "/", .interface = "i.j", .member = "Last", .sender = ":1.5"
        };
        (void)data;

        owner_changed(f, "a.b", "", ":1.5");
        f->route = other;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hello, NULL), ==, VERDICT_PASS);
        f->route = first;
        owner_changed(f, ":1.5", ":1.5", "");
        g_assert_cmpint(f->output.verdict, ==, VERDICT_PASS);
        f->route = other;
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &last, NULL), ==, VERDICT_PASS);
        owner_changed(f, ":1.5", ":1.5", "");
        g_assert_cmpint(f->output.verdict, ==, VERDICT_PASS);
        f->route = first;
}

static void test_call_rule_by_unique(Fixture *f, const void *data)
{
        WireHeader call = call_to(2, ":1.5"), other = call_to(3, ":1.5"), no_interface = call_to(4, ":1.5");
        (void)data;

        owner_changed(f, "a.b", "", ":1.5");
        other.member = "N";
        no_interface.interface = NULL;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &other, NULL), ==, VERDICT_DENIED);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &no_interface, NULL), ==, VERDICT_DENIED);
}

/* A peer that wrote to the client is seen from then on, but not called. */
static void test_seen_after_signal(Fixture *f, const void *data)
{
        WireHeader signal = { .type = WIRE_SIGNAL,
                              .serial = 1,
                              .path = "/x",
                              .interface = "i.j",
                              .member = "M",
                              .sender = ":1.5",
                              .destination = ":1.9" };
        WireHeader broadcast = signal, call = call_to(2, ":1.5");
        (void)data;

        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(3, "GetNameOwner"), ":1.5"), ==, VERDICT_NO_OWNER);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &signal, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(4, "GetNameOwner"), ":1.5"), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_DENIED);
        broadcast.destination = NULL;
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &broadcast, NULL), ==, VERDICT_DROP);
}

static const char *const ask_rules[] = { "ask=a.b", "call=a.b=i.j.Granted", "deny=a.b=i.j.Never", "ask=c.d.*=i.j.M",
                                         NULL };

static int answered(Fixture *f, const WireHeader *what, gboolean allow)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WireHeader header = { 0 };

        forget(f);
        wire_build(&bytes, what, NULL);
        g_assert_cmpint(wire_header_scan(&header, (guint8 *)bytes.bytes, bytes.n, WIRE_FROM_CLIENT), ==, 0);
        return route_answered(f->route, &header, allow, &f->output);
}

static void test_ask(Fixture *f, const void *data)
{
        WireHeader call = call_to(2, "a.b"), second = call_to(2, "x.y"), reply = reply_from(f, ":1.5", 2), whole = call;
        (void)data;

        whole.n_body = 100;
        g_assert_cmpuint(route_needs_body(f->route, WIRE_FROM_CLIENT, &whole), ==, 100); /* it is held whole */
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_ASK);
        g_assert_false(f->output.forward);
        g_assert_cmpstr(bus_rule_name(f->output.rule), ==, "a.b");
        g_assert_cmpuint(f->output.to_bus.n + f->output.to_client.n, ==, 0);
        /* Nobody has been called: nobody answers. */
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_DROP);
        g_assert_cmpint(answered(f, &call, TRUE), ==, 0);
        g_assert_true(f->output.forward);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, NULL), ==, VERDICT_DROP);
        call.serial = 3;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_ASK);
        g_assert_cmpint(answered(f, &call, FALSE), ==, 0);
        assert_answer(f, 3, "org.freedesktop.DBus.Error.AccessDenied");
        /* A serial that waits is in use. */
        call.serial = second.serial = 4;
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_ASK);
        second.destination = "a.b";
        second.member = "Granted";
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &second, NULL), ==, VERDICT_CLOSE);
}

static void test_ask_or_not(Fixture *f, const void *data)
{
        static const struct {
                const char *destination, *interface, *member;
                WireType type;
                Verdict verdict;
        } rows[] = {
                { "a.b", "i.j", "Granted", WIRE_CALL, VERDICT_PASS },
                { "a.b", "i.j", "Never", WIRE_CALL, VERDICT_DENIED },
                { "a.b", NULL, "M", WIRE_CALL, VERDICT_DENIED }, /* who answers must know which method */
                { "a.b", "i.j", "M", WIRE_SIGNAL, VERDICT_DENIED },
                { "c.d.e", "i.j", "M", WIRE_CALL, VERDICT_ASK },
                { "c.d.e", "i.j", "N", WIRE_CALL, VERDICT_DENIED },
        };
        (void)data;

        for (guint32 i = 0; i < G_N_ELEMENTS(rows); i++) {
                WireHeader message = call_to(10 + i, rows[i].destination);

                message.type = rows[i].type;
                message.interface = rows[i].interface;
                message.member = rows[i].member;
                g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &message, NULL), ==, rows[i].verdict);
        }
}

static const char *const argument_rules[] = { "call=a.b=i.j.M,arg0=x", "talk=c.d", "deny=c.d=*,arg0namespace=org.x",
                                              NULL };

static void test_argument(Fixture *f, const void *data)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader path = call_to(8, "a.b"), large = call_to(9, "c.d");
        (void)data;

        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, call_to(2, "a.b"), "x"), ==, VERDICT_PASS);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, call_to(3, "a.b"), "y"), ==, VERDICT_DENIED);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT,
                             &(WireHeader){ .type = WIRE_CALL,
                                            .serial = 4,
                                            .path = "/x",
                                            .interface = "i.j",
                                            .member = "M",
                                            .destination = "a.b" },
                             NULL),
                        ==, VERDICT_DENIED);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, call_to(5, "c.d"), "org.x.y"), ==, VERDICT_DENIED);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, call_to(6, "c.d"), "org.xy"), ==, VERDICT_PASS);
        wire_put_string(&body, "x");
        path.signature = "o";
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &path, &body), ==, VERDICT_DENIED);
        /* Arguments that are too long to be read may be what is denied. */
        large.n_body = 2 * ROUTE_MAX_BODY;
        g_assert_cmpint(route_client_message(f->route, &large, NULL, true, &f->output), ==, 0);
        g_assert_cmpint(f->output.verdict, ==, VERDICT_DENIED);
}

static void test_not_for_us(Fixture *f, const void *data)
{
        WireHeader call = call_to(2, ":1.8");
        (void)data;

        call.sender = ":1.5";
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &call, NULL), ==, VERDICT_DROP);
}

static void test_list(Fixture *f, const void *data)
{
        static const char *const names[] = { VERDICT_BUS, ":1.9", "a.b", "x.y", ":1.5", ":1.6", "c.d" };
        static const char *const kept[] = { VERDICT_BUS, ":1.9", "a.b", ":1.5", "c.d" };
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader call = bus_call(2, "ListNames"), reply = { 0 }, header = { 0 };
        WireReader reader = { 0 };
        (void)data;

        owner_changed(f, "a.b", "", ":1.5");
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        wire_put_u32(&body, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
                wire_put_string(&body, names[i]);
        body.bytes[0] = (char)(body.n - 4);
        reply = reply_from(f, VERDICT_BUS, 2);
        reply.signature = "as";
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, &body), ==, VERDICT_PASS);
        g_assert_false(f->output.forward);
        g_assert_true(message_at(&f->output.to_client, 0, &header));
        g_assert_cmpuint(header.reply_serial, ==, 2);
        reader = wire_reader(&header, (guint8 *)f->output.to_client.bytes + header.n_header);
        g_assert_cmpuint(wire_read_u32(&reader), ==, header.n_body - 4);
        for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
                g_assert_cmpstr(wire_read_string(&reader), ==, kept[i]);
        g_assert_cmpuint(reader.at, ==, header.n_body);
}

static void test_list_damaged(Fixture *f, const void *data)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader call = bus_call(2, "ListNames"), reply = { 0 };
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        wire_put_u32(&body, 99);
        reply = reply_from(f, VERDICT_BUS, 2);
        reply.signature = "as";
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &reply, &body), ==, VERDICT_DROP);
        g_assert_cmpuint(f->output.to_client.n, ==, 0);
}

static void test_match(Fixture *f, const void *data)
{
        (void)data;
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(2, "AddMatch"), "kind=signal"), ==, VERDICT_BAD_RULE);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(3, "AddMatch"), " type=signal"), ==, VERDICT_PASS);
        g_assert_false(f->output.forward);
        g_assert_cmpstr(text_at(&f->output.to_bus, 0), ==, "type='signal'");
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(4, "RemoveMatch"), "type='signal'"), ==, VERDICT_PASS);
        g_assert_cmpstr(text_at(&f->output.to_bus, 0), ==, "type='signal'");
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(5, "AddMatch"), "eavesdrop\t=true"), ==,
                        VERDICT_DENIED);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT,
                             &(WireHeader){ .type = WIRE_CALL,
                                            .serial = 6,
                                            .path = "/",
                                            .interface = VERDICT_BUS,
                                            .member = "AddMatch",
                                            .destination = VERDICT_BUS },
                             NULL),
                        ==, VERDICT_BAD_ARGS);
}

static void test_claim(Fixture *f, const void *data)
{
        (void)data;
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(2, "RequestName"), "a.b.c"), ==, VERDICT_PASS);
        g_assert_true(f->output.forward);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(3, "RequestName"), "x.y"), ==, VERDICT_HIDDEN);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(4, "RequestName"), "org.oriel.Sandbox1"), ==,
                        VERDICT_HIDDEN);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(5, "StartServiceByName"), "org.oriel.Sandbox1"), ==,
                        VERDICT_HIDDEN);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(6, "RequestName"), "a.b\xff"), ==, VERDICT_HIDDEN);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(7, "RequestName"), VERDICT_BUS), ==, VERDICT_DENIED);
}

static void test_before_hello(void)
{
        CLEANUP(bus_policy_freep) BusPolicy *policy = bus_policy_new();
        WireHeader id = bus_call(1, "GetId"),
                   signal = { .type = WIRE_SIGNAL, .serial = 1, .path = "/", .interface = "i.j", .member = "M" };
        WireHeader quiet = bus_call(1, "Hello");

        for (int i = 0; i < 3; i++) {
                Fixture f = { .policy = policy, .route = route_new(&(RouteBus){ .policy = policy }) };

                quiet.flags = WIRE_NO_REPLY_EXPECTED;
                g_assert_cmpint(give(&f, WIRE_FROM_CLIENT,
                                     i == 0   ? &id
                                     : i == 1 ? &signal
                                              : &quiet,
                                     NULL),
                                ==, VERDICT_CLOSE);
                forget(&f);
                route_free(f.route);
        }
}

static void test_second_hello(Fixture *f, const void *data)
{
        WireHeader hello = bus_call(2, "Hello");
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hello, NULL), ==, VERDICT_PASS);
        g_assert_cmpuint(f->output.to_bus.n, ==, 0);
        g_assert_false(route_is_paused(f->route));
        /* Even if a bus answered it, the name would stay. */
        g_assert_cmpint(give_text(f, WIRE_FROM_BUS, reply_from(f, VERDICT_BUS, 2), ":1.10"), ==, VERDICT_PASS);
        g_assert_cmpint(give_text(f, WIRE_FROM_CLIENT, bus_call(3, "GetNameOwner"), ":1.10"), ==, VERDICT_NO_OWNER);
}

static void test_pending_limit(Fixture *f, const void *data)
{
        (void)data;
        for (guint32 i = 0; i < 2048; i++) {
                WireHeader call = call_to(10 + i, "a.b");

                g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &call, NULL), ==, VERDICT_PASS);
        }
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT,
                             &(WireHeader){ .type = WIRE_CALL,
                                            .serial = 5,
                                            .path = "/",
                                            .interface = "i.j",
                                            .member = "M",
                                            .destination = "a.b" },
                             NULL),
                        ==, VERDICT_LIMIT);
        assert_answer(f, 5, "org.freedesktop.DBus.Error.LimitsExceeded");
        for (guint32 i = 0; i < 2049; i++) {
                WireHeader call = call_to(i + 1, ":1.9");

                call.sender = ":1.5";
                g_assert_cmpint(give(f, WIRE_FROM_BUS, &call, NULL), ==, i < 2048 ? VERDICT_PASS : VERDICT_LIMIT);
        }
        g_assert_cmpuint(f->output.to_bus.n, >, 0); /* the caller is told */
}

static void test_signal_to_bus(Fixture *f, const void *data)
{
        WireHeader signal = { .type = WIRE_SIGNAL,
                              .serial = 2,
                              .path = "/",
                              .interface = VERDICT_BUS,
                              .member = "NameOwnerChanged",
                              .destination = VERDICT_BUS };
        WireHeader reply = reply_to(3, VERDICT_BUS, 1);
        (void)data;

        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &signal, NULL), ==, VERDICT_DENIED);
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &reply, NULL), ==, VERDICT_DROP);
        /* A peer's signal of that name teaches nothing. */
        signal.destination = NULL;
        signal.sender = ":1.5";
        g_assert_cmpint(give(f, WIRE_FROM_BUS, &signal, NULL), ==, VERDICT_DROP);
}

#define NOTES "org.freedesktop.Notifications"

static WireHeader note_call(guint32 serial, const char *member, const char *signature)
{
        return (WireHeader){ .type = WIRE_CALL,
                             .serial = serial,
                             .path = "/org/freedesktop/Notifications",
                             .interface = NOTES,
                             .member = member,
                             .destination = NOTES,
                             .signature = signature };
}

static Verdict notify(Fixture *f, guint32 serial, guint32 replaces)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader call = note_call(serial, "Notify", "susssasa{sv}i");

        wire_put_string(&body, "name");
        wire_put_u32(&body, replaces);
        return give(f, WIRE_FROM_CLIENT, &call, &body);
}

static Verdict give_number(Fixture *f, WireFrom from, WireHeader what, guint32 number)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;

        wire_put_u32(&body, number);
        what.signature = "u";
        return give(f, from, &what, &body);
}

static void tell_owner(Fixture *f, const char *name, const char *owner)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT, to_bus = BUFFER_INIT;
        WireHeader signal = { .type = WIRE_SIGNAL,
                              .serial = ++f->n_bus,
                              .path = "/org/freedesktop/DBus",
                              .interface = VERDICT_BUS,
                              .member = "NameOwnerChanged",
                              .sender = VERDICT_BUS,
                              .signature = "sss" };

        wire_put_string(&body, name);
        wire_put_string(&body, "");
        wire_put_string(&body, owner);
        tell_tracker(f->tracker, &signal, &body, &to_bus);
}

/* Numbers of notifications wait for what the tracker may be about to hear of their server; what needs none does not. */
static void test_notices(Fixture *f, const void *data)
{
        CLEANUP(notices_freep) Notices *notices = notices_new();
        WireHeader closing = note_call(20, "CloseNotification", NULL);
        WireHeader closed = { .type = WIRE_SIGNAL,
                              .serial = 900,
                              .path = "/org/freedesktop/Notifications",
                              .interface = NOTES,
                              .member = "NotificationClosed",
                              .sender = ":1.3" };
        WireHeader hello = bus_call(1, "Hello");
        (void)data;

        route_free(f->route);
        f->route = route_new(
                &(RouteBus){ .policy = f->policy, .tracker = f->tracker, .guarded = true, .notices = notices });
        g_assert_cmpint(give(f, WIRE_FROM_CLIENT, &hello, NULL), ==, VERDICT_PASS);
        g_assert_cmpint(give_text(f, WIRE_FROM_BUS, reply_from(f, VERDICT_BUS, 1), ":1.9"), ==, VERDICT_PASS);
        f->stale = TRUE;
        g_assert_cmpint(notify(f, 10, 0), ==, VERDICT_PASS);
        g_assert_false(f->output.patched);
        /* Whose answer it is, the tracker has not heard. */
        g_assert_cmpint(give_number(f, WIRE_FROM_BUS, reply_from(f, ":1.3", 10), 70), ==, VERDICT_WAITS);
        tell_owner(f, NOTES, ":1.3");
        f->stale = FALSE;
        g_assert_cmpint(give_number(f, WIRE_FROM_BUS, reply_from(f, ":1.3", 10), 70), ==, VERDICT_PASS);
        g_assert_true(f->output.patched);
        g_assert_cmpuint(f->output.patch_number, ==, 1);
        f->stale = TRUE;
        g_assert_cmpint(notify(f, 11, 1), ==, VERDICT_WAITS);
        g_assert_cmpint(give_number(f, WIRE_FROM_CLIENT, closing, 1), ==, VERDICT_WAITS);
        g_assert_cmpint(give_number(f, WIRE_FROM_BUS, closed, 71), ==, VERDICT_DROP);
        closed.sender = ":1.4";
        g_assert_cmpint(give_number(f, WIRE_FROM_BUS, closed, 70), ==, VERDICT_WAITS);
        f->stale = FALSE;
        g_assert_cmpint(notify(f, 11, 1), ==, VERDICT_PASS);
        g_assert_cmpuint(f->output.patch_number, ==, 70);
        /* "name" and its length take 9 bytes; the number begins at the next multiple of four. */
        g_assert_cmpuint(f->output.patch_at, ==, 12);
        tell_owner(f, NOTES, ":1.4");
        g_assert_cmpint(notify(f, 12, 1), ==, VERDICT_PASS);
        g_assert_cmpuint(f->output.patch_number, ==, 0);
        g_assert_cmpint(give_number(f, WIRE_FROM_CLIENT, closing, 1), ==, VERDICT_DENIED);
        g_assert_true(f->output.guarded);
        /* An answer that is no number is no business of ours. */
        g_assert_cmpint(give_text(f, WIRE_FROM_BUS, reply_from(f, ":1.4", 12), "text"), ==, VERDICT_PASS);
        g_assert_false(f->output.patched);
        /* The fixture ends it. */
        route_free(f->route);
        f->route = NULL;
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add("/route/answer-at-once", Fixture, talk, set_up, test_answer_at_once, tear_down);
        g_test_add("/route/answer-in-order", Fixture, talk, set_up, test_answer_in_order, tear_down);
        g_test_add("/route/replies-once", Fixture, talk, set_up, test_replies_once, tear_down);
        g_test_add("/route/reply-from-another", Fixture, talk, set_up, test_reply_from_another, tear_down);
        g_test_add("/route/equal-serials", Fixture, nothing, set_up, test_equal_serials, tear_down);
        g_test_add("/route/CVE-2026-94422", Fixture, talk, set_up, test_primed_table, tear_down);
        g_test_add("/route/unique-names", Fixture, talk, set_up, test_unique_names, tear_down);
        g_test_add("/route/waits-for-tracker", Fixture, talk, set_up, test_waits_for_tracker, tear_down);
        g_test_add("/route/waits-for-nobody", Fixture, nothing, set_up, test_waits_for_nobody, tear_down);
        g_test_add("/route/tracker-is-shared", Fixture, talk, set_up, test_tracker_is_shared, tear_down);
        g_test_add("/route/end-is-told-to-all", Fixture, talk, set_up, test_end_is_told_to_all, tear_down);
        g_test_add("/route/call-rule-by-unique", Fixture, call_rule, set_up, test_call_rule_by_unique, tear_down);
        g_test_add("/route/seen-after-signal", Fixture, nothing, set_up, test_seen_after_signal, tear_down);
        g_test_add("/route/ask", Fixture, ask_rules, set_up, test_ask, tear_down);
        g_test_add("/route/ask-or-not", Fixture, ask_rules, set_up, test_ask_or_not, tear_down);
        g_test_add("/route/argument", Fixture, argument_rules, set_up, test_argument, tear_down);
        g_test_add("/route/not-for-us", Fixture, talk, set_up, test_not_for_us, tear_down);
        g_test_add("/route/list", Fixture, talk, set_up, test_list, tear_down);
        g_test_add("/route/list-damaged", Fixture, talk, set_up, test_list_damaged, tear_down);
        g_test_add("/route/match", Fixture, nothing, set_up, test_match, tear_down);
        g_test_add("/route/claim", Fixture, own, set_up, test_claim, tear_down);
        g_test_add("/route/second-hello", Fixture, talk, set_up, test_second_hello, tear_down);
        g_test_add("/route/pending-limit", Fixture, talk, set_up, test_pending_limit, tear_down);
        g_test_add("/route/signal-to-bus", Fixture, talk, set_up, test_signal_to_bus, tear_down);
        g_test_add("/route/notices", Fixture, notes, set_up, test_notices, tear_down);
        g_test_add_func("/route/before-hello", test_before_hello);
        return g_test_run();
}
