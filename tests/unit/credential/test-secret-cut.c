/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/secret-cut.h"

/* Two, of which the one begins as the other ends: where they share bytes the first goes. */
static const char text[] =
        "a secret-0123 b secret-0123secret-0123 secret-012 secsecret-0123 123-secret x 123-secret-0123";
static const char want[] =
        "a *********** b ********************** secret-012 sec*********** ********** x 123-***********";

static void test_pieces(void)
{
        for (gsize piece = 1; piece <= sizeof text; piece++) {
                CLEANUP(secret_cut_clear) SecretCut cut = { 0 };
                CLEANUP(buffer_clear) Buffer out = BUFFER_INIT;

                g_assert_true(secret_cut_add(&cut, "secret-0123"));
                g_assert_true(secret_cut_add(&cut, "123-secret"));
                for (gsize at = 0; at < sizeof text - 1; at += piece)
                        secret_cut_feed(&cut, text + at, MIN(piece, sizeof text - 1 - at), &out);
                secret_cut_flush(&cut, &out);
                g_assert_cmpuint(out.n, ==, sizeof text - 1);
                g_assert_null(memmem(out.bytes, out.n, "secret-0123", 11));
                if (piece == sizeof text)
                        g_assert_cmpstr(buffer_text(&out), ==, want);
        }
}

static void test_nothing_waits(void)
{
        CLEANUP(secret_cut_clear) SecretCut cut = { 0 };
        CLEANUP(buffer_clear) Buffer out = BUFFER_INIT;

        g_assert_true(secret_cut_add(&cut, "secret-0123"));
        secret_cut_feed(&cut, "data: one\n\n", 11, &out);
        g_assert_cmpstr(buffer_text(&out), ==, "data: one\n\n");
        secret_cut_feed(&cut, "data: sec", 9, &out);
        g_assert_cmpstr(buffer_text(&out), ==, "data: one\n\ndata: ");
        g_assert_false(secret_cut_add(&cut, "short"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/secret-cut/pieces", test_pieces);
        g_test_add_func("/secret-cut/nothing-waits", test_nothing_waits);
        return g_test_run();
}
