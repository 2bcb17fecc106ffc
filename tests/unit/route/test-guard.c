/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What passes by a rule and is looked at once more: numbers of notifications, and answers in a portal's place. */
#include <errno.h>
#include <glib.h>

#include "base/cleanup.h"
#include "route/guard.h"
#include "route/notices.h"
#include "route/stand-in.h"
#include "wire/body.h"

static void test_notices(void)
{
        CLEANUP(notices_freep) Notices *notices = notices_new();
        guint32 first = notices_add(notices, 1, 70), second = notices_add(notices, 1, 71), others = 0;

        g_assert_cmpuint(first, !=, 0);
        g_assert_cmpuint(first, !=, second);
        g_assert_cmpuint(notices_add(notices, 1, 70), ==, first); /* it was replaced */
        g_assert_cmpuint(notices_theirs(notices, 1, second), ==, 71);
        /* Another server's, another program's, and none. */
        g_assert_cmpuint(notices_theirs(notices, 2, second), ==, 0);
        g_assert_cmpuint(notices_theirs(notices, 1, 71), ==, 0);
        g_assert_cmpuint(notices_theirs(notices, 1, 0), ==, 0);
        g_assert_cmpuint(notices_signal(notices, 1, 72, 5, false), ==, 0);
        g_assert_cmpuint(notices_signal(notices, 2, 70, 5, false), ==, 0);
        /* The end comes on each connection; after it that number may be another program's. */
        g_assert_cmpuint(notices_signal(notices, 1, 70, 5, false), ==, first);
        g_assert_cmpuint(notices_signal(notices, 1, 70, 6, true), ==, first);
        g_assert_cmpuint(notices_signal(notices, 1, 70, 6, true), ==, first);
        g_assert_cmpuint(notices_signal(notices, 1, 70, 7, false), ==, 0);
        g_assert_cmpuint(notices_theirs(notices, 1, first), ==, 0);
        others = notices_add(notices, 1, 70);
        g_assert_cmpuint(others, !=, first);
        for (guint32 i = 0; i < NOTICES_MAX; i++)
                notices_add(notices, 1, 1000 + i);
        g_assert_cmpuint(notices_theirs(notices, 1, others), ==, 0);
        notices_forget(notices);
        g_assert_cmpuint(notices_signal(notices, 1, 1000 + NOTICES_MAX - 1, 9, false), ==, 0);
        notices_forget(NULL);
}

#define LAUNCHER "org.freedesktop.portal.DynamicLauncher"

static const struct CallRow {
        const char *interface, *member;
        GuardKind kind;
} call_rows[] = {
        { "org.freedesktop.Notifications", "Notify", GUARD_NOTIFY },
        { "org.freedesktop.Notifications", "CloseNotification", GUARD_CLOSE },
        { "org.freedesktop.Notifications", "GetCapabilities", GUARD_NONE },
        { "org.freedesktop.portal.Background", "RequestBackground", GUARD_BACKGROUND },
        { "org.freedesktop.portal.Background", "SetStatus", GUARD_NONE },
        { LAUNCHER, "PrepareInstall", GUARD_LAUNCHER },
        { LAUNCHER, "Install", GUARD_REFUSE },
        { LAUNCHER, "Whatever", GUARD_REFUSE },
        { "org.a11y.Bus", "GetAddress", GUARD_ADDRESS },
        { "i.j", "Install", GUARD_NONE },
        { NULL, "Install", GUARD_REFUSE },
        { NULL, "Notify", GUARD_REFUSE },
        { NULL, "Whatever", GUARD_NONE },
};

static void test_calls(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(call_rows); i++) {
                WireHeader call = { .type = WIRE_CALL,
                                    .interface = call_rows[i].interface,
                                    .member = call_rows[i].member };

                g_test_message("%s.%s", call_rows[i].interface, call_rows[i].member);
                g_assert_cmpint(guard_of_call(&call), ==, call_rows[i].kind);
                call.type = WIRE_SIGNAL;
                g_assert_cmpint(guard_of_call(&call), ==, GUARD_NONE);
        }
}

/* An option of a{sv}: what stands before the value, in pieces. */
static void put_option(Buffer *body, const char *key, const char *type)
{
        while (body->n % 8 != 0)
                buffer_add_byte(body, '\0');
        wire_put_string(body, key);
        buffer_add_byte(body, (char)strlen(type));
        buffer_add(body, type, strlen(type) + 1);
}

/* "s", and options of every sort around the token's; token NULL: none. */
static void put_request(Buffer *body, const char *token, gboolean spoil)
{
        gsize start;

        wire_put_string(body, "x11:7");
        wire_put_u32(body, 0);
        start = body->n;
        while (body->n % 8 != 0)
                buffer_add_byte(body, '\0');
        start = body->n;
        put_option(body, "autostart", "b");
        wire_put_u32(body, 1);
        put_option(body, "commandline", "as");
        wire_put_u32(body, 7);
        wire_put_string(body, "no");
        put_option(body, "nested", "v");
        buffer_add(body, "\5(yxs)\0", 8);
        while (body->n % 8 != 0)
                buffer_add_byte(body, '\0');
        buffer_add(body,
                   "\1\0\0\0\0\0\0\0"
                   "12345678",
                   16);
        wire_put_string(body, "handle_token");
        if (token != NULL) {
                put_option(body, "handle_token", "s");
                wire_put_string(body, token);
                put_option(body, "handle_token", "s");
                wire_put_string(body, "second");
        }
        put_option(body, "reason", spoil ? "y" : "s");
        wire_put_string(body, "why");
        wire_write_u32(body->bytes + 12, (guint32)(body->n - start), FALSE);
}

static int request(const char *token, gboolean spoil, gsize cut, Buffer *answer)
{
        CLEANUP(buffer_clear) Buffer body = BUFFER_INIT;
        WireHeader call = { .type = WIRE_CALL, .serial = 17, .signature = "sa{sv}" };
        WireHeader pong = { .type = WIRE_RETURN, .serial = 90, .reply_serial = 17, .sender = ":1.3" };
        StandIn *stand_in = NULL;
        int r;

        put_request(&body, token, spoil);
        g_assert_cmpuint(body.n, >, cut);
        /* As much as is there and no more: a sanitizer sees one that reads on. */
        call.n_body = call.n_here = body.n - cut;
        r = stand_in_new(&stand_in, GUARD_BACKGROUND, &call, (guint8 *)body.bytes, ":1.9", NULL);
        if (r == 0)
                stand_in_put_answer(answer, stand_in, &pong, ":1.9", WIRE_FIRST_OWN_SERIAL);
        stand_in_free(stand_in);
        return r;
}

/* The path that the answer has, and the signal behind it. */
static void check_answer(const Buffer *answer, const char *path)
{
        WireHeader reply = { 0 }, signal = { 0 };
        const guint8 *bytes = (guint8 *)answer->bytes;
        WireReader reader;

        g_assert_cmpint(wire_header_scan(&reply, bytes, answer->n, WIRE_FROM_BUS), ==, 0);
        g_assert_cmpuint(reply.reply_serial, ==, 17);
        g_assert_cmpstr(reply.signature, ==, "o");
        g_assert_cmpstr(reply.sender, ==, ":1.3");
        reader = wire_reader(&reply, bytes + reply.n_header);
        g_assert_cmpstr(wire_read_string(&reader), ==, path);
        bytes += reply.n_header + reply.n_body;
        g_assert_cmpint(wire_header_scan(&signal, bytes, answer->n - reply.n_header - reply.n_body, WIRE_FROM_BUS), ==,
                        0);
        g_assert_cmpstr(signal.path, ==, path);
        g_assert_cmpstr(signal.member, ==, "Response");
        g_assert_cmpstr(signal.destination, ==, ":1.9");
        reader = wire_reader(&signal, bytes + signal.n_header);
        g_assert_cmpuint(wire_read_u32(&reader), ==, 0);
        g_assert_null(wire_find_text(&reader, "autostart")); /* it is no text */
        g_assert_false(reader.failed);
        g_assert_cmpuint(reader.at, ==, signal.n_body);
}

#define BEFORE "/org/freedesktop/portal/desktop/request/1_9/"

static void test_stand_in(void)
{
        CLEANUP(buffer_clear) Buffer named = BUFFER_INIT, unnamed = BUFFER_INIT, none = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer whole = BUFFER_INIT;

        g_assert_cmpint(request("tok_1", FALSE, 0, &named), ==, 0);
        check_answer(&named, BEFORE "tok_1");
        g_assert_cmpint(request(NULL, FALSE, 0, &unnamed), ==, 0);
        check_answer(&unnamed, BEFORE "oriel17");
        g_assert_cmpint(request("../x", FALSE, 0, &none), ==, -EINVAL);
        g_assert_cmpint(request("", FALSE, 0, &none), ==, -EINVAL);
        g_assert_cmpint(request("tok_1", TRUE, 0, &none), ==, -EINVAL);
        put_request(&whole, "tok_1", FALSE);
        for (gsize cut = 1; cut < whole.n; cut++)
                g_assert_cmpint(request("tok_1", FALSE, cut, &none), ==, -EINVAL);
        g_assert_cmpuint(none.n, ==, 0);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/guard/notices", test_notices);
        g_test_add_func("/guard/calls", test_calls);
        g_test_add_func("/guard/stand-in", test_stand_in);
        return g_test_run();
}
