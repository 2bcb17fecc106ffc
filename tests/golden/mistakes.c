/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each file of mistakes/ has one fault; NAME.want beside it is what is said about it.  usage: mistakes DIRECTORY */

#include <glib.h>

#include "profile/profile.h"

enum { N_MISTAKES = 15 };

static void test_mistake(const void *data)
{
        const char *path = data;
        g_autofree char *name = g_path_get_basename(path), *want_path = g_strconcat(path, ".want", NULL);
        g_autofree char *text = NULL, *want = NULL, *said = NULL;
        g_autoptr(GPtrArray) faults = NULL;
        g_autoptr(GError) error = NULL;
        gsize n = 0;

        g_assert_true(g_file_get_contents(path, &text, &n, &error));
        g_assert_true(g_file_get_contents(want_path, &want, NULL, &error));
        faults = profile_check_text(text, n, name);
        g_assert_cmpuint(faults->len, ==, 1);
        said = g_strconcat(faults->pdata[0], "\n", NULL);
        g_assert_cmpstr(said, ==, want);
}

int main(int argc, char **argv)
{
        g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
        g_autoptr(GDir) directory = NULL;

        g_test_init(&argc, &argv, NULL);
        g_assert_cmpint(argc, ==, 2);
        directory = g_dir_open(argv[1], 0, NULL);
        g_assert_nonnull(directory);
        for (const char *name = g_dir_read_name(directory); name != NULL; name = g_dir_read_name(directory)) {
                g_autofree char *test = g_strconcat("/mistakes/", name, NULL);

                if (g_str_has_suffix(name, ".want"))
                        continue;
                g_ptr_array_add(paths, g_build_filename(argv[1], name, NULL));
                g_test_add_data_func(test, paths->pdata[paths->len - 1], test_mistake);
        }
        g_assert_cmpuint(paths->len, ==, N_MISTAKES);
        return g_test_run();
}
