/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "ids/net-credential.h"

static const struct {
        const char *text;
        int code;
        gsize offset;
} faults[] = {
        { "", NET_CREDENTIAL_NO_FORM, 0 },
        { "K=a.org/:h", NET_CREDENTIAL_NO_FORM, 0 },
        { "1K=a.org/:h:env:A", NET_CREDENTIAL_NO_NAME, 0 },
        { "K=a_b/:h:env:A", NET_CREDENTIAL_NO_HOST, 2 },
        { "K=a.org:0/:h:env:A", NET_CREDENTIAL_NO_HOST, 2 },
        { "K=a.org:70000/:h:env:A", NET_CREDENTIAL_NO_HOST, 2 },
        { "K=a.org:/:h:env:A", NET_CREDENTIAL_NO_HOST, 2 },
        { "K=*.a.org/:h:env:A", NET_CREDENTIAL_NO_HOST, 2 },
        { "K=a.org/../x:h:env:A", NET_CREDENTIAL_NO_PATH, 7 },
        { "K=a.org/x?y:h:env:A", NET_CREDENTIAL_NO_PATH, 7 },
        { "K=a.org/:host:env:A", NET_CREDENTIAL_NO_HEADER, 9 },
        { "K=a.org/:Transfer-Encoding:env:A", NET_CREDENTIAL_NO_HEADER, 9 },
        { "K=a.org/:a b:env:A", 0, 0 },
        { "K=a.org/:a b c:env:A", NET_CREDENTIAL_NO_HEADER, 9 },
        { "K=a.org/:a\r\nb:env:A", NET_CREDENTIAL_NO_HEADER, 9 },
        { "K=a.org/:h:env:", NET_CREDENTIAL_NO_SOURCE, 11 },
        { "K=a.org/:h:file:x", NET_CREDENTIAL_NO_SOURCE, 11 },
        { "K=a.org/:h:secret:x", NET_CREDENTIAL_NO_SOURCE, 11 },
        { "K=a.org/:h:A", NET_CREDENTIAL_NO_SOURCE, 11 },
};

static void test_faults(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(faults); i++) {
                NetCredential credential = { 0 };
                ParseError place = { 0 };
                int r = net_credential_parse(&credential, &place, faults[i].text);

                if (r != faults[i].code || (r != 0 && place.offset != faults[i].offset))
                        g_error("%s: %d at %zu", faults[i].text, r, place.offset);
        }
}

static void test_whole(void)
{
        NetCredential credential = { 0 };

        g_assert_cmpint(
                net_credential_parse(&credential, NULL, "KEY=Api.Example.org:8443/v1/:Authorization Bearer:file:/a:b"),
                ==, 0);
        g_assert_cmpstr(credential.name, ==, "KEY");
        g_assert_cmpstr(credential.host, ==, "api.example.org");
        g_assert_cmpuint(credential.port, ==, 8443);
        g_assert_cmpstr(credential.path, ==, "/v1/");
        g_assert_cmpstr(credential.header, ==, "authorization");
        g_assert_cmpstr(credential.word, ==, "Bearer");
        g_assert_cmpint(credential.source, ==, NET_CREDENTIAL_FILE);
        g_assert_cmpstr(credential.from, ==, "/a:b");
}

static const struct {
        const char *path, *target;
        gboolean covered;
} targets[] = {
        { "/", "/", TRUE },
        { "/", "/a/b?c=../d", TRUE },
        { "/", "*", FALSE },
        { "/", "", FALSE },
        { "/v1", "/v1", TRUE },
        { "/v1", "/v1?x", TRUE },
        { "/v1", "/v1/x", TRUE },
        { "/v1", "/v10", FALSE },
        { "/v1/", "/v1", FALSE },
        { "/v1/", "/v1/", TRUE },
        { "/v1/", "/V1/x", FALSE },
        { "/v1/", "/v1/../x", FALSE },
        { "/v1/", "/v1/..", FALSE },
        { "/v1/", "/v1/.", FALSE },
        { "/v1/", "/v1/./x", FALSE },
        { "/v1/", "/v1/..x", TRUE },
        { "/v1/", "/v1/.x", TRUE },
        { "/v1/", "/v1//x", FALSE },
        { "/v1/", "/v1/%2e%2e/x", FALSE },
        { "/v1/", "/v1/%2fx", FALSE },
        { "/v1/", "/v1/%5c..", FALSE },
        { "/v1/", "/v1/%252e", FALSE },
        { "/v1/", "/v1/%4", FALSE },
        { "/v1/", "/v1/%41", TRUE },
        { "/v1/", "/v1/..;/x", FALSE },
        { "/v1/", "/v1/x\\..", FALSE },
        { "/v1/", "/v1/\x80", FALSE },
};

static void test_covers(void)
{
        for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
                NetCredential credential = { 0 };

                g_strlcpy(credential.path, targets[i].path, sizeof credential.path);
                if (net_credential_covers(&credential, targets[i].target, strlen(targets[i].target)) !=
                    targets[i].covered)
                        g_error("%s, %s", targets[i].path, targets[i].target);
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/net-credential/faults", test_faults);
        g_test_add_func("/net-credential/whole", test_whole);
        g_test_add_func("/net-credential/covers", test_covers);
        return g_test_run();
}
