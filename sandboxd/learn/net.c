/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network by names: each name that was refused, with the ports that were asked for; never a name for many. */
#include <string.h>

#include "learn/part.h"

typedef struct Net {
        const Profile *profile;
        GHashTable *hosts; /* "name:port" -> refusals (gint64 *) */
} Net;

static gpointer new_net(const Profile *profile, const char *home)
{
        Net *net = g_new0(Net, 1);

        (void)home;
        net->profile = profile;
        net->hosts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
        return net;
}

static void free_net(gpointer data)
{
        Net *net = data;

        g_hash_table_unref(net->hosts);
        g_free(net);
}

/* Letters, digits, '-' and '.': what every reader of the profile takes for a name. */
static gboolean is_name(const char *text)
{
        return text != NULL && *text != '\0' && *text != '.' && strlen(text) < 254 && strchr(text, '.') != NULL &&
               strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == strlen(text) &&
               strspn(text, "0123456789.") != strlen(text);
}

static gboolean add(gpointer data, const AuditRecord *untrusted)
{
        Net *net = data;
        gint64 port = untrusted->number[AUDIT_PORT], *n;
        g_autofree char *entry = NULL;

        if (!is_name(untrusted->text[AUDIT_HOST]))
                return FALSE;
        entry = port > 0 && port < 65536 ? g_strdup_printf("%s:%" G_GINT64_FORMAT, untrusted->text[AUDIT_HOST], port)
                                         : g_strdup(untrusted->text[AUDIT_HOST]);
        n = g_hash_table_lookup(net->hosts, entry);
        if (n == NULL) {
                n = g_new0(gint64, 1);
                g_hash_table_insert(net->hosts, g_steal_pointer(&entry), n);
        }
        *n += untrusted->number[AUDIT_N] > 1 ? untrusted->number[AUDIT_N] : 1;
        return TRUE;
}

static gint64 put(gpointer data, GPtrArray *rules)
{
        Net *net = data;
        g_autofree char *before = g_strjoinv(";", (char **)profile_get_list(net->profile, PROFILE_NETWORK_ALLOW));
        g_autoptr(GString) value = g_string_new(before);
        g_autoptr(GList) hosts = g_list_sort(g_hash_table_get_keys(net->hosts), (GCompareFunc)strcmp);
        gint64 n = 0;

        for (GList *at = hosts; at != NULL; at = at->next) {
                /* A lookup alone says no port: where one is known too, that says it. */
                if (strchr(at->data, ':') == NULL && at->next != NULL && g_str_has_prefix(at->next->data, at->data) &&
                    ((const char *)at->next->data)[strlen(at->data)] == ':')
                        continue;
                g_string_append_printf(value, "%s%s", value->len > 0 ? ";" : "", (const char *)at->data);
                n += *(const gint64 *)g_hash_table_lookup(net->hosts, at->data);
        }
        if (n > 0)
                learn_put(rules, "Network", "allow", g_strdup(value->str), *before != '\0' ? before : NULL, NULL, n);
        return 0;
}

const LearnPart learn_net = { 1u << AUDIT_EVENT_NET, new_net, free_net, add, put };
