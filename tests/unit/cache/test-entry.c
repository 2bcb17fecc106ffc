/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cache/entry.h"

static const Witness sample_witnesses[] = {
        { .kind = WITNESS_CONTENT,
          .name = "/a",
          .there = true,
          .dev = 1,
          .ino = UINT64_MAX,
          .mtime_ns = -5,
          .size = 7 },
        { .kind = WITNESS_PLACE, .name = "/gone" },
        { .kind = WITNESS_HOST, .name = "", .there = true, .text = "here" },
};

static void make(Buffer *bytes)
{
        const CacheEntry entry = {
                .key = "k\0y",
                .n_key = 3,
                .n_witnesses = G_N_ELEMENTS(sample_witnesses),
                .record = { .app = "org.x.X",
                            .profile = "apps/x",
                            .user_runtime = "/run/user/7",
                            .state_above = "/h/.local/state",
                            .no_ask = true },
                .call = "call\0",
                .n_call = 5,
                .plan = "plan",
                .n_plan = 4,
        };

        cache_entry_encode(bytes, &entry, sample_witnesses);
        g_assert_false(bytes->failed);
}

static void test_there_and_back(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        CacheEntry entry = { 0 };
        Witness witness;
        gsize at = 0, n = 0;

        make(&bytes);
        g_assert_cmpint(cache_entry_decode(&entry, bytes.bytes, bytes.n), ==, 0);
        g_assert_cmpmem(entry.key, entry.n_key, "k\0y", 3);
        g_assert_cmpmem(entry.call, entry.n_call, "call\0", 5);
        g_assert_cmpmem(entry.plan, entry.n_plan, "plan", 4);
        g_assert_cmpstr(entry.record.app, ==, "org.x.X");
        g_assert_null(entry.record.grants);
        g_assert_true(entry.record.no_ask);
        g_assert_false(entry.record.no_daemon);
        while (cache_entry_witness(&entry, &at, &witness))
                g_assert_true(witness_same(&witness, &sample_witnesses[n++]));
        g_assert_cmpuint(n, ==, G_N_ELEMENTS(sample_witnesses));
}

/* Cut anywhere, or one byte too long: none. */
static void test_cut(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        CacheEntry entry = { 0 };

        make(&bytes);
        for (gsize n = 0; n < bytes.n; n++) {
                g_autofree char *part = g_memdup2(bytes.bytes, n);

                g_assert_cmpint(cache_entry_decode(&entry, part, n), ==, -EINVAL);
        }
        buffer_add_byte(&bytes, 0);
        g_assert_cmpint(cache_entry_decode(&entry, bytes.bytes, bytes.n), ==, -EINVAL);
}

/* Each byte turned: it decodes, or not, and never reads beyond. */
static void test_turned(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        make(&bytes);
        for (gsize i = 0; i < bytes.n; i++) {
                g_autofree char *copy = g_memdup2(bytes.bytes, bytes.n);
                CacheEntry entry = { 0 };
                Witness witness;
                gsize at = 0;

                copy[i] = (char)~copy[i];
                if (cache_entry_decode(&entry, copy, bytes.n) == 0)
                        while (cache_entry_witness(&entry, &at, &witness))
                                continue;
        }
}

static void test_holds(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT, changed_bytes = BUFFER_INIT;
        CacheEntry entry = { .key = "k",
                             .n_key = 1,
                             .n_witnesses = 2,
                             .record = { .app = "a", .user_runtime = "/r", .state_above = "/s" },
                             .plan = "p",
                             .n_plan = 1 };
        Witness witnesses[2];
        const char *changed = NULL;

        witness_look(&witnesses[0], WITNESS_CONTENT, "/usr");
        witness_look(&witnesses[1], WITNESS_PLACE, "/nonexistent");
        cache_entry_encode(&bytes, &entry, witnesses);
        witnesses[0].ctime_ns++;
        cache_entry_encode(&changed_bytes, &entry, witnesses);
        g_assert_cmpint(cache_entry_decode(&entry, bytes.bytes, bytes.n), ==, 0);
        g_assert_true(cache_entry_holds(&entry, &changed));
        g_assert_cmpint(cache_entry_decode(&entry, changed_bytes.bytes, changed_bytes.n), ==, 0);
        g_assert_false(cache_entry_holds(&entry, &changed));
        g_assert_cmpstr(changed, ==, "/usr");
}

/* What a directory's time covers is not asked while that is the same; and when it is not, each is. */
static void test_covered(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT, touched = BUFFER_INIT, there = BUFFER_INIT;
        CacheEntry entry = { .key = "k",
                             .n_key = 1,
                             .n_witnesses = 4,
                             .record = { .app = "a", .user_runtime = "/r", .state_above = "/s" },
                             .plan = "p",
                             .n_plan = 1 };
        Witness witnesses[4];
        const char *changed = NULL;

        witness_look(&witnesses[0], WITNESS_NAMES, "/usr");
        witness_look(&witnesses[1], WITNESS_PLACE, "/usr/none");
        witness_look(&witnesses[2], WITNESS_PLACE, "/usr/nowhere");
        witness_look(&witnesses[3], WITNESS_PLACE, "/");
        witnesses[0].covers = 2;
        cache_entry_encode(&bytes, &entry, witnesses);
        g_assert_cmpint(cache_entry_decode(&entry, bytes.bytes, bytes.n), ==, 0);
        g_assert_true(cache_entry_holds(&entry, &changed));
        /* Of another time: the names are asked. */
        witnesses[0].names_ns++;
        cache_entry_encode(&touched, &entry, witnesses);
        g_assert_cmpint(cache_entry_decode(&entry, touched.bytes, touched.n), ==, 0);
        g_assert_true(cache_entry_holds(&entry, &changed));
        witnesses[2].name = "/usr/bin";
        cache_entry_encode(&there, &entry, witnesses);
        g_assert_cmpint(cache_entry_decode(&entry, there.bytes, there.n), ==, 0);
        g_assert_false(cache_entry_holds(&entry, &changed));
        g_assert_cmpstr(changed, ==, "/usr/bin");
        /* Nothing but missing names is covered, and they are there. */
        buffer_clear(&there);
        witness_look(&witnesses[2], WITNESS_PLACE, "/usr/bin");
        cache_entry_encode(&there, &entry, witnesses);
        g_assert_cmpint(cache_entry_decode(&entry, there.bytes, there.n), ==, -EINVAL);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/entry/there-and-back", test_there_and_back);
        g_test_add_func("/entry/cut", test_cut);
        g_test_add_func("/entry/turned", test_turned);
        g_test_add_func("/entry/holds", test_holds);
        g_test_add_func("/entry/covered", test_covered);
        return g_test_run();
}
