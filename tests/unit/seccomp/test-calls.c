/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The table of names against the library that it came from. */
#include <glib.h>
#include <seccomp.h>
#include <string.h>

#include "seccomp/calls.h"

static void test_sorted(void)
{
        g_assert_cmpuint(seccomp_n_calls, >, 300);
        for (gsize i = 1; i < seccomp_n_calls; i++)
                g_assert_cmpstr(seccomp_calls[i - 1].name, <, seccomp_calls[i].name);
}

static void test_numbers(void)
{
        g_assert_cmphex(seccomp_native_arch, ==, seccomp_arch_native());
        for (gsize i = 0; i < seccomp_n_calls; i++) {
                int number = seccomp_syscall_resolve_name(seccomp_calls[i].name);

                g_assert_cmpint(seccomp_call_number(seccomp_calls[i].name), ==, seccomp_calls[i].number);
                if (number >= 0)
                        g_assert_cmpint(seccomp_calls[i].number, ==, number);
        }
        g_assert_cmpint(seccomp_call_number("openat"), ==, seccomp_syscall_resolve_name("openat"));
        /* Known here, though the library has no name for it. */
        g_assert_cmpint(seccomp_call_number("open_tree_attr"), ==, 467);
        g_assert_cmpint(seccomp_call_number("opneat"), ==, SECCOMP_CALL_UNKNOWN);
        g_assert_cmpint(seccomp_call_number(""), ==, SECCOMP_CALL_UNKNOWN);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/calls/sorted", test_sorted);
        g_test_add_func("/calls/numbers", test_numbers);
        return g_test_run();
}
