/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/proxy-request.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

enum { SOCKS_CONNECT = 1, SOCKS5_IPV4 = 1, SOCKS5_NAME = 3, SOCKS5_IPV6 = 4, MAX_SOCKS4_TEXT = 512 };

static const char *const kind_words[] = {
        [PROXY_CONNECT] = "connect",
        [PROXY_HTTP] = "http",
        [PROXY_SOCKS4] = "socks4",
        [PROXY_SOCKS5] = "socks5",
};
_Static_assert(sizeof kind_words == _PROXY_KIND_MAX * sizeof *kind_words, "a word is missing");

const char *proxy_kind_word(ProxyKind kind)
{
        return kind_words[kind];
}

static bool take_host(ProxyRequest *request, const char *text, size_t n)
{
        request->literal = host_address_read(request->host, text, n);
        return request->literal || host_name_read(request->host, text, n);
}

static bool take_address(ProxyRequest *request, int family, const uint8_t *bytes)
{
        char text[INET6_ADDRSTRLEN] = "";

        return inet_ntop(family, bytes, text, sizeof text) != NULL && take_host(request, text, strlen(text));
}

/* ---- SOCKS ---- */

static ProxyParse read_socks5(ProxyRequest *request, const uint8_t *bytes, size_t n, bool greeted)
{
        size_t n_host;
        bool good;

        if (n < 2)
                return PROXY_PARSE_MORE;
        if (!greeted) {
                if (n < 2u + bytes[1])
                        return PROXY_PARSE_MORE;
                request->n = 2u + bytes[1];
                return memchr(bytes + 2, 0, bytes[1]) != NULL ? PROXY_PARSE_GREETED : PROXY_PARSE_BAD;
        }
        if (n < 5)
                return PROXY_PARSE_MORE;
        if (bytes[1] != SOCKS_CONNECT || bytes[2] != 0)
                return PROXY_PARSE_BAD;
        n_host = bytes[3] == SOCKS5_IPV4   ? 4
                 : bytes[3] == SOCKS5_IPV6 ? 16
                 : bytes[3] == SOCKS5_NAME ? 1u + bytes[4]
                                           : 0;
        if (n_host == 0)
                return PROXY_PARSE_BAD;
        request->n = 4 + n_host + 2;
        if (n < request->n)
                return PROXY_PARSE_MORE;
        if (bytes[3] == SOCKS5_NAME)
                good = take_host(request, (const char *)bytes + 5, bytes[4]);
        else
                good = take_address(request, n_host == 4 ? AF_INET : AF_INET6, bytes + 4);
        request->port = (uint16_t)(bytes[4 + n_host] << 8 | bytes[5 + n_host]);
        return good && request->port != 0 ? PROXY_PARSE_DONE : PROXY_PARSE_BAD;
}

/* 4, 1, port, address, user NUL; an address 0.0.0.x means that a name and NUL follow. */
static ProxyParse read_socks4(ProxyRequest *request, const uint8_t *bytes, size_t n)
{
        const uint8_t *user = NULL, *host = NULL;
        bool named;

        if (n < 9)
                return PROXY_PARSE_MORE;
        named = bytes[4] == 0 && bytes[5] == 0 && bytes[6] == 0 && bytes[7] != 0;
        request->port = (uint16_t)(bytes[2] << 8 | bytes[3]);
        if (bytes[1] != SOCKS_CONNECT || request->port == 0)
                return PROXY_PARSE_BAD;
        user = memchr(bytes + 8, 0, n - 8);
        if (user == NULL)
                return n > MAX_SOCKS4_TEXT ? PROXY_PARSE_BAD : PROXY_PARSE_MORE;
        request->n = (size_t)(user - bytes) + 1;
        if (!named)
                return take_address(request, AF_INET, bytes + 4) ? PROXY_PARSE_DONE : PROXY_PARSE_BAD;
        host = memchr(user + 1, 0, n - request->n);
        if (host == NULL)
                return n > 2 * MAX_SOCKS4_TEXT ? PROXY_PARSE_BAD : PROXY_PARSE_MORE;
        request->n = (size_t)(host - bytes) + 1;
        return take_host(request, (const char *)user + 1, (size_t)(host - user) - 1) ? PROXY_PARSE_DONE
                                                                                     : PROXY_PARSE_BAD;
}

/* ---- HTTP ---- */

/* "host:port", "[address]:port"; without a port the fallback, where there is one (0: there is none). */
static bool take_authority(ProxyRequest *request, const char *text, size_t n, uint16_t fallback)
{
        size_t n_host = n, at;
        unsigned port = 0;

        if (n > 0 && text[0] == '[') {
                const char *end = memchr(text, ']', n);

                if (end == NULL)
                        return false;
                n_host = (size_t)(end - text) + 1;
                if (!take_host(request, text + 1, n_host - 2) || !request->literal)
                        return false;
        } else {
                const char *colon = memchr(text, ':', n);

                n_host = colon != NULL ? (size_t)(colon - text) : n;
                if (!take_host(request, text, n_host))
                        return false;
        }
        request->port = fallback;
        if (n_host == n)
                return fallback != 0;
        if (text[n_host] != ':' || n - n_host > 6 || n - n_host < 2 || text[n_host + 1] == '0')
                return false;
        for (at = n_host + 1; at < n; at++) {
                if (text[at] < '0' || text[at] > '9')
                        return false;
                port = port * 10 + (unsigned)(text[at] - '0');
        }
        request->port = (uint16_t)port;
        return port <= UINT16_MAX;
}

static bool is_method(const char *text, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if ((text[i] < 'A' || text[i] > 'Z') && text[i] != '-')
                        return false;
        return n > 0 && n < 32;
}

/* "METHOD TARGET HTTP/1.x" */
static bool read_line(ProxyRequest *request, const char *line, size_t n)
{
        static const char version[] = " HTTP/1.", scheme[] = "http://";
        const char *space = memchr(line, ' ', n), *target, *end = line + n - (sizeof version - 1) - 1;
        size_t n_authority;

        if (space == NULL || n < sizeof version + 1 || end <= space || memcmp(end, version, sizeof version - 1) != 0)
                return false;
        request->n_method = (size_t)(space - line);
        request->n_line = n;
        target = space + 1;
        if (!is_method(line, request->n_method) || target >= end)
                return false;
        for (const char *p = target; p < end; p++)
                if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
                        return false;
        if (request->n_method == 7 && memcmp(line, "CONNECT", 7) == 0) {
                request->kind = PROXY_CONNECT;
                return take_authority(request, target, (size_t)(end - target), 0);
        }
        request->kind = PROXY_HTTP;
        if ((size_t)(end - target) < sizeof scheme || strncasecmp(target, scheme, sizeof scheme - 1) != 0)
                return false;
        target += sizeof scheme - 1;
        for (n_authority = 0; target + n_authority < end && strchr("/?#", target[n_authority]) == NULL; n_authority++)
                continue;
        request->path = target + n_authority;
        request->n_path = (size_t)(end - request->path);
        /* No user, no password: '@' is in no host's name. */
        return take_authority(request, target, n_authority, 80);
}

static ProxyParse read_http(ProxyRequest *request, const char *text, size_t n)
{
        const char *end = memmem(text, n, "\r\n\r\n", 4), *line = memmem(text, n, "\r\n", 2);

        request->kind = PROXY_HTTP;
        if (memchr(text, '\0', end != NULL ? (size_t)(end - text) : n) != NULL)
                return PROXY_PARSE_BAD;
        if (end == NULL)
                return n >= PROXY_REQUEST_MAX_BYTES ? PROXY_PARSE_BAD : PROXY_PARSE_MORE;
        request->n = (size_t)(end - text) + 4;
        return read_line(request, text, (size_t)(line - text)) ? PROXY_PARSE_DONE : PROXY_PARSE_BAD;
}

ProxyParse proxy_request_read(ProxyRequest *ret_request, const uint8_t *untrusted, size_t n, bool greeted)
{
        *ret_request = (ProxyRequest){ .kind = PROXY_HTTP };
        if (n == 0)
                return PROXY_PARSE_MORE;
        if (untrusted[0] == 5 || greeted) {
                ret_request->kind = PROXY_SOCKS5;
                return untrusted[0] == 5 ? read_socks5(ret_request, untrusted, n, greeted) : PROXY_PARSE_BAD;
        }
        if (untrusted[0] == 4) {
                ret_request->kind = PROXY_SOCKS4;
                return read_socks4(ret_request, untrusted, n);
        }
        if (untrusted[0] < 'A' || untrusted[0] > 'Z')
                return PROXY_PARSE_BAD;
        return read_http(ret_request, (const char *)untrusted, n);
}

static bool is_header(const char *line, size_t n, const char *name)
{
        size_t n_name = strlen(name);

        return n > n_name && line[n_name] == ':' && strncasecmp(line, name, n_name) == 0;
}

void proxy_request_rewrite(Buffer *out, const ProxyRequest *request, const uint8_t *bytes)
{
        static const char *const ours[] = { "Host", "Connection", "Proxy-Connection", "Keep-Alive",
                                            "Proxy-Authorization" };
        const char *text = (const char *)bytes, *end = text + request->n - 2, *line = text + request->n_line + 2;
        bool six = strchr(request->host, ':') != NULL;

        buffer_add(out, text, request->n_method + 1);
        if (request->n_path == 0 || request->path[0] != '/')
                buffer_add_byte(out, '/');
        buffer_add(out, request->path, request->n_path);
        buffer_add(out, text + request->n_line - strlen(" HTTP/1.x"), strlen(" HTTP/1.x\r\n"));
        buffer_printf(out, "Host: %s%s%s", six ? "[" : "", request->host, six ? "]" : "");
        if (request->port != 80)
                buffer_printf(out, ":%u", request->port);
        buffer_add_text(out, "\r\nConnection: close\r\n");
        while (line < end) {
                const char *next = memmem(line, (size_t)(end - line), "\r\n", 2);
                size_t n = (size_t)((next != NULL ? next : end) - line);
                bool skip = false;

                for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
                        skip = skip || is_header(line, n, ours[i]);
                if (!skip) {
                        buffer_add(out, line, n);
                        buffer_add_text(out, "\r\n");
                }
                line += n + 2;
        }
        buffer_add_text(out, "\r\n");
}

/* ---- Answers ---- */

void proxy_answer_greeting(Buffer *out)
{
        buffer_add(out, "\5\0", 2);
}

void proxy_answer(Buffer *out, ProxyKind kind, ProxyAnswer answer, const char *why)
{
        static const struct {
                const char *status;
                char socks5, socks4;
        } answers[] = {
                [PROXY_ANSWER_OK] = { "200 Connection established", 0, 90 },
                [PROXY_ANSWER_DENIED] = { "403 Forbidden", 2, 91 },
                [PROXY_ANSWER_NO_HOST] = { "502 Bad Gateway", 4, 91 },
                [PROXY_ANSWER_UNREACHABLE] = { "504 Gateway Timeout", 5, 91 },
                [PROXY_ANSWER_BAD] = { "400 Bad Request", 1, 91 },
        };
        _Static_assert(sizeof answers == _PROXY_ANSWER_MAX * sizeof *answers, "an answer is missing");
        char socks5[10] = { 5, answers[answer].socks5, 0, SOCKS5_IPV4 }, socks4[8] = { 0, answers[answer].socks4 };

        if (kind == PROXY_SOCKS5) {
                buffer_add(out, socks5, sizeof socks5);
        } else if (kind == PROXY_SOCKS4) {
                buffer_add(out, socks4, sizeof socks4);
        } else if (answer == PROXY_ANSWER_OK) {
                if (kind == PROXY_CONNECT)
                        buffer_printf(out, "HTTP/1.1 %s\r\n\r\n", answers[answer].status);
        } else {
                buffer_printf(out,
                              "HTTP/1.1 %s\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
                              "\r\noriel: %s\n",
                              answers[answer].status, strlen(why) + strlen("oriel: \n"), why);
        }
}
