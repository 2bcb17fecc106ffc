/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "relay/proxy-request.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct Row {
        const char *path, *bytes;
        gsize n;
        bool greeted;
        ProxyParse parse;
        const char *host; /* DONE */
        guint16 port;
} rows[] = {
        { "/proxy-request/connect", BYTES("CONNECT a.org:443 HTTP/1.1\r\nHost: x\r\n\r\n"), false, PROXY_PARSE_DONE,
          "a.org", 443 },
        { "/proxy-request/connect-upper", BYTES("CONNECT A.Org:443 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_DONE, "a.org",
          443 },
        { "/proxy-request/connect-4", BYTES("CONNECT 9.9.9.9:443 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_DONE, "9.9.9.9",
          443 },
        { "/proxy-request/connect-6", BYTES("CONNECT [2606::1]:443 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_DONE,
          "2606::1", 443 },
        { "/proxy-request/connect-mapped", BYTES("CONNECT [::ffff:127.0.0.1]:443 HTTP/1.1\r\n\r\n"), false,
          PROXY_PARSE_DONE, "127.0.0.1", 443 },
        { "/proxy-request/connect-part", BYTES("CONNECT a.org:443 HTTP/1.1\r\n"), false, PROXY_PARSE_MORE, NULL, 0 },
        { "/proxy-request/connect-no-port", BYTES("CONNECT a.org HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/connect-port-high", BYTES("CONNECT a.org:65536 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD,
          NULL, 0 },
        { "/proxy-request/connect-port-zero", BYTES("CONNECT a.org:080 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL,
          0 },
        { "/proxy-request/connect-port-twice", BYTES("CONNECT a.org:80:81 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD,
          NULL, 0 },
        { "/proxy-request/connect-hex", BYTES("CONNECT 0x7f.1:80 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/connect-at", BYTES("CONNECT a@b:80 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/connect-zone", BYTES("CONNECT [fe80::1%25lo]:80 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD,
          NULL, 0 },
        { "/proxy-request/connect-dot", BYTES("CONNECT a.org.:80 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/connect-nul", BYTES("CONNECT b.org\0.a.org:80 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD,
          NULL, 0 },
        { "/proxy-request/connect-space", BYTES("CONNECT a.org:80 b.org:80 HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD,
          NULL, 0 },
        { "/proxy-request/no-version", BYTES("CONNECT a.org:80\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/get", BYTES("GET http://a.org/x HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_DONE, "a.org", 80 },
        { "/proxy-request/get-port", BYTES("GET http://a.org:81?q HTTP/1.0\r\n\r\n"), false, PROXY_PARSE_DONE, "a.org",
          81 },
        { "/proxy-request/get-user", BYTES("GET http://a.org@b.org/ HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL,
          0 },
        { "/proxy-request/get-backslash", BYTES("GET http://a.org\\@b.org/ HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD,
          NULL, 0 },
        { "/proxy-request/get-https", BYTES("GET https://a.org/ HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/get-origin", BYTES("GET / HTTP/1.1\r\nHost: a.org\r\n\r\n"), false, PROXY_PARSE_BAD, NULL,
          0 },
        { "/proxy-request/get-empty", BYTES("GET http:/// HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/lower", BYTES("get http://a.org/ HTTP/1.1\r\n\r\n"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/nothing", BYTES(""), false, PROXY_PARSE_MORE, NULL, 0 },
        { "/proxy-request/tls", BYTES("\x16\3\1"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks5-greeting", BYTES("\5\2\2\0"), false, PROXY_PARSE_GREETED, NULL, 0 },
        { "/proxy-request/socks5-password-only", BYTES("\5\1\2"), false, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks5-greeting-part", BYTES("\5\2\0"), false, PROXY_PARSE_MORE, NULL, 0 },
        { "/proxy-request/socks5-name", BYTES("\5\1\0\3\5a.org\1\xbb"), true, PROXY_PARSE_DONE, "a.org", 443 },
        { "/proxy-request/socks5-4", BYTES("\5\1\0\1\x9\x9\x9\x9\0\x50"), true, PROXY_PARSE_DONE, "9.9.9.9", 80 },
        { "/proxy-request/socks5-6", BYTES("\5\1\0\4\x26\6\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\x50"), true, PROXY_PARSE_DONE,
          "2606::1", 80 },
        { "/proxy-request/socks5-name-is-address", BYTES("\5\1\0\3\0119.9.9.9:1\0\x50"), true, PROXY_PARSE_BAD, NULL,
          0 },
        { "/proxy-request/socks5-nul", BYTES("\5\1\0\3\7b\0a.org\0\x50"), true, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks5-empty", BYTES("\5\1\0\3\0\0\x50"), true, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks5-part", BYTES("\5\1\0\3\5a.or"), true, PROXY_PARSE_MORE, NULL, 0 },
        { "/proxy-request/socks5-bind", BYTES("\5\2\0\3\5a.org\0\x50"), true, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks5-udp", BYTES("\5\3\0\3\5a.org\0\x50"), true, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks5-port-zero", BYTES("\5\1\0\3\5a.org\0\0"), true, PROXY_PARSE_BAD, NULL, 0 },
        { "/proxy-request/socks4", BYTES("\4\1\0\x50\x9\x9\x9\x9u\0"), false, PROXY_PARSE_DONE, "9.9.9.9", 80 },
        { "/proxy-request/socks4a", BYTES("\4\1\0\x50\0\0\0\1u\0a.org\0"), false, PROXY_PARSE_DONE, "a.org", 80 },
        { "/proxy-request/socks4a-part", BYTES("\4\1\0\x50\0\0\0\1u\0a.or"), false, PROXY_PARSE_MORE, NULL, 0 },
        { "/proxy-request/socks4a-empty", BYTES("\4\1\0\x50\0\0\0\1u\0\0"), false, PROXY_PARSE_BAD, NULL, 0 },
};

static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        /* Without the literal's NUL behind it. */
        g_autofree uint8_t *bytes = g_memdup2(row->bytes, row->n);
        ProxyRequest request;

        g_assert_cmpint(proxy_request_read(&request, bytes, row->n, row->greeted), ==, row->parse);
        if (row->parse != PROXY_PARSE_DONE)
                return;
        g_assert_cmpstr(request.host, ==, row->host);
        g_assert_cmpuint(request.port, ==, row->port);
        g_assert_cmpuint(request.n, ==, row->n);
}

static void check_rewrite(const char *text, const char *want)
{
        CLEANUP(buffer_clear) Buffer out = BUFFER_INIT;
        ProxyRequest request;

        g_assert_cmpint(proxy_request_read(&request, (const uint8_t *)text, strlen(text), false), ==, PROXY_PARSE_DONE);
        proxy_request_rewrite(&out, &request, (const uint8_t *)text);
        g_assert_cmpstr(buffer_text(&out), ==, want);
}

static void test_rewrite(void)
{
        check_rewrite("GET http://A.org/x?y HTTP/1.1\r\nhost: b.org\r\nX: 1\r\nProxy-Connection: keep-alive\r\n\r\n",
                      "GET /x?y HTTP/1.1\r\nHost: a.org\r\nConnection: close\r\nX: 1\r\n\r\n");
        check_rewrite("POST http://a.org:81 HTTP/1.0\r\nConnection: a\r\nContent-Length: 3\r\n\r\nabc",
                      "POST / HTTP/1.0\r\nHost: a.org:81\r\nConnection: close\r\nContent-Length: 3\r\n\r\n");
        check_rewrite("GET http://[2606::1]?q HTTP/1.1\r\n\r\n",
                      "GET /?q HTTP/1.1\r\nHost: [2606::1]\r\nConnection: close\r\n\r\n");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/proxy-request/rewrite", test_rewrite);
        return g_test_run();
}
