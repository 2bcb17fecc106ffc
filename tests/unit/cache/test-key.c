/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cache/key.h"
#include "planner/environment.h"

static char *plain_argv[] = { (char *)"oriel", (char *)"run", (char *)"x", NULL };
static char *plain_environment[] = { (char *)"HOME=/home/u", (char *)"LC_TIME=C", NULL };

static void make(Buffer *key, char *const *argv, char *const *environment)
{
        cache_key(key, argv, environment, "/usr");
        g_assert_false(key->failed);
}

static gboolean is_plain(char *const *argv, char *const *environment)
{
        CLEANUP(buffer_clear) Buffer one = BUFFER_INIT, other = BUFFER_INIT;

        make(&one, plain_argv, plain_environment);
        make(&other, argv, environment);
        return one.n == other.n && memcmp(one.bytes, other.bytes, one.n) == 0;
}

static void test_words(void)
{
        static char *more[] = { (char *)"oriel", (char *)"run", (char *)"x", (char *)"", NULL };
        static char *joined[] = { (char *)"oriel", (char *)"runx", NULL };
        static char *named[] = { (char *)"other", (char *)"run", (char *)"x", NULL };

        g_assert_true(is_plain(plain_argv, plain_environment));
        g_assert_true(is_plain(named, plain_environment));
        g_assert_false(is_plain(more, plain_environment));
        g_assert_false(is_plain(joined, plain_environment));
}

static void test_environment(void)
{
        static char *same[] = { (char *)"HOME=/home/u", (char *)"WINDOWID=7", (char *)"LC_TIME=C", NULL };
        static char *value[] = { (char *)"HOME=/home/u", (char *)"LC_TIME=de", NULL };
        static char *fewer[] = { (char *)"HOME=/home/u", NULL };
        static char *more[] = { (char *)"HOME=/home/u", (char *)"LC_TIME=C", (char *)"DISPLAY=:0", NULL };

        g_assert_true(is_plain(plain_argv, same));
        g_assert_false(is_plain(plain_argv, value));
        g_assert_false(is_plain(plain_argv, fewer));
        g_assert_false(is_plain(plain_argv, more));
        g_assert_true(cache_key_counts("LC_ALL"));
        g_assert_false(cache_key_counts("LCALL"));
        g_assert_false(cache_key_counts("HOMES=x"));
        g_assert_false(cache_key_counts("AWS_SECRET_ACCESS_KEY=x"));
}

/* Whatever may pass into a box is a part of the key. */
static void test_allow_list(void)
{
        static const char *const names[] = { "LANG",
                                             "TERM",
                                             "EDITOR",
                                             "XDG_CURRENT_DESKTOP",
                                             "GTK_THEME",
                                             "XMODIFIERS",
                                             "QT_QPA_PLATFORMTHEME",
                                             "TZ",
                                             "NO_COLOR",
                                             "LC_PAPER",
                                             "SHELL" };
        EnvironmentWhen when;

        for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
                g_assert_true(environment_find(names[i], &when));
                g_assert_true(cache_key_counts(names[i]));
        }
        for (gsize i = 0; environment_name(i) != NULL; i++)
                if (!cache_key_counts(environment_name(i)))
                        g_error("%s may pass into a box, and is no part of the key", environment_name(i));
}

static gboolean has_text(const Buffer *key, const char *text)
{
        return memmem(key->bytes, key->n, text, strlen(text) + 1) != NULL;
}

static void test_person(void)
{
        CLEANUP(buffer_clear) Buffer key = BUFFER_INIT;
        gid_t groups[256];
        int n = getgroups(256, groups);

        make(&key, plain_argv, plain_environment);
        for (int i = 0; i < n; i++) {
                g_autofree char *text = g_strdup_printf("%u", groups[i]);

                g_assert_true(has_text(&key, text));
        }
}

static void test_place(void)
{
        CLEANUP(buffer_clear) Buffer here = BUFFER_INIT, there = BUFFER_INIT, closed = BUFFER_INIT;
        g_autofree char *directory = g_get_current_dir();
        int saved = dup(STDIN_FILENO);

        make(&here, plain_argv, plain_environment);
        g_assert_true(has_text(&here, directory));
        g_assert_cmpint(chdir("/usr"), ==, 0);
        make(&there, plain_argv, plain_environment);
        g_assert_false(here.n == there.n && memcmp(here.bytes, there.bytes, here.n) == 0);
        g_assert_cmpint(chdir(directory), ==, 0);
        close(STDIN_FILENO);
        make(&closed, plain_argv, plain_environment);
        g_assert_true(has_text(&closed, "closed"));
        g_assert_cmpint(dup2(saved, STDIN_FILENO), ==, STDIN_FILENO);
        close(saved);
}

static void test_name(void)
{
        CLEANUP(buffer_clear) Buffer key = BUFFER_INIT;
        char name[CACHE_NAME_SIZE], other[CACHE_NAME_SIZE];

        make(&key, plain_argv, plain_environment);
        cache_key_name(name, &key);
        g_assert_cmpuint(strspn(name, "0123456789abcdef"), ==, 16);
        key.bytes[key.n - 2] ^= 1;
        cache_key_name(other, &key);
        g_assert_cmpstr(name, !=, other);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/key/words", test_words);
        g_test_add_func("/key/environment", test_environment);
        g_test_add_func("/key/allow-list", test_allow_list);
        g_test_add_func("/key/person", test_person);
        g_test_add_func("/key/place", test_place);
        g_test_add_func("/key/name", test_name);
        return g_test_run();
}
