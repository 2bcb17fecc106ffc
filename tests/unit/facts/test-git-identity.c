/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "facts/git-identity.h"

static const struct Row {
        const char *path, *text, *name, *email;
} rows[] = {
        { "/git-identity/plain", "[user]\n\tname = Anna B\n\temail=anna@example.org\n", "Anna B", "anna@example.org" },
        { "/git-identity/quoted", "[User]\nName = \"Anna # \\\"B\\\" \" ; her name\n", "Anna # \"B\" ", "old" },
        { "/git-identity/other-section", "[user \"x\"]\nname=x\n[alias]\nname = !evil\nemail = e\n", "old", "old" },
        { "/git-identity/last-wins", "[user]\nname=a\n[core]\nname=c\n[user]\nname=b  \n", "b", "old" },
        { "/git-identity/comment", "# [user]\n[user]\n#name=x\n; email=y\nnamed=z\nname\nemail =\n", "old", "old" },
        { "/git-identity/no-utf8", "[user]\nname=\xff\n", "old", "old" },
        { "/git-identity/empty", "", "old", "old" },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autofree char *name = g_strdup("old"), *email = g_strdup("old");

        git_identity_parse(row->text, &name, &email);
        g_assert_cmpstr(name, ==, row->name);
        g_assert_cmpstr(email, ==, row->email);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
