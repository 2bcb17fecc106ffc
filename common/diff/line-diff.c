/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986): the greedy form, which keeps the furthest points
 * of each round to find the way back.  Rounds are bounded, since memory grows with their square. */
#include "diff/line-diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

enum {
        CONTEXT = 3,
        MAX_ROUNDS = 2000, /* 16 MB of points */
        BINARY_BYTES = 8000,
};

typedef struct Line {
        const char *at;
        size_t n; /* with its newline, if it has one */
        uint64_t hash;
} Line;

typedef struct Lines {
        Line *all;
        size_t n;
} Lines;

typedef struct Diff {
        Lines old, new;
        bool *removed, *added; /* of each line */
} Diff;

static bool split(Lines *lines, const char *text, size_t n)
{
        size_t count = 0, i = 0;

        for (size_t at = 0; at < n; count++) {
                const char *end = memchr(text + at, '\n', n - at);

                at = end == NULL ? n : (size_t)(end - text) + 1;
        }
        lines->all = calloc(count + 1, sizeof *lines->all);
        if (lines->all == NULL)
                return false;
        for (size_t at = 0; at < n; i++) {
                const char *end = memchr(text + at, '\n', n - at);
                size_t stop = end == NULL ? n : (size_t)(end - text) + 1;
                uint64_t hash = 0xcbf29ce484222325;

                for (size_t k = at; k < stop; k++)
                        hash = (hash ^ (unsigned char)text[k]) * 0x100000001b3;
                lines->all[i] = (Line){ .at = text + at, .n = stop - at, .hash = hash };
                at = stop;
        }
        lines->n = count;
        return true;
}

static bool same(const Diff *diff, size_t i, size_t j)
{
        const Line *a = &diff->old.all[i], *b = &diff->new.all[j];

        return a->hash == b->hash && a->n == b->n && memcmp(a->at, b->at, a->n) == 0;
}

/* The part that differs: [from, old_to) of one, [from, new_to) of the other. */
typedef struct Middle {
        size_t from, old_to, new_to;
} Middle;

static void replace_all(Diff *diff, const Middle *middle)
{
        for (size_t i = middle->from; i < middle->old_to; i++)
                diff->removed[i] = true;
        for (size_t j = middle->from; j < middle->new_to; j++)
                diff->added[j] = true;
}

/* Walks back from the end through the points of each round. */
static void walk_back(Diff *diff, const Middle *middle, int32_t *const *rounds, int64_t d)
{
        int64_t x = (int64_t)(middle->old_to - middle->from), y = (int64_t)(middle->new_to - middle->from);

        for (; d > 0; d--) {
                const int32_t *v = rounds[d - 1] + d - 1; /* v[k], k from -(d-1) to d-1 */
                int64_t k = x - y;
                bool down = k == -d || (k != d && v[k - 1] < v[k + 1]);
                int64_t before = down ? k + 1 : k - 1, px = v[before], py = px - before;

                if (down)
                        diff->added[middle->from + (size_t)py] = true;
                else
                        diff->removed[middle->from + (size_t)px] = true;
                x = px;
                y = py;
        }
}

/* Marks lines; false when memory ran out. */
static bool compare(Diff *diff, const Middle *middle)
{
        int64_t n = (int64_t)(middle->old_to - middle->from), m = (int64_t)(middle->new_to - middle->from);
        int32_t *rounds[MAX_ROUNDS + 1] = { NULL };
        bool found = false, good = true;
        int64_t d;

        if (n == 0 || m == 0 || n + m > INT32_MAX / 2) {
                replace_all(diff, middle);
                return true;
        }
        for (d = 0; d <= MAX_ROUNDS && !found && good; d++) {
                const int32_t *last = d > 0 ? rounds[d - 1] + d - 1 : NULL;
                int32_t *v;

                rounds[d] = malloc((size_t)(2 * d + 1) * sizeof **rounds);
                if (rounds[d] == NULL) {
                        good = false;
                        break;
                }
                v = rounds[d] + d;
                for (int64_t k = -d; k <= d; k += 2) {
                        int64_t x = d == 0                                             ? 0
                                    : k == -d || (k != d && last[k - 1] < last[k + 1]) ? last[k + 1]
                                                                                       : last[k - 1] + 1;
                        int64_t y = x - k;

                        /* A point that left the square leads nowhere: x and y only grow. */
                        while (x < n && y < m && y >= 0 &&
                               same(diff, middle->from + (size_t)x, middle->from + (size_t)y)) {
                                x++;
                                y++;
                        }
                        v[k] = (int32_t)x;
                        if (k < d)
                                v[k + 1] = 0;
                        if (x == n && y == m) {
                                found = true;
                                break;
                        }
                }
                if (found)
                        break;
        }
        if (good && found)
                walk_back(diff, middle, rounds, d);
        else if (good)
                replace_all(diff, middle);
        for (size_t i = 0; i <= MAX_ROUNDS; i++)
                free(rounds[i]);
        return good;
}

static void add_line(Buffer *text, char mark, const Line *line)
{
        buffer_add_byte(text, mark);
        buffer_add(text, line->at, line->n);
        if (line->n == 0 || line->at[line->n - 1] != '\n')
                buffer_add_text(text, "\n\\ No newline at end of file\n");
}

static void add_range(Buffer *text, char mark, size_t from, size_t n)
{
        /* Of none the line before it is named. */
        buffer_printf(text, n == 1 ? " %c%zu" : " %c%zu,%zu", mark, n == 0 ? from : from + 1, n);
}

/* From old line i and new line j, both the first of a change's context; moves both behind the hunk. */
static void add_hunk(const Diff *diff, Buffer *text, size_t *i, size_t *j)
{
        size_t old_from = *i, new_from = *j, at = *i, to = *j, quiet = 0;

        while (at < diff->old.n || to < diff->new.n) {
                bool change = (at < diff->old.n && diff->removed[at]) || (to < diff->new.n && diff->added[to]);

                if (!change && quiet == 2 * CONTEXT)
                        break;
                quiet = change ? 0 : quiet + 1;
                if (at < diff->old.n && diff->removed[at])
                        at++;
                else if (to < diff->new.n && diff->added[to])
                        to++;
                else {
                        at++;
                        to++;
                }
        }
        if (quiet > CONTEXT) {
                at -= quiet - CONTEXT;
                to -= quiet - CONTEXT;
        }
        buffer_add_text(text, "@@");
        add_range(text, '-', old_from, at - old_from);
        add_range(text, '+', new_from, to - new_from);
        buffer_add_text(text, " @@\n");
        while (*i < at || *j < to) {
                if (*i < at && diff->removed[*i])
                        add_line(text, '-', &diff->old.all[(*i)++]);
                else if (*j < to && diff->added[*j])
                        add_line(text, '+', &diff->new.all[(*j)++]);
                else {
                        add_line(text, ' ', &diff->old.all[(*i)++]);
                        (*j)++;
                }
        }
}

static void add_hunks(const Diff *diff, Buffer *text)
{
        size_t i = 0, j = 0;

        while (i < diff->old.n || j < diff->new.n) {
                size_t a = i, b = j, around;

                while (a < diff->old.n && b < diff->new.n && !diff->removed[a] && !diff->added[b]) {
                        a++;
                        b++;
                }
                if ((a >= diff->old.n || !diff->removed[a]) && (b >= diff->new.n || !diff->added[b]))
                        return;
                around = a - i < CONTEXT ? a - i : CONTEXT;
                i = a - around;
                j = b - around;
                add_hunk(diff, text, &i, &j);
        }
}

static void clear(Diff *diff)
{
        free(diff->old.all);
        free(diff->new.all);
        free(diff->removed);
        free(diff->added);
}

LineDiffCount line_diff(Buffer *ret_text, const char *old, size_t n_old, const char *new, size_t n_new)
{
        Diff diff = { 0 };
        LineDiffCount count = { 0 };
        Middle middle = { 0 };
        bool good = split(&diff.old, old, n_old) && split(&diff.new, new, n_new);

        if (good) {
                diff.removed = calloc(diff.old.n + 1, sizeof *diff.removed);
                diff.added = calloc(diff.new.n + 1, sizeof *diff.added);
                good = diff.removed != NULL && diff.added != NULL;
        }
        if (good) {
                middle.old_to = diff.old.n;
                middle.new_to = diff.new.n;
                while (middle.from < middle.old_to && middle.from < middle.new_to &&
                       same(&diff, middle.from, middle.from))
                        middle.from++;
                while (middle.old_to > middle.from && middle.new_to > middle.from &&
                       same(&diff, middle.old_to - 1, middle.new_to - 1)) {
                        middle.old_to--;
                        middle.new_to--;
                }
                good = compare(&diff, &middle);
        }
        for (size_t i = 0; good && i < diff.old.n; i++)
                count.removed += diff.removed[i];
        for (size_t i = 0; good && i < diff.new.n; i++)
                count.added += diff.added[i];
        if (good && ret_text != NULL)
                add_hunks(&diff, ret_text);
        if (!good && ret_text != NULL)
                ret_text->failed = true;
        clear(&diff);
        return count;
}

bool line_diff_is_binary(const char *text, size_t n)
{
        return memchr(text, '\0', n < BINARY_BYTES ? n : BINARY_BYTES) != NULL;
}
