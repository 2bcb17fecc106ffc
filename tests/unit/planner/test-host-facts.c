/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "planner/host-facts.h"

static HostFacts *invent(void)
{
        HostFacts *facts = host_facts_new();

        facts->uid = 1000;
        facts->gid = 100;
        facts->user = g_strdup("anna");
        facts->home = g_strdup("/home/anna");
        facts->cwd = g_strdup("/home/anna/a\nb\\c\xff");
        facts->kernel_major = 6;
        facts->kernel_minor = 1;
        facts->user_namespaces = TRUE;
        facts->x_display = g_strdup("0");
        facts->session_bus = g_strdup("#odd");
        g_hash_table_insert(facts->env, g_strdup("LANG"), g_strdup("de_DE.UTF-8"));
        g_hash_table_insert(facts->env, g_strdup("NO_COLOR"), g_strdup(""));
        host_facts_add_path(facts, "/usr", FACTS_PATH_DIRECTORY, NULL, "/usr", 0);
        host_facts_add_path(facts, "/lib", FACTS_PATH_SYMLINK, "usr/lib", "/usr/lib", 0);
        host_facts_add_path(facts, "/dangling", FACTS_PATH_SYMLINK, "no;where", NULL, 1000);
        host_facts_add_path(facts, "/a=b;c", FACTS_PATH_FILE, NULL, "/x;y", 5);
        host_facts_add_path(facts, "/gone", FACTS_PATH_ABSENT, NULL, NULL, 0);
        host_facts_add_image(facts, "/a=b;c", ELF_IMAGE_FOUND, 188392, 1234567890123);
        host_facts_add_command(facts, "tool", "/a;b/tool", NULL, FALSE);
        host_facts_add_command(facts, "/a=b", "/a=b", "/v/bin/python", TRUE);
        facts->search = g_strdup("/a:/b");
        facts->git_name = g_strdup("Anna #1");
        facts->fuse = TRUE;
        g_hash_table_insert(facts->programs, g_strdup("Xephyr"), g_strdup("/usr/bin/Xephyr"));
        g_hash_table_insert(facts->xdg_dirs, g_strdup("download"), g_strdup("/home/anna/Downloads"));
        return facts;
}

static void test_round(void)
{
        g_autoptr(HostFacts) facts = invent(), again = NULL;
        g_autofree char *text = host_facts_print(facts), *second = NULL;
        g_autoptr(GError) error = NULL;

        again = host_facts_parse(text, strlen(text), "facts", &error);
        g_assert_no_error(error);
        second = host_facts_print(again);
        g_assert_cmpstr(text, ==, second);
        g_assert_cmpstr(again->cwd, ==, facts->cwd);
        g_assert_cmpstr(again->session_bus, ==, "#odd");
        g_assert_null(again->system_bus);
        g_assert_true(again->user_namespaces);
        g_assert_cmpuint(again->gid, ==, 100);
        g_assert_cmpstr(host_facts_env(again, "NO_COLOR"), ==, "");
        g_assert_cmpstr(host_facts_program(again, "Xephyr"), ==, "/usr/bin/Xephyr");
        g_assert_null(host_facts_program(again, "Xnest"));
        g_assert_cmpint(host_facts_path_kind(again, "/lib"), ==, FACTS_PATH_SYMLINK);
        g_assert_cmpstr(host_facts_path(again, "/lib")->link, ==, "usr/lib");
        g_assert_cmpstr(host_facts_path(again, "/usr")->canonical, ==, "/usr");
        g_assert_cmpstr(host_facts_path(again, "/dangling")->link, ==, "no;where");
        g_assert_null(host_facts_path(again, "/dangling")->canonical);
        g_assert_cmpstr(host_facts_path(again, "/a=b;c")->canonical, ==, "/x;y");
        g_assert_cmpuint(host_facts_path(again, "/a=b;c")->owner, ==, 5);
        g_assert_cmpint(host_facts_path_kind(again, "/never-asked"), ==, FACTS_PATH_ABSENT);
        g_assert_null(host_facts_path(again, "/never-asked"));
        g_assert_cmpint(host_facts_image(again, "/a=b;c")->code, ==, ELF_IMAGE_FOUND);
        g_assert_cmpuint(host_facts_image(again, "/a=b;c")->offset, ==, 188392);
        g_assert_cmpuint(host_facts_image(again, "/a=b;c")->n_bytes, ==, 1234567890123);
        g_assert_null(host_facts_image(again, "/usr"));
        g_assert_true(again->fuse);
}

static const struct Row {
        const char *path, *text, *sentence;
} rows[] = {
        { "/host-facts/comment", "# note\n\n[Host]\nuid=5\n", NULL },
        { "/host-facts/no-group", "uid=5\n", "facts:1:1: there is no such group" },
        { "/host-facts/group", "[Host]\nuid=5\n[Hots]\nuid=5\n", "facts:4:1: there is no such group" },
        { "/host-facts/key", "[Host]\nuuid=5\n", "facts:2:1: [Host] has no such key" },
        { "/host-facts/number", "[Host]\nuid=-5\n", "facts:2:1: this is no number" },
        { "/host-facts/large", "[Host]\nuid=4294967296\n", "facts:2:1: this is no number" },
        { "/host-facts/flag", "[Host]\nx_abstract=1\n", "facts:2:1: this is neither yes nor no" },
        { "/host-facts/no-sign", "[Host]\nuid\n", "facts:2:1: this is no NAME=VALUE" },
        { "/host-facts/escape", "[Host]\nuser=\\q\n", "facts:2:1: this escape is not \\xNN" },
        { "/host-facts/escape-cut", "[Host]\nuser=\\x4", "facts:2:1: this escape is not \\xNN" },
        { "/host-facts/escape-nul", "[Host]\nuser=\\x00\n", "facts:2:1: this escape is not \\xNN" },
        { "/host-facts/path-kind", "[Paths]\n/usr=folder;0\n", "facts:2:1: a path is KIND;OWNER;CANONICAL;LINK" },
        { "/host-facts/path-owner", "[Paths]\n/usr=file\n", "facts:2:1: a path is KIND;OWNER;CANONICAL;LINK" },
        { "/host-facts/path-link", "[Paths]\n/usr=symlink;0;/x\n", "facts:2:1: a path is KIND;OWNER;CANONICAL;LINK" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(HostFacts) facts = host_facts_parse(row->text, strlen(row->text), "facts", &error);

        g_assert_cmpstr(error == NULL ? NULL : error->message, ==, row->sentence);
        g_assert_true((facts == NULL) == (row->sentence != NULL));
        if (error != NULL)
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
}

static void test_nul(void)
{
        g_autoptr(GError) error = NULL;

        g_assert_null(host_facts_parse("[Host]\nuser=a\0b\n", 16, "facts", &error));
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/host-facts/round", test_round);
        g_test_add_func("/host-facts/nul", test_nul);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        return g_test_run();
}
