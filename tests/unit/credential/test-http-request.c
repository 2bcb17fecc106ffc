/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "credential/http-request.h"

#define HEAD "Host: api.test\r\n"
#define KEY "x-key: secret-0123\r\naccept-encoding: identity\r\n"

static const struct Row {
        const char *name, *in, *want; /* NULL: refused */
} rows[] = {
        { "plain", "GET /v1/x HTTP/1.1\r\n" HEAD "\r\n", "GET /v1/x HTTP/1.1\r\n" KEY HEAD "\r\n" },
        { "other-path", "GET /x HTTP/1.1\r\n" HEAD "\r\n", "GET /x HTTP/1.1\r\n" HEAD "\r\n" },
        { "replaced", "GET /v1/x HTTP/1.1\r\nX-KEY: mine\r\n" HEAD "x-Key:  again \r\nAccept-Encoding: gzip\r\n\r\n",
          "GET /v1/x HTTP/1.1\r\n" KEY HEAD "\r\n" },
        { "port", "GET /v1/x HTTP/1.1\r\nhost: API.test:443\r\n\r\n",
          "GET /v1/x HTTP/1.1\r\n" KEY "host: API.test:443\r\n\r\n" },
        { "body", "POST /x HTTP/1.1\r\n" HEAD "Content-Length: 5\r\n\r\nGET /GET /v1/x HTTP/1.1\r\n" HEAD "\r\n",
          "POST /x HTTP/1.1\r\n" HEAD "Content-Length: 5\r\n\r\nGET /GET /v1/x HTTP/1.1\r\n" KEY HEAD "\r\n" },
        { "chunks",
          "POST /x HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n"
          "GET /v1/ HTTP/1.1\r\n" HEAD "\r\n",
          "POST /x HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n"
          "GET /v1/ HTTP/1.1\r\n" KEY HEAD "\r\n" },
        { "upgrade", "GET /v1/x HTTP/1.1\r\n" HEAD "Upgrade: websocket\r\n\r\nGET /v1/x HTTP/1.1\r\n" HEAD "\r\n",
          "GET /v1/x HTTP/1.1\r\n" KEY HEAD "Upgrade: websocket\r\n\r\nGET /v1/x HTTP/1.1\r\n" HEAD "\r\n" },
        { "empty-lines", "\r\n\r\nGET /x HTTP/1.1\r\n" HEAD "\r\n", "GET /x HTTP/1.1\r\n" HEAD "\r\n" },
        { "other-host", "GET /v1/x HTTP/1.1\r\nHost: evil.test\r\n\r\n", NULL },
        { "other-port", "GET /v1/x HTTP/1.1\r\nHost: api.test:80\r\n\r\n", NULL },
        { "two-hosts", "GET /v1/x HTTP/1.1\r\n" HEAD HEAD "\r\n", NULL },
        { "no-host", "GET /v1/x HTTP/1.1\r\nA: b\r\n\r\n", NULL },
        { "absolute", "GET https://evil.test/v1/x HTTP/1.1\r\n" HEAD "\r\n", NULL },
        { "old", "GET /v1/x HTTP/1.0\r\n" HEAD "\r\n", NULL },
        { "newline-alone", "GET /v1/x HTTP/1.1\n" HEAD "\r\n\r\n", NULL },
        { "return-alone", "GET /v1/x HTTP/1.1\r\nA: b\rX: y\r\n" HEAD "\r\n", NULL },
        { "folded", "GET /v1/x HTTP/1.1\r\n" HEAD "A: b\r\n c\r\n\r\n", NULL },
        { "space-in-name", "GET /v1/x HTTP/1.1\r\n" HEAD "x-key : b\r\n\r\n", NULL },
        { "both-framings", "POST /x HTTP/1.1\r\n" HEAD "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
          NULL },
        { "two-lengths", "POST /x HTTP/1.1\r\n" HEAD "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", NULL },
        { "signed-length", "POST /x HTTP/1.1\r\n" HEAD "Content-Length: +1\r\n\r\n", NULL },
        { "other-coding", "POST /x HTTP/1.1\r\n" HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n", NULL },
        { "chunk-extension", "POST /x HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n", NULL },
        { "chunk-overrun", "POST /x HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n", NULL },
        { "trailer", "POST /x HTTP/1.1\r\n" HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\n\r\n", NULL },
        { "two-spaces", "GET  /v1/x HTTP/1.1\r\n" HEAD "\r\n", NULL },
        { "nul", "GET /v1/\x01 HTTP/1.1\r\n" HEAD "\r\n", NULL },
};

/* In one piece, and byte by byte. */
static void test_row(gconstpointer data)
{
        const struct Row *row = data;
        HttpRule rule = { .secret = "secret-0123" };

        g_assert_cmpint(net_credential_parse(&rule.credential, NULL, "K=api.test/v1/:X-Key:env:K"), ==, 0);
        for (gsize piece = 1; piece <= strlen(row->in); piece += strlen(row->in) - 1) {
                CLEANUP(http_requests_clear)
                HttpRequests requests = { .host = "api.test", .port = 443, .rules = &rule, .n_rules = 1 };
                CLEANUP(buffer_clear) Buffer out = BUFFER_INIT;
                gboolean good = TRUE;

                for (gsize at = 0; at < strlen(row->in) && good; at += piece)
                        good = http_requests_feed(&requests, row->in + at, MIN(piece, strlen(row->in) - at), &out);
                g_assert_cmpint(good, ==, row->want != NULL);
                if (row->want != NULL)
                        g_assert_cmpstr(buffer_text(&out), ==, row->want);
                else
                        g_assert_null(memmem(out.bytes, out.n, "secret-0123", 11));
        }
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
                g_autofree char *path = g_strconcat("/http-request/", rows[i].name, NULL);

                g_test_add_data_func(path, &rows[i], test_row);
        }
        return g_test_run();
}
