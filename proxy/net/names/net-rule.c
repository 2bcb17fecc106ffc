/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "names/net-rule.h"

#include <string.h>

#include "names/net-address.h"

enum { EXACT = 1024 }; /* deeper than any ending */

static bool read_port(const char *text, size_t n, uint16_t *ret_port)
{
        unsigned port = 0;

        if (n == 0 || n > 5 || text[0] == '0')
                return false;
        for (size_t i = 0; i < n; i++) {
                if (text[i] < '0' || text[i] > '9')
                        return false;
                port = port * 10 + (unsigned)(text[i] - '0');
        }
        *ret_port = (uint16_t)port;
        return port <= UINT16_MAX;
}

static int read_ports(NetRule *rule, ParseError *ret_error, const char *text, size_t at)
{
        if (strcmp(text + at, "*") == 0) {
                rule->any_port = true;
                return 0;
        }
        for (;;) {
                size_t n = strcspn(text + at, ",");

                if (rule->n_ports == NET_RULE_MAX_PORTS || !read_port(text + at, n, &rule->ports[rule->n_ports]))
                        return parse_error_set(ret_error, at, NET_RULE_NO_PORT);
                rule->n_ports++;
                if (text[at + n] == '\0')
                        return 0;
                at += n + 1;
        }
}

static int read_host(NetRule *rule, ParseError *ret_error, const char *text, size_t n)
{
        size_t skip = n > 2 && text[0] == '*' && text[1] == '.' ? 2 : 0;

        rule->below = skip > 0 || (n == 1 && text[0] == '*');
        if (n == 1 && rule->below)
                return 0;
        if (n > 2 && text[0] == '[' && text[n - 1] == ']')
                rule->literal = host_address_read(rule->host, text + 1, n - 2) && strchr(rule->host, ':') != NULL;
        else if (skip == 0 && memchr(text, ':', n) == NULL)
                rule->literal = host_address_read(rule->host, text, n);
        if (rule->literal || host_name_read(rule->host, text + skip, n - skip))
                return 0;
        return parse_error_set(ret_error, skip, NET_RULE_NO_HOST);
}

int net_rule_parse(NetRule *ret_rule, ParseError *ret_error, const char *text)
{
        const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
        const char *colon = strchr(bracket != NULL ? bracket : text, ':');
        size_t n = colon != NULL ? (size_t)(colon - text) : strlen(text);
        NetRule rule = { 0 };
        int r = read_host(&rule, ret_error, text, n);

        if (r == 0 && colon != NULL)
                r = read_ports(&rule, ret_error, text, n + 1);
        if (r != 0)
                return r;
        if (colon == NULL) {
                rule.bare = true;
                rule.ports[0] = 80;
                rule.ports[1] = 443;
                rule.n_ports = 2;
        }
        *ret_rule = rule;
        return 0;
}

bool net_rule_covers_host(const NetRule *rule, const char *host)
{
        size_t n = strlen(host), n_rule = strlen(rule->host);
        NetAddress address;

        if (!rule->below)
                return strcmp(rule->host, host) == 0;
        /* "*" and endings are of names: an address has to be written out. */
        if (net_address_parse(&address, host, n))
                return false;
        if (n_rule == 0)
                return true;
        /* Only a dot leads below: x.org.evil.net and evilx.org are strangers. */
        return n > n_rule + 1 && host[n - n_rule - 1] == '.' && strcmp(host + n - n_rule, rule->host) == 0;
}

bool net_rule_covers_port(const NetRule *rule, uint16_t port)
{
        for (size_t i = 0; i < rule->n_ports; i++)
                if (rule->ports[i] == port)
                        return true;
        return rule->any_port;
}

size_t net_rule_depth(const NetRule *rule)
{
        return rule->below ? strlen(rule->host) : EXACT;
}
