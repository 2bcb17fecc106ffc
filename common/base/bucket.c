/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/bucket.h"

Bucket bucket_full(int64_t per_second, int64_t burst)
{
        return (Bucket){ .per_second = per_second, .burst = burst, .tokens_milli = burst * 1000 };
}

bool bucket_take(Bucket *bucket, int64_t now_ms)
{
        int64_t passed = bucket->taken_ms > 0 ? now_ms - bucket->taken_ms : 0;

        bucket->taken_ms = now_ms;
        bucket->tokens_milli += passed * bucket->per_second;
        if (bucket->tokens_milli > bucket->burst * 1000)
                bucket->tokens_milli = bucket->burst * 1000;
        if (bucket->tokens_milli < 1000)
                return false;
        bucket->tokens_milli -= 1000;
        return true;
}
