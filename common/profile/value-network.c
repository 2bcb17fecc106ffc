/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network's rules, as far as their form goes: "name", "name:22,443", "name:*", "*.example.org", "@group".  What
 * they cover is decided by the mediator. */

#include <arpa/inet.h>
#include <string.h>

#include "base/i18n.h"
#include "profile/value-check.h"
#include "profile/value.h"

enum { MAX_NAME = 253, MAX_LABEL = 63 }; /* RFC 1035, as text */

#define LABEL_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* The offset of the first thing that no host name may hold, or -1. */
static gssize bad_host_name(const char *text, gsize n)
{
        gsize label = 0;

        if (n == 0 || n > MAX_NAME)
                return 0;
        for (gsize i = 0; i < n; i++) {
                if (text[i] == '.') {
                        if (label == 0 || text[i - 1] == '-')
                                return (gssize)i;
                        label = 0;
                        continue;
                }
                if (strchr(LABEL_LETTERS, text[i]) == NULL || (label == 0 && text[i] == '-') || ++label > MAX_LABEL)
                        return (gssize)i;
        }
        return label == 0 || text[n - 1] == '-' ? (gssize)n - 1 : -1;
}

static gboolean is_address(const char *text, gsize n, int family)
{
        g_autofree char *copy = g_strndup(text, n);
        guint8 address[16];

        return inet_pton(family, copy, address) == 1;
}

/* A name, "*.name", "*", an IPv4 address, or "[IPv6]": n bytes of text. */
static gboolean read_host(const char *text, gsize n, ValueFault *ret_fault)
{
        gsize skip = n > 2 && text[0] == '*' && text[1] == '.' ? 2 : 0;
        gssize bad = -1;

        if (n == 1 && text[0] == '*')
                return TRUE;
        if (n > 0 && text[0] == '[') {
                if (text[n - 1] == ']' && is_address(text + 1, n - 2, AF_INET6))
                        return TRUE;
                value_fault(ret_fault, 0, _("Not an address: \"%.*s\""), (int)n, text);
                return FALSE;
        }
        bad = bad_host_name(text + skip, n - skip);
        /* Digits and dots only are an address or a slip. */
        if (bad < 0 && strspn(text + skip, "0123456789.") >= n - skip && (skip > 0 || !is_address(text, n, AF_INET)))
                bad = 0;
        if (bad < 0)
                return TRUE;
        value_fault(ret_fault, skip + (gsize)bad, _("Not a host's name: \"%.*s\""), (int)n, text);
        return FALSE;
}

/* "*", or ports with commas between. */
static gboolean read_ports(const char *text, gsize at, ValueFault *ret_fault)
{
        g_auto(GStrv) ports = g_strsplit(text, ",", -1);

        if (g_str_equal(text, "*"))
                return TRUE;
        if (ports[0] == NULL) {
                value_fault(ret_fault, at, _("No port behind the ':'"));
                return FALSE;
        }
        for (gsize i = 0; ports[i] != NULL; at += strlen(ports[i]) + 1, i++) {
                guint outside = 0, inside = 0;

                if (strchr(ports[i], ':') != NULL || !profile_ports_parse(ports[i], &outside, &inside)) {
                        value_fault(ret_fault, at, _("Not a port: \"%s\""), ports[i]);
                        return FALSE;
                }
        }
        return TRUE;
}

static gboolean is_group(const char *text)
{
        return g_ascii_islower(text[0]) && text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

char *value_read_network_rule(const char *text, ValueFault *ret_fault)
{
        const char *bracket = text[0] == '[' ? strchr(text, ']') : NULL;
        const char *colon = strchr(bracket != NULL ? bracket : text, ':');
        gsize n = colon != NULL ? (gsize)(colon - text) : strlen(text);

        if (text[0] == '@') {
                if (is_group(text + 1))
                        return g_strdup(text);
                return value_fault(ret_fault, 1, _("Not a group's name: \"%s\""), text);
        }
        if (!read_host(text, n, ret_fault))
                return NULL;
        if (colon != NULL && !read_ports(colon + 1, (gsize)(colon + 1 - text), ret_fault))
                return NULL;
        return g_ascii_strdown(text, -1);
}

char *value_read_network_ask(const char *text, ValueFault *ret_fault)
{
        if (g_str_equal(text, "yes") || g_str_equal(text, "no"))
                return g_strdup(text);
        return value_read_network_rule(text, ret_fault);
}

char *value_read_network_name(const char *text, ValueFault *ret_fault)
{
        if (!read_host(text, strlen(text), ret_fault))
                return NULL;
        return g_ascii_strdown(text, -1);
}

char *value_read_port_in(const char *text, ValueFault *ret_fault)
{
        guint outside = 0, inside = 0;

        if (!profile_ports_parse(text, &outside, &inside))
                return value_fault(ret_fault, 0, _("Not a port: \"%s\"; write OUTSIDE or OUTSIDE:INSIDE"), text);
        return g_strdup(text);
}

char *value_read_host_service(const char *text, ValueFault *ret_fault)
{
        const char *colon = strrchr(text, ':');
        guint port = 0, same = 0;

        if (colon == NULL || strchr(colon + 1, ':') != NULL || !profile_ports_parse(colon + 1, &port, &same))
                return value_fault(ret_fault, colon != NULL ? (gsize)(colon + 1 - text) : 0,
                                   _("Not a service of the host: \"%s\"; write NAME:PORT"), text);
        if (bad_host_name(text, (gsize)(colon - text)) >= 0)
                return value_fault(ret_fault, 0, _("Not a host's name: \"%.*s\""), (int)(colon - text), text);
        return g_strdup(text);
}

/* NAME=HOST/PATH:HEADER:SOURCE; PATH may be empty, SOURCE may hold anything. */
char *value_read_credential(const char *text, ValueFault *ret_fault)
{
        const char *equals = strchr(text, '='), *slash = NULL, *header = NULL, *source = NULL;
        gssize bad = -1;

        if (equals != NULL)
                slash = strchr(equals, '/');
        if (slash != NULL)
                header = strchr(slash, ':');
        if (header != NULL)
                source = strchr(header + 1, ':');
        if (source == NULL || equals == text || source == header + 1 || source[1] == '\0')
                return value_fault(ret_fault, 0, _("Not a credential: \"%s\"; write NAME=HOST/PATH:HEADER:SOURCE"),
                                   text);
        bad = bad_host_name(equals + 1, (gsize)(slash - equals) - 1);
        if (bad >= 0)
                return value_fault(ret_fault, (gsize)(equals + 1 - text) + (gsize)bad, _("Not a host's name: \"%.*s\""),
                                   (int)(slash - equals - 1), equals + 1);
        return value_read_text(text, ret_fault);
}
