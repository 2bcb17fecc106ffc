/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "desktop/exec.h"
#include "profile/error.h"

/* args: joined by "|"; NULL: refused. */
static const struct Row {
        const char *path, *value, *args;
} rows[] = {
        { "/exec/plain", "mousepad %F", "mousepad|%F" },
        { "/exec/spaces", "  a   b ", "a|b" },
        { "/exec/quoted", "\"/opt/My App/run\" \"a b\" c", "/opt/My App/run|a b|c" },
        { "/exec/escapes", "sh \"\\\"\\$\\`\\\\\"", "sh|\"$`\\" },
        { "/exec/empty-argument", "a \"\"", "a|" },
        { "/exec/percent", "a 100%%", "a|100%%" },
        { "/exec/percent-quoted", "a \"100%% b\"", "a|100%% b" },
        { "/exec/embedded", "a --file=%f", "a|--file=%f" },
        { "/exec/dash", "a -- --profile=x", "a|--|--profile=x" },
        { "/exec/assignment", "env A=b prog", "env|A=b|prog" },
        { "/exec/old-code", "a %m b%v", "a|b" },
        { "/exec/icon-name-place", "a %i %c %k", "a|%i|%c|%k" },
        { "/exec/refuse-nothing", "", NULL },
        { "/exec/refuse-blank", "   ", NULL },
        { "/exec/refuse-empty-program", "\"\" a", NULL },
        { "/exec/refuse-code-as-program", "%f", NULL },
        { "/exec/refuse-assignment-program", "A=b", NULL },
        { "/exec/refuse-open-quote", "a \"b", NULL },
        { "/exec/refuse-part-quote", "a b\"c\"", NULL },
        { "/exec/refuse-quote-then", "a \"b\"c", NULL },
        { "/exec/refuse-single-quote", "sh -c 'a b'", NULL },
        { "/exec/refuse-semicolon", "a; b", NULL },
        { "/exec/refuse-dollar", "a $HOME", NULL },
        { "/exec/refuse-tilde", "a ~/b", NULL },
        { "/exec/refuse-backtick-quoted", "a \"`b`\"", NULL },
        { "/exec/refuse-backslash-n", "a \"b\\n\"", NULL },
        { "/exec/refuse-backslash-end", "a \"b\\", NULL },
        { "/exec/refuse-code-in-quotes", "a \"%f\"", NULL },
        { "/exec/refuse-two-codes", "a %f %U", NULL },
        { "/exec/refuse-joined-list", "a x%F", NULL },
        { "/exec/refuse-unknown-code", "a %z", NULL },
        { "/exec/refuse-lone-percent", "a %", NULL },
        { "/exec/refuse-newline", "a\nb", NULL },
        { "/exec/refuse-tab", "a\tb", NULL },
        { "/exec/refuse-escape", "a \x1b[2J", NULL },
        { "/exec/CVE-2021-21381/refuse-forwarding", "a --file-forwarding", NULL },
        { "/exec/CVE-2021-21381/refuse-at", "a @@ %f @@", NULL },
        { "/exec/CVE-2021-21381/refuse-at-u", "a @@u %U @@", NULL },
        { "/exec/CVE-2021-21381/refuse-at-quoted", "a \"@@u\"", NULL },
};

static char *join(const DesktopExec *exec)
{
        g_autoptr(GString) text = g_string_new(NULL);

        for (guint i = 0; i < exec->args->len; i++)
                g_string_append_printf(text, "%s%s", i > 0 ? "|" : "", (char *)g_ptr_array_index(exec->args, i));
        return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        g_autoptr(GError) error = NULL;
        g_autoptr(DesktopExec) exec = desktop_exec_parse(row->value, &error);
        g_autofree char *joined = NULL, *printed = NULL, *again = NULL;
        g_autoptr(DesktopExec) second = NULL;

        if (row->args == NULL) {
                g_assert_null(exec);
                g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
                return;
        }
        g_assert_no_error(error);
        joined = join(exec);
        g_assert_cmpstr(joined, ==, row->args);
        printed = desktop_exec_print(exec);
        second = desktop_exec_parse(printed, &error);
        g_assert_no_error(error);
        again = join(second);
        g_assert_cmpstr(again, ==, row->args);
}

/* Whatever bytes an argument holds, printing gives back these arguments or the parser refuses the text. */
static void test_property(void)
{
        static const char bytes[] = " \"\\$`'%;&|<>()~#*?=@-ab\xc3\xa4";
        g_autoptr(GRand) random = g_rand_new_with_seed(7);

        for (int round = 0; round < 20000; round++) {
                g_autoptr(DesktopExec) exec = g_new0(DesktopExec, 1);
                g_autoptr(DesktopExec) read = NULL;
                g_autofree char *value = NULL, *before = NULL, *after = NULL;

                exec->args = g_ptr_array_new_with_free_func(g_free);
                g_ptr_array_add(exec->args, g_strdup("p"));
                for (int arg = g_rand_int_range(random, 1, 4); arg > 0; arg--) {
                        g_autoptr(GString) text = g_string_new(NULL);

                        for (int i = g_rand_int_range(random, 0, 6); i > 0; i--)
                                g_string_append_c(text, bytes[g_rand_int_range(random, 0, sizeof bytes - 1)]);
                        g_ptr_array_add(exec->args, desktop_exec_quote_codes(text->str));
                }
                value = desktop_exec_print(exec);
                read = desktop_exec_parse(value, NULL);
                before = join(exec);
                if (read == NULL) {
                        g_assert_nonnull(strstr(before, "@@"));
                        continue;
                }
                after = join(read);
                g_assert_cmpstr(after, ==, before);
        }
}

static void test_literal(void)
{
        g_autofree char *quoted = desktop_exec_quote_codes("50% off"), *back = desktop_exec_literal(quoted);

        g_assert_cmpstr(quoted, ==, "50%% off");
        g_assert_cmpstr(back, ==, "50% off");
        g_assert_null(desktop_exec_literal("a%f"));
        g_assert_null(desktop_exec_literal("a%"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/exec/property", test_property);
        g_test_add_func("/exec/literal", test_literal);
        return g_test_run();
}
