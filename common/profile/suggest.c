/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "Did you mean": optimal string alignment, on bytes.  Vocabularies are ASCII, and what is not is far from them. */

#include "profile/suggest.h"

#include <string.h>

enum { MAX_WORD = 64 }; /* longer ones are no slips of the finger */

static guint smallest(guint a, guint b, guint c)
{
        return MIN(MIN(a, b), c);
}

static guint distance(const char *a, const char *b)
{
        guint rows[3][MAX_WORD + 1] = { 0 };
        guint *before = rows[0], *above = rows[1], *row = rows[2];
        gsize n_a = strlen(a), n_b = strlen(b);

        for (gsize j = 0; j <= n_b; j++)
                above[j] = (guint)j;
        for (gsize i = 1; i <= n_a; i++) {
                guint *oldest = before;

                row[0] = (guint)i;
                for (gsize j = 1; j <= n_b; j++) {
                        char x = g_ascii_tolower(a[i - 1]), y = g_ascii_tolower(b[j - 1]);

                        row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
                        if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && g_ascii_tolower(a[i - 2]) == y)
                                row[j] = MIN(row[j], before[j - 2] + 1);
                }
                before = above;
                above = row;
                row = oldest;
        }
        return above[n_b];
}

const char *suggest_nearest(const char *word, const char *const *candidates)
{
        const char *nearest = NULL;
        gsize n = strlen(word);
        guint least = n <= 3 ? 1 : (guint)MIN(n / 3, 4);

        if (n == 0 || n > MAX_WORD)
                return NULL;
        for (gsize i = 0; candidates[i] != NULL; i++) {
                gsize n_candidate = strlen(candidates[i]);
                guint d = 0;

                if (n_candidate > MAX_WORD)
                        continue;
                d = distance(word, candidates[i]);
                /* The first of equals wins: lists begin with the commonest. */
                if (d < least || (d == least && nearest == NULL)) {
                        least = d;
                        nearest = candidates[i];
                }
        }
        return nearest;
}
