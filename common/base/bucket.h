/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Bucket - a limit on how often something may happen: per_second in the long run, burst at once (a token bucket). */
typedef struct Bucket {
        int64_t per_second, burst;
        int64_t tokens_milli; /* thousandths of a token */
        int64_t taken_ms;     /* when one was last asked for; 0: never */
} Bucket;

/* A full one. */
Bucket bucket_full(int64_t per_second, int64_t burst);

/* True if it may happen now; now_ms never runs backwards (CLOCK_MONOTONIC). */
bool bucket_take(Bucket *bucket, int64_t now_ms);
