/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts/bus-address.h"

#include <string.h>

void bus_address_clear(BusAddress *address)
{
        g_clear_pointer(&address->path, g_free);
        g_clear_pointer(&address->abstract, g_free);
}

/* The bytes of an escaped value: "%xx", and the signs that need no escape.  NULL for any other sign, and for NUL. */
static char *unescape(const char *value)
{
        g_autoptr(GString) bytes = g_string_new(NULL);

        for (const char *p = value; *p != '\0'; p++) {
                if (*p == '%') {
                        int high = g_ascii_xdigit_value(p[1]), low = high < 0 ? -1 : g_ascii_xdigit_value(p[2]);

                        if (low < 0 || (high == 0 && low == 0))
                                return NULL;
                        g_string_append_c(bytes, (char)(high << 4 | low));
                        p += 2;
                } else if (g_ascii_isalnum(*p) || strchr("-_/.\\*", *p) != NULL)
                        g_string_append_c(bytes, *p);
                else
                        return NULL;
        }
        return g_string_free(g_steal_pointer(&bytes), FALSE);
}

/* One address.  FALSE: malformed.  *ret_address stays empty where it is of another kind. */
static gboolean parse_one(BusAddress *ret_address, const char *address, const char *runtime_dir)
{
        const char *colon = strchr(address, ':');
        g_auto(GStrv) pairs = NULL;

        if (colon == NULL || colon == address)
                return FALSE;
        pairs = g_strsplit(colon + 1, ",", -1);
        for (gsize i = 0; pairs[i] != NULL; i++) {
                const char *sign = strchr(pairs[i], '=');
                g_autofree char *value = sign == NULL ? NULL : unescape(sign + 1);

                /* "unix:" alone has one empty pair. */
                if (sign == NULL && *pairs[i] == '\0' && pairs[1] == NULL)
                        break;
                if (value == NULL || sign == pairs[i])
                        return FALSE;
                if (!g_str_has_prefix(address, "unix:"))
                        continue;
                if (g_str_has_prefix(pairs[i], "path=") && *value == '/')
                        ret_address->path = g_steal_pointer(&value);
                else if (g_str_has_prefix(pairs[i], "abstract=") && *value != '\0')
                        ret_address->abstract = g_steal_pointer(&value);
                else if (g_str_equal(pairs[i], "runtime=yes") && runtime_dir != NULL)
                        ret_address->path = g_build_filename(runtime_dir, "bus", NULL);
                if (ret_address->path != NULL || ret_address->abstract != NULL)
                        break;
        }
        return TRUE;
}

gboolean bus_address_parse(BusAddress *ret_address, const char *list, const char *runtime_dir)
{
        g_auto(GStrv) addresses = g_strsplit(list, ";", -1);
        g_auto(BusAddress) found = { NULL, NULL };

        for (gsize i = 0; addresses[i] != NULL && found.path == NULL && found.abstract == NULL; i++) {
                /* A list may end in ';'. */
                if (*addresses[i] == '\0' && addresses[i + 1] == NULL)
                        break;
                if (!parse_one(&found, addresses[i], runtime_dir))
                        return FALSE;
        }
        if (found.path == NULL && found.abstract == NULL)
                return FALSE;
        ret_address->path = g_steal_pointer(&found.path);
        ret_address->abstract = g_steal_pointer(&found.abstract);
        return TRUE;
}
