/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "ids/bus-name.h"
#include "ids/env-name.h"

enum { KNOWN = 1, UNIQUE = 2, PATTERN = 4, INTERFACE = 8, MEMBER = 16, PATH = 32, ENV = 64 };

#define TEXT(s) s, sizeof(s) - 1

static const struct Row {
        const char *path, *text;
        size_t n;
        unsigned kinds; /* all that this text is; it must be none of the others */
} rows[] = {
        { "/bus-name/plain", TEXT("org.example.Notes"), KNOWN | PATTERN | INTERFACE },
        { "/bus-name/two", TEXT("a.b"), KNOWN | PATTERN | INTERFACE },
        { "/bus-name/one", TEXT("org"), MEMBER | ENV },
        { "/bus-name/dash", TEXT("org.a-b.c"), KNOWN | PATTERN },
        { "/bus-name/dash-first", TEXT("-a.-b"), KNOWN | PATTERN },
        { "/bus-name/digit", TEXT("org.0ad"), 0 },
        { "/bus-name/digit-member", TEXT("0ad"), 0 },
        { "/bus-name/unique", TEXT(":1.42"), UNIQUE },
        { "/bus-name/unique-one", TEXT(":1"), 0 },
        { "/bus-name/unique-empty", TEXT(":"), 0 },
        { "/bus-name/unique-dot", TEXT(":1."), 0 },
        { "/bus-name/unique-dots", TEXT(":.1"), 0 },
        { "/bus-name/below", TEXT("org.example.*"), PATTERN },
        { "/bus-name/below-one", TEXT("org.*"), 0 },
        { "/bus-name/below-unique", TEXT(":1.2.*"), 0 },
        { "/bus-name/star", TEXT("*"), 0 },
        { "/bus-name/stray-star", TEXT("org.example*"), 0 },
        { "/bus-name/empty", TEXT(""), 0 },
        { "/bus-name/end-dot", TEXT("org.example."), 0 },
        { "/bus-name/first-dot", TEXT(".org.example"), 0 },
        { "/bus-name/two-dots", TEXT("org..example"), 0 },
        { "/bus-name/umlaut", TEXT("org.ex\xc3\xa4mple"), 0 },
        { "/bus-name/nul", TEXT("org.example\0evil"), 0 },
        { "/bus-name/newline", TEXT("org.example\n"), 0 },
        { "/bus-name/path-root", TEXT("/"), PATH },
        { "/bus-name/path", TEXT("/org/example/0"), PATH },
        { "/bus-name/path-end", TEXT("/org/"), 0 },
        { "/bus-name/path-double", TEXT("//org"), 0 },
        { "/bus-name/path-dash", TEXT("/a-b"), 0 },
        { "/bus-name/path-relative", TEXT("org/example"), 0 },
        { "/bus-name/env-lower", TEXT("_x1"), MEMBER | ENV },
        { "/bus-name/env-function", TEXT("BASH_FUNC_x%%"), 0 },
        { "/bus-name/env-equals", TEXT("A=B"), 0 },
};

static unsigned kinds_of(const char *text, size_t n)
{
        return (bus_name_is_well_known(text, n) ? KNOWN : 0) | (bus_name_is_unique(text, n) ? UNIQUE : 0) |
               (bus_name_is_pattern(text, n) ? PATTERN : 0) | (bus_interface_is_valid(text, n) ? INTERFACE : 0) |
               (bus_member_is_valid(text, n) ? MEMBER : 0) | (bus_path_is_valid(text, n) ? PATH : 0) |
               (env_name_is_valid(text, n) ? ENV : 0);
}

static void test_row(const void *data)
{
        const struct Row *row = data;
        /* A copy of just n bytes, so that a sanitizer sees a read beyond them. */
        g_autofree char *copy = g_memdup2(row->text, row->n);

        g_assert_cmphex(kinds_of(copy != NULL ? copy : "", row->n), ==, row->kinds);
}

static void test_length(void)
{
        char text[300];

        memset(text, 'a', sizeof text);
        text[3] = '.';
        g_assert_cmphex(kinds_of(text, 255), ==, KNOWN | PATTERN | INTERFACE);
        g_assert_cmphex(kinds_of(text, 256), ==, 0);
        text[3] = 'a';
        g_assert_cmphex(kinds_of(text, 255), ==, MEMBER | ENV);
        g_assert_cmphex(kinds_of(text, 256), ==, ENV);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/bus-name/length", test_length);
        return g_test_run();
}
