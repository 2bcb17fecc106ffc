/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "credential/secret-cut.h"

#include <string.h>

bool secret_cut_add(SecretCut *cut, const char *secret)
{
        if (cut->n == SECRET_CUT_MAX || strlen(secret) < SECRET_CUT_MIN_BYTES)
                return false;
        cut->secrets[cut->n++] = secret;
        return true;
}

void secret_cut_clear(SecretCut *cut)
{
        if (cut->held.bytes != NULL)
                explicit_bzero(cut->held.bytes, cut->held.n);
        buffer_clear(&cut->held);
}

/* How many of the last bytes may be the beginning of a secret. */
static size_t open_end(const SecretCut *cut)
{
        size_t most = 0;

        for (size_t i = 0; i < cut->n; i++) {
                size_t n = strlen(cut->secrets[i]) - 1;

                for (n = n < cut->held.n ? n : cut->held.n; n > most; n--)
                        if (memcmp(cut->held.bytes + cut->held.n - n, cut->secrets[i], n) == 0)
                                most = n;
        }
        return most;
}

static void write_over(SecretCut *cut)
{
        for (size_t i = 0; i < cut->n; i++) {
                size_t n = strlen(cut->secrets[i]);
                char *at = cut->held.bytes;

                while (at != NULL &&
                       (at = memmem(at, cut->held.n - (size_t)(at - cut->held.bytes), cut->secrets[i], n)) != NULL) {
                        memset(at, '*', n);
                        cut->n_cut++;
                }
        }
}

void secret_cut_feed(SecretCut *cut, const void *bytes, size_t n, Buffer *out)
{
        size_t keep;

        buffer_add(&cut->held, bytes, n);
        if (cut->held.failed) {
                out->failed = true;
                return;
        }
        write_over(cut);
        keep = open_end(cut);
        buffer_add(out, cut->held.bytes, cut->held.n - keep);
        memmove(cut->held.bytes, cut->held.bytes + cut->held.n - keep, keep);
        cut->held.n = keep;
}

void secret_cut_flush(SecretCut *cut, Buffer *out)
{
        buffer_add(out, cut->held.bytes, cut->held.n);
        secret_cut_clear(cut);
}
