/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "diff/line-diff.h"

static void check(const char *old, const char *new, const char *want)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        (void)line_diff(&text, old, strlen(old), new, strlen(new));
        g_assert_cmpstr(buffer_text(&text), ==, want);
}

static void test_shapes(void)
{
        check("", "", "");
        check("a\n", "a\n", "");
        check("", "a\nb\n", "@@ -0,0 +1,2 @@\n+a\n+b\n");
        check("a\n", "", "@@ -1 +0,0 @@\n-a\n");
        check("a\nb\nc\n", "a\nX\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+X\n c\n");
        check("a", "a\n", "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
        check("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n5\n6\n7\n8\n9\n",
              "@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+X\n 5\n 6\n 7\n");
        /* Six lines between two changes are one hunk, seven are two. */
        check("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
              "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
        check("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
              "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

static char *random_text(GRand *random, guint words, guint n)
{
        GString *text = g_string_new(NULL);

        for (guint i = 0; i < n; i++)
                g_string_append_printf(text, "%d\n", g_rand_int_range(random, 0, (gint32)words));
        return g_string_free(text, FALSE);
}

/* As patch(1) would: old with the hunks applied. */
static char *patched(const char *old, const char *hunks)
{
        g_auto(GStrv) from = g_strsplit(old, "\n", -1), lines = g_strsplit(hunks, "\n", -1);
        GString *text = g_string_new(NULL);
        guint at = 0;

        for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
                if (*lines[i] == '@') {
                        guint64 start = g_ascii_strtoull(lines[i] + strlen("@@ -"), NULL, 10);

                        if (strstr(lines[i], ",0 +") == NULL)
                                start--;
                        while (at < start)
                                g_string_append_printf(text, "%s\n", from[at++]);
                        continue;
                }
                if (*lines[i] != '+') {
                        g_assert_cmpstr(lines[i] + 1, ==, from[at]);
                        at++;
                }
                if (*lines[i] != '-')
                        g_string_append_printf(text, "%s\n", lines[i] + 1);
        }
        for (; from[at] != NULL && from[at + 1] != NULL; at++)
                g_string_append_printf(text, "%s\n", from[at]);
        return g_string_free(text, FALSE);
}

static void test_random(void)
{
        g_autoptr(GRand) random = g_rand_new_with_seed(1);

        for (guint i = 0; i < 3000; i++) {
                g_autofree char *old = random_text(random, 1 + i % 7, (guint)g_rand_int_range(random, 0, 30));
                g_autofree char *new = random_text(random, 1 + i % 7, (guint)g_rand_int_range(random, 0, 30));
                CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
                LineDiffCount count = line_diff(&text, old, strlen(old), new, strlen(new));
                g_autofree char *got = patched(old, buffer_text(&text));

                g_assert_cmpstr(got, ==, new);
                g_assert_true((count.added + count.removed == 0) == g_str_equal(old, new));
        }
}

/* The least there is: of a text with one line moved, one goes and one comes. */
static void test_least(void)
{
        GString *old = g_string_new(NULL), *new = g_string_new(NULL);
        LineDiffCount count;

        for (guint i = 0; i < 500; i++) {
                g_string_append_printf(old, "line %u\n", i);
                if (i != 100)
                        g_string_append_printf(new, "line %u\n", i);
                if (i == 400)
                        g_string_append(new, "line 100\n");
        }
        count = line_diff(NULL, old->str, old->len, new->str, new->len);
        g_assert_cmpuint(count.added, ==, 1);
        g_assert_cmpuint(count.removed, ==, 1);
        g_string_free(old, TRUE);
        g_string_free(new, TRUE);
}

/* Nothing in common, and too much of it: replaced as a whole. */
static void test_large(void)
{
        GString *old = g_string_new(NULL), *new = g_string_new(NULL);
        LineDiffCount count;

        for (guint i = 0; i < 20000; i++) {
                g_string_append_printf(old, "old %u\n", i);
                g_string_append_printf(new, "new %u\n", i);
        }
        count = line_diff(NULL, old->str, old->len, new->str, new->len);
        g_assert_cmpuint(count.added, ==, 20000);
        g_assert_cmpuint(count.removed, ==, 20000);
        g_string_free(old, TRUE);
        g_string_free(new, TRUE);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/line-diff/shapes", test_shapes);
        g_test_add_func("/line-diff/random", test_random);
        g_test_add_func("/line-diff/least", test_least);
        g_test_add_func("/line-diff/large", test_large);
        return g_test_run();
}
