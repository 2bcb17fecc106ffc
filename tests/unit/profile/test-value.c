/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>

#include "profile/suggest.h"
#include "profile/value-check.h"
#include "profile/value.h"

#define SAME ""

static const struct Row {
        const char *path;
        ValueReader *read;
        const char *text, *want; /* SAME: as it was; NULL: refused */
        gsize at;                /* of the fault */
} rows[] = {
        { "/value/place/home", value_read_filesystem, "~", "home", 0 },
        { "/value/place/home-below", value_read_filesystem, "home/a", "~/a", 0 },
        { "/value/place/other-user", value_read_filesystem, "~root/a", NULL, 0 },
        { "/value/place/host-below", value_read_filesystem, "host/a", NULL, 0 },
        { "/value/place/relative", value_read_filesystem, "a/b", NULL, 0 },
        { "/value/place/up", value_read_filesystem, "~/a/../b", NULL, 0 },
        { "/value/place/dots", value_read_filesystem, "~/a..b/...", SAME, 0 },
        { "/value/place/run", value_read_filesystem, "xdg-run", NULL, 0 },
        { "/value/place/run-below", value_read_filesystem, "!xdg-run/pipewire-0", SAME, 0 },
        { "/value/place/xdg-slip", value_read_filesystem, "xdg-downloads", NULL, 0 },
        { "/value/place/mode-twice", value_read_filesystem, "/a:ro:rw", NULL, 6 },
        { "/value/place/mode-slip", value_read_filesystem, "!/a:r", NULL, 4 },
        { "/value/place/reset-alone", value_read_filesystem, "host:reset", NULL, 5 },
        { "/value/place/reset-home", value_read_filesystem, "!home:reset", NULL, 6 },
        { "/value/place/negated-mode", value_read_filesystem, "!/a:ro:optional", "!/a", 0 },
        { "/value/place/order", value_read_filesystem, "/a:optional:ro", "/a:ro:optional", 0 },
        { "/value/place/empty", value_read_filesystem, "", NULL, 0 },
        { "/value/place/bang", value_read_filesystem, "!", NULL, 1 },
        { "/value/persistent/plain", value_read_persistent, ".mozilla/", ".mozilla", 0 },
        { "/value/persistent/all", value_read_persistent, "./", ".", 0 },
        { "/value/persistent/absolute", value_read_persistent, "/a", NULL, 0 },
        { "/value/persistent/home", value_read_persistent, "~/a", NULL, 0 },
        { "/value/persistent/up", value_read_persistent, "a/..", NULL, 0 },
        { "/value/home/beside", value_read_home, "${PROFILE_DIR}/data", SAME, 0 },
        { "/value/home/variable", value_read_home, "$HOME", NULL, 0 },
        { "/value/home/beside-up", value_read_home, "${PROFILE_DIR}/../x", NULL, 0 },
        { "/value/workspace/here", value_read_workspace, ".:rw", SAME, 0 },
        { "/value/workspace/colon", value_read_workspace, "/a:b/c", SAME, 0 },
        { "/value/workspace/slip", value_read_workspace, ".:r0", NULL, 2 },
        { "/value/workspace/mode-alone", value_read_workspace, ":ro", NULL, 0 },
        { "/value/border/short", value_read_border, "#fff", NULL, 0 },
        { "/value/border/letters", value_read_border, "#gggggg", NULL, 0 },
        { "/value/screen/plain", value_read_screen, "1280x800", SAME, 0 },
        { "/value/screen/zero", value_read_screen, "0x800", NULL, 0 },
        { "/value/screen/huge", value_read_screen, "32768x800", NULL, 0 },
        { "/value/screen/tail", value_read_screen, "1x1x1", NULL, 0 },
        { "/value/network/plain", value_read_network_rule, "API.example.org", "api.example.org", 0 },
        { "/value/network/ports", value_read_network_rule, "a.b:22,443", SAME, 0 },
        { "/value/network/port-zero", value_read_network_rule, "a.b:22,0", NULL, 7 },
        { "/value/network/port-high", value_read_network_rule, "a.b:65536", NULL, 4 },
        { "/value/network/port-pair", value_read_network_rule, "a.b:1:2", NULL, 4 },
        { "/value/network/port-none", value_read_network_rule, "a.b:", NULL, 4 },
        { "/value/network/star-middle", value_read_network_rule, "a.*.b", NULL, 2 },
        { "/value/network/star-below", value_read_network_rule, "*.b.c:*", SAME, 0 },
        { "/value/network/url", value_read_network_rule, "https://a.b", NULL, 6 },
        { "/value/network/path", value_read_network_rule, "a.b/c", NULL, 3 },
        { "/value/network/umlaut", value_read_network_rule, "\xc3\xa4.de", NULL, 0 },
        { "/value/network/dash", value_read_network_rule, "a-.b", NULL, 2 },
        { "/value/network/digits", value_read_network_rule, "10.0.0", NULL, 0 },
        { "/value/network/address", value_read_network_rule, "10.0.0.1:80", SAME, 0 },
        { "/value/network/address-6", value_read_network_rule, "[fe80::1]", SAME, 0 },
        { "/value/network/address-6-open", value_read_network_rule, "[fe80::1", NULL, 0 },
        { "/value/network/label-long", value_read_network_rule,
          "a.a23456789012345678901234567890123456789012345678901234567890123.b", SAME, 0 },
        { "/value/network/label-too-long", value_read_network_rule,
          "a.a234567890123456789012345678901234567890123456789012345678901234.b", NULL, 65 },
        { "/value/network/group-empty", value_read_network_rule, "@", NULL, 1 },
        { "/value/network/empty", value_read_network_rule, "", NULL, 0 },
        { "/value/host-service/plain", value_read_host_service, "db:5432", SAME, 0 },
        { "/value/host-service/no-port", value_read_host_service, "db", NULL, 0 },
        { "/value/host-service/bad-port", value_read_host_service, "db:x", NULL, 3 },
        { "/value/budget/sum", value_read_budget, "*.a.org=10M", SAME, 0 },
        { "/value/budget/rate", value_read_budget, "*=512K/s", SAME, 0 },
        { "/value/budget/none", value_read_budget, "a.org", NULL, 0 },
        { "/value/budget/bad-host", value_read_budget, "a_b=1M", NULL, 1 },
        { "/value/budget/bad-size", value_read_budget, "a.org=1m", NULL, 6 },
        { "/value/budget/bad-time", value_read_budget, "a.org=1M/h", NULL, 6 },
        { "/value/port-in/pair", value_read_port_in, "8080:80", SAME, 0 },
        { "/value/port-in/sign", value_read_port_in, "+80", NULL, 0 },
        { "/value/credential/no-source", value_read_credential, "a=b.c/:H:", NULL, 9 },
        { "/value/credential/bad-host", value_read_credential, "a=b c/:H:env:S", NULL, 2 },
        { "/value/size/unit", value_read_size, "512M", SAME, 0 },
        { "/value/size/small-letter", value_read_size, "512m", NULL, 0 },
        { "/value/size/overflow", value_read_size, "9999999999T", NULL, 0 },
        { "/value/size/zero", value_read_size, "0", NULL, 0 },
        { "/value/count/negative", value_read_count, "-1", NULL, 0 },
        { "/value/cpu/no-sign", value_read_cpu, "50", NULL, 0 },
        { "/value/time/hours", value_read_time, "2h", SAME, 0 },
        { "/value/rule/path", value_read_bus_rule, "broadcast:@/org/freedesktop/portal/*", SAME, 0 },
        { "/value/rule/member", value_read_bus_rule, "call:a.b.C@/", SAME, 0 },
        { "/value/rule/arguments", value_read_bus_rule, "deny:a.b.C@/x/*,arg0=y z,arg0path=/x/", SAME, 0 },
        { "/value/rule/argument-alone", value_read_bus_rule, "ask:,arg0namespace=org", SAME, 0 },
        { "/value/rule/argument-word", value_read_bus_rule, "call:a.b.C,arg1=x", NULL, 5 },
        { "/value/rule/argument-empty", value_read_bus_rule, "call:a.b.C,arg0=", NULL, 5 },
        { "/value/rule/argument-none", value_read_bus_rule, "call:a.b.C,", NULL, 5 },
        { "/value/rule/argument-twice", value_read_bus_rule, "call:*,arg0=x,arg0=y", NULL, 5 },
        { "/value/rule/argument-path", value_read_bus_rule, "call:*,arg0path=x", NULL, 5 },
        { "/value/rule/argument-namespace", value_read_bus_rule, "call:*,arg0namespace=a..b", NULL, 5 },
        { "/value/rule/arg0-comma", value_read_bus_rule, "arg0:x,y", NULL, 0 },
        { "/value/rule/no-method", value_read_bus_rule, "call:", NULL, 5 },
        { "/value/rule/bad-path", value_read_bus_rule, "call:*@x", NULL, 5 },
        { "/value/rule/argument", value_read_bus_rule, "arg0:a;b", NULL, 0 },
        { "/value/profile/up", value_read_profile_name, "../x", NULL, 0 },
        { "/value/profile/up-inside", value_read_profile_name, "a/../x", NULL, 0 },
        { "/value/profile/folder", value_read_profile_name, "base/gui", SAME, 0 },
        { "/value/alias/slash", value_read_alias, "a/b", NULL, 1 },
        { "/value/alias/option", value_read_alias, "--x", NULL, 0 },
        { "/value/tree/path", value_read_tree, "/a//b", "/a/b", 0 },
        { "/value/port/none", value_read_tcp_port, "none", SAME, 0 },
        { "/value/port/number", value_read_tcp_port, "65535", SAME, 0 },
        { "/value/port/large", value_read_tcp_port, "65536", NULL, 0 },
        { "/value/port/zero", value_read_tcp_port, "0", NULL, 0 },
        { "/value/syscall/capital", value_read_syscall, "openAt", NULL, 0 },
        { "/value/syscall/known", value_read_syscall, "openat", SAME, 0 },
        { "/value/syscall/unknown", value_read_syscall, "opneat", NULL, 0 },
        { "/value/syscall/other-processor", value_read_syscall, "riscv_flush_icache", SAME, 0 },
};

static void test_row(const void *data)
{
        const struct Row *row = data;
        ValueFault fault = { 0 };
        g_autofree char *value = row->read(row->text, &fault), *again = NULL;

        g_assert_true((value == NULL) == (row->want == NULL));
        g_assert_true((fault.sentence == NULL) == (value != NULL));
        g_assert_cmpuint(fault.at, ==, row->at);
        g_free(fault.sentence);
        if (value == NULL)
                return;
        g_assert_cmpstr(value, ==, *row->want != '\0' ? row->want : row->text);
        again = row->read(value, &fault);
        g_assert_cmpstr(again, ==, value);
}

static void test_filesystem(void)
{
        g_auto(ProfileFilesystem) place = { 0 }, reset = { 0 };

        g_assert_true(profile_filesystem_parse(&place, "/a\\:b:create:optional"));
        g_assert_cmpstr(place.path, ==, "/a:b");
        g_assert_cmpint(place.access, ==, PROFILE_ACCESS_CREATE);
        g_assert_true(place.optional && !place.negated && !place.reset);
        g_assert_true(profile_filesystem_parse(&reset, "!host:reset"));
        g_assert_true(reset.reset && reset.negated);
        g_assert_cmpstr(reset.path, ==, "host");
        g_assert_false(profile_filesystem_parse(&reset, "nowhere"));
}

static void test_workspace(void)
{
        g_autofree char *path = NULL, *none = NULL;
        ProfileWorkspaceMode mode = PROFILE_WORKSPACE_RW;

        g_assert_true(profile_workspace_parse("~/src:overlay", &path, &mode));
        g_assert_cmpstr(path, ==, "~/src");
        g_assert_cmpint(mode, ==, PROFILE_WORKSPACE_OVERLAY);
        g_assert_true(profile_workspace_parse("none", &none, &mode));
        g_assert_null(none);
        g_assert_cmpint(mode, ==, PROFILE_WORKSPACE_RW);
}

static void test_numbers(void)
{
        guint64 number = 0;
        guint a = 0, b = 0;

        g_assert_true(profile_size_parse("3G", &number));
        g_assert_cmpuint(number, ==, 3u << 30);
        g_assert_true(profile_size_parse("9223372036854775807", &number));
        g_assert_cmpuint(number, ==, G_MAXINT64);
        g_assert_false(profile_size_parse("9223372036854775808", &number));
        g_assert_true(profile_time_parse("2h", &number));
        g_assert_cmpuint(number, ==, 7200);
        g_assert_true(profile_screen_parse("640x480", &a, &b));
        g_assert_cmpuint(a * b, ==, 640 * 480);
        g_assert_true(profile_ports_parse("8080:80", &a, &b));
        g_assert_cmpuint(a, ==, 8080);
        g_assert_cmpuint(b, ==, 80);
}

static void test_suggest(void)
{
        static const char *const words[] = { "x11", "wayland", "pulseaudio", "no", "yes", NULL };
        static const struct {
                const char *word, *want;
        } cases[] = {
                { "waylnad", "wayland" },
                { "WAYLAND", "wayland" },
                { "wyland", "wayland" },
                { "pulse", NULL },
                { "x1", "x11" },
                { "y", NULL },
                { "", NULL },
                { "puleaudo", "pulseaudio" },
        };

        for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
                g_assert_cmpstr(suggest_nearest(cases[i].word, words), ==, cases[i].want);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/value/filesystem", test_filesystem);
        g_test_add_func("/value/workspace", test_workspace);
        g_test_add_func("/value/numbers", test_numbers);
        g_test_add_func("/value/suggest", test_suggest);
        return g_test_run();
}
