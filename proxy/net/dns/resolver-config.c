/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dns/resolver-config.h"

#include <string.h>

typedef struct Words {
        const char *at, *end; /* of one line */
} Words;

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; false: there is none. */
static bool next_word(Words *words, const char **ret_word, size_t *ret_n)
{
        const char *start;

        while (words->at < words->end && is_blank(*words->at))
                words->at++;
        start = words->at;
        while (words->at < words->end && !is_blank(*words->at) && *words->at != '#' && *words->at != ';')
                words->at++;
        *ret_word = start;
        *ret_n = (size_t)(words->at - start);
        if (words->at < words->end && (*words->at == '#' || *words->at == ';'))
                words->end = words->at;
        return *ret_n > 0;
}

/* The next line; false: there is none. */
static bool next_line(const char **text, const char *end, Words *ret_words)
{
        const char *newline;

        if (*text >= end)
                return false;
        newline = memchr(*text, '\n', (size_t)(end - *text));
        *ret_words = (Words){ *text, newline != NULL ? newline : end };
        *text = newline != NULL ? newline + 1 : end;
        return true;
}

void resolver_config_read(ResolverConfig *ret_config, const char *text, size_t n)
{
        ResolverConfig config = { 0 };
        const char *end = text + n, *word = NULL;
        size_t n_word = 0;
        Words words = { 0 };

        while (next_line(&text, end, &words) && config.n < RESOLVER_MAX_SERVERS) {
                if (!next_word(&words, &word, &n_word) || n_word != strlen("nameserver") ||
                    memcmp(word, "nameserver", n_word) != 0 || !next_word(&words, &word, &n_word))
                        continue;
                if (net_address_parse(&config.servers[config.n], word, n_word))
                        config.n++;
        }
        if (config.n == 0)
                config = (ResolverConfig){ .servers = { { .bytes = { 127, 0, 0, 1 } } }, .n = 1 };
        *ret_config = config;
}

size_t resolver_hosts_find(const char *text, size_t n, const char *name, NetAddress *ret_addresses, size_t max)
{
        const char *end = text + n, *word = NULL;
        size_t found = 0, n_word = 0;
        Words words = { 0 };

        while (next_line(&text, end, &words) && found < max) {
                NetAddress address = { 0 };

                if (!next_word(&words, &word, &n_word) || !net_address_parse(&address, word, n_word))
                        continue;
                while (next_word(&words, &word, &n_word)) {
                        char known[HOST_NAME_MAX_BYTES + 1];

                        if (host_name_read(known, word, n_word) && strcmp(known, name) == 0) {
                                ret_addresses[found++] = address;
                                break;
                        }
                }
        }
        return found;
}
