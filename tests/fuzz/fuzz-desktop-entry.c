/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Desktop files of strangers: what is read prints to what reads the same; a launcher made of it starts Oriel with the
 * app and nothing before it that the file chose, and has no key and no argument that others read as an instruction. */

#include <glib.h>
#include <stdint.h>
#include <string.h>

#include "desktop/boxed.h"
#include "desktop/exec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const BoxedRequest request = { "/opt/o/bin/oriel", "org.x.Pad", "pad" };

static void check_exec(const char *value)
{
        g_autofree char *text = desktop_entry_unescape(value);
        g_autoptr(DesktopExec) exec = NULL;
        guint app = 2;

        g_assert_nonnull(text);
        exec = desktop_exec_parse(text, NULL);
        g_assert_nonnull(exec);
        g_assert_cmpuint(exec->args->len, >=, 3);
        g_assert_cmpstr(exec->args->pdata[0], ==, request.oriel);
        g_assert_cmpstr(exec->args->pdata[1], ==, "run");
        if (g_str_has_prefix(exec->args->pdata[2], "--command="))
                app = 3;
        g_assert_cmpuint(exec->args->len, >, app);
        g_assert_cmpstr(exec->args->pdata[app], ==, request.app);
}

static void check_boxed(const DesktopEntry *boxed)
{
        static const char *const never[] = { "DBusActivatable", "SystemdService", "Implements", "MimeType", NULL };

        for (guint group = 0; group < desktop_entry_n_groups(boxed); group++)
                for (guint i = 0; i < desktop_entry_n_keys(boxed, group); i++) {
                        const char *key = desktop_entry_key(boxed, group, i);

                        g_assert_false(g_strv_contains(never, key));
                        if (strcmp(key, "Exec") == 0)
                                check_exec(desktop_entry_value(boxed, group, i));
                }
}

static DesktopEntry *check_round(const DesktopEntry *entry)
{
        g_autofree char *text = desktop_entry_print(entry), *twice = NULL;
        g_autoptr(DesktopEntry) again = desktop_entry_parse(text, strlen(text), "again", NULL);

        g_assert_nonnull(again);
        twice = desktop_entry_print(again);
        g_assert_cmpstr(twice, ==, text);
        return g_steal_pointer(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
        g_autoptr(DesktopEntry) entry = desktop_entry_parse((const char *)bytes, n, "f", NULL);
        g_autoptr(DesktopEntry) boxed = NULL, again = NULL, boxed_again = NULL;

        if (entry == NULL)
                return 0;
        again = check_round(entry);
        boxed = desktop_entry_boxed(entry, &request, NULL);
        if (boxed == NULL)
                return 0;
        boxed_again = check_round(boxed);
        check_boxed(boxed_again);
        return 0;
}
