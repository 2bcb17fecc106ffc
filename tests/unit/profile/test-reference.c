/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is printed from the table for people, and the examples of the documentation.  usage: test-reference FILE... */
#include <glib.h>
#include <string.h>

#include "profile/profile.h"

static void test_manual(void)
{
        g_autofree char *manual = profile_print_manual();

        for (ProfileKey key = 0; key < _PROFILE_KEY_MAX; key++) {
                g_autofree char *group = g_strdup_printf("## [%s]\n", profile_key_info(key)->group);
                g_autofree char *entry = g_strdup_printf("\n*%s*=", profile_key_info(key)->key);
                const char *section = strstr(manual, group);

                g_assert_nonnull(section);
                g_assert_nonnull(strstr(section, entry));
        }
        for (ProfileMap map = 0; map < PROFILE_MAP_OTHER; map++) {
                g_autofree char *group = g_strdup_printf("## [%s]\n", profile_map_info(map)->group);

                g_assert_nonnull(strstr(manual, group));
        }
        /* A '_' would begin an underlined word. */
        g_assert_nonnull(strstr(manual, "${PROFILE\\_DIR}"));
}

static void test_words(void)
{
        g_autofree char *words = profile_print_words();

        g_assert_nonnull(strstr(words, "Oriel\tnested\tlimited\n"));
        g_assert_nonnull(strstr(words, "Context\tfilesystems\t\n"));
        g_assert_null(strstr(words, "\t\t"));
}

/* Whether a block is a profile: it begins with a group that a profile may have. */
static gboolean is_profile(const char *block)
{
        return g_str_has_prefix(block, "[Application]") || g_str_has_prefix(block, "[Oriel]") ||
               g_str_has_prefix(block, "[Context]");
}

/* Every profile between ``` lines is one. */
static void test_examples(const void *data)
{
        const char *path = data;
        g_autofree char *text = NULL;
        g_auto(GStrv) parts = NULL;
        g_autoptr(GError) error = NULL;

        g_assert_true(g_file_get_contents(path, &text, NULL, &error));
        parts = g_strsplit(text, "\n```", -1);
        for (gsize i = 1; i < g_strv_length(parts); i += 2) {
                const char *newline = strchr(parts[i], '\n');
                g_autoptr(GPtrArray) faults = NULL;

                if (newline == NULL || !is_profile(newline + 1))
                        continue;
                faults = profile_check_text(newline + 1, strlen(newline + 1), path);
                g_assert_cmpstr(faults->len > 0 ? faults->pdata[0] : NULL, ==, NULL);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/reference/manual", test_manual);
        g_test_add_func("/reference/words", test_words);
        for (int i = 1; i < argc; i++) {
                g_autofree char *name = g_path_get_basename(argv[i]), *test = g_strconcat("/examples/", name, NULL);

                g_test_add_data_func(test, argv[i], test_examples);
        }
        return g_test_run();
}
