/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/log-egress.h"

#include <inttypes.h>
#include <string.h>

#include "base/i18n.h"

typedef struct Name {
        char *host;
        gint64 bytes_out, bytes_in, connections, denied;
} Name;

struct LogEgress {
        GHashTable *names; /* host → Name */
};

static void name_free(gpointer data)
{
        Name *name = data;

        g_free(name->host);
        g_free(name);
}

LogEgress *log_egress_new(void)
{
        LogEgress *egress = g_new0(LogEgress, 1);

        egress->names = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, name_free);
        return egress;
}

void log_egress_free(LogEgress *egress)
{
        g_hash_table_unref(egress->names);
        g_free(egress);
}

static Name *name_of(LogEgress *egress, const char *host)
{
        Name *name = g_hash_table_lookup(egress->names, host);

        if (name == NULL) {
                name = g_new0(Name, 1);
                name->host = g_strdup(host);
                g_hash_table_insert(egress->names, name->host, name);
        }
        return name;
}

void log_egress_add(LogEgress *egress, const AuditRecord *record)
{
        const char *op = record->text[AUDIT_OP], *via = record->text[AUDIT_VIA];
        gint64 n = MAX(record->number[AUDIT_N], 1);
        Name *name;

        /* What comes in by a port of the host's is answered, not sent. */
        if (record->event != AUDIT_EVENT_NET || record->text[AUDIT_HOST] == NULL || op == NULL ||
            g_strcmp0(via, "port-in") == 0)
                return;
        name = name_of(egress, record->text[AUDIT_HOST]);
        if (record->verdict == AUDIT_VERDICT_DENY) {
                name->denied += n;
        } else if (g_str_equal(op, "close")) {
                name->bytes_out += record->number[AUDIT_BYTES_OUT];
                name->bytes_in += record->number[AUDIT_BYTES_IN];
                name->connections += n;
        }
}

static gint compare(gconstpointer a, gconstpointer b)
{
        const Name *one = a, *other = b;

        if (one->bytes_out != other->bytes_out)
                return one->bytes_out < other->bytes_out ? 1 : -1;
        return strcmp(one->host, other->host);
}

static void print_json(const Name *name, bool first, Buffer *ret_text)
{
        buffer_add_text(ret_text, first ? "\n{" : ",\n{");
        buffer_add_json_member(ret_text, "host", name->host);
        buffer_printf(ret_text,
                      ",\"bytes_out\":%" PRId64 ",\"bytes_in\":%" PRId64 ",\"connections\":%" PRId64
                      ",\"denied\":%" PRId64 "}",
                      name->bytes_out, name->bytes_in, name->connections, name->denied);
}

void log_egress_print(const LogEgress *egress, bool json, Buffer *ret_text)
{
        g_autoptr(GList) names = g_list_sort(g_hash_table_get_values(egress->names), compare);

        if (json)
                buffer_add_byte(ret_text, '[');
        else if (names != NULL)
                buffer_printf(ret_text, "%15s %15s %12s %8s  %s\n", _("bytes out"), _("bytes in"), _("connections"),
                              _("denied"), _("name"));
        for (GList *at = names; at != NULL; at = at->next) {
                const Name *name = at->data;

                if (json) {
                        print_json(name, at == names, ret_text);
                        continue;
                }
                buffer_printf(ret_text, "%15" PRId64 " %15" PRId64 " %12" PRId64 " %8" PRId64 "  ", name->bytes_out,
                              name->bytes_in, name->connections, name->denied);
                buffer_add_escaped(ret_text, name->host);
                buffer_add_byte(ret_text, '\n');
        }
        if (json)
                buffer_add_text(ret_text, "\n]\n");
}
