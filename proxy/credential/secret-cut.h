/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"

/* SecretCut - a stream in which secrets are written over by stars of the same number, so that lengths stay what they
 * were told to be.  Only bytes that may be the beginning of one are held back.  Pure. */

enum { SECRET_CUT_MAX = 16, SECRET_CUT_MIN_BYTES = 8 /* shorter ones stand in any text by chance */ };

typedef struct SecretCut {
        const char *secrets[SECRET_CUT_MAX]; /* borrowed */
        size_t n;
        Buffer held;
        size_t n_cut; /* times */
} SecretCut;

/* False: it is too short to be cut, or they are too many. */
bool secret_cut_add(SecretCut *cut, const char *secret);
/* Adds to out what can go on. */
void secret_cut_feed(SecretCut *cut, const void *bytes, size_t n, Buffer *out);
/* The stream ended. */
void secret_cut_flush(SecretCut *cut, Buffer *out);
void secret_cut_clear(SecretCut *cut);
