/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RFC 9112, the request's half.  Of a chunked body only where it ends is of interest; its lines pass as they are. */
#include "credential/http-request.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { HEAD, LENGTH, CHUNK_LINE, CHUNK, CHUNK_END, TRAILER, RAW };

enum { LINE_MAX_BYTES = 8 * 1024 };

typedef struct Line {
        const char *at;
        size_t n; /* without its end */
} Line;

typedef struct Head {
        Line target;
        bool chunked, has_length, upgrade;
        uint64_t length;
        unsigned n_hosts;
} Head;

static bool is_token(const char *text, size_t n)
{
        static const char marks[] = "!#$%&'*+-.^_`|~";

        for (size_t i = 0; i < n; i++) {
                char c = text[i];

                if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
                    (c == '\0' || strchr(marks, c) == NULL))
                        return false;
        }
        return n > 0;
}

static bool is_text(Line line, const char *text)
{
        return line.n == strlen(text) && strncasecmp(line.at, text, line.n) == 0;
}

/* The next line of the head; each ends in CR LF, and holds no other of them and no NUL. */
static bool next_line(const char **at, const char *end, Line *ret_line)
{
        const char *newline = memchr(*at, '\n', (size_t)(end - *at));

        if (newline == NULL || newline == *at || newline[-1] != '\r')
                return false;
        *ret_line = (Line){ *at, (size_t)(newline - *at) - 1 };
        *at = newline + 1;
        return memchr(ret_line->at, '\r', ret_line->n) == NULL && memchr(ret_line->at, '\0', ret_line->n) == NULL;
}

static bool read_first(Line line, Head *head)
{
        static const char version[] = " HTTP/1.1";
        const char *space = memchr(line.at, ' ', line.n);
        size_t n_version = sizeof version - 1;

        if (space == NULL || !is_token(line.at, (size_t)(space - line.at)) || line.n < n_version ||
            memcmp(line.at + line.n - n_version, version, n_version) != 0)
                return false;
        head->target.at = space + 1;
        if (head->target.at > line.at + line.n - n_version)
                return false;
        head->target.n = (size_t)(line.at + line.n - n_version - head->target.at);
        if (head->target.n == 0 || (head->target.at[0] != '/' && head->target.at[0] != '*'))
                return false;
        for (size_t i = 0; i < head->target.n; i++)
                if (head->target.at[i] <= ' ' || head->target.at[i] >= 127)
                        return false;
        return true;
}

static bool read_length(Line value, Head *head)
{
        if (head->has_length || value.n == 0 || value.n > 15)
                return false;
        head->has_length = true;
        for (size_t i = 0; i < value.n; i++) {
                if (value.at[i] < '0' || value.at[i] > '9')
                        return false;
                head->length = head->length * 10 + (uint64_t)(value.at[i] - '0');
        }
        return true;
}

static bool split_field(Line line, Line *ret_name, Line *ret_value)
{
        const char *colon = memchr(line.at, ':', line.n);

        if (colon == NULL || !is_token(line.at, (size_t)(colon - line.at)))
                return false;
        *ret_name = (Line){ line.at, (size_t)(colon - line.at) };
        *ret_value = (Line){ colon + 1, line.n - ret_name->n - 1 };
        while (ret_value->n > 0 && (*ret_value->at == ' ' || *ret_value->at == '\t')) {
                ret_value->at++;
                ret_value->n--;
        }
        while (ret_value->n > 0 && (ret_value->at[ret_value->n - 1] == ' ' || ret_value->at[ret_value->n - 1] == '\t'))
                ret_value->n--;
        return true;
}

static bool read_field(const HttpRequests *requests, Line name, Line value, Head *head)
{
        char host[HOST_NAME_MAX_BYTES + 8];

        if (is_text(name, "host")) {
                head->n_hosts++;
                (void)snprintf(host, sizeof host, "%s:%u", requests->host, requests->port);
                return is_text(value, host) || is_text(value, requests->host);
        }
        if (is_text(name, "content-length"))
                return read_length(value, head);
        if (is_text(name, "transfer-encoding")) {
                if (head->chunked || !is_text(value, "chunked"))
                        return false;
                head->chunked = true;
        }
        head->upgrade = head->upgrade || is_text(name, "upgrade");
        return true;
}

static bool read_head(const HttpRequests *requests, Head *ret_head)
{
        const char *at = requests->head.bytes, *end = at + requests->head.n;
        Head head = { 0 };
        Line line = { 0 }, name = { 0 }, value = { 0 };

        if (!next_line(&at, end, &line) || !read_first(line, &head))
                return false;
        for (;;) {
                if (!next_line(&at, end, &line))
                        return false;
                if (line.n == 0)
                        break;
                if (!split_field(line, &name, &value) || !read_field(requests, name, value, &head))
                        return false;
        }
        *ret_head = head;
        return head.n_hosts == 1 && !(head.chunked && head.has_length);
}

static const HttpRule *find_rule(const HttpRequests *requests, const Head *head)
{
        const HttpRule *best = NULL;

        for (size_t i = 0; i < requests->n_rules; i++)
                if (net_credential_covers(&requests->rules[i].credential, head->target.at, head->target.n) &&
                    (best == NULL || strlen(requests->rules[i].credential.path) > strlen(best->credential.path)))
                        best = &requests->rules[i];
        return best;
}

/* The head with the rule's header in the place of any of that name, and with no compression of the answer, in which an
 * echo could not be seen. */
static void add_head(const HttpRequests *requests, const HttpRule *rule, Buffer *out)
{
        const char *at = requests->head.bytes, *end = at + requests->head.n;
        Line line = { 0 }, name = { 0 }, value = { 0 };

        if (rule == NULL) {
                buffer_add(out, requests->head.bytes, requests->head.n);
                return;
        }
        (void)next_line(&at, end, &line);
        buffer_add(out, line.at, line.n + 2);
        buffer_printf(out, "%s: %s%s%s\r\naccept-encoding: identity\r\n", rule->credential.header,
                      rule->credential.word, rule->credential.word[0] != '\0' ? " " : "", rule->secret);
        while (next_line(&at, end, &line)) {
                if (line.n > 0 && split_field(line, &name, &value) &&
                    (is_text(name, rule->credential.header) || is_text(name, "accept-encoding")))
                        continue;
                buffer_add(out, line.at, line.n + 2);
        }
}

static bool end_head(HttpRequests *requests, Buffer *out)
{
        Head head = { 0 };

        if (!read_head(requests, &head))
                return false;
        requests->added = find_rule(requests, &head);
        requests->n_added += requests->added != NULL;
        add_head(requests, requests->added, out);
        requests->left = head.length;
        requests->state = head.upgrade ? RAW : head.chunked ? CHUNK_LINE : head.length > 0 ? LENGTH : HEAD;
        requests->n_line = 0;
        explicit_bzero(requests->head.bytes, requests->head.n);
        requests->head.n = 0;
        return true;
}

/* One byte of a head. */
static bool take_head(HttpRequests *requests, char c, Buffer *out)
{
        static const char end[] = "\r\n\r\n";

        if (requests->head.n >= HTTP_HEAD_MAX_BYTES)
                return false;
        buffer_add_byte(&requests->head, c);
        if (requests->head.failed)
                return false;
        /* Empty lines before a request are allowed, and mean nothing. */
        if (requests->head.n == 2 && memcmp(requests->head.bytes, "\r\n", 2) == 0)
                requests->head.n = 0;
        if (requests->head.n < 4 || memcmp(requests->head.bytes + requests->head.n - 4, end, 4) != 0)
                return true;
        return end_head(requests, out);
}

static int digit(char c)
{
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One byte of "SIZE[;extension] CR LF": only the size and the end count; an extension is refused. */
static bool take_chunk_line(HttpRequests *requests, char c)
{
        if (requests->n_line == 0)
                requests->left = 0;
        requests->n_line++;
        if (c == '\n' && requests->line_empty) {
                requests->line_empty = false;
                requests->n_line = 0;
                requests->state = requests->left > 0 ? CHUNK : TRAILER;
                return true;
        }
        if (requests->line_empty)
                return false;
        if (c == '\r') {
                requests->line_empty = true;
                return requests->n_line > 1;
        }
        if (digit(c) < 0 || requests->n_line > 12)
                return false;
        requests->left = requests->left * 16 + (uint64_t)digit(c);
        return true;
}

/* CR LF behind a chunk, one byte; and the lines behind the last. */
static bool take_end(HttpRequests *requests, char c)
{
        if (++requests->n_line > LINE_MAX_BYTES)
                return false;
        if (requests->n_line == 1 && c == '\r') {
                requests->line_empty = true;
                return true;
        }
        if (requests->line_empty) {
                if (c != '\n' || requests->n_line != 2)
                        return false;
                requests->line_empty = false;
                requests->n_line = 0;
                requests->state = requests->state == CHUNK_END ? CHUNK_LINE : HEAD;
                return true;
        }
        /* Trailers are not passed on: nobody needs one, and each could be read as a header. */
        return false;
}

bool http_requests_feed(HttpRequests *requests, const void *untrusted, size_t n, Buffer *out)
{
        const char *at = untrusted;

        while (n > 0) {
                bool good = true;

                if (requests->state == RAW || requests->state == LENGTH || requests->state == CHUNK) {
                        size_t part = requests->state == RAW || requests->left > n ? n : (size_t)requests->left;

                        buffer_add(out, at, part);
                        at += part;
                        n -= part;
                        if (requests->state == RAW)
                                continue;
                        requests->left -= part;
                        if (requests->left == 0)
                                requests->state = requests->state == LENGTH ? HEAD : CHUNK_END;
                        continue;
                }
                if (requests->state == HEAD) {
                        good = take_head(requests, *at, out);
                } else {
                        buffer_add_byte(out, *at);
                        good = requests->state == CHUNK_LINE ? take_chunk_line(requests, *at) : take_end(requests, *at);
                }
                if (!good)
                        return false;
                at++;
                n--;
        }
        return !out->failed;
}

void http_requests_clear(HttpRequests *requests)
{
        buffer_clear(&requests->head);
}
