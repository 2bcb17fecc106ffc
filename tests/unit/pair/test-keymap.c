/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pair/keymap.h"

/* A reply of XkbGetMap: one type of two entries that it preserves, two keys, an action for the second, modifiers. */
static const uint8_t map_reply[] = {
        1,
        3,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        8,
        255,
        0x37,
        0, /* present: all but behaviours and virtual modifiers' map */
        0,
        1,
        1,
        8,
        3,
        0,
        2,
        8,
        1,
        0,
        2,
        8,
        0,
        0,
        8,
        2,
        1,
        8,
        2,
        1,
        0,
        0,
        0,
        0,
        0,
        0,
        /* type: mask, modifiers, virtual, levels, entries, preserves */
        1,
        1,
        0,
        0,
        2,
        2,
        1,
        0,
        /* entries: active, mask, level, modifiers, virtual, unused */
        1,
        0xaa,
        1,
        0x11,
        2,
        3,
        9,
        9,
        1,
        0xbb,
        2,
        0x22,
        4,
        5,
        9,
        9,
        /* preserved */
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        /* keys: types, groups, width, how many */
        0,
        0,
        0,
        0,
        1,
        1,
        1,
        0,
        'a',
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        1,
        2,
        2,
        0,
        'b',
        0,
        0,
        0,
        'B',
        0,
        0,
        0,
        /* actions: of each key, then they */
        0,
        1,
        0,
        0,
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        /* explicit, modifiers */
        8,
        1,
        0,
        0,
        9,
        4,
        0,
        0,
};

static const uint8_t map_request[] = {
        0, 0, 0, 0,   0, 1, 0x37, 0, 1, 0, 8, 255, 0, 1, 8,   2, 3, 0, 8,    2, 1, 0, 8,    0, 0, 8, 2,
        1, 8, 2, 1,   0, 0, 0,    0, 0, 1, 1, 0,   0, 2, 2,   1, 0, 1, 0x11, 2, 3, 2, 0x22, 4, 5, 1, 2,
        3, 4, 5, 6,   7, 8, 0,    0, 0, 0, 1, 1,   1, 0, 'a', 0, 0, 0, 0,    0, 0, 0, 1,    2, 2, 0, 'b',
        0, 0, 0, 'B', 0, 0, 0,    0, 1, 0, 0, 1,   2, 3, 4,   5, 6, 7, 8,    8, 1, 0, 0,    9, 4, 0, 0,
};

static void test_map(void)
{
        CLEANUP(buffer_clear) Buffer request = BUFFER_INIT;
        uint8_t reply[sizeof map_reply];

        memcpy(reply, map_reply, sizeof reply);
        reply[12] = 0x1f; /* types, symbols, modifiers, explicit, actions */
        g_assert_cmpint(keymap_map_request(&request, reply, sizeof reply), ==, 0);
        g_assert_cmpmem(request.bytes + 8, request.n - 8, map_request + 8, sizeof map_request - 8);
        for (size_t n = 0; n < sizeof reply; n++) {
                CLEANUP(buffer_clear) Buffer cut = BUFFER_INIT;

                g_assert_cmpint(keymap_map_request(&cut, reply, n), ==, -EINVAL);
        }
}

static void test_names(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        KeymapNames names = {
                .modifiers = 0x8001, .groups = 3, .n = 5, .texts = { "pc+de", "NumLock", "AltGr", "", "ru" }
        };
        KeymapNames read = { 0 };

        keymap_names_write(&bytes, &names);
        g_assert_cmpint(keymap_names_read(&read, (const uint8_t *)bytes.bytes, bytes.n), ==, 0);
        g_assert_cmpuint(read.n, ==, 5);
        g_assert_cmpuint(read.modifiers, ==, 0x8001);
        for (size_t i = 0; i < read.n; i++)
                g_assert_cmpstr(read.texts[i], ==, names.texts[i]);
        for (size_t n = 0; n < bytes.n; n++)
                g_assert_cmpint(keymap_names_read(&read, (const uint8_t *)bytes.bytes, n), ==, -EINVAL);
        buffer_add_byte(&bytes, 'x');
        g_assert_cmpint(keymap_names_read(&read, (const uint8_t *)bytes.bytes, bytes.n), ==, -EINVAL);
}

static void test_small_parts(void)
{
        CLEANUP(buffer_clear) Buffer compat = BUFFER_INIT;
        CLEANUP(buffer_clear) Buffer indicators = BUFFER_INIT;
        uint8_t reply[32 + 16 + 8] = { 0 };

        reply[8] = 5; /* two groups, or two indicators */
        reply[12] = 1;
        g_assert_cmpint(keymap_compat_request(&compat, reply, sizeof reply), ==, 0);
        g_assert_cmpuint(compat.n, ==, 16 + 16 + 8);
        g_assert_cmpint(keymap_indicators_request(&indicators, reply, sizeof reply), ==, 0);
        g_assert_cmpuint(indicators.n, ==, 12 + 24);
        g_assert_cmpint(keymap_compat_request(&compat, reply, sizeof reply - 1), ==, -EINVAL);
        g_assert_cmpint(keymap_indicators_request(&indicators, reply, 32 + 23), ==, -EINVAL);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/keymap/map", test_map);
        g_test_add_func("/keymap/names", test_names);
        g_test_add_func("/keymap/small-parts", test_small_parts);
        return g_test_run();
}
