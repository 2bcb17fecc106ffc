/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wayland-helpers/globals.h"

/* "wl_shm", with its NUL, takes 7 bytes, 8 in the message. */
static const guint32 global_words[] = { 2, 28U << 16, 5, 7, 0, 0, 1 };
static const guint32 done_words[] = { 3, 12U << 16, 0 };
static const guint32 error_words[] = { 1, 12U << 16, 0 };
static const guint32 delete_words[] = { 1, 12U << 16 | 1, 3 };

static void make_global(guint32 words[7])
{
        memcpy(words, global_words, sizeof global_words);
        memcpy(words + 4, "wl_shm", 7);
}

/* In a block of its own size, so that a look behind the end is seen by valgrind and the sanitizers. */
static int step(Buffer *names, bool *done, const void *bytes, gsize n)
{
        g_autofree void *block = g_memdup2(bytes, n);

        return wayland_globals_step(names, done, block, n);
}

static void test_events(void)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        guint32 words[7];
        bool done = false;

        make_global(words);
        g_assert_cmpint(step(&names, &done, words, sizeof words), ==, 28);
        g_assert_true(wayland_globals_have(&names, "wl_shm"));
        g_assert_false(wayland_globals_have(&names, "wl_sh"));
        g_assert_cmpint(step(&names, &done, delete_words, sizeof delete_words), ==, 12);
        g_assert_false(done);
        g_assert_cmpint(step(&names, &done, done_words, sizeof done_words), ==, 12);
        g_assert_true(done);
        g_assert_cmpint(step(&names, &done, error_words, sizeof error_words), ==, -EPROTO);
        g_assert_cmpuint(names.n, ==, 7);
}

static void test_cut(void)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        guint32 words[7];
        bool done = false;

        make_global(words);
        for (gsize n = 0; n < sizeof words; n++)
                g_assert_cmpint(step(&names, &done, words, n), ==, 0);
        g_assert_cmpuint(names.n, ==, 0);
}

/* Any word that lies: what is taken is never more than the event has. */
static void test_lies(void)
{
        static const struct {
                guint at;
                guint32 word;
        } lies[] = {
                { 1, 4U << 16 }, { 1, 0 }, { 1, 27U << 16 }, { 1, 8U << 16 }, { 1, 20U << 16 },  { 3, 0 },
                { 3, 1 },        { 3, 6 }, { 3, 8 },         { 3, 9 },        { 3, 0xffffffff }, { 3, 0x80000007 },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(lies); i++) {
                CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
                guint32 words[7];
                bool done = false;

                make_global(words);
                words[lies[i].at] = lies[i].word;
                g_assert_cmpint(step(&names, &done, words, sizeof words), ==, -EBADMSG);
                g_assert_cmpuint(names.n, ==, 0);
        }
}

static void test_request(void)
{
        static const guint32 wanted[] = { 1, 12U << 16 | 1, 2, 1, 12U << 16, 3 };
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        wayland_globals_request(&bytes);
        g_assert_cmpmem(bytes.bytes, bytes.n, wanted, sizeof wanted);
}

static void test_nobody(void)
{
        CLEANUP(buffer_clear) Buffer names = BUFFER_INIT;
        g_autofree char *longest = g_strnfill(200, 'x');

        g_assert_cmpint(wayland_globals_ask(&names, "/nonexistent/wayland-0"), ==, -ENOENT);
        g_assert_cmpint(wayland_globals_ask(&names, longest), ==, -ENAMETOOLONG);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/wayland-helpers/globals/events", test_events);
        g_test_add_func("/wayland-helpers/globals/cut", test_cut);
        g_test_add_func("/wayland-helpers/globals/lies", test_lies);
        g_test_add_func("/wayland-helpers/globals/request", test_request);
        g_test_add_func("/wayland-helpers/globals/nobody", test_nobody);
        return g_test_run();
}
