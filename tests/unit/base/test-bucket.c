/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "base/bucket.h"

static void test_burst(void)
{
        Bucket bucket = bucket_full(10, 3);

        for (int i = 0; i < 3; i++)
                g_assert_true(bucket_take(&bucket, 1000));
        g_assert_false(bucket_take(&bucket, 1000));
}

static void test_refill(void)
{
        Bucket bucket = bucket_full(10, 1);

        g_assert_true(bucket_take(&bucket, 1000));
        g_assert_false(bucket_take(&bucket, 1099)); /* 0.99 of one */
        g_assert_true(bucket_take(&bucket, 1100));
        g_assert_false(bucket_take(&bucket, 1101));
}

/* A long rest does not save up more than a burst. */
static void test_rest(void)
{
        Bucket bucket = bucket_full(1000, 2);

        g_assert_true(bucket_take(&bucket, 1));
        g_assert_true(bucket_take(&bucket, 1000000000));
        g_assert_true(bucket_take(&bucket, 1000000000));
        g_assert_false(bucket_take(&bucket, 1000000000));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bucket/burst", test_burst);
        g_test_add_func("/bucket/refill", test_refill);
        g_test_add_func("/bucket/rest", test_rest);
        return g_test_run();
}
