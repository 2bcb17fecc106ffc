/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "facts/command.h"

static const struct Row {
        const char *path, *text, *interpreter;
} rows[] = {
        { "/interpreter/plain", "#!/bin/sh\necho", "/bin/sh" },
        { "/interpreter/argument", "#! /usr/bin/python3 -s\n", "/usr/bin/python3" },
        { "/interpreter/env", "#!/usr/bin/env node\r\n", "node" },
        { "/interpreter/env-split", "#!/usr/bin/env -S A=b node --x\n", "node" },
        { "/interpreter/env-alone", "#!/usr/bin/env\n", NULL },
        { "/interpreter/relative", "#!node\n", NULL },
        { "/interpreter/empty", "#!\n", NULL },
        { "/interpreter/elf", "\177ELF", NULL },
        { "/interpreter/none", "", NULL },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autofree char *interpreter = facts_interpreter(row->text);

        g_assert_cmpstr(interpreter, ==, row->interpreter);
}

static char *write_program(const char *top, const char *name, const char *text)
{
        char *path = g_build_filename(top, name, NULL);
        g_autofree char *above = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(above, 0700), ==, 0);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
        g_assert_cmpint(g_chmod(path, 0700), ==, 0);
        return path;
}

static void remove_all(const char *path)
{
        g_autoptr(GDir) dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);

        for (const char *name; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
                g_autofree char *below = g_build_filename(path, name, NULL);

                remove_all(below);
        }
        g_assert_cmpint(g_remove(path), ==, 0);
}

/* A link in a search path, a script of an interpreter that is found there, and one in a Python environment. */
static void test_ask(void)
{
        g_autofree char *made = g_dir_make_tmp("command.XXXXXX", NULL), *top = g_canonicalize_filename(made, NULL);
        g_autofree char *bin = g_build_filename(top, "bin", NULL), *search = g_strconcat("rel:/nowhere:", bin, NULL);
        g_autofree char *script = write_program(top, "lib/tool.js", "#!/usr/bin/env node\n");
        g_autofree char *node = write_program(top, "bin/node", "\177ELF"),
                        *mark = write_program(top, "venv/pyvenv.cfg", "");
        g_autofree char *python = write_program(top, "venv/bin/python", ""), *line = g_strdup_printf("#!%s\n", python);
        g_autofree char *of_venv = write_program(top, "venv/bin/tool", line),
                        *link = g_build_filename(bin, "tool", NULL);
        g_autofree char *lost = write_program(top, "bin/lost", "#!/usr/bin/env no-such-interpreter\n");
        g_autoptr(HostFacts) facts = host_facts_new();

        g_assert_cmpint(symlink(script, link), ==, 0);
        facts_ask_command(facts, NULL, "tool", search);
        facts_ask_command(facts, NULL, "lost", search);
        facts_ask_command(facts, NULL, of_venv, search);
        facts_ask_command(facts, NULL, "none", search);
        g_assert_cmpstr(host_facts_command(facts, "tool")->path, ==, script);
        g_assert_cmpstr(host_facts_command(facts, "tool")->interpreter, ==, node);
        g_assert_false(host_facts_command(facts, "tool")->venv);
        g_assert_cmpstr(host_facts_command(facts, "lost")->path, ==, lost);
        g_assert_null(host_facts_command(facts, "lost")->interpreter);
        g_assert_cmpstr(host_facts_command(facts, of_venv)->interpreter, ==, python);
        g_assert_true(host_facts_command(facts, of_venv)->venv);
        g_assert_null(host_facts_command(facts, "none"));
        g_assert_nonnull(mark);
        remove_all(top);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/command/ask", test_ask);
        return g_test_run();
}
