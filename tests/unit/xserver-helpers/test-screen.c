/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "xserver-helpers/screen.h"

/* A server's answer: a vendor of 5 bytes, two formats, a screen. */
enum { VENDOR = 5, FORMATS = 2, AT_SCREEN = 40 + 8 + FORMATS * 8, ANSWER = AT_SCREEN + 40 };

static void put(unsigned char *bytes, size_t at, guint16 number)
{
        memcpy(bytes + at, &number, sizeof number);
}

static void make_answer(unsigned char bytes[ANSWER])
{
        memset(bytes, 0xee, ANSWER);
        bytes[0] = 1;
        put(bytes, 24, VENDOR);
        bytes[28] = 1;
        bytes[29] = FORMATS;
        put(bytes, AT_SCREEN + 20, 3840);
        put(bytes, AT_SCREEN + 22, 2160);
        put(bytes, AT_SCREEN + 24, 600);
}

static void test_answer(void)
{
        unsigned char bytes[ANSWER];
        ScreenSize size = { 0 };

        make_answer(bytes);
        g_assert_cmpint(screen_parse(&size, bytes, sizeof bytes), ==, 0);
        g_assert_cmpuint(size.width, ==, 3840);
        g_assert_cmpuint(size.height, ==, 2160);
        g_assert_cmpuint(size.dpi, ==, 163);
}

/* In a block of its own size, so that a look behind the end is seen by valgrind and the sanitizers. */
static void test_cut(void)
{
        unsigned char bytes[ANSWER];

        make_answer(bytes);
        for (gsize n = 0; n < ANSWER; n++) {
                g_autofree unsigned char *cut = g_memdup2(bytes, n);
                ScreenSize size = { 0 };

                g_assert_cmpint(screen_parse(&size, cut, n), ==, -EBADMSG);
        }
}

static void test_wrong(void)
{
        static const struct {
                gsize at;
                guint16 number;
                int result;
        } wrongs[] = {
                { 0, 0, -EACCES },
                { 0, 2, -EACCES },
                { 24, 65535, -EBADMSG },
                { 28, 0x0200, -EBADMSG },
                { 28, 0xff01, -EBADMSG },
                { AT_SCREEN + 20, 0, -EBADMSG },
                { AT_SCREEN + 22, 0, -EBADMSG },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(wrongs); i++) {
                unsigned char bytes[ANSWER];
                ScreenSize size = { 0 };

                make_answer(bytes);
                put(bytes, wrongs[i].at, wrongs[i].number);
                g_assert_cmpint(screen_parse(&size, bytes, sizeof bytes), ==, wrongs[i].result);
        }
}

static void test_request(void)
{
        const XauthorityCookie cookie = { (const unsigned char *)"sixteen bytes ok", 16 }, none = { NULL, 0 };
        CLEANUP(buffer_clear) Buffer with = BUFFER_INIT, without = BUFFER_INIT;

        screen_request(&with, &cookie);
        g_assert_cmpuint(with.n, ==, 12 + 20 + 16);
        g_assert_cmpmem(with.bytes + 12, 18, "MIT-MAGIC-COOKIE-1", 18);
        g_assert_cmpmem(with.bytes + 32, 16, "sixteen bytes ok", 16);
        screen_request(&without, &none);
        g_assert_cmpuint(without.n, ==, 12);
        g_assert_true(without.bytes[0] == (G_BYTE_ORDER == G_LITTLE_ENDIAN ? 'l' : 'B'));
}

static void test_nobody(void)
{
        ScreenSize size = { 0 };

        g_assert_cmpint(screen_ask(&size, "54321", NULL), ==, -ENOENT);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/screen/answer", test_answer);
        g_test_add_func("/screen/cut", test_cut);
        g_test_add_func("/screen/wrong", test_wrong);
        g_test_add_func("/screen/request", test_request);
        g_test_add_func("/screen/nobody", test_nobody);
        return g_test_run();
}
