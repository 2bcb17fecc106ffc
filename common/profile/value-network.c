/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network's rules, as far as their form goes: "name", "name:22,443", "name:*", "*.example.org", "@group".  What
 * they cover is decided by the mediator. */

#include <string.h>

#include "base/i18n.h"
#include "ids/host-name.h"
#include "ids/net-credential.h"
#include "profile/value-check.h"
#include "profile/value.h"

#define BUDGET_MAX (G_GUINT64_CONSTANT(1) << 48)

static gboolean is_address(const char *text, gsize n, gboolean six)
{
        char address[HOST_ADDRESS_MAX_BYTES];

        return host_address_read(address, text, n) && (memchr(text, ':', n) != NULL) == six;
}

/* A name, "*.name", "*", an IPv4 address, or "[IPv6]": n bytes of text. */
static gboolean read_host(const char *text, gsize n, ValueFault *ret_fault)
{
        gsize skip = n > 2 && text[0] == '*' && text[1] == '.' ? 2 : 0;
        gssize bad = -1;

        if (n == 1 && text[0] == '*')
                return TRUE;
        if (n > 0 && text[0] == '[') {
                if (text[n - 1] == ']' && is_address(text + 1, n - 2, TRUE))
                        return TRUE;
                value_fault(ret_fault, 0, _("Not an address: \"%.*s\""), (int)n, text);
                return FALSE;
        }
        if (skip == 0 && is_address(text, n, FALSE))
                return TRUE;
        bad = host_name_fault(text + skip, n - skip);
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

char *value_read_budget(const char *text, ValueFault *ret_fault)
{
        const char *equals = strchr(text, '=');
        g_autofree char *size = equals != NULL ? g_strdup(equals + 1) : NULL;
        guint64 bytes = 0;

        if (equals == NULL)
                return value_fault(ret_fault, 0, _("Not a budget: \"%s\"; write NAME=SIZE or NAME=SIZE/s"), text);
        if (!read_host(text, (gsize)(equals - text), ret_fault))
                return NULL;
        if (g_str_has_suffix(size, "/s"))
                size[strlen(size) - 2] = '\0';
        if (!profile_size_parse(size, &bytes) || bytes == 0 || bytes > BUDGET_MAX)
                return value_fault(ret_fault, (gsize)(equals + 1 - text), _("Not a size: \"%s\""), size);
        return g_strdup(text);
}

char *value_read_host_service(const char *text, ValueFault *ret_fault)
{
        const char *colon = strrchr(text, ':');
        guint port = 0, same = 0;

        if (colon == NULL || strchr(colon + 1, ':') != NULL || !profile_ports_parse(colon + 1, &port, &same))
                return value_fault(ret_fault, colon != NULL ? (gsize)(colon + 1 - text) : 0,
                                   _("Not a service of the host: \"%s\"; write NAME:PORT"), text);
        if (host_name_fault(text, (gsize)(colon - text)) >= 0)
                return value_fault(ret_fault, 0, _("Not a host's name: \"%.*s\""), (int)(colon - text), text);
        return g_strdup(text);
}

char *value_read_credential(const char *text, ValueFault *ret_fault)
{
        static const struct {
                int code;
                const char *sentence;
        } faults[] = {
                { NET_CREDENTIAL_NO_NAME, N_("Not a variable's name at its begin") },
                { NET_CREDENTIAL_NO_HOST, N_("Not a host's name, or HOST:PORT, behind the '='") },
                { NET_CREDENTIAL_NO_PATH, N_("Not a plain path (no query, no dot segment)") },
                { NET_CREDENTIAL_NO_HEADER, N_("Not a header, or HEADER WORD, that a secret can stand in (one that "
                                               "frames or routes a request is none)") },
                { NET_CREDENTIAL_NO_SOURCE,
                  N_("Not a source of a secret: write env:NAME, file:/PATH or secret:ATTRIBUTE=VALUE") },
        };
        NetCredential credential = { 0 };
        ParseError place = { 0 };
        int r = net_credential_parse(&credential, &place, text);

        if (r == 0)
                return value_read_text(text, ret_fault);
        for (gsize i = 0; i < G_N_ELEMENTS(faults); i++)
                if (faults[i].code == r)
                        return value_fault(ret_fault, place.offset, "%s: \"%s\"", _(faults[i].sentence), text);
        return value_fault(ret_fault, 0, _("Not a credential: \"%s\"; write NAME=HOST/PATH:HEADER:SOURCE"), text);
}
