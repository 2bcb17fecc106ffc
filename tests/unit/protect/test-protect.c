/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "protect/protect.h"

static const struct {
        const char *path;
        int class; /* -1: none */
        ProtectGrade grade;
} cases[] = {
        { ".git", PROTECT_GIT, PROTECT_KEPT },
        { "sub/.git", PROTECT_GIT, PROTECT_KEPT },
        { ".git/config", PROTECT_GIT, PROTECT_KEPT },
        { ".git/hooks/pre-commit", PROTECT_GIT, PROTECT_KEPT },
        { ".git/info/attributes", PROTECT_GIT, PROTECT_KEPT },
        { ".git/commondir", PROTECT_GIT, PROTECT_KEPT },
        { ".git/objects/info/alternates", PROTECT_GIT, PROTECT_KEPT },
        { ".git/worktrees/a/gitdir", PROTECT_GIT, PROTECT_KEPT },
        { ".git/worktrees/config/HEAD", -1, 0 },
        { ".git/modules/a/b/config", PROTECT_GIT, PROTECT_KEPT },
        { ".git/modules/a/b/hooks/x", PROTECT_GIT, PROTECT_KEPT },
        { ".git/modules/a/refs/heads/config", -1, 0 },
        { "deep/er/.git/config.worktree", PROTECT_GIT, PROTECT_KEPT },
        { ".git/refs/heads/config", -1, 0 },
        { ".git/refs/heads/hooks/x", -1, 0 },
        { ".git/objects/info/packs", -1, 0 },
        { ".git/index", -1, 0 },
        { ".git/configs", -1, 0 },
        { ".gitignore", -1, 0 },
        { ".gitmodules", PROTECT_GIT, PROTECT_SHOWN },
        { "a/.vscode/tasks.json", PROTECT_EDITOR, PROTECT_KEPT },
        { "x.code-workspace", PROTECT_EDITOR, PROTECT_KEPT },
        { ".code-workspace", -1, 0 },
        { ".claude/settings.json", PROTECT_AGENT, PROTECT_KEPT },
        { "CLAUDE.md", PROTECT_AGENT, PROTECT_SHOWN },
        { "sub/.envrc", PROTECT_SHELL, PROTECT_KEPT },
        { ".envrc.example", -1, 0 },
        { "Makefile", PROTECT_BUILD, PROTECT_SHOWN },
        { "a/package.json", PROTECT_BUILD, PROTECT_SHOWN },
        { ".github/workflows/ci.yml", PROTECT_BUILD, PROTECT_SHOWN },
        { ".github/other", -1, 0 },
        { "src/main.c", -1, 0 },
        { "", -1, 0 },
};

static void test_find(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
                const ProtectRow *row = protect_find(cases[i].path, PROTECT_ALL);

                g_test_message("%s", cases[i].path);
                if (cases[i].class < 0) {
                        g_assert_null(row);
                        continue;
                }
                g_assert_nonnull(row);
                g_assert_cmpint((int)row->class, ==, cases[i].class);
                g_assert_cmpint(row->grade, ==, cases[i].grade);
                /* Of the other classes it is none. */
                g_assert_null(protect_find(cases[i].path, PROTECT_ALL & ~(1u << row->class)));
        }
}

static void test_words(void)
{
        for (guint i = 0; i < _PROTECT_CLASS_MAX; i++) {
                const char *word = protect_class_word((ProtectClass)i);

                g_assert_cmpuint(protect_class_of(word, strlen(word)), ==, 1u << i);
        }
        g_assert_cmpuint(protect_class_of("gi", 2), ==, 0);
        g_assert_null(protect_class_word(_PROTECT_CLASS_MAX));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/protect/find", test_find);
        g_test_add_func("/protect/words", test_words);
        return g_test_run();
}
