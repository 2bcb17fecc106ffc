/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ids/net-credential.h"

#include <string.h>
#include <strings.h>

enum { TLS_PORT = 443 };

static const char *const source_words[] = {
        [NET_CREDENTIAL_ENV] = "env:",
        [NET_CREDENTIAL_FILE] = "file:/",
        [NET_CREDENTIAL_SECRET] = "secret:",
};
_Static_assert(sizeof source_words == _NET_CREDENTIAL_SOURCE_MAX * sizeof *source_words, "a word is missing");

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

/* A variable's name. */
static bool read_name(char *name, const char *text, size_t n)
{
        if (n == 0 || n > NET_CREDENTIAL_NAME_MAX || is_digit(text[0]))
                return false;
        for (size_t i = 0; i < n; i++)
                if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '_')
                        return false;
        memcpy(name, text, n);
        name[n] = '\0';
        return true;
}

static bool read_host(NetCredential *credential, const char *text, size_t n)
{
        const char *colon = memchr(text, ':', n);
        size_t n_host = colon != NULL ? (size_t)(colon - text) : n;
        unsigned port = 0;

        credential->port = TLS_PORT;
        if (!host_name_read(credential->host, text, n_host))
                return false;
        if (colon == NULL)
                return true;
        if (n_host + 1 == n || n - n_host > 6)
                return false;
        for (size_t i = n_host + 1; i < n; i++) {
                if (!is_digit(text[i]))
                        return false;
                port = port * 10 + (unsigned)(text[i] - '0');
        }
        credential->port = (uint16_t)port;
        return port > 0 && port <= UINT16_MAX;
}

static int hex(char c)
{
        return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "%41": an escape of something that stands for itself alone. */
static bool is_plain_escape(const char *text, size_t n)
{
        int high = n > 1 ? hex(text[1]) : -1, low = n > 2 ? hex(text[2]) : -1, byte = high * 16 + low;

        return high >= 0 && low >= 0 && byte != '\0' && byte != '.' && byte != '/' && byte != '\\' && byte != '%' &&
               byte != ';' && byte != '?' && byte != '#';
}

/* What a server could take for another path than it looks like. */
static bool is_plain(const char *path, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                size_t left = n - i;

                if (path[i] <= ' ' || path[i] >= 127 || path[i] == '\\' ||
                    (path[i] == '%' && !is_plain_escape(path + i, left)))
                        return false;
                if (path[i] != '/' || left == 1)
                        continue;
                if (path[i + 1] == '/')
                        return false;
                if (path[i + 1] == '.' &&
                    (left == 2 || path[i + 2] == '/' || (path[i + 2] == '.' && (left == 3 || path[i + 3] == '/'))))
                        return false;
                /* "/.;x/": some servers cut what stands behind the ';'. */
                if (path[i + 1] == '.' &&
                    (path[i + 2] == ';' || (left > 3 && path[i + 2] == '.' && path[i + 3] == ';')))
                        return false;
        }
        return true;
}

static bool read_path(NetCredential *credential, const char *text, size_t n)
{
        if (n == 0 || n > NET_CREDENTIAL_PATH_MAX || text[0] != '/' || !is_plain(text, n) ||
            memchr(text, '?', n) != NULL || memchr(text, '#', n) != NULL)
                return false;
        memcpy(credential->path, text, n);
        credential->path[n] = '\0';
        return true;
}

static bool read_header(NetCredential *credential, const char *text, size_t n)
{
        static const char *const framing[] = { "host",       "content-length", "transfer-encoding",
                                               "connection", "upgrade",        "trailer",
                                               "te",         "expect",         "keep-alive" };
        const char *space = memchr(text, ' ', n);
        size_t n_header = space != NULL ? (size_t)(space - text) : n, n_word = space != NULL ? n - n_header - 1 : 0;

        if (n_header == 0 || n_header > NET_CREDENTIAL_HEADER_MAX || n_word > NET_CREDENTIAL_WORD_MAX ||
            (space != NULL && n_word == 0))
                return false;
        for (size_t i = 0; i < n_header; i++) {
                if (!is_letter(text[i]) && !is_digit(text[i]) && text[i] != '-')
                        return false;
                credential->header[i] = text[i];
                if (text[i] >= 'A' && text[i] <= 'Z')
                        credential->header[i] = (char)(text[i] - 'A' + 'a');
        }
        credential->header[n_header] = '\0';
        for (size_t i = 0; i < n_word; i++)
                if (!is_letter(space[1 + i]) && !is_digit(space[1 + i]) && space[1 + i] != '-')
                        return false;
        if (n_word > 0)
                memcpy(credential->word, space + 1, n_word);
        credential->word[n_word] = '\0';
        for (size_t i = 0; i < sizeof framing / sizeof *framing; i++)
                if (strcmp(credential->header, framing[i]) == 0)
                        return false;
        return true;
}

static bool read_source(NetCredential *credential, const char *text)
{
        char name[NET_CREDENTIAL_NAME_MAX + 1];

        for (size_t i = 0; i < _NET_CREDENTIAL_SOURCE_MAX; i++) {
                size_t n = strlen(source_words[i]);

                if (strncmp(text, source_words[i], n) != 0)
                        continue;
                credential->source = (NetCredentialSource)i;
                /* The '/' is the path's own. */
                credential->from = text + n - (i == NET_CREDENTIAL_FILE);
                if (i == NET_CREDENTIAL_ENV)
                        return read_name(name, credential->from, strlen(credential->from));
                return i == NET_CREDENTIAL_FILE ? credential->from[1] != '\0' : strchr(credential->from, '=') != NULL;
        }
        return false;
}

int net_credential_parse(NetCredential *ret_credential, ParseError *ret_error, const char *text)
{
        const char *host = strchr(text, '='), *path = host != NULL ? strchr(host, '/') : NULL,
                   *header = path != NULL ? strchr(path, ':') : NULL,
                   *source = header != NULL ? strchr(header + 1, ':') : NULL;
        NetCredential credential = { 0 };

        if (source == NULL)
                return parse_error_set(ret_error, 0, NET_CREDENTIAL_NO_FORM);
        if (!read_name(credential.name, text, (size_t)(host - text)))
                return parse_error_set(ret_error, 0, NET_CREDENTIAL_NO_NAME);
        if (!read_host(&credential, host + 1, (size_t)(path - host) - 1))
                return parse_error_set(ret_error, (size_t)(host + 1 - text), NET_CREDENTIAL_NO_HOST);
        if (!read_path(&credential, path, (size_t)(header - path)))
                return parse_error_set(ret_error, (size_t)(path - text), NET_CREDENTIAL_NO_PATH);
        if (!read_header(&credential, header + 1, (size_t)(source - header) - 1))
                return parse_error_set(ret_error, (size_t)(header + 1 - text), NET_CREDENTIAL_NO_HEADER);
        if (!read_source(&credential, source + 1))
                return parse_error_set(ret_error, (size_t)(source + 1 - text), NET_CREDENTIAL_NO_SOURCE);
        *ret_credential = credential;
        return 0;
}

bool net_credential_covers(const NetCredential *credential, const char *target, size_t n)
{
        const char *question = memchr(target, '?', n);
        size_t n_path = question != NULL ? (size_t)(question - target) : n, n_prefix = strlen(credential->path);

        if (n_path == 0 || target[0] != '/' || !is_plain(target, n_path) || n_path < n_prefix ||
            memcmp(target, credential->path, n_prefix) != 0)
                return false;
        return n_path == n_prefix || credential->path[n_prefix - 1] == '/' || target[n_prefix] == '/';
}
